#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Which connections the options choose, and that what is chosen is told whole."""
import unittest

import command
from command import capture, data, run

PILE = capture('pile-close-wait.pcap')


def rows(*args):
    done = run('list', '--format', 'tsv', *args)
    assert (done.status, done.err) == (0, ''), done
    lines = [line.split('\t') for line in done.out.splitlines()]
    return [dict(zip(lines[0], line)) for line in lines[1:]]


def streams(*args):
    return [int(row['stream']) for row in rows(*args)]


def ladder(*args):
    done = run(*args)
    assert done.status == 0, done
    return done.out.partition('Stream 5: ')[2]


class Selection(unittest.TestCase):
    """Of records that were written by hand, so without tshark."""
    mixed = data('mixed.records')

    def test_lists_and_ranges(self):
        everything = streams(self.mixed)
        self.assertEqual(streams('--stream', '3,7-9', self.mixed), [3, 7, 8, 9])
        self.assertEqual(streams('--stream', '3', '--stream', '7-9', self.mixed), [3, 7, 8, 9])
        self.assertEqual(streams('--not', '--stream', '3-11', self.mixed), [0, 1, 2])
        self.assertEqual(streams('--not', '--stream=3-11', self.mixed), [0, 1, 2])
        self.assertEqual(streams('--stream', '!3-11', self.mixed), [0, 1, 2])
        self.assertEqual(streams('--stream', '0-9', '--not', '--stream', '4', self.mixed),
                         [n for n in everything if n < 10 and n != 4])
        ports = {row['stream']: row['server'].rpartition(':')[2] for row in rows(self.mixed)}
        self.assertEqual(streams('--port', '80,8081-8085', self.mixed),
                         [int(s) for s, port in ports.items()
                          if port == '80' or 8081 <= int(port) <= 8085])
        self.assertEqual(sorted(streams('--port', '80', self.mixed) +
                                streams('--not', '--port', '80', self.mixed)), everything)

    def test_hosts(self):
        everything = streams(self.mixed)
        four = streams('--host', '0.0.0.0/0', self.mixed)
        six = streams('--host', '::/0', self.mixed)
        self.assertTrue(four and six)
        self.assertEqual(sorted(four + six), everything)
        self.assertEqual(streams('--host', '0.0.0.0/0,::/0', self.mixed), everything)
        self.assertEqual(streams('--host', 'fd00:9::/32', self.mixed), six)
        self.assertEqual(streams('--not', '--host', '10.0.0.0/8', self.mixed), six)

    def test_words(self):
        states = streams('--state', 'CLOSE_WAIT', self.mixed)
        self.assertEqual(sorted(set(states + streams('--state', 'TIME_WAIT', self.mixed))),
                         streams('--state', 'CLOSE_WAIT,TIME_WAIT', self.mixed))
        outcomes = streams('--outcome', 'refused,clean', self.mixed)
        self.assertEqual(sorted(outcomes + streams('--not', '--outcome', 'refused,clean',
                                                   self.mixed)), streams(self.mixed))

    def test_every_verb(self):
        for verb in ('report', 'list', 'timeline', 'netstat', 'sockstat', 'listeners',
                     'anomalies'):
            with self.subTest(verb):
                done = run(verb, '--stream', '0-3', '--not', '--port', '1', '--host',
                           '::/0,0.0.0.0/0',
                           '--format', 'json', self.mixed)
                self.assertEqual((done.status, done.err), (0, ''))

    def test_mistakes(self):
        for args, message in (
                (['--host', '10.9.0.0/33'], 'behind the / stands a number of bits, 0 to 32'),
                (['--host', '10.9.0'], 'is not an IPv4 or IPv6 address, a network (10.0.0.0/8)'),
                (['--host', 'a b'], 'is not an IPv4 or IPv6 address'),
                (['--port', '80-70'], "'80-70' is not a port number"),
                (['--port', '80,'], "'' is not a port number"),
                (['--stream', 'x'], "'x' is not the number of a stream"),
                (['--not'], '--not wants an option'),
                (['--not', '--format', 'tsv'], '--not wants an option'),
                (['--not', '--filter', 'tcp'], "--filter '!(EXPR)'")):
            with self.subTest(args):
                done = run('list', *args, self.mixed)
                self.assertEqual(done.status, 2)
                self.assertIn(message, done.err)
        done = run('list', '--filter', 'tcp', self.mixed)
        self.assertEqual(done.status, 3)
        self.assertIn('--filter wants one', done.err)

    def test_unknown_name(self):
        done = run('list', '--host', 'nobody.example', self.mixed)
        self.assertEqual(done.status, 0)
        self.assertIn("no address with the name 'nobody.example'", done.err)


@unittest.skipUnless(command.has_tshark(), 'needs tshark and the plugin')
class Captures(unittest.TestCase):
    def test_a_chosen_connection_is_told_whole(self):
        """Any connection after the fifth, however it was chosen."""
        want = ladder('--stream', '5', PILE)
        self.assertIn('-> SYN         open 1/3', want)
        self.assertIn('<- ACK of FIN  close 2/4', want)
        for choice in (['--port', '46020'], ['--filter', 'tcp.port == 46020'],
                       ['--state', 'CLOSE_WAIT', '--port', '46020'],
                       ['--outcome', 'half_closed', '--port', '46020'],
                       ['--port', '46020', '--until', 'end']):
            with self.subTest(choice):
                self.assertEqual(ladder(*choice, PILE), want)
        late = run('--since', '+0.3', PILE)
        self.assertIn('open 1/3', late.out)

    def test_filter(self):
        self.assertEqual(streams('--filter', 'tcp.port == 46020', PILE), [5])
        self.assertEqual(streams('--filter', 'tcpstate.server == CLOSE_WAIT', PILE),
                         streams(PILE))
        done = run('--filter', 'tcp.pot == 1', PILE)
        self.assertEqual(done.status, 2)
        self.assertIn("--filter: 'tcp.pot == 1' is no display filter: ", done.err)
        with open(PILE, 'rb') as file:
            done = run('--filter', 'tcp', '-', text=file.read())
        self.assertEqual(done.status, 3)
        self.assertIn('a pipe can be read once', done.err)


if __name__ == '__main__':
    unittest.main()
