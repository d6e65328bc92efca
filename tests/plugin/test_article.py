# SPDX-License-Identifier: GPL-2.0-or-later
"""The session of the founding article: 7 bytes there, 18 back, then either side closes."""
import unittest

import tshark as ts

CLOSED, LISTEN, SYN_SENT, SYN_RCVD, ESTABLISHED = 1, 2, 3, 4, 5
FIN_WAIT_1, FIN_WAIT_2, CLOSE_WAIT, CLOSING, LAST_ACK, TIME_WAIT = 6, 7, 8, 9, 10, 11


def moves(capture, *more):
    """(client, server, step, more...) of each segment that has a step or moved a state."""
    rows = ts.fields(capture, 'tcpstate.client', 'tcpstate.server', 'tcpstate.step', *more,
                     display_filter='tcpstate.step')
    return [(int(row[0]), int(row[1]), *row[2:]) for row in rows]


class ClientCloses(unittest.TestCase):
    capture = 'captures/article-client-closes.pcap'

    def test_states_and_steps(self):
        self.assertEqual(moves(self.capture), [
            (SYN_SENT, LISTEN, 'open 1/3'),
            (ESTABLISHED, SYN_RCVD, 'open 2/3'),
            (ESTABLISHED, ESTABLISHED, 'open 3/3'),
            (FIN_WAIT_1, CLOSE_WAIT, 'close 1/4'),
            (FIN_WAIT_2, CLOSE_WAIT, 'close 2/4'),
            (TIME_WAIT, LAST_ACK, 'close 3/4'),
            (TIME_WAIT, CLOSED, 'close 4/4'),
        ])

    def test_socket_calls(self):
        calls = [row[0] for row in ts.fields(self.capture, 'tcpstate.call')]
        self.assertEqual(calls[0], 'connect()')
        self.assertIn('accept()', calls[2])
        self.assertEqual(sum('write()' in call for call in calls), 2)
        self.assertEqual(sum(call.startswith('close()') for call in calls), 2)

    def test_who_closed_and_since_when(self):
        rows = ts.fields(self.capture, 'tcpstate.closed_by', 'tcpstate.client.since',
                         'tcpstate.opened_in', 'tcpstate.phase')
        fin = next(n for n, row in enumerate(rows) if row[0])
        self.assertEqual({row[0] for row in rows[fin:]}, {'1'})
        self.assertEqual(rows[fin][1], str(fin + 1))
        self.assertEqual({row[2] for row in rows}, {'1'})
        self.assertEqual([row[3] for row in rows][::len(rows) - 1], ['0', '3'])

    def test_setup_time_is_on_the_third_ack(self):
        rows = ts.fields(self.capture, 'frame.time_relative', 'tcpstate.setup_time')
        self.assertEqual([n for n, row in enumerate(rows) if row[1]], [2])
        self.assertAlmostEqual(float(rows[2][0]), float(rows[2][1]), places=8)

    def test_top_line_reads_like_a_sentence(self):
        text = ts.tshark(['-O', 'tcpstate', '-Y', 'tcpstate.close_step == 1'], self.capture).stdout
        self.assertIn('[TCP state: client ESTABLISHED -> FIN_WAIT_1 (proven), '
                      'server ESTABLISHED -> CLOSE_WAIT (presumed), close 1/4, close()', text)


class ServerCloses(unittest.TestCase):
    capture = 'captures/article-server-closes.pcap'

    def test_states_and_steps(self):
        self.assertEqual(moves(self.capture)[3:], [
            (CLOSE_WAIT, FIN_WAIT_1, 'close 1/4'),
            (CLOSE_WAIT, FIN_WAIT_2, 'close 2/4'),
            (LAST_ACK, TIME_WAIT, 'close 3/4'),
            (CLOSED, TIME_WAIT, 'close 4/4'),
        ])


class ThreeSegmentClose(unittest.TestCase):
    capture = 'captures/three-segment-close.pcap'

    def test_one_segment_carries_two_steps(self):
        steps = ts.fields(self.capture, 'tcpstate.close_step', 'tcpstate.step',
                          display_filter='tcpstate.close_step')
        self.assertEqual(steps, [['1', 'close 1/4'], ['2,3', 'close 2+3/4'], ['4', 'close 4/4']])


if __name__ == '__main__':
    unittest.main()
