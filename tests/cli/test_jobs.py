#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""--jobs: however many processors work, what is printed stays the same to the last byte."""
import os
import struct
import unittest

import command
from command import Folder, capture, run

VERBS = (['report'], ['list', '--format', 'json'], ['anomalies', '--format', 'json'],
         ['timeline', '--format', 'tsv'])
JOBS = ('2', '8')
RAW = 101                       # link type of tcpdump.org: IP without anything before it


def packet(i, n):
    """SYNs of some hosts to ports of many: scans, floods and hosts that only ask, side by side."""
    source = 0x0a000000 + (i * 7919 % n if i % 3 else i % 5)
    target = 0xc0000200 + i % (250 if i % 2 else 3)
    ip = struct.pack('>BBHHHBBHII', 0x45, 0, 40, i & 0xffff, 0, 64, 6, 0, source, target)
    port = 80 if i % 4 else i % 30000 + 1
    return ip + struct.pack('>HHIIBBHHH', 1024 + i * 31 % 60000, port, i * 65537 & 0xffffffff, 0,
                            0x50, 2, 64240, 0, 0)


def pcap(n):
    yield struct.pack('<IHHiIII', 0xa1b2c3d4, 2, 4, 0, 0, 65535, RAW)
    for i in range(n):
        frame = packet(i, n)
        yield struct.pack('<IIII', 1700000000 + i // 2000, i % 2000 * 500, len(frame),
                          len(frame)) + frame


@unittest.skipUnless(command.has_tshark(), 'needs tshark and the plugin')
class Same(unittest.TestCase):
    def check(self, *paths, status=0):
        for verb in VERBS:
            one = run(*verb, '--separate', '--jobs', '1', *paths)
            self.assertEqual(one.status, status, one.err)
            self.assertNotEqual(one.out, '')
            for jobs in JOBS:
                with self.subTest(verb=verb, jobs=jobs, paths=paths):
                    done = run(*verb, '--separate', '--jobs', jobs, *paths)
                    self.assertEqual(done[:3], one[:3])

    def test_captures(self):
        names = sorted(n for n in os.listdir(command.CAPTURES) if '.pcap' in n)
        self.assertGreater(len(names), 30)
        self.check(*map(capture, names))

    def test_truncated(self):
        with open(capture('pile-close-wait.pcap'), 'rb') as file:
            whole = file.read()
        with Folder() as folder:
            self.check(folder.write('cut.pcap', whole[:len(whole) * 2 // 3 + 5]), status=3)

    def test_damaged(self):
        """A record says that it is longer than any frame: what came before it is told."""
        content = bytearray(b''.join(pcap(3000)))
        place = 24 + 2000 * 56
        content[place + 8:place + 16] = b'\xff' * 8
        with Folder() as folder:
            self.check(folder.write('damaged.pcap', bytes(content)), status=3)

    def test_many(self):
        """Enough of them for more candidates of incidents than are kept, and for every thread."""
        with Folder() as folder:
            self.check(folder.write('many.pcap', b''.join(pcap(12000))))


if __name__ == '__main__':
    unittest.main()
