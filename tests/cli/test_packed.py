#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Captures that are packed by xz or bzip2, as files, through a pipe, in sets and damaged."""
import bz2
import glob
import lzma
import shutil
import subprocess
import unittest

import command
from command import Folder, capture, run

PILE = capture('pile-close-wait.pcap')
LARGE = capture('pile-time-wait.pcap')
PACKINGS = {'xz': lzma.compress, 'bz2': bz2.compress}


def content(path):
    with open(path, 'rb') as file:
        return file.read()


@unittest.skipUnless(command.has_tshark(), 'needs tshark and the plugin')
class Packed(unittest.TestCase):
    maxDiff = None

    def setUp(self):
        self.folder = self.enterContext(Folder())
        self.plain = content(PILE)
        self.rows = run('list', '--format', 'tsv', PILE)
        self.assertGreater(self.rows.out.count('\n'), 10, self.rows.err)

    def same(self, *args, rows=None, **how):
        done = run('list', '--format', 'tsv', *args, **how)
        self.assertEqual((done.status, done.err, done.out), (0, '', (rows or self.rows).out))

    def test_file_and_pipe(self):
        for name, pack in PACKINGS.items():
            with self.subTest(name):
                packed = pack(self.plain)
                self.same(self.folder.write('a.pcap.' + name, packed))
                self.same('-', text=packed)

    def test_several_streams_in_a_file(self):
        half = len(self.plain) // 2
        for name, pack in PACKINGS.items():
            with self.subTest(name):
                self.same(self.folder.write('a.' + name, pack(self.plain[:half]) +
                                            pack(self.plain[half:])))

    def test_by_tshark(self):
        path = self.folder.write('a.xz', lzma.compress(self.plain))
        self.same(path, env={'TSHARK': shutil.which('tshark')})

    def test_filter(self):
        path = self.folder.write('a.bz2', bz2.compress(self.plain))
        self.same('--filter', 'tcp.stream < 3', path,
                  rows=run('list', '--format', 'tsv', '--filter', 'tcp.stream < 3', PILE))

    def test_extract(self):
        """Which reads its capture twice."""
        for name, pack in PACKINGS.items():
            with self.subTest(name):
                path = self.folder.write('a.' + name, pack(self.plain))
                out = self.folder.file(name + '.pcapng')
                done = run('extract', '--stream', '1', '-w', out, path)
                self.assertEqual((done.status, done.err), (0, ''))
                rows = run('list', '--format', 'tsv', out)
                self.assertEqual((rows.err, rows.out.count('\n')), ('', 2))

    @unittest.skipUnless(shutil.which('editcap'), 'needs editcap')
    def test_ring(self):
        subprocess.run(['editcap', '-c', '40', PILE, self.folder.file('ring.pcap')], check=True)
        parts = []
        for at, name in enumerate(sorted(glob.glob(self.folder.file('ring_*')))):
            pack = (lzma.compress, bz2.compress)[at % 2]
            parts.insert(0, self.folder.write('%d.packed' % at, pack(content(name))))
        self.assertGreater(len(parts), 1)
        columns = ('list', '--format', 'tsv', '--columns', 'stream,client,server,outcome,duration')
        done = run(*columns, *parts)
        self.assertEqual((done.status, done.out), (0, run(*columns, PILE).out), done.err)

    def test_damaged(self):
        plain = content(LARGE)
        for name, pack in PACKINGS.items():
            packed = pack(plain)
            for damage, said in ((packed[:len(packed) * 3 // 4], 'cut short'),
                                 (packed[:len(packed) // 2] + bytes(8) +
                                  packed[len(packed) // 2 + 8:], 'damaged')):
                with self.subTest(name, said=said):
                    done = run('list', self.folder.write('a.' + name, damage))
                    self.assertEqual(done.status, 3, done.err)
                    self.assertIn(said, done.err)

    def test_no_capture(self):
        for name, pack in PACKINGS.items():
            with self.subTest(name):
                done = run('list', self.folder.write('a.' + name, pack(b'some text\n' * 9)))
                self.assertEqual((done.status, done.out), (3, ''))
                self.assertIn("isn't a capture file", done.err)
                done = run('list', self.folder.write('b.' + name, pack(b'')[:20] + b'x'))
                self.assertEqual((done.status, done.out), (3, ''))

    def test_archive(self):
        done = run('list', self.folder.write('a.zip', b'PK\3\4' + bytes(30)))
        self.assertEqual((done.status, done.out), (3, ''))
        self.assertIn('is packed by zip: unpack it first', done.err)

    def test_bomb_needs_no_memory(self):
        """Much of nothing: what cannot be read as a capture ends the unpacking."""
        done = run('list', self.folder.write('a.xz', lzma.compress(bytes(64 << 20))))
        self.assertEqual((done.status, done.out), (3, ''))


if __name__ == '__main__':
    unittest.main()
