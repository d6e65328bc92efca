#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""tcpstory --max-connections: followed is no more at once than wanted, and that is told everywhere.
"""
import json
import re
import sqlite3
import unittest

import prometheus
import tshark as ts
from command import Folder, capture, data_bytes, run

CAPTURE = capture('several.pcap')
FIELDS = '''frame.number frame.time_epoch frame.protocols ip.src ip.dst ip.len ip.ttl ip.id
    tcp.srcport tcp.dstport tcp.seq_raw tcp.ack_raw tcp.hdr_len tcp.flags
    tcp.window_size_value tcp.len tcp.options'''.split()
WARNING = (r'warning: (\d+) connections? (?:was|were) evicted early, (\d+) of them not over, '
           r'to follow at most (\d+) at once: --max-connections')


def listed(*arguments, **options):
    """The objects of list and what was said on standard error."""
    done = run('list', '--format', 'json', *arguments, **options)
    return json.loads(done.out), done.err


class Bound(unittest.TestCase):
    def setUp(self):
        self.all, err = listed(CAPTURE)
        self.assertEqual(err, '')
        self.assertGreater(len(self.all), 3)

    def test_wide_enough(self):
        """Nothing differs when the bound is not reached; 0 is no bound."""
        for n in ('0', str(len(self.all)), '4294967295'):
            self.assertEqual(listed('--max-connections', n, CAPTURE), (self.all, ''))

    def test_one_at_a_time(self):
        rows, err = listed('--max-connections', '1', CAPTURE)
        out, still_open, most = map(int, re.search(WARNING, err).groups())
        self.assertEqual(most, 1)
        self.assertEqual(sum(row['closed_out'] is not None for row in rows), out)
        self.assertLessEqual(still_open, out)
        self.assertGreaterEqual(len(rows), len(self.all))
        for side in ('client', 'server'):  # nothing is lost or counted twice
            for what in ('segments',):
                self.assertEqual(sum(row[what][side] for row in rows),
                                 sum(row[what][side] for row in self.all))

    def test_every_reader(self):
        """The engine is bounded alike in tshark, and in tcpstory for what tshark printed."""
        want = run('report', '--max-connections', '2', CAPTURE)
        text = ts.tshark(['-n', '-T', 'fields', '-E', 'header=y',
                          *(part for field in FIELDS for part in ('-e', field))],
                         CAPTURE, check=True, text=False).stdout
        got = run('report', '--max-connections', '2', '-', text=text)
        self.assertEqual(want.out.split('\n')[1:], got.out.split('\n')[1:])
        self.assertRegex(got.err, WARNING)

    def test_every_verb(self):
        for verb in (['report'], ['list'], ['show', '0'], ['timeline'], ['netstat'], ['sockstat'],
                     ['listeners'], ['anomalies'], ['list', '--follow']):
            with self.subTest(verb):
                done = run(*verb, '--max-connections', '1', CAPTURE)
                self.assertEqual(done.status, 0)
                self.assertRegex(done.err, WARNING)


class Told(unittest.TestCase):
    """What outputs say of a capture of which connections were evicted."""

    def setUp(self):
        self.text = re.sub(rb'^(Q.*)\t0\t0\t0$', rb'\1\t12\t7\t3', data_bytes('mixed.records'),
                           flags=re.M)

    def run(self, result=None):
        with Folder() as self.folder:
            return super().run(result)

    def test_warning(self):
        done = run('list', '-', text=self.text)
        self.assertEqual(done.status, 0)
        self.assertEqual(re.search(WARNING, done.err).groups(), ('7', '3', '12'))

    def test_report(self):
        out = run('report', '-', text=self.text).out
        self.assertIn('  7 connections were evicted early', out)
        self.assertIn('  3 of these were not over', out)

    def test_json(self):
        story = json.loads(run('report', '--format', 'json', '-',
                               text=self.text).out)['captures'][0]
        self.assertEqual([story[name] for name in ('max_connections', 'closed_out', 'closed_open')],
                         [12, 7, 3])
        self.assertRegex('warning: ' + story['warnings'][0], WARNING)

    def test_sqlite(self):
        path = self.folder.file('x.sqlite')
        self.assertEqual(run('report', '-o', path, '-', text=self.text).status, 0)
        with sqlite3.connect(path) as database:
            rows = database.execute('SELECT max_connections, closed_out, closed_open FROM captures')
            self.assertEqual(rows.fetchall(), [(12, 7, 3)])

    def test_prometheus(self):
        families = prometheus.parse(run('report', '--format', 'prometheus', '-',
                                        text=self.text).out)
        samples = families['tcpstory_closed_out'].samples
        self.assertEqual({dict(labels)['over']: value for labels, value in samples.items()},
                         {'yes': 4, 'no': 3})


class Mistakes(unittest.TestCase):
    def test_bad_numbers(self):
        for n in ('-1', 'x', '', '1.5', '4294967296', '1e6'):
            for verb in ('report', 'list', 'netstat'):
                done = run(verb, '--max-connections', n, CAPTURE)
                self.assertEqual((done.status, done.out), (2, ''), n)
                self.assertIn("--max-connections: '%s' is not a number of connections" % n,
                              done.err)

    def test_bad_tap(self):
        for argument in ('tcpstate,records,max=', 'tcpstate,records,max=-1', 'tcpstate,max=5',
                         'tcpstate,records,max=5,stream=1'):
            done = ts.tshark(['-q', '-z', argument], CAPTURE, check=False)
            self.assertIn('unknown "-z %s"' % argument, done.stderr)


if __name__ == '__main__':
    unittest.main()
