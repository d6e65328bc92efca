# SPDX-License-Identifier: GPL-2.0-or-later
"""Frame links in the details pane: where a state began, the SYN, the matching FIN, state changes.
"""
import os
import unittest

import tshark as ts
from generated import generated

ARTICLE = 'captures/article-client-closes.pcap'


def links(capture, *names, args=('-2',)):
    """Frame number -> the named links of it, 0 where there is none."""
    rows = ts.fields(capture, 'frame.number', *('tcpstate.' + name for name in names), args=args)
    return {int(row[0]): [int(cell or 0) for cell in row[1:]] for row in rows}


def far_apart():
    """A connection, with 70,000 frames of others between its handshake and its close."""
    folder, article = ts.scratch(), os.path.join(ts.SOURCE_DIR, ARTICLE)
    first, last, joined = (os.path.join(folder, name + '.pcap')
                           for name in ('first', 'last', 'far-apart'))
    others = generated('others', 70000, 10, 2000)
    ts.make_capture('editcap', '-r', article, first, '1-7')
    ts.make_capture('editcap', '-r', article, last, '8-11')
    ts.make_capture('mergecap', '-a', '-w', joined, first, others, last)
    os.chmod(joined, 0o644)
    return joined


class Links(unittest.TestCase):
    def test_matching_fin(self):
        fins = links(ARTICLE, 'matching_fin')
        self.assertEqual({n: to for n, (to,) in fins.items() if to},
                         {8: 10, 9: 8, 10: 8, 11: 10})

    def test_matching_fin_of_one_that_crosses_another(self):
        rows = ts.fields('captures/simultaneous-close.pcap', 'frame.number', 'tcpstate.sender',
                         'tcpstate.matching_fin', display_filter='tcp.flags.fin == 1',
                         args=['-2'])
        (one, _, to_other), (other, _, to_one) = rows
        self.assertEqual((to_other, to_one), (other, one))

    def test_no_fin_to_match(self):
        self.assertEqual({to for (to,) in links('captures/close-wait-leak.pcap',
                                                'matching_fin').values()}, {0, 8})

    def test_changes_before_and_after(self):
        changes = links(ARTICLE, 'previous_change', 'next_change')
        self.assertEqual([changes[n] for n in (1, 2, 3, 5, 8, 11)],
                         [[0, 2], [1, 3], [2, 8], [3, 8], [3, 9], [10, 0]])

    def test_links_lead_to_changes_of_the_same_connection(self):
        capture = 'captures/several.pcap'
        rows = ts.fields(capture, 'frame.number', 'tcpstate.stream', 'tcpstate.changed')
        changed = {int(n): stream for n, stream, yes in rows if yes}
        stream = {int(n): stream for n, stream, _ in rows}
        found = 0
        for number, ends in links(capture, 'previous_change', 'next_change').items():
            for end in filter(None, ends):
                self.assertEqual(changed[end], stream[number])
                found += 1
        self.assertGreater(found, 20)

    def test_every_change_is_found_from_every_frame(self):
        for capture in ('captures/third-ack-lost.pcap', far_apart()):
            with self.subTest(capture):
                self.check_neighbours(capture)

    def check_neighbours(self, capture):
        """Each frame's previous and next change are those that tcpstate.changed tells of."""
        rows = ts.fields(capture, 'frame.number', 'tcpstate.stream', 'tcpstate.changed',
                         'tcpstate.previous_change', 'tcpstate.next_change',
                         display_filter='tcpstate.stream == 0', args=['-2'])
        changes = [int(row[0]) for row in rows if row[2]]
        self.assertGreater(len(changes), 6)
        for number, _, _, before, after in rows:
            self.assertEqual(int(before or 0),
                             max((n for n in changes if n < int(number)), default=0))
            self.assertEqual(int(after or 0),
                             min((n for n in changes if n > int(number)), default=0))

    def test_single_pass_knows_what_was_before(self):
        self.assertEqual(links(ARTICLE, 'previous_change', 'next_change', args=())[9], [8, 0])

    def test_start(self):
        began = links(ARTICLE, 'opened_in', 'client.since', 'server.since')
        self.assertEqual(began[9], [1, 9, 8])

    def test_links_can_be_clicked(self):
        (frame,) = ts.sharkd([{'method': 'frame', 'params': {'frame': 9, 'proto': True}}], ARTICLE)
        subtree = next(node for node in frame['result']['tree'] if node.get('f') == 'tcpstate')
        clickable = {node['l']: node['fnum'] for node in subtree['n'] if 'fnum' in node}
        self.assertEqual(clickable, {
            'Matching FIN in frame: 8': 8, 'Previous state change in frame: 8': 8,
            'Next state change in frame: 10': 10, 'Opened in frame: 1': 1})


if __name__ == '__main__':
    unittest.main()
