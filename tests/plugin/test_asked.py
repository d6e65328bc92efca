# SPDX-License-Identifier: GPL-2.0-or-later
"""A single pass in which nobody asks for states has nothing to do; whoever asks, in whatever way,
gets the same as in two passes, where all is kept.
"""
import unittest

import tshark as ts

CAPTURE = 'captures/simultaneous-open.pcap'
SEVERITY = 'gui.column.format:"No.","%m","Expert","%a"'
MARKER = 'gui.column.format:"No.","%m","State","%Cus:tcpstate.client:0:R"'

# Arguments of tshark each of which asks in another way.
WAYS = (
    ('-o', SEVERITY),
    ('-o', MARKER),
    ('-o', 'tcpstate.show_states:TRUE'),
    ('-Y', 'tcpstate.changed'),
    ('-Y', '_ws.expert'),
    ('-T', 'fields', '-e', 'frame.number', '-e', '_ws.expert.message'),
    ('-T', 'fields', '-e', 'frame.number', '-e', 'tcpstate.server'),
    ('-q', '-z', 'expert'),
    ('-q', '-z', 'io,stat,0,tcpstate.changed'),
    ('-q', '-z', 'tcpstate'),
    ('-q', '-z', 'tcpstate', '-z', 'tcpstate,connections'),
    ('-q', '-z', 'tcpstate', '-z', 'tcpstate,srt'),
    ('-q', '-z', 'tcpstate', '-z', 'expert'),
    ('-z', 'tcpstate', '-T', 'fields', '-e', 'frame.number', '-e', 'tcpstate.server'),
    ('-z', 'tcpstate', '-o', 'tcpstate.show_states:TRUE'),
)


def printed(*args, plugin=True):
    return ts.tshark(list(args), CAPTURE, plugin=plugin, check=True).stdout


class Asked(unittest.TestCase):
    def test_each_way_of_asking_is_heard(self):
        for way in WAYS:
            with self.subTest(way):
                twice = printed('-2', '-o', 'tcpstate.hindsight:never', *way)
                self.assertEqual(printed(*way), twice)

    def test_answer_is_the_plugins(self):
        for way in (WAYS[0], WAYS[5], WAYS[7]):
            with self.subTest(way):
                self.assertNotEqual(printed(*way), printed(*way, plugin=False))

    def test_nobody_asks(self):
        for way in ((), ('-Y', 'tcp'), ('-q', '-z', 'conv,tcp')):
            with self.subTest(way):
                self.assertEqual(printed(*way), printed(*way, plugin=False))


if __name__ == '__main__':
    unittest.main()
