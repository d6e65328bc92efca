#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""tcpstory --max-memory: all processes together stay below it, whatever comes, however long; what
was read until then is told and marked, and a limit that is not reached changes nothing.
"""
import json
import os
import re
import sqlite3
import struct
import subprocess
import threading
import time
import unittest

import command
from command import Folder, capture, data, run

LIMIT = 100                     # megabytes; 64 is the least
GIVEN_UP = (r'(?m)^tcpstory: [^\n]*: partial: --max-memory %dM is used up: '
            r'(what is behind frame \d+|the rest of [^\n]*) was given up$')
BLOCK = 5000                    # packets


# ---- what never ends ----

def pcap_flood():
    """A classic pcap of SYNs, each from an address of its own."""
    yield struct.pack('<IHHiIII', 0xa1b2c3d4, 2, 4, 0, 0, 65535, 101)
    tcp = struct.pack('!HHIIBBHHH', 1024, 80, 1, 0, 0x50, 2, 64240, 0, 0)
    ip = struct.pack('!BBHHHBBH', 0x45, 0, 40, 0, 0, 64, 6, 0)
    n = 0
    while True:
        packets = []
        for n in range(n + 1, n + 1 + BLOCK):
            packets.append(struct.pack('<IIII', 1700000000 + n // 1000000, n % 1000000, 40, 40) +
                           ip + struct.pack('!I', 0x0a000000 + n % 0xffffff) + b'\xc0\0\2\1' + tcp)
        yield b''.join(packets)


FIELDS = ('frame.number frame.time_epoch ip.src ip.dst tcp.srcport tcp.dstport tcp.seq_raw '
          'tcp.ack_raw tcp.flags tcp.window_size_value tcp.len').split()


def rows():
    n = 0
    while True:
        n += 1
        yield (n, '%d.%06d' % (1700000000 + n // 1000000, n % 1000000),
               '10.%d.%d.%d' % (n >> 16 & 255, n >> 8 & 255, n & 255), '192.0.2.1', 1024, 80, 1, 0,
               '0x0002', 64240, 0)


def blocks(lines):
    while True:
        yield ''.join(next(lines) for _ in range(BLOCK)).encode()


def fields_flood():
    yield ('\t'.join(FIELDS) + '\n').encode()
    yield from blocks('\t'.join(map(str, row)) + '\n' for row in rows())


def ek_flood():
    names = [name.replace('.', '_') for name in FIELDS]
    names = [name.split('_')[0] + '_' + name for name in names]
    yield from blocks(json.dumps({'timestamp': '1', 'layers': dict(zip(names, map(str, row)))}) +
                      '\n' for row in rows())


def records_flood():
    """What the plugin would print of the same, taken from what tcpstory prints of one SYN."""
    start = b''.join(fields_flood_of(1))
    lines = run('records', '-', text=start).out.splitlines(keepends=True)
    connection = [line for line in lines if line[0] in 'CS']
    yield lines[0].encode()
    n = 0
    while True:
        text = []
        for n in range(n, n + BLOCK):
            for line in connection:
                cells = line.split('\t')
                cells[1] = str(n)
                text.append('\t'.join(cells))
        n += 1
        yield ''.join(text).encode()


def fields_flood_of(n):
    lines = fields_flood()
    yield next(lines)
    yield b''.join(next(lines).splitlines(keepends=True)[:n])


# ---- measuring ----

def tree(pid):
    pids = [pid]
    for one in pids:
        try:
            with open('/proc/%d/task/%d/children' % (one, one), encoding='ascii') as file:
                pids += map(int, file.read().split())
        except OSError:
            pass
    return pids


def resident(pid):
    try:
        with open('/proc/%d/statm' % pid, encoding='ascii') as file:
            return int(file.read().split()[1]) * os.sysconf('SC_PAGESIZE')
    except (OSError, IndexError):
        return 0


def pour(pipe, parts):
    try:
        for part in parts:
            pipe.write(part)
    except OSError:             # it reads no more
        pass
    try:
        pipe.close()
    except OSError:
        pass


def watched(arguments, parts=None, env=None):
    """Runs the command with what never ends: Result, and the peak of all its processes in MB."""
    peak = 0
    with subprocess.Popen([command.TCPSTORY, *arguments], stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, env=command.environment(env),
                          stdin=subprocess.PIPE if parts else subprocess.DEVNULL) as process:
        texts = {}
        threads = [threading.Thread(target=lambda file=file: texts.update({file: file.read()}))
                   for file in (process.stdout, process.stderr)]
        if parts:
            threads.append(threading.Thread(target=pour, args=(process.stdin, parts)))
        for thread in threads:
            thread.start()
        end = time.monotonic() + 120
        while process.poll() is None and time.monotonic() < end:
            peak = max(peak, sum(map(resident, tree(process.pid))))
            time.sleep(0.002)
        process.kill()
        for thread in threads:
            thread.join()
        return command.Result(process.returncode, texts[process.stdout].decode(),
                              texts[process.stderr].decode(), process.pid), peak / 1e6


class Endless(unittest.TestCase):
    def check(self, arguments, parts, limit=LIMIT, env=None):
        done, peak = watched([*arguments, '--max-memory', '%dM' % limit, '-'], parts, env)
        self.assertEqual(done.status, 3, done.err)
        self.assertRegex(done.err, GIVEN_UP % limit)
        self.assertLess(peak, limit)
        self.assertGreater(peak, limit / 3, 'it could have read more')
        return done

    def test_fields(self):
        self.check(['list', '--format', 'tsv'], fields_flood())

    def test_json(self):
        self.check(['list', '--format', 'tsv'], ek_flood())

    def test_records(self):
        self.check(['netstat'], records_flood())

    @unittest.skipUnless(command.has_tshark(), 'needs tshark and the plugin')
    def test_capture(self):
        done = self.check(['report'], pcap_flood())
        self.assertRegex(done.out, r'PARTIAL: --max-memory 100M is used up: what is behind frame')
        self.assertIn('SYN flood', done.out)    # of what was read, all is told

    @unittest.skipUnless(command.has_tshark(), 'needs tshark and the plugin')
    def test_tshark_counts(self):
        """Where tshark reads and infers, most of the memory is its."""
        self.check(['list', '--format', 'tsv'], pcap_flood(), 400, {'TSHARK': 'tshark'})

    @unittest.skipUnless(command.has_tshark(), 'needs tshark and the plugin')
    def test_extract(self):
        """The packets of what was read are still copied."""
        with Folder() as folder:
            with open(folder.file('flood.pcap'), 'wb') as file:
                parts = pcap_flood()
                for _ in range(60):
                    file.write(next(parts))
            out = folder.file('out.pcapng')
            done, peak = watched(['extract', '-w', out, '--max-memory', '100M',
                                  folder.file('flood.pcap')])
            self.assertEqual(done.status, 3, done.err)
            self.assertLess(peak, 100)
            self.assertGreater(os.path.getsize(out), 100000)


def cut_capture(folder):
    """A file that is longer than LIMIT allows."""
    with open(folder.file('flood.pcap'), 'wb') as file:
        parts = pcap_flood()
        for _ in range(60):
            file.write(next(parts))
    return folder.file('flood.pcap')


@unittest.skipUnless(command.has_tshark(), 'needs tshark and the plugin')
class Marks(unittest.TestCase):
    """Each form that has a place for it says that the result is partial."""
    @classmethod
    def setUpClass(cls):
        cls.folder = Folder().__enter__()
        cls.path = cut_capture(cls.folder)

    @classmethod
    def tearDownClass(cls):
        cls.folder.__exit__(None, None, None)

    def partial(self, verb, form):
        out = self.folder.file('out')
        done, peak = watched([verb, '--format', form, '-o', out, '--max-memory', '%dM' % LIMIT,
                              self.path])
        self.assertEqual(done.status, 3, done.err)
        self.assertRegex(done.err, GIVEN_UP % LIMIT)
        self.assertLess(peak, LIMIT)
        return out

    def read(self, verb, form):
        with open(self.partial(verb, form), encoding='utf-8') as file:
            return file.read()

    def test_json(self):
        for text in (self.read('report', 'json'), self.read('report', 'ndjson')):
            document = json.loads(text)
            (story,) = document.get('captures', [document])
            self.assertIs(story['partial'], True)
            self.assertRegex(story['warnings'][-1], 'what is behind frame %d was given up'
                             % story['frames'])

    def test_html(self):
        self.assertRegex(self.read('report', 'html'), r'PARTIAL: --max-memory 100M')

    def test_prometheus(self):
        self.assertRegex(self.read('report', 'prometheus'), r'(?m)^tcpstory_partial\{[^}]*\} 1$')

    def test_sqlite(self):
        with sqlite3.connect(self.partial('report', 'sqlite')) as database:
            self.assertEqual(database.execute('SELECT partial FROM captures').fetchall(), [(1,)])

    def test_others_are_not_read(self):
        """After one that was too large there is no memory for others, and each is named."""
        done, peak = watched(['list', '--format', 'tsv', '--separate', '--max-memory',
                              '%dM' % LIMIT, self.path, capture('refused.pcap')])
        self.assertEqual(done.status, 3)
        self.assertLess(peak, LIMIT)
        self.assertRegex(done.err, r'(?m)^tcpstory: \S*refused.pcap was not read: --max-memory ')


class NotReached(unittest.TestCase):
    def test_changes_nothing(self):
        paths = [data('mixed.records')]
        if command.has_tshark():
            paths += [capture('refused.pcap'), capture('several.pcap')]
        for path in paths:
            for arguments in (['report'], ['list', '--format', 'json'], ['timeline'], ['netstat'],
                              ['report', '--format', 'html'], ['report', '--format', 'zeek'],
                              ['show', '1'], ['records'], ['anomalies'], ['incidents'],
                              ['listeners'], ['sockstat']):
                with self.subTest(path=path, arguments=arguments):
                    self.assertEqual(run(*arguments, '--max-memory', '1G', path)[:3],
                                     run(*arguments, path)[:3])

    def test_too_little_for_anything(self):
        """tshark alone takes more than this: nothing was read, and that is no empty result."""
        if not command.has_tshark():
            self.skipTest('needs tshark and the plugin')
        done = run('list', '--max-memory', '64M', capture('refused.pcap'),
                   env={'TSHARK': 'tshark'})
        self.assertEqual((done.status, done.out), (3, ''))
        self.assertRegex(done.err, r'--max-memory 64M is used up')

    def test_values(self):
        for text, why in (('63M', '64M or more'), ('a', 'a size, as 4G'), ('', 'a size, as 4G'),
                          ('4Q', 'a size, as 4G'), ('-1', 'a size, as 4G')):
            done = run('list', '--max-memory=' + text, data('mixed.records'))
            self.assertEqual(done.status, 2)
            self.assertIn("--max-memory: '%s' is not %s" % (text, why), done.err)

    def test_every_reading_verb_has_it(self):
        for verb in re.findall(r'(?m)^  ([a-z]+) {2,}', run('--help').out):
            if verb != 'explain':
                with self.subTest(verb):
                    self.assertIn('--max-memory=SIZE', run(verb, '--help').out)


if __name__ == '__main__':
    unittest.main()
