#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""tcpstory anomalies --follow and incidents --follow tell each when it is known."""
import os
import select
import struct
import subprocess
import sys
import unittest

import command
import tshark as ts
from command import capture, run

sys.path.insert(0, os.path.join(command.SOURCE_DIR, 'tests', 'plugin'))
from packets import ACK, FRO, RST, SYN, ether, ip4, tcp     # noqa: E402

TIMEOUT_S = 60
COLUMNS = ['--format', 'tsv', '--columns', 'id,severity,client,server']
NAMES = ('close-wait-leak', 'keepalive-vanished', 'pile-close-wait', 'refused', 'syn-unanswered',
         'forged-rst', 'zero-window', 'retransmission-death')
START_S = 1790000000


def rows(text):
    return sorted(text.splitlines())


def frame(at_s, *arguments):
    """A record of a pcap: an Ethernet frame so long after the start."""
    data = ether(ip4(*arguments))
    seconds, microseconds = divmod(round(at_s * 1e6), 1000000)
    return struct.pack('<IIII', START_S + seconds, microseconds, len(data), len(data)) + data


HEADER = struct.pack('<IHHiIII', 0xa1b2c3d4, 2, 4, 0, 0, 65535, 1)


def refused(at_s, port):
    return frame(at_s, tcp(port, 80, SYN, seq=100)) + \
        frame(at_s, tcp(80, port, RST | ACK, ack=101), FRO)


class Follower:
    """A tcpstory that follows a pipe."""

    def __init__(self, verb, *arguments):
        self.process = subprocess.Popen(
            [command.TCPSTORY, verb, '--follow', *arguments, '-'], stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=command.environment(), bufsize=0)

    def write(self, data):
        self.process.stdin.write(data)

    def line(self):
        ready, _, _ = select.select([self.process.stdout], [], [], TIMEOUT_S)
        return self.process.stdout.readline().decode() if ready else ''

    def end(self):
        out, err = self.process.communicate(timeout=TIMEOUT_S)
        return self.process.returncode, out.decode(), err.decode()


@unittest.skipUnless(command.has_tshark(), 'needs tshark and the plugin')
class Findings(unittest.TestCase):
    def test_the_same(self):
        """What is told meanwhile and at the end is what the whole capture has."""
        for name in NAMES:
            for verb in ('anomalies', 'incidents'):
                with self.subTest(name, verb=verb):
                    whole = run(verb, *COLUMNS, capture(name + '.pcap'))
                    done = run(verb, '--follow', *COLUMNS, capture(name + '.pcap'))
                    self.assertEqual((done.status, done.err), (0, ''))
                    self.assertEqual(rows(done.out), rows(whole.out))

    def test_records(self):
        """The same of a record stream, where open connections are judged at the end."""
        text = ts.tshark(['-n', '-q', '-l', '-z', 'tcpstate,records,live'],
                         capture('refused.pcap'), check=True, text=False).stdout
        self.assertEqual(rows(run('anomalies', '--follow', *COLUMNS, '-', text=text).out),
                         rows(run('anomalies', *COLUMNS, capture('refused.pcap')).out))

    def test_while_the_input_goes_on(self):
        """A row comes although the pipe stays open, and each one once."""
        follower = Follower('anomalies', *COLUMNS)
        follower.write(HEADER + refused(0, 40000) + refused(2, 40001))
        self.assertEqual(follower.line(), 'id\tseverity\tclient\tserver\n')
        first = follower.line().split('\t')
        self.assertEqual(first[0], 'A02')
        follower.write(refused(4, 40002) + refused(6, 40003))
        status, out, err = follower.end()
        self.assertEqual((status, err), (0, ''))
        told = [tuple(first), *(tuple(line.split('\t')) for line in out.splitlines(True))]
        self.assertEqual(len(told), len(set(told)))

    def test_text(self):
        follower = Follower('incidents')
        follower.write(HEADER + b''.join(refused(at, 40000 + at) for at in range(6)))
        self.assertRegex(follower.line(), 'D[0-9]+')
        self.assertEqual(follower.end()[0], 0)

    def test_selection(self):
        follower = Follower('anomalies', '--port', '40001', *COLUMNS)
        follower.write(HEADER + refused(0, 40000) + refused(2, 40001) + refused(4, 40002))
        _, out, _ = follower.end()
        self.assertIn('40001', out)
        self.assertNotIn('40000', out)

    def test_options(self):
        for arguments in (['--top', '3'], ['--sort', 'id'], ['--fail-on', 'error']):
            with self.subTest(arguments):
                done = run('anomalies', '--follow', *arguments, capture('refused.pcap'))
                self.assertEqual(done.status, 2)
                self.assertIn('not with --follow', done.err)


if __name__ == '__main__':
    unittest.main()
