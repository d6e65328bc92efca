#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Several files: parts of one capture are one capture, in any order, packed or not; others are not.

The rings are cut here: editcap where it is, and mergecap to put captures together.
"""
import csv
import glob
import gzip
import json
import os
import re
import shutil
import signal
import struct
import subprocess
import time
import unittest

import command
from command import CAPTURES, Folder, capture, data

PILE = capture('pile-close-wait.pcap')
FILES = 20


def run(*args, **how):
    """In the folder of the ring, so that names are short."""
    return command.run(*args, cwd=Ring.folder.path if Ring.folder else None, **how)


def cut(folder, path, files=FILES):
    """A ring of so many files, and the capture that they are parts of."""
    frames = int(subprocess.run(['capinfos', '-cMT', '-r', path], capture_output=True, text=True,
                                check=True).stdout.split()[-1])
    whole = folder.file('whole.pcap')
    shutil.copy(path, whole)
    subprocess.run(['editcap', '-c', str(-(-frames // files)), whole, folder.file('ring.pcap')],
                   check=True)
    parts = sorted(glob.glob(folder.file('ring_*.pcap')))
    assert len(parts) == files, parts
    return whole, parts


def with_checksums(content):
    """A pcap of Ethernet that says its frames end with their checksums, of 2 times 16 bits."""
    order = '<' if content[0] in (0xd4, 0x4d) else '>'
    link, = struct.unpack_from(order + 'I', content, 20)
    out = [content[:20], struct.pack(order + 'I', link | 1 << 26 | 2 << 28)]
    at = 24
    while at < len(content):
        s, ns, captured, length = struct.unpack_from(order + '4I', content, at)
        out.append(struct.pack(order + '4I', s, ns, captured + 4, length + 4))
        out.append(content[at + 16:at + 16 + captured] + b'\1\2\3\4')
        at += 16 + captured
    return b''.join(out)


def bare(text):
    """A report or list without what names files."""
    text = re.sub(r'\n +frame \d+ is \d+ in [^\n]*', '', text)
    text = re.sub(r'\n +Filter: .*(\n {12}.*)*', '', text)
    return re.sub(r'^\S*\.pcap[^\n]*\n', '', text)


def without_files(thing):
    """A JSON value without the members that name files, and without filters, which fit a file."""
    if isinstance(thing, dict):
        return {name: without_files(value) for name, value in thing.items()
                if name not in ('file', 'first_file', 'file_frame', 'frame_files', 'file_frames',
                                'filter')}
    return [without_files(value) for value in thing] if isinstance(thing, list) else thing


@unittest.skipUnless(command.has_tshark() and shutil.which('editcap'), 'needs tshark and editcap')
class Ring(unittest.TestCase):
    maxDiff = None
    folder = None

    @classmethod
    def setUpClass(cls):
        cls.folder = Folder().__enter__()
        cls.whole, parts = cut(cls.folder, PILE)
        cls.whole = os.path.basename(cls.whole)
        cls.parts = [os.path.basename(part) for part in parts]
        cls.mixed = cls.parts[7:] + cls.parts[3:7][::-1] + cls.parts[:3]

    @classmethod
    def tearDownClass(cls):
        cls.folder.__exit__()
        cls.folder = None

    def test_equals_the_merged_file(self):
        for args in (['report'], ['report', '--port', '46020'], ['anomalies'], ['show', '5'],
                     ['timeline', '--format', 'tsv'], ['netstat', '--counts'],
                     ['sockstat', '--format', 'csv']):
            with self.subTest(args):
                want, got = run(*args, self.whole), run(*args, *self.mixed)
                self.assertEqual((got.status, bare(got.out)), (0, bare(want.out)))
        want = json.loads(run('report', '--format', 'json', self.whole).out)
        got = json.loads(run('report', '--format', 'json', *self.mixed).out)
        self.assertEqual(without_files(got), without_files(want))

    def test_says_so_in_a_line(self):
        done = run('list', *self.mixed)
        self.assertEqual(done.err, 'tcpstory: %s: and 19 more files are one capture, up to %s; '
                         '--separate tells of each\n' %
                         (self.parts[0], os.path.basename(self.parts[-1])))
        self.assertEqual(run('list', '--quiet', *self.mixed).err, '')

    def test_frames_count_through_the_set(self):
        rows = json.loads(run('list', '--format', 'json', *self.mixed).out)
        self.assertEqual(len(rows), 20)
        for row in rows:
            number = self.parts.index(row['first_file'])
            self.assertEqual(row['frame'], 5 * number + row['file_frame'])
        lines = run('list', '--format', 'tsv', *self.mixed).out.splitlines()
        row = next(csv.DictReader(lines, delimiter='\t'))
        self.assertEqual((row['first_file'], row['file_frame']), (self.parts[0], '1'))
        self.assertNotIn('first_file', run('list', '--format', 'tsv', self.whole).out)

    def test_filters_fit_each_file(self):
        for anomaly in json.loads(run('anomalies', '--format', 'json', *self.mixed).out):
            self.assertNotIn('tcp.stream', anomaly['filter'])
            for file, frame in zip(anomaly['frame_files'], anomaly['file_frames']):
                found = subprocess.run(
                    ['tshark', '-n', '-r', self.folder.file(file), '-Y', anomaly['filter'],
                     '-T', 'fields', '-e', 'frame.number'],
                    capture_output=True, text=True, check=False).stdout.split()
                if 'tcpstate' not in anomaly['filter']:
                    self.assertIn(str(frame), found, anomaly)

    def test_cut_file_by_either_way(self):
        with open(os.path.join(self.folder.path, self.parts[3]), 'rb') as file:
            cut_short = self.folder.write('cut.pcap', file.read()[:-20])
        for env in ({}, {'TSHARK': shutil.which('tshark')}):
            with self.subTest(env):
                got = run('--join', 'sequence', self.parts[2], cut_short, self.parts[4], env=env)
                self.assertEqual(got.status, 3)
                self.assertIn('partial: it appears to have been cut short', got.err)

    def test_frame_checksums(self):
        """Files whose frames are known to end with a checksum, which pcapng would have to tell."""
        files, plain = [], []
        for i in range(2):
            part = self.folder.file('plain-%d.pcap' % i)
            subprocess.run(['editcap', '-F', 'nsecpcap', self.folder.file(self.parts[i]), part],
                           check=True)
            with open(part, 'rb') as file:
                files.append(self.folder.write('fcs-%d.pcap' % i, with_checksums(file.read())))
            plain.append(part)
        args = ['list', '--join', 'sequence', '--columns', 'stream,client,outcome']
        want = run(*args, *plain).out
        self.assertGreater(want.count('\n'), 2)
        for env in ({}, {'TSHARK': shutil.which('tshark')}):
            self.assertEqual(run(*args, *files, env=env).out, want)
        self.assertEqual(run(*args, '--filter', 'tcp', *files).out, want)

    def test_packed(self):
        packed = list(self.parts)
        with open(self.folder.file(self.parts[1]), 'rb') as file:
            packed[1] = self.folder.write('one.gz', gzip.compress(file.read()))
        for i, tool in ((2, 'zstd'), (3, 'lz4')):
            if shutil.which(tool) is not None:
                packed[i] = self.parts[i] + '.' + tool
                to = ['-o', packed[i]] if tool == 'zstd' else [packed[i]]
                subprocess.run([tool, '-q', '-f', self.parts[i], *to], check=True,
                               cwd=self.folder.path)
        want, got = run(self.whole), run(*packed)
        self.assertEqual(bare(got.out), bare(want.out))

    def test_folder(self):
        with Folder() as folder:
            for part in self.parts:
                shutil.copy(self.folder.file(part), folder.path)
            folder.write('README', b'no capture')
            folder.write('.hidden.pcap', b'no capture')
            done = command.run('.', cwd=folder.path)
        self.assertEqual((done.status, bare(done.out)), (0, bare(run(self.whole).out)))

    def test_filter(self):
        done = run('list', '-q', '--filter', 'tcp.port == 46020', '--columns', 'stream',
                   *self.mixed)
        self.assertEqual(done.out.split(), ['stream', '5'])

    def test_separate(self):
        for how in (['--separate'], ['--join=separate']):
            done = run(*how, *self.mixed)
            self.assertEqual(done.err, '')
            self.assertIn('All 20 captures', done.out)

    def test_two_rings_stay_apart(self):
        other = capture('pile-time-wait.pcap')
        with Folder() as folder:
            _, parts = cut(folder, other, 5)
            done = run('list', '--format', 'tsv', *parts, *self.parts)
        self.assertEqual(done.err.count('are one capture'), 2)
        self.assertEqual(len({line.split('\t')[0] for line in done.out.splitlines()[1:]}), 2)

    def test_a_part_is_damaged(self):
        with open(self.folder.file(self.parts[4]), 'rb') as file:
            content = file.read()
        for how, damaged in (('cut short', content[:-10]),
                             ('damaged or corrupt', content[:-40] + b'\xff' * 40)):
            with self.subTest(how):
                self.folder.write('damaged.pcap', damaged)
                done = run('list', *self.parts[:4], 'damaged.pcap', *self.parts[5:])
                self.assertEqual(done.status, 3)
                self.assertIn(how, done.err)
                self.assertEqual(len(done.out.splitlines()), 21, 'what is behind it is read')

    def test_another_tshark(self):
        """Read by a tshark that the user names, the parts are one capture, too."""
        env = {'TSHARK': shutil.which('tshark')}
        want, got = run(self.whole, env=env), run(*self.mixed, env=env)
        self.assertEqual(bare(got.out), bare(want.out))


@unittest.skipUnless(command.has_tshark() and shutil.which('editcap'), 'needs tshark and editcap')
class Day(unittest.TestCase):
    def type_lines_of(self, document, folder):
        """Types what the document has in indented lines; says what was written with -o."""
        with open(os.path.join(command.SOURCE_DIR, 'docs', 'user', document),
                  encoding='utf-8') as file:
            lines = [line.strip() for line in file if line.startswith('    ')]
        self.assertGreater(len(lines), 10)
        env = command.environment(
            {'PATH': os.path.dirname(command.TCPSTORY) + ':' + os.environ['PATH']})
        for line in lines:
            with self.subTest(line):
                done = subprocess.run(['bash', '-c', line], cwd=folder.path, env=env,
                                      capture_output=True, text=True, check=False, timeout=60)
                self.assertEqual(done.returncode, 0, done.stderr)
                said = [word for word in done.stderr.splitlines()
                        if 'are one capture' not in word]
                self.assertEqual(said, [])
                if ' -o ' in line:
                    self.assertTrue(os.path.getsize(folder.file(line.split(' -o ')[1].split()[0])))
                else:
                    self.assertTrue(done.stdout)

    def test_day(self):
        with Folder() as folder:
            _, parts = cut(folder, PILE)
            os.mkdir(folder.file('ring'))
            for part in parts:
                shutil.move(part, folder.file('ring'))
            self.type_lines_of('day.md', folder)

    def test_tutorial(self):
        with Folder() as folder:
            for path in glob.glob(os.path.join(CAPTURES, '*.pcap')):
                shutil.copy(path, folder.path)
            self.type_lines_of('tutorial.md', folder)


@unittest.skipUnless(command.has_tshark(), 'needs tshark and the plugin')
class Others(unittest.TestCase):
    def test_captures_that_do_not_belong_together(self):
        """Made on one machine in the same minute, many of them one right after another."""
        paths = sorted(glob.glob(os.path.join(CAPTURES, '*.pcap')))
        done = run(*paths)
        self.assertEqual((done.status, done.err), (0, ''))
        self.assertIn('\nAll %d captures\n' % len(paths), done.out)
        total = done.out.splitlines()[-1].split()
        self.assertEqual(total[:2], ['all', str(len(run('list', *paths).out.splitlines()) - 1)])

    def test_sequence(self):
        """Whoever knows better says so."""
        paths = [capture('refused.pcap'), capture('article-client-closes.pcap')]
        done = run('--join=sequence', *paths)
        self.assertIn('2 TCP connections', done.out)
        self.assertTrue(done.out.startswith(paths[1]), 'it began first')

    def test_no_anomalies_once(self):
        paths = [capture(name) for name in ('article-client-closes.pcap', 'fastopen.pcap',
                                            'ipv6.pcap')]
        done = run('anomalies', *paths)
        self.assertEqual(done.out.split('\n')[0][:34], 'No anomalies in 3 captures: ' +
                         paths[0][:6])
        self.assertEqual(done.out.count('No anomalies'), 1)
        done = run('anomalies', *paths, capture('refused.pcap'))
        self.assertIn('\nNo anomalies in 3 captures: ', done.out)

    def test_no_capture_in_a_folder(self):
        with Folder() as folder:
            folder.write('x', b'nothing')
            done = run(folder.path)
        self.assertEqual(done.status, 3)
        self.assertIn('is a directory in which no capture is', done.err)

    def test_interrupt_ends_all(self):
        """What was read until then is told; files behind it are not begun."""
        with Folder() as folder:
            fifo = folder.file('fifo')
            os.mkfifo(fifo)
            with subprocess.Popen([command.TCPSTORY, 'list', '-', fifo], stdin=subprocess.PIPE,
                                  stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                  env=command.environment(), start_new_session=True) as process:
                with open(PILE, 'rb') as file:
                    process.stdin.write(file.read())
                process.stdin.flush()
                time.sleep(1)
                os.killpg(process.pid, signal.SIGINT)
                out, err = process.communicate(timeout=30)
        self.assertEqual(process.returncode, 3)
        self.assertIn(b'interrupted: this is what was read until then', err)
        self.assertEqual(len(out.splitlines()), 21)


class Usage(unittest.TestCase):
    def test_join(self):
        done = run('list', '--join', 'sequenc', data('mixed.records'))
        self.assertEqual(done.status, 2)
        self.assertIn('did you mean sequence?', done.err)


if __name__ == '__main__':
    unittest.main()
