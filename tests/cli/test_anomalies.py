#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The verbs anomalies and explain, thresholds, --anomaly and --fail-on, and what clean captures
must
not raise. What each rule finds: tests/scenarios/anomaly."""
import json
import os
import shutil
import subprocess
import unittest

import anomalies_doc
import command
import tshark as ts

# Captures in which every connection did what TCP should: nothing above "info".
CLEAN = '''article-client-closes article-server-closes article-loopback ipv6 half-close-data
    three-segment-close simultaneous-close simultaneous-open port-reuse fastopen late-start
    fin-lost last-ack-lost third-ack-lost missing-fin middle-lost-before'''.split()


def tsv(*args, **options):
    result = command.run('anomalies', '--format', 'tsv', *args, **options)
    assert result.status == 0, result.err
    head, *rows = [line.split('\t') for line in result.out.splitlines()]
    return [dict(zip(head, row)) for row in rows]


def records(name):
    return command.data(name)


class Doc(unittest.TestCase):
    def test_is_up_to_date(self):
        text, want = anomalies_doc.wanted()
        self.assertEqual(text, want, 'run tests/cli/anomalies_doc.py --write')


class Explain(unittest.TestCase):
    def test_all_names_can_be_explained(self):
        listed = command.run('explain')
        self.assertEqual(listed.status, 0)
        names = []
        for line in listed.out.splitlines():
            if line.startswith('    '):
                words = line.split()
                names += words[:2] if words[0][0] in 'ADQ' and words[0][1:].isdigit() else \
                    [name.strip() for name in line.strip().rstrip(',').split(',')]
        self.assertGreater(len(names), 30)
        result = command.run('explain', *names)
        self.assertEqual(result.status, 0, result.err)
        self.assertLessEqual(max(map(len, result.out.splitlines())), 100)

    def test_spellings(self):
        for name in ('CLOSE-WAIT', 'syn_recv', 'a01', 'close 2+3/4'):
            with self.subTest(name):
                self.assertEqual(command.run('explain', name).status, 0)

    def test_bullets_go_on_under_their_text(self):
        lines = command.run('explain', 'A41').out.splitlines()
        at = next(i for i, line in enumerate(lines) if 'misses close() when read()' in line)
        self.assertTrue(lines[at].startswith('    - a path'))
        self.assertRegex(lines[at + 1], '^      [a-z]')

    def test_unknown(self):
        result = command.run('explain', 'clos_wait')
        self.assertEqual(result.status, 2)
        self.assertIn("did you mean 'CLOSE_WAIT'?", result.err)


class Options(unittest.TestCase):
    def anomalies(self, *args, **options):
        return command.run('anomalies', *args, records('mixed.records'), **options)

    def test_severity(self):
        result = self.anomalies('--min-severity', 'warnin')
        self.assertEqual(result.status, 2)
        self.assertIn('did you mean warning?', result.err)

    def test_unknown_anomaly(self):
        for verb in ('anomalies', 'list'):
            result = command.run(verb, '--anomaly', 'syn_unanswerd', records('mixed.records'))
            self.assertEqual(result.status, 2)
            self.assertIn("did you mean 'syn_unanswered'?", result.err)

    def test_fail_on(self):
        worst = {row['severity'] for row in tsv(records('mixed.records'))}
        incidents = command.run('incidents', '--format', 'json', records('mixed.records')).out
        worst |= {one['severity'] for one in json.loads(incidents)}
        for severity in ('info', 'warning', 'error'):
            for verb in ('anomalies', 'report', 'list'):
                result = command.run(verb, '--fail-on', severity, records('mixed.records'))
                order = ['info', 'warning', 'error']
                found = any(order.index(got) >= order.index(severity) for got in worst)
                self.assertEqual(result.status, 1 if found else 0, (verb, severity))

    def test_set_and_file(self):
        with command.Folder() as folder:
            path = folder.write('config', b'[A01]\nsilence = x\n')
            result = self.anomalies('--config', path)
            self.assertEqual(result.status, 2)
            self.assertIn("'x' is not a number of seconds", result.err)
            result = self.anomalies('--set', 'A01.silenc=1')
            self.assertEqual(result.status, 2)
            self.assertIn('it has: silence', result.err)
            home = folder.write('tcpstory', b'')
            result = self.anomalies('--config', home + '-not-there')
            self.assertEqual(result.status, 2)
            self.assertIn('not-there', result.err)

    def test_bounds(self):
        """A threshold out of its bounds crashed the rule, or made it mean nothing."""
        rows = (('A41.many=0',
                 "threshold A41.many: '0' is not a whole number from 1 to 1000000000"),
                ('A41.many=1000000001', 'from 1 to 1000000000'),
                ('A41.time=-1', 'is not a number of seconds from 0 to 1000000000'),
                ('A08.percent=101', "'101' is not a percentage from 1 to 100"),
                ('A08.percent=0', 'from 1 to 100'),
                ('Q7.sent=2', "'2' is not a whole number from 0 to 1"))
        for value, message in rows:
            for verb in ('anomalies', 'report', 'list'):
                with self.subTest(verb=verb, value=value):
                    result = command.run(verb, '--set', value, records('mixed.records'))
                    self.assertEqual((result.status, result.out), (2, ''))
                    self.assertIn(message, result.err)
        with command.Folder() as folder:
            result = self.anomalies('--config', folder.write('config', b'[A41]\nmany = 0\n'))
            self.assertEqual(result.status, 2)
            self.assertIn('from 1 to 1000000000', result.err)

    def test_help_lists_thresholds(self):
        listed = command.run('anomalies', '--help').out
        self.assertIn('  A41.many         10 (1 to 1000000000): N at once or more', listed)
        for name in command.run('--words', 'thresholds').out.split():
            self.assertIn('\n  %s ' % name.rstrip('='), listed)

    def test_list_names_members(self):
        rows = tsv(records('mixed.records'))
        single = {row['stream'] for row in rows if row['id'] == 'A01' and row['stream'] != '-'}
        listed = command.run('list', '--anomaly', 'A01', '--columns', 'stream', '--format', 'tsv',
                             records('mixed.records'))
        self.assertEqual(set(listed.out.split()[1:]), single)
        self.assertTrue(single)


@unittest.skipUnless(command.has_tshark(), 'needs tshark and the plugin')
class Captures(unittest.TestCase):
    def test_clean_captures(self):
        for name in CLEAN:
            with self.subTest(name):
                rows = tsv('--min-severity', 'warning', command.capture(name + '.pcap'))
                self.assertEqual([(row['id'], row['explanation']) for row in rows], [])

    def test_threshold(self):
        path = command.capture('syn-unanswered.pcap')
        self.assertEqual([row['severity'] for row in tsv(path)], ['warning'])
        late = tsv('--set', 'A01.silence=3600', path)
        self.assertEqual([(row['severity'], row['censored']) for row in late], [('info', 'yes')])
        with command.Folder() as folder:
            config = folder.write('config', b'[syn_unanswered]\nsilence=3600\n')
            self.assertEqual([row['censored'] for row in tsv('--config', config, path)], ['yes'])
            self.assertEqual([row['censored'] for row in
                              tsv('--config', config, '--set', 'A01.silence=3', path)], ['no'])

    def test_files_that_continue_each_other(self):
        if shutil.which('editcap') is None:
            self.skipTest('needs editcap')
        with command.Folder() as folder:
            parts = [folder.file(name) for name in ('b.pcap', 'a.pcap')]
            for part, frames in zip(parts, ('1-6', '7-100')):
                ts.make_capture('editcap', '-r', command.capture('half-close-data.pcap'), part,
                                frames)
            rows = {row['file']: row['explanation']
                    for row in tsv('--separate', *reversed(parts))
                    if row['id'] == 'Q8'}
            self.assertIn('1 connection goes on in the next', rows[parts[0]])
            self.assertIn('1 connection comes from the capture before', rows[parts[1]])
            self.assertEqual([row for row in tsv(parts[1]) if row['id'] == 'Q8'], [])

    def test_heading_counts_connections(self):
        """Both ends of the one connection have a hit: both write, none reads."""
        with command.Folder() as folder:
            scenario = folder.write('both.scn', b'''# Both write, none reads.
0.000 C > S S
+.010 S > C S.
+.010 C > S .
+.010 C > S P. (1000)
+.010 S > C P. (1000) win 0
+.010 C > S . win 0
+5 C > S . 1000:1000(0) ack 1001 win 0
+.010 S > C . 1000:1000(0) ack 1001 win 0
+10 C > S . 1000:1000(0) ack 1001 win 0
+.010 S > C . 1000:1000(0) ack 1001 win 0
''')
            path = folder.file('both.pcap')
            tool = os.path.join(os.environ['BUILD_DIR'], 'tests', 'scenario')
            subprocess.run([tool, '--pcap', path, scenario], check=True, capture_output=True)
            head = command.run('anomalies', path).out.splitlines()[0]
            self.assertEqual(len([row for row in tsv(path) if row['id'] == 'A32']), 2)
            self.assertTrue(head.endswith('does not read'), head)

    def test_text_fits(self):
        for name in ('syn-flood', 'accept-queue-overflow', 'several'):
            for verb in ('anomalies', 'report'):
                result = command.run(verb, command.capture(name + '.pcap'))
                self.assertEqual(result.status, 0, result.err)
                for line in result.out.splitlines():
                    self.assertLessEqual(len(line), 100, line)


if __name__ == '__main__':
    unittest.main()
