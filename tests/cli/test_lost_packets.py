#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A pcapng tells how many packets its interfaces lost: so does the report."""
import json
import os
import shutil
import sqlite3
import struct
import unittest

import command

LOST = os.path.join(command.DATA, 'lost-packets.pcapng')


def blocks(content):
    at = 0
    while at < len(content):
        kind, size = struct.unpack_from('<II', content, at)
        yield kind, content[at:at + size]
        at += size


def names_block(count):
    """A Name Resolution Block of so many addresses."""
    body = b''.join(struct.pack('<HHI12s', 1, 16, 0x0a000001 + i, b'h%010d' % i)
                    for i in range(count)) + bytes(4)
    size = struct.pack('<I', len(body) + 12)
    return struct.pack('<I', 4) + size + body + size


def counted_by_packets(content, count):
    """The capture without its statistics: its first packet says how many were lost before it."""
    out, told = b'', False
    for kind, block in blocks(content):
        if kind == 6 and not told:
            told = True
            size = struct.pack('<I', len(block) + 16)
            block = block[:4] + size + block[8:-4] + struct.pack('<HHQI', 4, 8, count, 0) + size
        out += block if kind != 5 else b''
    return out


@unittest.skipUnless(command.has_tshark(), 'needs tshark and the plugin')
class LostPackets(unittest.TestCase):
    def test_report(self):
        result = command.run(LOST)
        self.assertIn('  the capture lost 58,014 of 220,511 packets (26 %)\n', result.out)

    def test_json(self):
        def told(path):
            capture, = json.loads(command.run('--format', 'json', path).out)['captures']
            return capture['packets_came'], capture['packets_lost']
        self.assertEqual(told(LOST), (220511, 58014))
        self.assertEqual(told(os.path.join(command.CAPTURES, 'several.pcap')), (None, None))

    def test_nothing_lost(self):
        result = command.run(os.path.join(command.CAPTURES, 'several.pcap'))
        self.assertNotIn('the capture lost', result.out)

    def test_database(self):
        with command.Folder() as folder:
            for name, told in ((LOST, (220511, 58014)),
                               (os.path.join(command.CAPTURES, 'several.pcap'), (None, None))):
                path = folder.file('x.sqlite')
                command.run('report', '-o', path, name)
                with sqlite3.connect(path) as database:
                    rows = database.execute('SELECT packets_came, packets_lost FROM captures')
                    self.assertEqual(rows.fetchall(), [told])
                os.remove(path)

    def test_prometheus(self):
        out = command.run('report', '--format', 'prometheus', LOST).out
        self.assertRegex(out, r'(?m)^tcpstory_packets_lost{file="[^"]*"} 58014$')

    def test_gate(self):
        """It is a judgment on the capture, and closes a gate for each connection."""
        def quality(*args):
            capture, = json.loads(command.run('--format', 'json', *args).out)['captures']
            return [(hit['explanation'], hit['connections']) for hit in capture['anomalies']
                    if hit['id'] == 'Q13'], len(capture['connections'])
        hits, connections = quality(LOST)
        self.assertEqual(hits, [('58,014 packets of 220,511 lost by the capture itself, '
                                 'as it counts', connections)])
        self.assertEqual(quality('--set', 'Q13.per_mille=264', LOST)[0], [])

    def test_counted_by_packets(self):
        with command.Folder() as folder:
            with open(LOST, 'rb') as file:
                path = folder.write('x.pcapng', counted_by_packets(file.read(), 77))
            capture, = json.loads(command.run('--format', 'json', path).out)['captures']
        self.assertEqual((capture['packets_came'], capture['packets_lost']), (None, 77))
        self.assertIn('Q13', [hit['id'] for hit in capture['anomalies']])

    def test_files_are_summed(self):
        with command.Folder() as folder:
            files = [shutil.copy(LOST, folder.file(name)) for name in ('a.pcapng', 'b.pcapng')]
            result = command.run('--join', 'sequence', *files)
        self.assertIn('  the capture lost 116,028 of 441,022 packets (26 %)\n', result.out)

    def test_merged_files_are_a_capture_and_nothing_else(self):
        """However many names there are between two packets."""
        with open(LOST, 'rb') as file:
            kinds, parts = zip(*blocks(file.read()))
        packets = kinds.count(6)
        parts = list(parts)
        parts.insert(4, names_block(20000))
        with command.Folder() as folder:
            files = [folder.write(name, b''.join(parts)) for name in ('a.pcapng', 'b.pcapng')]
            result = command.run('--join', 'sequence', '--format', 'json', *files,
                                 env={'TSHARK': shutil.which('tshark')})
        self.assertEqual((result.status, result.err.count('partial')), (0, 0), result.err)
        self.assertEqual(json.loads(result.out)['captures'][0]['frames'], 2 * packets)


if __name__ == '__main__':
    unittest.main()
