#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""tcpstory list --format zeek: a conn.log that zeek-cut, Zeek's own reader and dashboards can read.

The log is read by its header alone, and every cell is checked against the type of its column.
"""
import ipaddress
import re
import shutil
import unittest

import command
from command import capture, run

LETTERS = re.compile(r'\^?[SHADFRTGWIQX]*', re.IGNORECASE)
STATES = 'S0 S1 SF REJ S2 S3 RSTO RSTR RSTOS0 RSTRH SH SHR OTH'.split()

# What a cell of each of Zeek's types looks like.
TYPES = {
    'time': re.compile(r'-?\d+\.\d{6}'),
    'interval': re.compile(r'\d+\.\d{6}'),
    'string': re.compile(r'[!-~]+'),
    'enum': re.compile(r'[a-z]+'),
    'count': re.compile(r'\d+'),
    'port': re.compile(r'\d{1,5}'),
    'bool': re.compile(r'[TF]'),
    'set[string]': re.compile(r'\(empty\)|[!-~]+'),
}

# conn_state, history, bytes and packets of client and server, missed bytes; one for each row.
ROWS = {
    'article-client-closes': ['SF ShADadFf 7 18 6 5 0'],
    'article-server-closes': ['SF ShADadfF 7 18 6 5 0'],
    'client-reboot-reconnect': ['S1 ShADad 100 100 4 3 0', 'RSTOS0 SaR 0 0 2 1 0',
                                'S1 ShA 0 0 2 1 0'],
    'close-unread': ['RSTR ShADadr 150 100 5 5 0'],
    'close-wait-leak': ['RSTO ShADadFR 100 120 6 5 0'],
    'fin-lost': ['SF ShADadFf 100 100 7 5 0'],
    'forged-rst': ['SF ShADadRFf 1099 200 9 7 0'],
    'half-close-data': ['SF ShADadFf 100 5100 11 10 0'],
    'icmp-unreachable': ['S0 S - - 1 0 0'],
    'ipv6': ['SF ShADadFf 7 18 6 5 0'],
    'late-start': ['SF DadAFf 100 100 4 4 0'],
    'port-reuse': ['SF ShADadfF 100 100 6 5 0', 'SF ShADadFf 100 100 6 5 0'],
    'refused': ['REJ Sr 0 0 1 1 0'],
    'reset-by-client': ['RSTO ShADadR 100 100 5 3 0'],
    'retransmission-death': ['S1 ShADadT 200 100 10 3 0'],
    'several': ['S2 ShAFa 0 0 3 2 0', 'S3 ShAf 0 0 3 2 0', 'RSTO ShAR 0 0 3 1 0',
                'S1 ShA 0 0 2 1 0'],
    'simultaneous-close': ['SF ShADadFf 100 100 6 5 0'],
    'syn-unanswered-then-connected': ['S0 S 0 0 3 0 0', 'SF ShADadFf 100 100 6 5 0'],
    'zero-window': ['SF ShADawFf 30408 0 28 23 0'],
}
ROW = 'conn_state history orig_bytes resp_bytes orig_pkts resp_pkts missed_bytes'.split()


class Log:
    """A log as zeek-cut reads it: `header` by name, `rows` as dicts by field."""

    def __init__(self, text):
        self.header, self.rows, self.names = {}, [], []
        assert text.startswith('#separator \\x09\n') and text.endswith('\n')
        for line in text.splitlines()[1:]:
            cells = line.split('\t')
            if line.startswith('#'):
                self.names.append(cells[0][1:])
                self.header[cells[0][1:]] = cells[1:]
            else:
                assert len(cells) == len(self.header['fields']), line
                self.rows.append(dict(zip(self.header['fields'], cells)))

    def types(self):
        return zip(self.header['fields'], self.header['types'])


def log(*names, options=()):
    done = run('list', '--format', 'zeek', *options, *names)
    assert done.status == 0 and done.err == '', done
    return Log(done.out)


class Options(unittest.TestCase):
    """Of the command line: no capture is needed."""

    def test_columns_of_its_own(self):
        for option in ('--columns', '--sort'):
            done = run('list', '--format', 'zeek', option, 'stream', command.data('mixed.records'))
            self.assertEqual((done.status, done.out), (2, ''))
            self.assertIn('columns and an order of its own', done.err)

    def test_timeline_has_none(self):
        done = run('timeline', '--format', 'zeek', command.data('article.records'))
        self.assertEqual(done.status, 2)

    def test_no_connections(self):
        done = log(command.data('no-tcp.records'))
        self.assertEqual(done.rows, [])
        self.assertEqual(done.names[-1], 'close')


@unittest.skipUnless(command.has_tshark(), 'needs tshark and the plugin')
class ConnLog(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.logs = {name: log(capture(name + '.pcap')) for name in ROWS}
        cls.rows = [row for each in cls.logs.values() for row in each.rows]

    def test_header(self):
        names = ['set_separator', 'empty_field', 'unset_field', 'path', 'open', 'fields', 'types',
                 'close']
        for each in self.logs.values():
            self.assertEqual(each.names, names)
            self.assertEqual([each.header[name] for name in names[:4]],
                             [[','], ['(empty)'], ['-'], ['conn']])
            for name in ('open', 'close'):
                self.assertRegex(each.header[name][0], r'^\d{4}(-\d\d){5}$')
            self.assertEqual(len(each.header['fields']), len(each.header['types']))
            self.assertEqual(len(set(each.header['fields'])), len(each.header['fields']))

    def check_cell(self, kind, cell):
        if kind == 'addr':
            self.assertEqual(str(ipaddress.ip_address(cell)), cell)
        elif cell != '-':
            self.assertRegex(cell, '^(?:%s)$' % TYPES[kind].pattern)

    def test_types(self):
        types = dict(self.logs['refused'].types())
        for row in self.rows:
            for name, cell in row.items():
                with self.subTest(column=name, row=row):
                    self.check_cell(types[name], cell)
            self.assertIn(row['conn_state'], STATES)
            self.assertTrue(LETTERS.fullmatch(row['history']), row['history'])
            self.assertNotIn('-', [row[name] for name in ('ts', 'uid', 'orig_pkts', 'local_orig')])

    def test_what_zeek_leaves_unset_together(self):
        for row in self.rows:
            unset = [row[name] == '-' for name in ('duration', 'orig_bytes', 'resp_bytes')]
            self.assertIn(unset, ([True] * 3, [False] * 3))

    def test_rows(self):
        for name, expected in ROWS.items():
            with self.subTest(name):
                self.assertEqual([' '.join(row[column] for column in ROW)
                                  for row in self.logs[name].rows], expected)

    def test_packets_and_bytes(self):
        """Every segment of a capture is in one row; IP bytes are at least 40 for each of IPv4."""
        row, = self.logs['article-client-closes'].rows
        self.assertEqual((row['orig_pkts'], row['orig_ip_bytes']), ('6', '327'))
        for row in self.rows:
            for end in ('orig', 'resp'):
                self.assertGreaterEqual(int(row[end + '_ip_bytes']), 40 * int(row[end + '_pkts']))

    def test_uids(self):
        uids = [row['uid'] for row in self.rows]
        self.assertEqual(len(set(uids)), len(uids))
        self.assertTrue(all(re.fullmatch('C[0-9A-Za-z]{17}', uid) for uid in uids))

    def test_uid_is_of_the_connection(self):
        """The same in every run, under another name, and whatever else is in the log."""
        alone = self.logs['ipv6'].rows
        with command.Folder() as folder:
            shutil.copy(capture('ipv6.pcap'), folder.file('other.pcap'))
            self.assertEqual(log(folder.file('other.pcap')).rows, alone)

    def test_same_capture_twice(self):
        """Even then no uid comes twice, and the first ones are as ever."""
        once = [row['uid'] for row in self.logs['several'].rows]
        twice = [row['uid'] for row in log(*[capture('several.pcap')] * 2).rows]
        self.assertEqual(twice[:len(once)], once)
        self.assertEqual(len(set(twice)), 2 * len(once))

    def test_several_files(self):
        """One header, the rows of each file in the order in which they began."""
        names = ('refused', 'several', 'ipv6')
        together = log(*[capture(name + '.pcap') for name in names])
        self.assertEqual(together.rows, [row for name in names for row in self.logs[name].rows])
        self.assertEqual(together.names, self.logs['refused'].names)
        for name in names:
            starts = [float(row['ts']) for row in self.logs[name].rows]
            self.assertEqual(starts, sorted(starts))

    def test_addresses(self):
        row, = self.logs['ipv6'].rows
        self.assertEqual((row['id.orig_h'], row['id.resp_h'], row['id.resp_p']),
                         ('fd00:9::1', 'fd00:9::2', '9502'))
        self.assertEqual((row['local_orig'], row['local_resp']), ('T', 'T'))

    def test_selection(self):
        row = self.logs['several'].rows[1]
        self.assertEqual(log(capture('several.pcap'), options=['--port', row['id.orig_p']]).rows,
                         [row])

    def test_columns_of_list(self):
        """conn_state and history of list are those of the log."""
        out = run('list', '--format', 'tsv', '--columns', 'conn_state,history',
                  capture('several.pcap')).out
        self.assertEqual(out.splitlines()[1:],
                         ['%s\t%s' % (row['conn_state'], row['history'])
                          for row in self.logs['several'].rows])


if __name__ == '__main__':
    unittest.main()
