#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Formats of output on hand-written record streams: how they are chosen, and what is in them.

test_captures_formats.py validates what every verb writes of every capture.
"""
import csv
import glob
import html
import io
import json
import os
import re
import sqlite3
import stat
import unittest

import jsonschema

import command
import prometheus


def run(*args):
    """What a successful command prints."""
    done = command.run(*args, cwd=command.DATA)
    if done.status != 0 or done.err:
        raise AssertionError('%s: exit %d: %s' % (args, done.status, done.err))
    return done.out


def table(*args, verb='timeline'):
    """The rows that a verb prints as TSV, each a dict."""
    return list(csv.DictReader(io.StringIO(run(verb, '--format', 'tsv', *args)), delimiter='\t',
                               quoting=csv.QUOTE_NONE))


ENDS = ('stream', 'endpoint', 'state', 'basis', 'possible', 'from', 'to')


class Choice(unittest.TestCase):
    def test_extension_chooses(self):
        with command.Folder() as folder:
            for name in ('json', 'ndjson', 'csv', 'tsv', 'html'):
                run('timeline', '-o', folder.file('x.' + name), 'mixed.records')
                with open(folder.file('x.' + name), newline='', encoding='utf-8') as file:
                    self.assertEqual(file.read().replace('\r\n', '\n'),
                                     run('timeline', '--format', name,
                                         'mixed.records').replace('\r\n', '\n'))

    def test_format_wins_over_extension(self):
        with command.Folder() as folder:
            run('timeline', '--format', 'tsv', '-o', folder.file('x.json'), 'mixed.records')
            with open(folder.file('x.json'), encoding='utf-8') as file:
                self.assertTrue(file.readline().startswith('stream\t'))

    def test_other_extensions_are_text(self):
        with command.Folder() as folder:
            run('timeline', '-o', folder.file('x.out'), 'article.records')
            with open(folder.file('x.out'), encoding='utf-8') as file:
                self.assertEqual(file.read(), run('timeline', 'article.records'))

    def test_impossible_for_the_verb(self):
        for args, message in ((('--format', 'csv'), "--format can be text"),
                              (('-o', 'x.csv'), "'x.csv' would be csv")):
            done = command.run('report', *args, 'article.records', cwd=command.DATA)
            self.assertEqual((done.status, done.out), (2, ''))
            self.assertIn(message, done.err)


class Files(unittest.TestCase):
    def setUp(self):
        self.folder = command.Folder().__enter__()
        self.addCleanup(self.folder.__exit__)
        self.path = self.folder.file('x.prom')

    def read(self):
        with open(self.path, encoding='utf-8') as file:
            return file.read()

    def test_replaces_at_once_and_keeps_the_mode(self):
        self.folder.write('x.prom', b'old')
        os.chmod(self.path, 0o640)
        with open(self.path, encoding='utf-8') as old:
            run('report', '-o', self.path, 'article.records')
            self.assertEqual(old.read(), 'old')
        self.assertEqual(self.read(), run('report', '--format', 'prometheus', 'article.records'))
        self.assertEqual(stat.S_IMODE(os.stat(self.path).st_mode), 0o640)
        self.assertEqual(os.listdir(self.folder.path), ['x.prom'])

    def test_a_failure_leaves_the_old_file(self):
        self.folder.write('x.prom', b'old')
        done = command.run('report', '-o', self.path, 'absent.records', cwd=command.DATA)
        self.assertEqual((done.status, self.read()), (3, 'old'))
        self.assertEqual(os.listdir(self.folder.path), ['x.prom'])

    def test_what_is_no_plain_file_is_written_to(self):
        self.folder.write('target', b'')
        os.symlink('target', self.path)
        run('report', '-o', self.path, 'article.records')
        self.assertTrue(os.path.islink(self.path))
        self.assertIn('tcpstory_endpoints', self.read())
        run('report', '-o', '/dev/null', 'article.records')
        self.assertFalse(os.path.isfile('/dev/null'))

    def test_a_new_file_is_for_everybody(self):
        before = os.umask(0o022)
        self.addCleanup(os.umask, before)
        run('report', '-o', self.path, 'article.records')
        self.assertEqual(stat.S_IMODE(os.stat(self.path).st_mode), 0o644)


class Database(unittest.TestCase):
    def setUp(self):
        self.folder = command.Folder().__enter__()
        self.addCleanup(self.folder.__exit__)

    def database(self, *args):
        run(*args, '-o', self.folder.file('x.sqlite'))
        db = sqlite3.connect(self.folder.file('x.sqlite'))
        self.addCleanup(db.close)
        db.row_factory = sqlite3.Row
        return db

    def check_table(self, db, name, rows):
        """The table has the cells of TSV: numbers as numbers, "-" as NULL. Then the capture."""
        found = [dict(row) for row in db.execute('SELECT * FROM %s ORDER BY rowid' % name)]
        self.assertEqual(len(found), len(rows))
        for got, want in zip(found, rows):
            self.assertEqual([name for name in got if name not in ('first_file', 'file_frame')],
                             [*want, 'capture'])
            for column, cell in want.items():
                value = got[column]
                if cell == '-':
                    self.assertIsNone(value)
                elif isinstance(value, str):
                    self.assertEqual(value, cell)
                else:
                    self.assertAlmostEqual(value, float(cell), places=6)

    def test_tables_have_the_rows_of_the_verbs(self):
        captures = ('article.records', 'mixed.records')
        db = self.database('report', *captures)
        self.check_table(db, 'connections', table(*captures, verb='list'))
        kinds = db.execute('SELECT DISTINCT typeof(stream), typeof(start) FROM connections')
        self.assertEqual({kind for row in kinds for kind in row}, {'integer', 'real'})
        self.assertEqual(list(map(tuple, db.execute(
            'SELECT file, frames, connections, partial FROM captures'))),
            [('article.records', 11, 1, 0), ('mixed.records', 90, 12, 0)])

    def test_intervals_end_with_the_capture(self):
        db = self.database('report', 'article.records', 'refuted.records')
        rows = table('article.records', 'refuted.records')
        ends = dict(db.execute('SELECT file, "end" FROM captures').fetchall())
        self.check_table(db, 'intervals',
                         [row for row in rows if float(row['from']) <= ends[row['file']]])

    def test_intervals_are_the_timeline_but_for_its_projection(self):
        """What timeline supposes of the time behind the last frame amends its rows before that,
        too. Without that (records P) both say the same of every end, to the last."""
        for name in sorted(glob.glob(command.data('*.records'))):
            with open(name, 'rb') as file:
                lines = file.read().splitlines(keepends=True)
            cut = self.folder.write('cut.records',
                                    b''.join(x for x in lines if not x.startswith(b'P\t')))
            rows = [[row[column] for column in ENDS] for row in table(cut)]
            found = self.database('report', name).execute(
                'SELECT stream, endpoint, state, basis, possible, '
                'printf("%.6f", "from"), printf("%.6f", "to"), "to" IS NULL '
                'FROM intervals ORDER BY rowid').fetchall()
            with self.subTest(name):
                self.assertEqual(
                    [(str(row[0]), *row[1:6], '-' if row[7] else row[6]) for row in found],
                    [(*row[:5], *(x if x == '-' else '%.6f' % float(x) for x in row[5:]))
                     for row in rows])

    def test_anomalies(self):
        db = self.database('report', 'mixed.records', 'article.records')
        self.check_table(db, 'anomalies',
                         table('mixed.records', 'article.records', verb='anomalies'))
        members = db.execute('SELECT DISTINCT stream, id FROM anomaly_connections '
                             'WHERE file = "mixed.records"')
        want = {(int(row['stream']), name) for row in table('mixed.records', verb='list')
                for name in row['anomalies'].split(',') if name != '-'}
        self.assertEqual({tuple(row) for row in members}, want)

    def test_selected_connections_only(self):
        db = self.database('list', '--port', '8081', 'mixed.records')
        for name in 'connections', 'intervals':
            streams = db.execute('SELECT DISTINCT stream FROM %s' % name)
            self.assertEqual([tuple(row) for row in streams], [(2,), (3,)])

    def test_needs_a_plain_file(self):
        for args, message in (((), 'add -o FILE'), (('-o', '/dev/null'), 'is no plain file')):
            done = command.run('report', '--format', 'sqlite', *args, 'article.records',
                               cwd=command.DATA)
            self.assertEqual((done.status, done.out), (2, ''))
            self.assertIn(message, done.err)


class Html(unittest.TestCase):
    def test_report_has_the_sentences_of_text(self):
        page = run('report', '--utc', '--format', 'html', 'mixed.records', 'article.records')
        text = re.sub('<[^>]*>', '', page.split('<body>')[1])
        for line in run('report', '--utc', 'mixed.records', 'article.records').splitlines():
            self.assertIn(line + '\n', html.unescape(text) + '\n')
        self.assertEqual(re.findall('<h1>(.*)</h1>', page), ['2 captures'])
        for heading in ('mixed.records', 'article.records', 'How they ended'):
            self.assertIn('<h3>%s</h3>' % heading, page)
        self.assertIn('<span class="doubt">CLOSED?</span>', page)

    def test_report_has_the_connections(self):
        page = run('report', '--format', 'html', 'mixed.records')
        self.assertEqual(page.count('<tr>'), 1 + 12)
        self.assertIn('<td class="bad">reset_by_server</td>', page)

    def test_report_of_a_hostile_name(self):
        with command.Folder() as folder:
            folder.write('<b>&"x\x1b[1m.records', command.data_bytes('article.records'))
            page = run('report', '--format', 'html', folder.file('<b>&"x\x1b[1m.records'))
        self.assertNotIn('<b>', page)
        self.assertNotIn('\x1b', page)
        self.assertIn('&lt;b&gt;&amp;&quot;x?[1m.records</h1>', page)

    def test_long_tables_are_cut(self):
        head, *rest = command.data_bytes('article.records').splitlines(True)
        streams = [line for line in rest if line[:1] in b'SCE']
        copies = b''.join(line.replace(b'\t0\t', b'\t%d\t' % n, 1)
                          for n in range(1002) for line in streams)
        with command.Folder() as folder:
            folder.write('x.records', head + copies + rest[-2] + rest[-1])
            page = run('report', '--format', 'html', folder.file('x.records'))
        self.assertEqual(page.count('<tr>'), 1 + 1000)
        self.assertIn('and 2 more', page)


class Prometheus(unittest.TestCase):
    def samples(self, *args):
        """{name: {labels without "file": value}} of a single capture."""
        families = prometheus.parse(run(*args, '--format', 'prometheus'))
        return {name: {tuple(value for label, value in labels if label != 'file'): number
                       for labels, number in family.samples.items()}
                for name, family in families.items()}

    def test_counts_are_those_of_the_list(self):
        rows = table('mixed.records', verb='list')
        got = self.samples('report', 'mixed.records')
        for row in rows:
            for side in 'client', 'server':
                state = row[side + '_state']
                want = sum(other[side + '_state'] == state for other in rows)
                self.assertEqual(got['tcpstory_endpoints'][side, state], want)
        self.assertEqual(sum(got['tcpstory_openings'].values()), len(rows))
        self.assertEqual(got['tcpstory_openings'][('refused',)], 2)
        self.assertEqual(got['tcpstory_payload_bytes'][('server',)],
                         sum(int(row['server_bytes']) for row in rows))

    def test_anomalies(self):
        rows = table('mixed.records', verb='anomalies')
        got = self.samples('report', 'mixed.records')
        self.assertGreater(len(rows), 2)
        for (name, _), value in got['tcpstory_anomalies'].items():
            self.assertEqual(value, sum(row['id'] == name for row in rows), name)
        for (severity,), value in got['tcpstory_severities'].items():
            self.assertEqual(value, sum(row['severity'] == severity for row in rows))

    def test_selected_connections_only(self):
        got = self.samples('list', '--port', '8081', 'mixed.records')
        self.assertEqual(sum(got['tcpstory_openings'].values()), 2)

    def test_captures_of_one_name_are_summed_up(self):
        once = self.samples('report', 'mixed.records')
        twice = self.samples('report', 'mixed.records', 'mixed.records')
        self.assertEqual(twice, {name: {labels: 2 * value for labels, value in samples.items()}
                                 for name, samples in once.items()})

    def test_hostile_file_name(self):
        name = 'a"b\\c\nd\ne\udcff.records'
        with command.Folder() as folder:
            folder.write(name, command.data_bytes('article.records'))
            families = prometheus.parse(run('report', '--format', 'prometheus',
                                            folder.file(name)))
        (labels,) = families['tcpstory_frames'].samples
        self.assertTrue(dict(labels)['file'].endswith('a"b\\c?d?e\ufffd.records'))

    def test_parser_refuses(self):
        head = '# HELP a b\n# TYPE a gauge\n'
        prometheus.parse(head + 'a{x="1"} 2\n')
        for text in ('a 1\n', head + 'b 1\n', head + 'a{x="1"} 2', head + 'a{x="\\t"} 2\n',
                     head + 'a{x="1"} 2\na{x="1"} 3\n', head + 'a{x="1",x="2"} 3\n',
                     head + 'a{x="1"}\n', head + head, '# TYPE a gauge\na 1\n'):
            with self.assertRaises(ValueError):
                prometheus.parse(text)


class Tables(unittest.TestCase):
    def test_csv_is_tsv_with_empty_cells_for_missing_values(self):
        rows = list(csv.DictReader(io.StringIO(
            run('timeline', '--format', 'csv', 'mixed.records'), newline=''), strict=True))
        self.assertEqual(rows, [{name: '' if cell == '-' else cell for name, cell in row.items()}
                                for row in table('mixed.records')])
        self.assertIn(',', ''.join(row['possible'] for row in rows))
        self.assertIn('', [row['to'] for row in rows])

    def test_json_has_numbers_and_null(self):
        rows = json.loads(run('timeline', '--format', 'json', 'mixed.records'))
        wanted = table('mixed.records')
        self.assertEqual(len(rows), len(wanted))
        for row, want in zip(rows, wanted):
            for name, cell in want.items():
                if cell == '-':
                    self.assertIsNone(row[name])
                elif name in ('stream', 'from', 'to', 'frame'):
                    self.assertAlmostEqual(row[name], float(cell), places=6)
                else:
                    self.assertEqual(row[name], cell)

    def test_ndjson_has_the_objects_of_json(self):
        lines = run('timeline', '--format', 'ndjson', 'mixed.records').splitlines()
        self.assertEqual([json.loads(line) for line in lines],
                         json.loads(run('timeline', '--format', 'json', 'mixed.records')))

    def test_list_has_an_object_of_all_that_is_known(self):
        objects = json.loads(run('list', '--sort', '-bytes', '--format', 'json', 'mixed.records'))
        self.check(objects, 'list')
        rows = table('--sort', '-bytes', 'mixed.records', verb='list')
        self.assertEqual(len(objects), len(rows))
        for found, row in zip(objects, rows):
            self.assertEqual(
                [found['client'], found['outcome'], found['opening']['outcome'],
                 found['closing']['how'] or '-', found['closing']['first_closer'] or '-',
                 found['community_id'], str(found['bytes']['server']),
                 found['final']['client']['state'] if found['final']['client'] else '-'],
                [row[name] for name in ('client', 'outcome', 'opening', 'ending', 'first',
                                        'community_id', 'server_bytes', 'client_state')])

    def test_list_of_columns_has_only_those(self):
        rows = json.loads(run('list', '--columns', 'stream,setup', '--format', 'json',
                              'mixed.records'))
        self.assertEqual({tuple(row) for row in rows}, {('stream', 'setup')})
        self.check([*rows, rows], 'list', '--columns', 'stream,setup')

    def test_dwell_adds_up_to_the_capture(self):
        for found in json.loads(run('list', '--format', 'json', 'article.records')):
            for side in ('client', 'server'):
                self.assertAlmostEqual(sum(found['dwell'][side].values()), 20.4001)

    def test_anomalies_are_objects(self):
        objects = json.loads(run('anomalies', '--format', 'json', 'mixed.records'))
        self.check([*objects, objects], 'anomalies')
        rows = table('mixed.records', verb='anomalies')
        self.assertEqual(len(objects), len(rows))
        for found, row in zip(objects, rows):
            self.assertEqual(
                [found['id'], found['severity'], found['side'], ','.join(map(str, found['frames'])),
                 found['explanation'], found['filter'], 'yes' if found['censored'] else 'no'],
                [row['id'], row['severity'], row['fault'], row['frames'].replace('-', ''),
                 row['explanation'], row['filter'], row['censored']])
            self.assertTrue(found['causes'] and found['checks'])

    def test_connections_have_their_anomalies(self):
        objects = json.loads(run('list', '--format', 'json', 'mixed.records'))
        rows = table('mixed.records', verb='list')
        self.assertEqual([','.join(hit['id'] for hit in found['anomalies']) or '-'
                          for found in objects], [row['anomalies'] for row in rows])

    def test_report_is_one_document(self):
        captures = ('article.records', 'mixed.records')
        document = json.loads(run('report', '--format', 'json', *captures))
        self.check([document, *document['captures']], 'report')
        self.assertEqual([found['file'] for found in document['captures']], list(captures))
        self.assertEqual(document['captures'][1]['openings']['refused'], 2)
        self.assertEqual(document['captures'][1]['anomalies'],
                         json.loads(run('anomalies', '--format', 'json', 'mixed.records')))
        self.assertEqual(document['captures'][1]['connections'],
                         json.loads(run('list', '--format', 'json', 'mixed.records')))
        lines = run('report', '--format', 'ndjson', *captures).splitlines()
        self.assertEqual([json.loads(line) for line in lines], document['captures'])

    def test_report_of_no_connection(self):
        document = json.loads(run('report', '--format', 'json', 'no-frames.records'))
        self.check([document], 'report')
        self.assertEqual(document['captures'][0]['connections'], [])
        self.assertIsNone(document['captures'][0]['setup_s'])

    def test_totals_of_a_stream_that_was_cut_short_are_null(self):
        text = b''.join(line for line in command.data_bytes('article.records').splitlines(True)
                        if not line.startswith((b'E', b'Q', b'Z')))
        done = command.run('list', '--format', 'json', '-', text=text)
        self.assertEqual(done.status, 3)
        found, = json.loads(done.out)
        self.check([found, [found]], 'list')
        self.assertEqual(found['bytes'], {'client': None, 'server': None})
        self.assertIsNone(found['opening']['syn_tries'])

    def check(self, document, *verb):
        """The schema that the verb prints is valid and allows the document and its items."""
        schema = json.loads(run(*verb, '--schema'))
        validator = jsonschema.Draft202012Validator(schema)
        validator.check_schema(schema)
        for item in document:
            validator.validate(item)

    def test_schema_refuses_what_it_does_not_name(self):
        found = json.loads(run('list', '--format', 'json', 'article.records'))[0]
        for change in ({'colour': 1}, {'stream': '0'}, {'outcome': 'good'}):
            with self.assertRaises(jsonschema.ValidationError):
                self.check([{**found, **change}], 'list')

    def test_no_rows(self):
        self.assertEqual(json.loads(run('timeline', '--format', 'json', 'no-tcp.records')), [])
        self.assertEqual(run('timeline', '--format', 'ndjson', 'no-tcp.records'), '')

    def test_hostile_file_name(self):
        name = 'a\tb\n<i>"c",d\x1b[31m\udcff.records'
        with command.Folder() as folder:
            folder.write(name, command.data_bytes('article.records'))
            path = folder.file(name)
            args = ('timeline', '--columns', 'file,stream', path)
            for line in run(*args, '--format', 'csv').splitlines()[1:]:
                self.assertIn('?b?<i>""c"",d?[31m\ufffd.records",0', line)
            self.assertIn('?b?<i>"c",d?[31m\ufffd.records',
                          json.loads(run(*args, '--format', 'json'))[0]['file'])
            page = run(*args, '--format', 'html')
            self.assertIn('&lt;i&gt;&quot;c&quot;', page)
            self.assertNotIn('<i>', page)
            self.assertNotIn('\x1b', page)


if __name__ == '__main__':
    unittest.main()
