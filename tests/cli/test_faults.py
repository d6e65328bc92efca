#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Faults around the command: closed streams, inputs that are cut or are no captures, bad ones among
many, names that are hostile. What can still be told is told."""
import gzip
import os
import struct
import subprocess
import sys
import unittest

import command
from command import Folder, capture, data, run

sys.path.insert(0, os.path.join(command.SOURCE_DIR, 'tests', 'plugin'))
from packets import ACK, FRO, PSH, TO, Conversation, ip4  # noqa: E402

ARTICLE = capture('article-client-closes.pcap')
RAW = 101                       # link type of tcpdump.org: IP without anything before it

# Wireshark takes each of these for a file of another kind, in one frame; they begin as captures.
SECTION = b'\x0a\x0d\x0d\x0a'
NO_CAPTURES = {
    'section header that is cut': SECTION + struct.pack('<IIHHq', 108, 0x1a2b3c4d, 1, 0, -1) +
    struct.pack('<HH', 4, 69) + b'Editcap (Wireshark) 4.0.17 (Git ',
    'section of zeros': SECTION + bytes(200),
    'picture in a gzip': gzip.compress(b'\x89PNG\r\n\x1a\n' + bytes(100)),
    'text in a gzip': gzip.compress(b'{"a": 1}\n'),
}


def shell(script, *arguments):
    return subprocess.run(['sh', '-c', script, 'sh', command.TCPSTORY, *arguments], check=False,
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          text=True, env=command.environment(), timeout=60)


def thirty_packets():
    """Packets of a conversation and what surrounds each in a pcap."""
    c = Conversation(50000)
    segments = list(c.handshake())
    while len(segments) < 30:
        direction = (TO, FRO)[len(segments) % 2]
        segments.append((direction, c.segment(direction, PSH | ACK, b'x')))
    return [ip4(segment, direction) for direction, segment in segments]


def pcap(packets):
    head = struct.pack('<IHHiIII', 0xa1b2c3d4, 2, 4, 0, 0, 65535, RAW)
    return head + b''.join(struct.pack('<IIII', 1700000000 + i, 0, len(p), len(p)) + p
                           for i, p in enumerate(packets))


def block(kind, body):
    body += bytes(-len(body) % 4)
    return struct.pack('<II', kind, 12 + len(body)) + body + struct.pack('<I', 12 + len(body))


def pcapng(packets):
    blocks = block(0x0a0d0d0a, struct.pack('<IHHq', 0x1a2b3c4d, 1, 0, -1))
    blocks += block(1, struct.pack('<HHI', RAW, 0, 65535))
    for i, p in enumerate(packets):
        us = (1700000000 + i) * 1000000
        blocks += block(6, struct.pack('<IIIII', 0, us >> 32, us & 0xffffffff, len(p), len(p)) + p)
    return blocks


class Streams(unittest.TestCase):
    def test_closed_standard_input(self):
        done = shell('"$1" list - <&-')
        self.assertEqual((done.returncode, done.stdout), (3, ''))
        self.assertEqual(done.stderr, 'tcpstory: standard input cannot be read\n')

    @unittest.skipUnless(command.has_tshark(), 'needs tshark and the plugin')
    def test_closed_streams_do_not_matter_to_captures(self):
        """What is opened next would be given the number of the closed one."""
        for path in (ARTICLE, data('article.records')):
            with self.subTest(path):
                wanted = run('list', path).out
                done = shell('"$1" list "$2" <&- 2>&-', path)
                self.assertEqual((done.returncode, done.stdout), (0, wanted))
        with Folder() as folder:
            wanted = run('list', ARTICLE).out
            done = shell('"$1" list -o "$3" "$2" <&- >&- 2>&-', ARTICLE, folder.file('out'))
            self.assertEqual(done.returncode, 0)
            with open(folder.file('out'), encoding='utf-8') as file:
                self.assertEqual(file.read(), wanted)

    def test_closed_output(self):
        for arguments in (['list', data('article.records')], ['report', data('mixed.records')]):
            done = shell('"$@" >&-', *arguments)
            self.assertEqual(done.returncode, 5)
            self.assertIn('cannot write all of standard output', done.stderr)


class Several(unittest.TestCase):
    """One bad input among many does not keep the others from being reported."""

    def check(self, status, message, bad, *options):
        for verb in ('report', 'list', 'timeline', 'anomalies', 'netstat'):
            if options and verb != 'netstat':
                continue
            with self.subTest(verb=verb, bad=bad):
                alone = run(verb, *options, data('mixed.records'))
                done = run(verb, *options, bad, data('mixed.records'))
                self.assertEqual(done.status, status)
                self.assertIn(message, done.err)
                self.assertEqual(alone.status, 0)
                self.assertGreaterEqual(len(done.out.splitlines()), len(alone.out.splitlines()))

    def test_bad_inputs(self):
        with Folder() as folder:
            self.check(3, 'cannot open', '/no/such/file')
            self.check(3, 'is empty', folder.write('empty', b''))
            self.check(4, 'version 99', folder.write('x', b'H\ttcpstate\t99\t0.1.0\t4.0.17\n'))

    def test_moment_that_one_does_not_have(self):
        self.check(2, 'has no frame 12: it has 11', data('article.records'), '--at', '#12')

    def test_the_worst_status_counts(self):
        with Folder() as folder:
            newer = folder.write('x', b'H\ttcpstate\t99\t0.1.0\t4.0.17\n')
            done = run('list', newer, '/no/such/file', data('article.records'))
            self.assertEqual(done.status, 4)
            self.assertEqual(len(done.out.splitlines()), 2)

    def test_stream_that_one_does_not_have(self):
        done = run('show', '5', data('article.records'), data('mixed.records'))
        self.assertEqual(done.status, 2)
        self.assertIn('has no stream 5', done.err)
        self.assertIn('10.9.0.', done.out)

    def test_same_trouble_is_told_once(self):
        done = run('list', ARTICLE, capture('refused.pcap'), env={'PATH': '/nonexistent'})
        self.assertEqual(done.status, 4)
        self.assertEqual(done.err.count('tshark was not found'), 1)


class Names(unittest.TestCase):
    """What stands in a message cannot steer the terminal, nor pass for a message of ours."""
    HOSTILE = 'a\033]0;x\a\r\nall is well\x9b2J\u202e'

    def test_files(self):
        with Folder() as folder:
            for content in (b'', b'nothing', b'H\ttcpstate\t99\t0\t0\n', b'\xfd7zXZ\0' + bytes(9),
                            b'H\ttcpst'):
                path = folder.write(self.HOSTILE, content)
                done = run('report', path)
                self.check(done)
            self.check(run('report', folder.file('no' + self.HOSTILE)))
            self.check(run('list', '--at', '#99', folder.write(self.HOSTILE, b'')))
            self.check(run('-o', path, path))
            self.check(run('-o', folder.file('x/' + self.HOSTILE), data('article.records')))

    def test_moments(self):
        with Folder() as folder:
            with open(data('article.records'), 'rb') as file:
                path = folder.write(self.HOSTILE, file.read())
            self.check(run('netstat', '--at', '#99', path))
            self.check(run('show', '99', path))

    def test_values(self):
        for option in ('--port', '--host', '--state', '--outcome', '--since', '--columns', '--sort',
                       '--format', '--color', '--jobs', '--max-connections', '--set', '--config',
                       '--fail-on', '--anomaly', '--top', '--' + self.HOSTILE):
            with self.subTest(option):
                done = run('list', option, self.HOSTILE, data('article.records'))
                self.assertNotEqual(done.status, 0)
                self.check(done)

    def check(self, done):
        self.assertNotEqual(done.err, '')
        for letter in '\033\a\r\x9b\u202e':
            self.assertNotIn(letter, done.err)
        for line in done.err.splitlines():
            self.assertFalse(line.startswith('all is well'), done.err)


@unittest.skipUnless(command.has_tshark(), 'needs tshark and the plugin')
class Captures(unittest.TestCase):
    def test_no_captures(self):
        for name, content in NO_CAPTURES.items():
            with self.subTest(name), Folder() as folder:
                path = folder.write('x', content)
                for done in (run('list', path), run('list', '-', text=content)):
                    self.assertEqual((done.status, done.out), (3, ''))
                    self.assertEqual(len(done.err.splitlines()), 1)

    def test_single_frame_without_tcp_is_a_capture(self):
        with Folder() as folder:
            frame = bytes([0x45, 0, 0, 28]) + bytes(5) + bytes([17]) + bytes(18)
            for content in (pcap([frame]), pcapng([frame]), gzip.compress(pcap([frame]))):
                done = run('list', folder.write('x', content))
                self.assertEqual((done.status, done.err), (0, ''))

    def test_every_place_to_cut(self):
        """A capture that is cut anywhere: what is there is reported, and that it is not all."""
        packets = thirty_packets()
        # One packet and 4 or 8 bytes: a whole capture of Nokia's or Red Hat's pcap, to Wireshark.
        other_kinds = {24 + 16 + 40 + 4, 24 + 16 + 40 + 8}
        ends = {24 + sum(16 + len(p) for p in packets[:i]) for i in range(31)}
        blocks = {48 + sum(32 + len(p) + -len(p) % 4 for p in packets[:i]) for i in range(31)}
        self.cut_everywhere(pcap(packets), ends, other_kinds)
        self.cut_everywhere(pcapng(packets), blocks | {28})
        self.cut_everywhere(gzip.compress(pcap(packets), mtime=0), set())

    def cut_everywhere(self, whole, whole_at, not_told=frozenset(), at_once=100):
        """`whole_at`: where a cut leaves a whole capture."""
        with Folder() as folder:
            for first in range(1, len(whole), at_once):
                cuts = range(first, min(first + at_once, len(whole)))
                paths = {folder.write('%05d' % n, whole[:n]): n for n in cuts}
                done = run('list', '--format', 'tsv', '--columns', 'file,stream', *paths)
                told = {line.split(' ')[1].rstrip(':') for line in done.err.splitlines()}
                rows = {line.split('\t')[0] for line in done.out.splitlines()[1:]}
                self.assertEqual(done.status, 3)
                self.assertEqual(told,
                                 {p for p, n in paths.items() if n not in whole_at | not_told})
                self.assertEqual(rows - told,
                                 {p for p, n in paths.items() if n in whole_at and n > 48})
                for path in paths:
                    os.unlink(path)


if __name__ == '__main__':
    unittest.main()
