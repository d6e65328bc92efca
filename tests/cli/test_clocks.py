#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Captures that were put together from taps whose clocks differ: corrected, and said; or known not
to be known."""
import csv
import io
import json
import os
import random
import re
import sys
import unittest

import command
import tshark as ts
from command import Folder, run

sys.path.insert(0, os.path.join(command.SOURCE_DIR, 'tests', 'plugin'))
from packets import (ACK, FIN, FRO, PSH, TO, Conversation, ether, ip4,
                     write_pcapng)  # noqa: E402

US, MS, S = 10 ** 3, 10 ** 6, 10 ** 9
START = 1700000000 * S
COLUMNS = 'client,server,opening,ending,client_state,server_state,client_bytes,server_bytes'


def traffic(connections=60):
    """(nanoseconds, direction, frame) of short connections, some at a time; answers take 2 us to
    1 ms."""
    chance = random.Random(7)
    packets = []
    for n in range(connections):
        talk = Conversation(20000 + n, 80)
        segments = [*talk.handshake()]
        for _ in range(4):
            segments.append((TO, talk.segment(TO, PSH | ACK, b'request')))
            segments.append((FRO, talk.segment(FRO, PSH | ACK, b'an answer')))
        for direction in (TO, FRO):
            segments.append((direction, talk.segment(direction, FIN | ACK)))
        segments.append((TO, talk.segment(TO, ACK)))
        now = START + n * 100 * MS
        for direction, segment in segments:
            packets.append((now, direction, ether(ip4(segment, direction))))
            now += chance.choice((2 * US, 30 * US, 300 * US, MS))
    return packets


def write(path, packets, late=lambda ns: 0, interfaces=2):
    """What clients sent is of the first interface; the clock of the other is ahead."""
    moved = [(ns if direction == TO else ns + late(ns), 0 if direction == TO else interfaces - 1,
              frame) for ns, direction, frame in packets]
    write_pcapng(path, sorted(moved, key=lambda packet: packet[0]),
                 ('left', 'right')[:interfaces])
    return path


def rows(path):
    done = run('list', '--format', 'csv', '--columns', COLUMNS, '--sort', 'client', '-q', path)
    assert done.status == 0, done
    return list(csv.reader(io.StringIO(done.out)))


def rules(path):
    return {hit['id'] for hit in json.loads(run('anomalies', '--format', 'json', path).out)}


@unittest.skipUnless(command.has_tshark(), 'needs tshark and the plugin')
class Clocks(unittest.TestCase):
    def setUp(self):
        self.folder = self.enterContext(Folder()) if hasattr(self, 'enterContext') else Folder()
        if not hasattr(self, 'enterContext'):
            self.folder.__enter__()
            self.addCleanup(self.folder.__exit__)
        self.packets = traffic()
        self.right = rows(write(self.folder.file('right.pcapng'), self.packets))

    def check(self, late, said, interfaces=2):
        path = write(self.folder.file('skewed.pcapng'), self.packets, late, interfaces)
        told = run('report', path)
        self.assertEqual(told.status, 0)
        self.assertRegex(' '.join(told.out.split()), said)
        self.assertEqual(rows(path), self.right)
        self.assertFalse(rules(path) & {'A45', 'Q3', 'Q12'})

    def test_interfaces(self):
        """An interface for each tap, as mergecap -I none keeps them."""
        of_it = 'clocks of its taps differ: that of interface 1 is %s'
        self.check(lambda ns: 50 * US, of_it % r'5\d us ahead \(to within \d us\)')
        self.check(lambda ns: MS, of_it % '1(.00)? ms ahead')
        self.check(lambda ns: S, of_it % '1(.00)? s ahead')
        self.check(lambda ns: -S, of_it % '1(.00)? s behind')
        self.check(lambda ns: MS + (ns - START) * 50 // 10 ** 6,
                   of_it % r'1(.00)? ms ahead and runs (50|49.9|50.1)[.\d]* ppm too fast')

    def test_one_interface(self):
        """Nobody kept the interfaces apart: then it is seen that answers come first."""
        self.check(lambda ns: 400 * US, "that of the servers' segments is 4\\d\\d us ahead", 1)
        self.check(lambda ns: -S, "that of the servers' segments is 1(.00)? s behind", 1)

    def test_equal_clocks(self):
        for interfaces in (1, 2):
            path = write(self.folder.file('same.pcapng'), self.packets, interfaces=interfaces)
            told = run('report', path)
            self.assertEqual(told.err, '')
            self.assertNotIn('clocks', told.out)

    def test_mergecap(self):
        for name, direction, late in (('a.pcapng', TO, 0), ('b.pcapng', FRO, 3 * MS)):
            write_pcapng(self.folder.file(name), [(ns + late, 0, frame) for ns, way, frame
                                                  in self.packets if way == direction])
        merged = self.folder.file('merged.pcapng')
        ts.make_capture('mergecap', '-w', merged, self.folder.file('a.pcapng'),
                        self.folder.file('b.pcapng'))
        self.assertEqual(rows(merged), self.right)

    def test_no_one_offset(self):
        """The clock was set back and forth: that is said, and nothing is made of it."""
        path = write(self.folder.file('set.pcapng'), self.packets,
                     lambda ns: (ns // (100 * MS) % 3 - 1) * 30 * MS)
        self.assertNotIn('clocks', run('list', path).err)
        found = rules(path)
        self.assertIn('Q12', found)
        self.assertFalse(found & {'A45', 'Q3'})
        self.assertTrue(re.search('Clocks of several taps', run('anomalies', path).out))


if __name__ == '__main__':
    unittest.main()
