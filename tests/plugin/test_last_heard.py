#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""tcpstate.client.last_heard and its like: how old the evidence of each end is, in one pass and in
two.
"""
import unittest

import tshark as ts

CAPTURES = ('article-client-closes', 'several', 'retransmission-death-later', 'syn-unanswered',
            'half-close-data')
SIDES = ('client', 'server')
FIELDS = [side + suffix for side in SIDES for suffix in ('.last_heard', '.last_heard_frame')]


def rows(capture, args):
    return ts.fields('captures/%s.pcap' % capture, 'frame.number', 'frame.time_epoch',
                     'tcpstate.stream',
                     'tcpstate.sender', *('tcpstate.' + name for name in FIELDS), args=args)


class LastHeard(unittest.TestCase):
    def check(self, capture, args):
        last = {}
        for number, time, stream, sender, *cells in rows(capture, args):
            if not stream:
                continue
            last[stream, int(sender)] = (int(number), float(time))
            for side in range(2):
                ago, frame = cells[2 * side:2 * side + 2]
                with self.subTest(capture, args=args, frame=number, side=SIDES[side]):
                    if (stream, side) not in last:
                        self.assertEqual((ago, frame), ('', ''))
                        continue
                    where, when = last[stream, side]
                    self.assertAlmostEqual(float(ago), float(time) - when, places=5)
                    self.assertEqual(frame, '' if side == int(sender) else str(where))

    def test_one_pass(self):
        for capture in CAPTURES:
            self.check(capture, ())

    def test_two_passes(self):
        for capture in CAPTURES:
            self.check(capture, ('-2',))

    def test_filter(self):
        """A client that was given up by its silent server, and a filter that finds such."""
        found = ts.fields('captures/retransmission-death-later.pcap', 'frame.number',
                          display_filter='tcpstate.server.last_heard > 3')
        self.assertEqual(len(found), 1)

    def test_error_of_a_router_is_nobodys(self):
        """An ICMP error is no sign of life of the end whose segment it quotes."""
        (heard,) = ts.fields('captures/icmp-unreachable.pcap', 'tcpstate.client.last_heard',
                             'tcpstate.server.last_heard', display_filter='icmp && tcpstate')
        self.assertGreater(float(heard[0]), 0)
        self.assertEqual(heard[1], '')


if __name__ == '__main__':
    unittest.main()
