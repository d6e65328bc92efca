# SPDX-License-Identifier: GPL-2.0-or-later
"""The benchmark's own tools, at tiny sizes: captures of generate.c are right, and figures come out.
"""
import os
import subprocess
import sys
import tempfile
import unittest

import generator
import stage
from tshark import fields, lines

BENCH = os.path.join(os.path.dirname(os.path.abspath(__file__)), 'bench.py')
SIZE = '0.0002'
CHECKSUMS = ['-o', 'ip.check_checksum:TRUE', '-o', 'tcp.check_checksum:TRUE']
WRONG = '_ws.malformed || tcp.analysis.flags || ip.checksum.status == 0 || tcp.checksum.status != 1'


class Generator(unittest.TestCase):
    def capture(self, *arguments, **options):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        return str(generator.make(folder.name, *arguments, **options))

    def test_connections_are_whole_and_right(self):
        capture = self.capture(3000, 20, 12)
        self.assertEqual(lines(CHECKSUMS + ['-Y', WRONG], capture), [])
        streams = [int(row[0]) for row in fields(capture, 'tcp.stream')]
        self.assertEqual(len(streams), 3000)
        self.assertGreaterEqual(len(set(streams)), 3000 // 12)
        self.assertEqual(len(fields(capture, 'frame.number', display_filter='tcp.stream == 0')), 12)

    def test_a_flood_has_an_address_for_each_syn(self):
        capture = self.capture(500, kind='flood')
        self.assertEqual(lines(CHECKSUMS + ['-Y', WRONG], capture), [])
        self.assertEqual(len(set(map(tuple,
                                     fields(capture, 'ip.src', display_filter='tcp.flags == 2')))),
                         500)

    def test_half_of_a_scan_is_refused(self):
        capture = self.capture(3000, kind='scan')
        self.assertEqual(lines(CHECKSUMS + ['-Y', WRONG], capture), [])
        attempts = fields(capture, 'ip.dst', 'tcp.dstport', display_filter='tcp.flags == 2')
        self.assertEqual(len(set(map(tuple, attempts))), 2000)
        self.assertEqual(len(fields(capture, 'tcp.stream', display_filter='tcp.flags == 0x14')),
                         1000)

    def test_the_floor_touches_every_frame(self):
        capture = self.capture(3000, 20, 12)
        done = subprocess.run([generator.program('floor'), capture], capture_output=True, text=True,
                              check=True)
        self.assertTrue(done.stdout.startswith('3000 frames'), done.stdout)

    def test_wrong_arguments(self):
        for arguments in (['-l', '5'], ['-c', '0'], ['-k', 'udp'], ['-n', 'x'], ['more']):
            done = subprocess.run([generator.program(), *arguments], stdout=subprocess.DEVNULL,
                                  stderr=subprocess.DEVNULL, check=False)
            self.assertEqual(done.returncode, 2, arguments)


@unittest.skipUnless(os.path.exists('/usr/bin/time'), 'needs the package time')
class Document(unittest.TestCase):
    def test_figures_come_out(self):
        with tempfile.TemporaryDirectory() as folder:
            out = os.path.join(folder, 'performance.md')
            subprocess.run([sys.executable, '-B', BENCH, '--quick', '--only', 'scale', '--size',
                            SIZE, '--out', out], check=True,
                           env=dict(os.environ, SOURCE_DIR=str(stage.SOURCE)),
                           stderr=subprocess.DEVNULL)
            with open(out) as f:
                text = f.read()
        rows = [line.split('|') for line in text.splitlines() if '| tcpstory |' in line]
        self.assertEqual(len(rows), 6)
        for row in rows:
            self.assertRegex(row[5], r'\d\.\d\d')              # wall time, seconds
            self.assertGreater(float(row[8]), 1, row)           # peak memory, MB
        self.assertIn('Workloads are %s of the full size' % SIZE, text)


if __name__ == '__main__':
    unittest.main()
