#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Text from outside, in every format: names of files, and what a capture says of itself."""
import csv
import io
import json
import os
import re
import sqlite3
import struct
import subprocess
import unittest
import xml.parsers.expat

import command
from command import Folder, data_bytes, run

# Escapes of a terminal, quotes of HTML, SQL, JSON, CSV and labels, new lines, a letter that turns
# the direction of writing, bytes that are no UTF-8.
NAMES = (b'\033]0;owned\007', b'"><script>alert(1)</script>', b"'); DROP TABLE captures; --",
         b'a\nb\r\nc\td', b'=cmd|calc', b'\\"} 1\n# x', b'\xff\xfe\x80', 'a\u202eb\u2028c'.encode(),
         b'-@+=', b'%s%n%d', b'a,b;c"d')
FORMATS = ('text', 'json', 'ndjson', 'csv', 'tsv', 'html', 'prometheus', 'zeek')
STEERING = re.compile('[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]')
SAMPLE = re.compile(r'(# (HELP|TYPE) .*|\w+\{(\w+="([^"\\\n]|\\[\\"n])*",?)+\} \d+)$')


def block(kind, body):
    body += bytes(-len(body) % 4)
    return struct.pack('<II', kind, 12 + len(body)) + body + struct.pack('<I', 12 + len(body))


def option(code, value):
    return struct.pack('<HH', code, len(value)) + value + bytes(-len(value) % 4)


def hostile_capture(text):
    """A pcapng that says `text` wherever it can: comments, hardware, interface, filter, names."""
    from_a, from_b = bytes((10, 0, 0, 1)), bytes((10, 0, 0, 2))
    out = block(0x0a0d0d0a, struct.pack('<IHHq', 0x1a2b3c4d, 1, 0, -1) + option(1, text) +
                option(2, text) + option(3, text) + option(4, text) + option(0, b''))
    out += block(1, struct.pack('<HHI', 101, 0, 65535) + option(1, text) + option(2, text) +
                 option(3, text) + option(11, b'\0' + text) + option(0, b''))
    name = from_a + text.replace(b'\0', b'') + b'\0'
    out += block(4, struct.pack('<HH', 1, len(name)) + name + bytes(-len(name) % 4) + bytes(4))
    for i, (source, target, ports, flags) in enumerate((
            (from_a, from_b, (4000, 80), 2), (from_b, from_a, (80, 4000), 0x12),
            (from_a, from_b, (4000, 80), 0x10))):
        ip = struct.pack('!BBHHHBBH4s4s', 0x45, 0, 40, i, 0, 64, 6, 0, source, target)
        tcp = struct.pack('!HHIIBBHHH', *ports, i, i, 0x50, flags, 1000, 0, 0)
        us = 1700000000000000 + i
        out += block(6, struct.pack('<IIIII', 0, us >> 32, us & 0xffffffff, 40, 40) + ip + tcp +
                     option(1, text) + option(0, b''))
    return out


class Names(unittest.TestCase):
    def each(self):
        """A folder with the record stream under each of the hostile names."""
        for name in NAMES:
            with Folder() as folder:
                path = os.path.join(folder.path.encode(), name.replace(b'/', b'|'))
                with open(path, 'wb') as file:
                    file.write(data_bytes('refuted.records'))
                with self.subTest(name=name):
                    yield folder, path

    def printed(self, *arguments):
        done = subprocess.run([command.TCPSTORY, *arguments], check=False, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              env=command.environment(), timeout=60)
        self.assertEqual((done.returncode, done.stderr), (0, b''))
        return done.stdout.decode('utf-8')              # which it must be

    def check(self, form, text):
        {'json': self.check_json, 'html': self.check_html, 'csv': self.check_csv,
         'prometheus': self.check_labels}.get(form, lambda _: None)(text)
        self.assertIsNone(STEERING.search(text), form)

    def check_json(self, text):
        json.loads(text)

    def check_html(self, text):
        text, blocks = re.subn(r'(?s)<script( type="application/json" id="data")?>.*?</script>|'
                               r'<style>.*?</style>', '', text)
        self.assertEqual(blocks, 3)             # the page's own: tests/page looks at what they do
        self.assertNotIn('<script', text)
        parser = xml.parsers.expat.ParserCreate()
        body = re.sub(r'<!DOCTYPE[^>]*>|<(meta|link|br|input)[^>]*>', '', text)
        parser.Parse('<all>%s</all>' % body, True)

    def check_csv(self, text):
        rows = list(csv.reader(io.StringIO(text, newline=''), strict=True))
        self.assertEqual(len({len(row) for row in rows}), 1)
        for row in rows:
            for cell in row:
                self.assertTrue(cell[:1] not in ('=', '+', '@', '-') or
                                re.fullmatch(r'-?[\d.]+', cell), cell)

    def check_labels(self, text):
        for line in text.splitlines():
            self.assertRegex(line, SAMPLE)

    def test_names(self):
        for _, path in self.each():
            for form in FORMATS:
                for verb in ('report', 'list', 'timeline', 'anomalies'):
                    if (verb in ('timeline', 'anomalies') and form in ('prometheus', 'zeek')) or (
                            verb == 'report' and form in ('csv', 'tsv')):
                        continue
                    columns = ['--columns', 'file,stream'] if verb == 'list' and form in (
                        'text', 'csv', 'tsv', 'html') else []
                    self.check(form, self.printed(verb, '--format', form, *columns, path, path))

    def test_database(self):
        for folder, path in self.each():
            database = folder.file('x.sqlite')
            self.printed('report', '-o', database, path, path)
            with sqlite3.connect(database) as db:
                self.assertEqual(db.execute('SELECT count(*) FROM captures').fetchone(), (2,))
                joined = db.execute('SELECT count(*) FROM connections JOIN captures '
                                    'USING (capture, file)').fetchone()
                self.assertEqual(joined, db.execute('SELECT count(*) FROM connections').fetchone())
                self.assertEqual(db.execute(
                    'SELECT count(DISTINCT capture), min(capture), max(capture) FROM intervals'
                ).fetchone(), (2, 1, 2))

    @unittest.skipUnless(command.has_tshark(), 'needs tshark and the plugin')
    def test_what_a_capture_says_of_itself(self):
        for text in NAMES:
            capture = hostile_capture(text)
            with Folder() as folder, self.subTest(text):
                path = folder.write('x.pcapng', capture)
                for form in FORMATS:
                    self.check(form, self.printed('list', '--format', form, path))
                done = run('report', '-', text=capture)
                self.assertIsNone(STEERING.search(done.out + done.err))
                self.assertEqual(done.status, 0)


@unittest.skipUnless(os.path.exists('/dev/full'), 'needs /dev/full')
class FullDisk(unittest.TestCase):
    def test_everything_that_is_printed(self):
        for arguments in (['--help'], ['--version'], ['--man'], ['list', '--help'],
                          ['list', '--schema'], ['report', '--schema'], ['explain', 'A01'],
                          ['--words', 'verbs'], ['list', command.data('article.records')]):
            with open('/dev/full', 'wb') as full, self.subTest(arguments):
                done = subprocess.run([command.TCPSTORY, *arguments], check=False, stdout=full,
                                      stderr=subprocess.PIPE, env=command.environment())
                self.assertEqual(done.returncode, 5)
                self.assertIn(b'cannot write all of standard output: No space', done.stderr)


if __name__ == '__main__':
    unittest.main()
