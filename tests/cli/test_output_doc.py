#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""docs/user/output.md says what is true: its formats, members and families exist, and its queries
work.
"""
import csv
import io
import json
import os
import re
import sqlite3
import unittest

import command
import prometheus

CAPTURES = ('mixed.records', 'article.records')


def run(*args):
    done = command.run(*args, cwd=command.DATA)
    if done.status != 0 or done.err:
        raise AssertionError('%s: exit %d: %s' % (args, done.status, done.err))
    return done.out


def document():
    with open(os.path.join(command.SOURCE_DIR, 'docs', 'user', 'output.md'),
              encoding='utf-8') as file:
        return file.read()


def rows_below(heading):
    """The cells of the first table below a heading of that name."""
    text = re.split(r'^#+ %s$' % re.escape(heading), document(), maxsplit=1, flags=re.M)[1]
    lines = re.search(r'^\|[- |]+\|\n((?:\|.*\n)+)', text, re.M).group(1)
    return [[cell.strip() for cell in line.strip('|').split('|')] for line in lines.splitlines()]


def timeline():
    return list(csv.DictReader(io.StringIO(run('timeline', '--format', 'tsv', *CAPTURES)),
                               delimiter='\t', quoting=csv.QUOTE_NONE))


class Tables(unittest.TestCase):
    def test_formats(self):
        said = {(name, extension) for name, extension, *_ in rows_below('What tcpstory writes')}
        listed = {row for verb in ('list', 'show') for row in re.findall(
            r'^  (\S+) +.*\(-o FILE(\S+)\)$', run(verb, '--help'), re.M)}
        self.assertEqual(said, listed)

    def test_members(self):
        said = {word for names, _ in rows_below('JSON') for word in names.split(', ')} - {'...'}
        found = json.loads(run('list', '--format', 'json', 'article.records'))[0]
        self.assertEqual(said | {'server_host', 'server_port', 'role_basis', 'vantage'}, set(found))
        for name in ('opening', 'closing'):
            inner = next(text for names, text in rows_below('JSON') if names == name)
            self.assertEqual(inner.split(', '), list(found[name]))

    def test_families(self):
        with command.Folder() as folder:
            config = folder.write('config', b'[suppress x]\nport = 1\n')
            families = prometheus.parse(run('report', '--format', 'prometheus', '--config', config,
                                            'mixed.records'))
        for name, labels, _ in rows_below('Prometheus'):
            sample = dict(next(iter(families.pop(name).samples)))
            self.assertEqual(list(sample), ['file', *filter(None, labels.split(', '))])
        self.assertEqual(families, {})


class Queries(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        with command.Folder() as folder:
            run('report', '-o', folder.file('x.sqlite'), *CAPTURES)
            cls.queries = re.findall(r'```sql\n(.*?)```', document(), re.S)
            db = sqlite3.connect(folder.file('x.sqlite'))
            cls.results = [db.execute(query).fetchall() for query in cls.queries]
            db.close()

    def test_services_that_cannot_be_reached(self):
        self.assertEqual(self.results[0], [('10.9.0.2:8081', 'refused', 2),
                                           ('10.9.0.3:443', 'unanswered', 1),
                                           ('10.9.0.4:443', 'icmp_rejected', 1)])

    def test_longest_in_close_wait(self):
        ends = {'mixed.records': 1800000060, 'article.records': 1800000020.4001}
        want = sorted(
            (round((ends[row['file']] if row['to'] == '-' else float(row['to'])) -
                   float(row['from']), 3), row['file'], int(row['stream']), row['endpoint'])
            for row in timeline()
            if row['state'] == 'CLOSE_WAIT' and float(row['from']) <= ends[row['file']])
        self.assertGreater(len(want), 2)
        self.assertEqual([(row[5], *row[:3]) for row in self.results[1]][0], want[-1])
        self.assertEqual(sorted((row[5], *row[:3]) for row in self.results[1]), want)

    def test_states_at_a_moment(self):
        want = {}
        for row in timeline():
            if float(row['from']) <= 1800000005 and (row['to'] == '-' or
                                                     float(row['to']) > 1800000005):
                key = row['file'], row['endpoint'], row['state']
                want[key] = want.get(key, 0) + 1
        self.assertEqual({row[:3]: row[3] for row in self.results[2]}, want)

    def test_what_is_wrong(self):
        rows = json.loads(run('list', '--format', 'json', *CAPTURES))
        want = {}
        for row in rows:
            for hit in row['anomalies']:
                if hit['severity'] != 'info':
                    key = hit['id'], hit['name'], hit['severity'], row['server']
                    want[key] = want.get(key, 0) + 1
        self.assertGreater(len(want), 0)
        self.assertEqual({row[:4]: row[4] for row in self.results[3]}, want)

    def test_there_are_four(self):
        self.assertEqual(len(self.queries), 4)


if __name__ == '__main__':
    unittest.main()
