# SPDX-License-Identifier: GPL-2.0-or-later
"""The flow type "TCP endpoint states": an arrow for each segment, both states beside it."""
import unittest

import tshark as ts

ARTICLE = 'captures/article-client-closes.pcap'


def flows(capture):
    (answer,) = ts.sharkd([{'method': 'tap', 'params': {'tap0': 'seqa:tcpstate'}}], capture)
    (graph,) = answer['result']['taps']
    return graph['nodes'], graph['flows']


class FlowGraph(unittest.TestCase):
    def test_an_arrow_for_each_segment(self):
        nodes, arrows = flows(ARTICLE)
        self.assertEqual(sorted(nodes), ['10.9.0.1', '10.9.0.2'])
        self.assertEqual(len(arrows), 11)
        self.assertEqual([nodes[end] for end in arrows[1]['n']], ['10.9.0.2', '10.9.0.1'])
        self.assertEqual(arrows[1]['pn'], [9502, 57694])

    def test_both_states_step_and_call_are_beside_the_arrow(self):
        _, arrows = flows(ARTICLE)
        self.assertEqual(arrows[7]['c'], 'FIN_WAIT_1 / CLOSE_WAIT, close 1/4, '
                                         'close() or shutdown(SHUT_WR)')
        self.assertEqual(arrows[4]['c'], 'ESTABLISHED / ESTABLISHED')

    def test_other_packets_have_no_arrow(self):
        _, arrows = flows('captures/icmp-unreachable.pcap')
        self.assertEqual(len(arrows), 2)        # the SYN, and the error that ended the attempt

    def test_text_form(self):
        text = ts.tshark(['-q', '-z', 'flow,tcpstate,network'], ARTICLE, check=True).stdout
        self.assertIn('ack of FIN', text)
        self.assertIn('FIN_WAIT_2 / CLOSE_WAIT, close 2/4', text)
        done = ts.tshark(['-z', 'help'])
        self.assertIn('flow,tcpstate', (done.stdout + done.stderr).split())


if __name__ == '__main__':
    unittest.main()
