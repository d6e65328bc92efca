# SPDX-License-Identifier: GPL-2.0-or-later
"""Display filters on fields of tcpstate: by name, by number, either endpoint."""
import json
import os
import re
import unittest

import tshark as ts
from packets import ACK, FRO, TO, Conversation, ether, ip4, write_pcap

CAPTURE = 'captures/article-client-closes.pcap'


def frames(display_filter, *args):
    done = ts.tshark(['-Y', display_filter, '-T', 'fields', '-e', 'frame.number', *args], CAPTURE,
                     check=True)
    return [int(line) for line in done.stdout.split()]


class Filters(unittest.TestCase):
    def test_name_and_number_are_the_same(self):
        by_name = frames('tcpstate.client == FIN_WAIT_2')
        self.assertEqual(len(by_name), 1)
        self.assertEqual(frames('tcpstate.client == 7'), by_name)

    def test_state_finds_either_endpoint(self):
        close_wait = frames('tcpstate.state == CLOSE_WAIT')
        self.assertEqual(close_wait, frames('tcpstate.server == CLOSE_WAIT'))
        self.assertEqual(len(close_wait), 2)
        self.assertEqual(frames('tcpstate.state == FIN_WAIT_1'),
                         frames('tcpstate.client == FIN_WAIT_1'))

    def test_changed(self):
        changed = frames('tcpstate.changed')
        self.assertEqual(frames('tcpstate.changed == 1'), changed)
        self.assertLess(len(changed), len(frames('tcpstate')))
        self.assertLessEqual(set(frames('tcpstate.close_step')), set(changed))

    def test_both_passes(self):
        for display_filter in ('tcpstate.state == CLOSE_WAIT', 'tcpstate.event == "SYN-ACK"',
                               'tcpstate.client.since == 8'):
            self.assertEqual(frames(display_filter), frames(display_filter, '-2'))
            self.assertTrue(frames(display_filter))

    def test_read_filter_leaves_states_alone(self):
        """-R drops frames after the first pass; the rest are numbered anew."""
        kept = ts.fields(CAPTURE, 'tcpstate.client', 'tcpstate.server',
                         args=['-2', '-R', 'tcp.len'])
        whole = ts.fields(CAPTURE, 'tcpstate.client', 'tcpstate.server',
                          display_filter='tcp.len')
        self.assertEqual(kept, whole)
        data = ts.fields(CAPTURE, 'tcpstate.event', args=['-2', '-R', 'tcp.len > 0'])
        self.assertEqual(data, [['4'], ['4']])

    def test_possible_contains_the_state(self):
        rows = ts.fields(CAPTURE, 'tcpstate.client.possible', 'tcpstate.server.possible')
        self.assertIn(['FIN_WAIT_1', 'ESTABLISHED,CLOSE_WAIT'], rows)

    def test_maybe_has_a_value_for_each_possible_state(self):
        rows = ts.fields(CAPTURE, 'tcpstate.client.maybe', 'tcpstate.server.maybe')
        self.assertEqual(rows[7], ['6', '5,8'])
        self.assertEqual(frames('tcpstate.server.maybe == ESTABLISHED && '
                                'tcpstate.server.maybe == CLOSE_WAIT'), [8])
        # Where "contains" finds a state in the name of another:
        self.assertEqual(frames('tcpstate.server.possible contains "CLOSE" && '
                                '!(tcpstate.server.maybe == CLOSED)'), [8, 9])

    def test_both_states_as_one_text(self):
        rows = ts.fields(CAPTURE, 'tcpstate.states', display_filter='tcpstate.step')
        self.assertEqual(rows[3], ['FIN_WAIT_1 / CLOSE_WAIT'])
        self.assertEqual(rows[6], ['TIME_WAIT / CLOSED'])

    def test_trouble_is_a_warning_and_no_note(self):
        def numbers(name, display_filter):
            return ts.fields('captures/%s.pcap' % name, 'frame.number',
                             display_filter=display_filter)
        self.assertEqual(numbers('fin-lost', 'tcpstate.analysis'), [['9']])
        self.assertEqual(numbers('fin-lost', 'tcpstate.trouble'), [])
        self.assertEqual(numbers('icmp-unreachable', 'tcpstate.trouble'), [['2']])
        self.assertEqual(numbers('icmp-unreachable', 'tcpstate.refused'), [['2']])
        self.assertEqual(numbers('icmp-unreachable', 'tcpstate.reset'), [])

    def test_json_with_each_name_once(self):
        def unique(pairs):
            self.assertEqual(len(pairs), len(dict(pairs)), pairs)
            return dict(pairs)
        args = ['-J', 'tcpstate', '-Y', 'frame.number == 8']
        text = ts.tshark(['-T', 'json', '--no-duplicate-keys', *args], CAPTURE, check=True).stdout
        layer = json.loads(text, object_pairs_hook=unique)[0]['_source']['layers']['tcpstate']
        self.assertEqual(layer['tcpstate.state'], ['6', '8'])
        self.assertEqual(layer['tcpstate.server_tree']['tcpstate.server.maybe'], ['5', '8'])
        text = ts.tshark(['-T', 'ek', *args], CAPTURE, check=True).stdout
        layer = json.loads(text.splitlines()[1], object_pairs_hook=unique)['layers']['tcpstate']
        self.assertEqual(layer['tcpstate_tcpstate_states'], 'FIN_WAIT_1 / CLOSE_WAIT')
        self.assertEqual(layer['tcpstate_tcpstate_server_maybe'], ['5', '8'])

    def test_verdicts(self):
        capture = 'captures/fin-lost.pcap'
        numbers = [row for display_filter in (
            'tcpstate.analysis', 'tcpstate.analysis.retransmission',
            '_ws.expert.message contains "no state change"')
                   for row in ts.fields(capture, 'frame.number', display_filter=display_filter,
                                        args=['-o', 'tcpstate.tcp_verdicts:TRUE'])]
        self.assertEqual(numbers, [['9']] * 3)

    def test_apply_as_filter_takes_the_name(self):
        tree = ts.sharkd([{'method': 'frame', 'params': {'frame': 8, 'proto': True}}],
                         CAPTURE)[0]['result']['tree']
        nodes = [node for top in tree if top.get('f') == 'tcpstate' for node in top['n']]
        self.assertIn(('Client: FIN_WAIT_1', 'tcpstate.client == "FIN_WAIT_1"'),
                      [(node['l'], node.get('f')) for node in nodes])

    def test_programs_are_told_numbers(self):
        self.assertEqual(ts.fields(CAPTURE, 'tcpstate.client', 'tcpstate.event')[7], ['6', '14'])
        layers = json.loads(ts.tshark(['-T', 'json', '-J', 'tcpstate', '-Y', 'frame.number == 8'],
                                      CAPTURE, check=True).stdout)[0]['_source']['layers']
        self.assertEqual(layers['tcpstate']['tcpstate.client'], '6')

    def test_columns_show_names(self):
        columns = '"C","%Cus:tcpstate.client:0:R","S","%Cus:tcpstate.server:0:R"'
        done = ts.tshark(['-o', 'gui.column.format:' + columns, '-Y', 'tcpstate.close_step == 1'],
                         CAPTURE, check=True)
        self.assertEqual(done.stdout.split(), ['FIN_WAIT_1', 'CLOSE_WAIT'])


class Expert(unittest.TestCase):
    def rows(self, capture, *args):
        """How often each verdict of ours is in Expert Information: its first words -> number."""
        text = ts.tshark(['-q', '-z', 'expert', *args], capture, check=True).stdout
        return {summary: (int(number), group) for number, group, summary in re.findall(
            r'^ +(\d+) +(\w+) +TCPSTATE +(\w+)', text, re.M)}

    def test_what_tcp_says_is_told_on_request(self):
        capture = 'captures/fin-lost.pcap'
        self.assertEqual(self.rows(capture), {})
        self.assertEqual(self.rows(capture, '-o', 'tcpstate.tcp_verdicts:TRUE'),
                         {'Retransmission': (1, 'Sequence')})

    def test_what_is_about_the_connection_is_told_once_in_each(self):
        """Data of a client that was not captured, acknowledged five times in two connections."""
        frames = []
        for sport in (40000, 40001):
            talk = Conversation(sport)
            frames += [ether(ip4(segment, direction)) for direction, segment in talk.handshake()]
            for _ in range(5):
                talk.next[TO] += 100
                frames.append(ether(ip4(talk.segment(FRO, ACK), FRO)))
        capture = os.path.join(ts.scratch(), 'unseen.pcap')
        write_pcap(capture, frames)
        os.chmod(capture, 0o644)
        found = ts.fields(capture, 'frame.number', display_filter='tcpstate.analysis.acked_unseen')
        self.assertEqual(len(found), 10)
        self.assertEqual(self.rows(capture)['ACK'], (2, 'Sequence'))
        told = ts.fields(capture, 'frame.number', display_filter='_ws.expert.message contains '
                         '"ACK of data that was not captured"')
        self.assertEqual(told, [found[0], found[5]])

    def test_a_refused_connect_refutes_nothing_worth_a_note(self):
        self.assertEqual(self.rows('captures/refused.pcap'), {})
        self.assertTrue(ts.fields('captures/refused.pcap', 'frame.number',
                                  display_filter='tcpstate.analysis.presumption_refuted'))

    def test_groups(self):
        self.assertEqual(self.rows('captures/late-start.pcap')['The'], (1, 'Assumption'))


class ProtocolHierarchy(unittest.TestCase):
    """Each item at a packet's root counts there as a protocol, inside the one before it."""

    def test_plugin_changes_nothing(self):
        for capture in ('captures/fin-lost.pcap', 'captures/icmp-unreachable.pcap'):
            with self.subTest(capture):
                on, off = (ts.tshark(['-q', '-z', 'io,phs'], capture, plugin=plugin,
                                     check=True).stdout for plugin in (True, False))
                self.assertEqual(on, off)

    def test_not_even_when_fields_and_verdicts_are_wanted(self):
        text = ts.tshark(['-q', '-z', 'io,phs,tcpstate.client && tcpstate.analysis'],
                         'captures/fin-lost.pcap', check=True).stdout
        self.assertIn('tcp ', text)
        self.assertNotIn('tcpstate ', text)
        self.assertNotIn('_ws.expert', text)


if __name__ == '__main__':
    unittest.main()
