#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Every verb in every format on every capture of captures/, read by parsers that know nothing of
tcpstory: json and jsonschema, csv, sqlite3, html.parser, and prometheus.py.

Verbs and formats are those that the help texts list. tshark reads each capture once; all verbs are
given its record stream.
"""
import csv
import glob
import html.parser
import io
import json
import os
import re
import sqlite3
import sys
import unittest
import xml.etree.ElementTree

import jsonschema

import command
import prometheus
import tshark

# What a verb needs besides the capture.
ARGUMENTS = {
    'show': ['0'],
    'netstat': ['--at', 'end'],
    'sockstat': ['--interval', '1'],
}
# Those that take no capture, or two, or a host's list of sockets, or that write packets or records:
# tests of their own.
NOT_HERE = ('explain', 'diff', 'extract', 'sockets', 'live', 'plan', 'map', 'merge', 'reduce',
            'records')


def listed(text, title):
    """The first words of the indented lines that follow the title in a help text."""
    section = text.split(title + '\n', 1)
    return re.findall(r'^  (\S+) ', section[1].split('\n\n')[0], re.M) if len(section) > 1 else []


def verbs():
    text = command.run('--help').out
    names = re.findall(r'^  ([a-z]+) {2,}', text.split('usage:', 1)[1].split('\n\n')[1], re.M)
    return [name for name in names if name not in NOT_HERE]


def formats(verb):
    """Those of the verb's help; text alone when it lists none."""
    return listed(command.run(verb, '--help').out, 'Formats:') or ['text']


# ---- a check for each format: text of the output -> number of rows; None: not to be compared ----

def check_text(text, _verb):
    for line in text.splitlines():
        if len(line) > 100:
            raise AssertionError('more than 100 columns: %r' % line)
    if re.search(r'[^\n\x20-\x7e\xa0-\U0010ffff]', text):
        raise AssertionError('control characters: %r' % text)


def validator(verb):
    if verb not in validator.known:
        schema = json.loads(command.run(verb, '--schema').out)
        jsonschema.Draft202012Validator.check_schema(schema)
        validator.known[verb] = jsonschema.Draft202012Validator(schema)
    return validator.known[verb]


validator.known = {}


def check_json(text, verb):
    document = json.loads(text)
    validator(verb).validate(document)
    return len(document) if isinstance(document, list) else None


def check_ndjson(text, verb):
    objects = [json.loads(line) for line in text.splitlines()]
    for found in objects:
        validator(verb).validate(found)
    return None if verb in ('report', 'show') else len(objects)


def check_rows(rows):
    for row in rows:
        if len(row) != len(rows[0]):
            raise AssertionError('%d cells, not %d: %r' % (len(row), len(rows[0]), row))
    if len(set(rows[0])) != len(rows[0]):
        raise AssertionError('a column twice: %r' % rows[0])
    return len(rows) - 1


def check_csv(text, _verb):
    if text.replace('\r\n', '').count('\n') or not text.endswith('\r\n'):
        raise AssertionError('a line that does not end with CR LF')
    return check_rows(list(csv.reader(io.StringIO(text, newline=''), strict=True)))


def check_tsv(text, _verb):
    rows = [line.split('\t') for line in text.splitlines()]
    if '' in sum(rows, []):
        raise AssertionError('an empty cell')
    return check_rows(rows)


class Page(html.parser.HTMLParser):
    """Complains of what is not closed, and of what is to be fetched from elsewhere."""
    VOID = ('meta', 'br', 'hr', 'input')

    def __init__(self):
        super().__init__()
        self.open = []
        self.scripts = []

    def handle_starttag(self, tag, attrs):
        if tag == 'script':
            self.scripts.append(dict(attrs).get('type'))
        if tag in ('iframe', 'object', 'embed', 'img', 'link', 'base', 'form'):
            raise AssertionError('<%s>' % tag)
        for name, value in attrs:
            if name.startswith('on') or name in ('src', 'style') or (
                    name == 'href' and not value.startswith(('#', 'https://'))):
                raise AssertionError('%s="%s"' % (name, value))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        if tag in self.VOID:
            return
        if not self.open or self.open.pop() != tag:
            raise AssertionError('</%s> closes nothing, or something else' % tag)


def check_html(text, _verb):
    if not text.startswith('<!DOCTYPE html>\n'):
        raise AssertionError('no document type')
    page = Page()
    page.feed(text)
    page.close()
    if page.open:
        raise AssertionError('not closed: %s' % page.open)
    if page.scripts != ['application/json', None]:      # its data, and the page's own
        raise AssertionError('scripts: %s' % page.scripts)


def check_prometheus(text, _verb):
    families = prometheus.parse(text)
    for name, family in families.items():
        if not family.samples and name != 'tcpstory_anomalies':
            raise AssertionError('no samples of %s' % name)


def check_zeek(text, _verb):
    lines = text.splitlines()
    fields = next(line for line in lines if line.startswith('#fields\t')).split('\t')[1:]
    types = next(line for line in lines if line.startswith('#types\t')).split('\t')[1:]
    if not lines[0].startswith('#separator \\x09') or len(fields) != len(types):
        raise AssertionError('bad header: %r' % lines[:8])
    check_rows([fields] + [line.split('\t') for line in lines if not line.startswith('#')])


def check_sqlite(path, _verb):
    db = sqlite3.connect(path)
    try:
        if db.execute('PRAGMA integrity_check').fetchall() != [('ok',)]:
            raise AssertionError('the database is damaged')
        lost = db.execute('SELECT count(*) FROM intervals LEFT JOIN connections USING (capture, '
                          'stream) '
                          'WHERE connections.stream IS NULL').fetchone()[0]
        if lost:
            raise AssertionError('%d intervals of no connection' % lost)
        return db.execute('SELECT count(*) FROM connections').fetchone()[0]
    finally:
        db.close()


def check_svg(text, _):
    """A picture, which has no rows; whatever the capture, it asks nobody for anything."""
    root = xml.etree.ElementTree.fromstring(text)
    assert root.tag == '{http://www.w3.org/2000/svg}svg', root.tag
    assert len(root) > 0
    for element in root.iter():
        assert element.tag.split('}')[1] not in ('script', 'image', 'use', 'foreignObject'), \
            element.tag


CHECKS = {
    'text': check_text, 'json': check_json, 'ndjson': check_ndjson, 'csv': check_csv,
    'tsv': check_tsv, 'html': check_html, 'prometheus': check_prometheus, 'zeek': check_zeek,
    'sqlite': check_sqlite, 'svg': check_svg,
}


def produce(verb, name, records, folder):
    """What the verb writes in that format; of sqlite the path."""
    args = [verb, '--format', name] if name != 'text' else [verb]
    args += ARGUMENTS.get(verb, [])
    path = os.path.join(folder.path, 'x.sqlite')
    if name == 'sqlite':
        args += ['-o', path]
    done = command.run(*args, records)
    if done.status != 0 or done.err:
        raise AssertionError('tcpstory %s: exit %d: %s' % (' '.join(args), done.status, done.err))
    return path if name == 'sqlite' else done.out


class EveryFormat(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.formats = {verb: formats(verb) for verb in verbs()}

    def test_lists_are_not_empty(self):
        self.assertIn('timeline', self.formats)
        self.assertLess({'text', 'json', 'csv', 'html', 'sqlite'}, set(self.formats['list']))
        self.assertLess({'json', 'prometheus'}, set(self.formats['report']))

    def test_captures(self):
        captures = sorted(glob.glob(os.path.join(command.CAPTURES, '*.pcap*')))
        self.assertGreater(len(captures), 20)
        for capture in captures:
            with self.subTest(os.path.basename(capture)), command.Folder() as folder:
                records = tshark.tshark(['-q', '-z', 'tcpstate,records'], capture, check=True)
                folder.write('x.records', records.stdout.encode())
                self.check_capture(folder.file('x.records'), folder)

    def test_connections_have_zeeks_words(self):
        found, = json.loads(command.run('list', '--format', 'json', command.capture(
            'article-client-closes.pcap')).out)
        self.assertEqual(found['conn_state'], 'SF')
        self.assertRegex(found['history'], '^ShA.*F')

    def test_community_id_is_wiresharks(self):
        for name in ('article-loopback.pcap', 'ipv6.pcap', 'several.pcap'):
            capture = command.capture(name)
            ids = tshark.fields(capture, 'communityid', args=['--enable-protocol', 'communityid'],
                                plugin=False)
            rows = json.loads(command.run('list', '--format', 'json', capture).out)
            self.assertEqual({row['community_id'] for row in rows}, {cells[0] for cells in ids})

    def check_capture(self, records, folder):
        for verb, names in self.formats.items():
            rows = set()
            for name in names:
                with self.subTest(verb=verb, format=name):
                    rows.add(CHECKS[name](produce(verb, name, records, folder), verb))
            if verb != 'show':  # whose rows are states, connections or captures
                self.assertLessEqual(len(rows - {None}), 1, '%s: %s rows' % (verb, rows))


if __name__ == '__main__':
    if not command.has_tshark():
        print('skipped: no tshark, or no plugin')
        sys.exit(77)
    unittest.main()
