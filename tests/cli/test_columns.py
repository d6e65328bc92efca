#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Columns that are there when they are named: what tcptrace and tshark say of the same captures.

Where those mean something else, docs/user/columns.md says so, and the test takes it into account.
"""
import collections
import csv
import io
import os
import re
import shutil
import sqlite3
import subprocess
import sys
import unittest

import command
import tshark as ts
from command import Folder, capture, run

sys.path.insert(0, os.path.join(command.SOURCE_DIR, 'tests', 'plugin'))
from packets import (ACK, FRO, PSH, TO, Conversation, ether, ip4, vlan,
                     write_pcap, write_pcapng)  # noqa: E402
from test_runs import make_run

SIDES = ('client', 'server')
CAPTURES = ('article-client-closes.pcap', 'close-unread.pcap', 'fin-lost.pcap',
            'half-close-data.pcap', 'keepalive-vanished.pcap', 'middle-lost-before.pcap',
            'pile-close-wait.pcap', 'retransmission-death.pcap', 'zero-window.pcap')
# Our column, tcptrace's, what makes ours theirs, how far they may be apart (it rounds).
PAIRS = (('rtt_samples', 'RTT_samples', 1, 0), ('rtt_min', 'RTT_min', 1000, .06),
         ('rtt_max', 'RTT_max', 1000, .06), ('rtt_mean', 'RTT_avg', 1000, .06),
         ('rtt_handshake', 'RTT_from_3WHS', 1000, .06), ('throughput', 'throughput', 1, .6),
         ('transfer', 'data_xmit_time', 1, .001), ('idle_max', 'idletime_max', 1000, .06),
         ('mss', 'mss_requested', 1, 0), ('window_scale', 'adv_wind_scale', 1, 0),
         ('window_max', 'max_win_adv', 1, 0), ('zero_windows', 'zero_win_adv', 1, 0),
         ('out_of_order', 'outoforder_pkts', 1, 0), ('bytes', 'unique_bytes_sent', 1, 0))


def rows(path, *columns):
    done = run('list', '--format', 'csv', '--columns', ','.join(columns), path)
    assert (done.status, done.err) == (0, ''), done
    return list(csv.DictReader(io.StringIO(done.out)))


def of_both(*columns):
    return ['%s_%s' % (side, column) for column in columns for side in SIDES]


def tcptrace(path):
    """A dict for each connection: tcptrace's names without a2b, of the client and of the server."""
    out = subprocess.run(['tcptrace', '-n', '-l', '-r', '--csv', path], stdout=subprocess.PIPE,
                         stderr=subprocess.DEVNULL, check=True, text=True).stdout
    lines = [line for line in out.splitlines() if line and not line.startswith('#')]
    for row in csv.DictReader(lines, skipinitialspace=True):
        row = {name: (value or '').strip() for name, value in row.items() if name}
        yield ('%s:%s' % (row['host_a'], row['port_a']),
               {side: {name[:-4]: value for name, value in row.items() if name.endswith(way)}
                for side, way in zip(SIDES, ('a2b', 'b2a'))})


def as_tcptrace(row, side):
    """Our row of an end, as tcptrace has it: round trips with that of the handshake; and idle_max
    without and with the time until the capture's end, of which that of an open one counts."""
    own = {name[7:]: float(value or 0) for name, value in row.items()
           if name.startswith(side + '_')}
    if row[side + '_rtt_handshake']:
        n = own['rtt_samples']
        one = own['rtt_handshake']
        own['rtt_min'] = min(one, own['rtt_min']) if n else one
        own['rtt_max'] = max(one, own['rtt_max'])
        own['rtt_mean'] = (own['rtt_mean'] * n + one) / (n + 1)
        own['rtt_samples'] = n + 1
    own['idle_max'] = own['idle_max'], max(own['idle_max'], own['last_heard'])
    return own


@unittest.skipUnless(command.has_tshark(), 'needs tshark and the plugin')
class Columns(unittest.TestCase):
    @unittest.skipUnless(shutil.which('tcptrace'), 'needs tcptrace')
    def test_tcptrace(self):
        compared = 0
        for name in CAPTURES:
            ours = {row['client']: row for row in rows(
                capture(name), 'client', *of_both('last_heard', *(pair[0] for pair in PAIRS)))}
            for client, theirs in tcptrace(capture(name)):
                for side in SIDES:
                    own = as_tcptrace(ours[client], side)
                    for column, name_there, factor, tolerance in PAIRS:
                        value = theirs[side].get(name_there, '')
                        value = float(value) if re.fullmatch(r'[0-9.]+', value) else 0
                        either = own[column] if column == 'idle_max' else (own[column],)
                        self.assertTrue(
                            any(abs(one * factor - value) <= tolerance for one in either),
                            (name, client, side, column, either, value))
                        compared += value > 0
        self.assertGreater(compared, 400)

    def test_tshark(self):
        """Duplicate ACKs are counted there although nothing is owed."""
        told = collections.Counter()
        for name in ('retransmission-death.pcap', 'zero-window.pcap', 'middle-lost-before.pcap'):
            path = capture(name)
            counts = collections.Counter()
            for stream, source, closed, duplicate in ts.fields(
                    path, 'tcp.stream', 'tcp.srcport', 'tcp.analysis.zero_window',
                    'tcp.analysis.duplicate_ack', display_filter='tcp && !icmp'):
                counts[stream, source, 'zero_windows'] += closed != ''
                counts[stream, source, 'dup_acks'] += duplicate != ''
            for row in rows(path, 'stream', *of_both('port', 'zero_windows', 'dup_acks')):
                for side in SIDES:
                    for column in ('zero_windows', 'dup_acks'):
                        self.assertEqual(int(row['%s_%s' % (side, column)]),
                                         counts[row['stream'], row[side + '_port'], column])
                        told[column] += counts[row['stream'], row[side + '_port'], column]
        self.assertGreater(told['zero_windows'], 0)

    def test_offers(self):
        """What SYNs offer, against tshark's fields."""
        for name in ('several.pcap', 'ipv6.pcap'):
            path = capture(name)
            told = {(row[0], row[1]): row[2:] for row in ts.fields(
                path, 'tcp.stream', 'tcp.srcport', 'tcp.options.mss_val',
                'tcp.options.wscale.shift', display_filter='tcp.flags.syn == 1')}
            seen = 0
            for row in rows(path, 'stream', *of_both('port', 'mss', 'window_scale')):
                for side in SIDES:
                    of_end = told.get((row['stream'], row[side + '_port']))
                    if of_end is not None:
                        self.assertEqual([row[side + '_mss'], row[side + '_window_scale']], of_end)
                        seen += 1
            self.assertGreater(seen, 1)

    def test_server_names_and_vlan(self):
        talk = Conversation(40000)
        frames = [*talk.handshake(),
                  (TO, talk.segment(TO, PSH | ACK, b'GET / HTTP/1.1\r\nHost: web.example\r\n\r\n')),
                  (FRO, talk.segment(FRO, PSH | ACK, b'HTTP/1.1 200 OK\r\n\r\n'))]
        columns = ('server_name', 'vlan', 'client_host', 'client_port', 'first_byte', 'ecn',
                   'client_sack', 'client_ttl')
        with Folder() as folder:
            path = folder.file('http.pcap')
            write_pcap(path, [ether(vlan(7, ip4(s, d)), 0x8100) for d, s in frames])
            self.assertEqual([list(row.values()) for row in rows(path, *columns)],
                             [['web.example', '7', '10.0.0.1', '40000', '0.001000000', 'no', 'no',
                               '64']])
            with open(path, 'rb') as file:
                piped = run('list', '--columns', 'server_name', '-', text=file.read())
            self.assertEqual(piped.status, 3)
            self.assertIn('server_name wants a file', piped.err)

    def test_interfaces(self):
        """By name, also of two files whose interfaces have the same number."""
        left, right, third = (Conversation(port) for port in (40000, 50000, 60000))
        packets = [(n, ether(ip4(s, d))) for n, c in enumerate((left, right))
                   for d, s in c.handshake()]
        others = [(0, ether(ip4(s, d))) for d, s in third.handshake()]
        with Folder() as folder:
            for name, names, of_it in (('a.pcapng', ('eth0', 'eth1'), packets),
                                       ('b.pcapng', ('wlan0',), others)):
                write_pcapng(folder.file(name), [(1700000000 * 10 ** 9 + n * 10 ** 6, *packet)
                                                 for n, packet in enumerate(of_it)], names)
            paths = [folder.file(name) for name in ('a.pcapng', 'b.pcapng')]
            self.assertEqual([row['interface'] for row in rows(paths[0], 'interface')],
                             ['eth0', 'eth1'])
            done = run('list', '-q', '--join=sequence', '--format', 'csv', '--columns',
                       'client_port,interface', *paths)
            self.assertEqual(sorted(done.out.split()[1:]),
                             ['40000,eth0', '50000,eth1', '60000,wlan0'])
            for shards, place in ((1, folder.file('one')), (3, folder.file('three'))):
                self.assertEqual(make_run(paths, shards, place), 0)
                of_run = run('list', '-q', '--format', 'csv', '--columns',
                             'client_port,interface', place)
                self.assertEqual(sorted(of_run.out.split()), sorted(done.out.split()))
        self.assertEqual([row['interface'] for row in rows(capture('ipv6.pcap'), 'stream',
                                                           'interface')][:1], [''])

    def test_slow_way(self):
        """Where tshark reads the capture, its plugin tells the same."""
        columns = ','.join(of_both('rtt_mean', 'rtt_handshake', 'window_max', 'transfer'))
        args = ['list', '--format', 'csv', '--columns', columns, capture('several.pcap')]
        self.assertEqual(run(*args).out, run(*args, env={'TSHARK': shutil.which('tshark')}).out)

    def test_sqlite(self):
        with Folder() as folder:
            path = folder.file('x.sqlite')
            self.assertEqual(run('report', '-o', path, capture('several.pcap')).status, 0)
            with sqlite3.connect(path) as db:
                found = db.execute('SELECT stream, client_rtt_handshake FROM metrics '
                                   'ORDER BY stream').fetchall()
            db.close()
            self.assertEqual([(str(stream), '%.9f' % value if value else '')
                              for stream, value in found],
                             [tuple(row.values()) for row in rows(
                                 capture('several.pcap'), 'stream', 'client_rtt_handshake')])


class OnDemand(unittest.TestCase):
    def listed(self):
        out = run('list', '--columns', 'help').out
        return re.findall(r'^  (\S+) ', out.partition('only when they are named')[2], re.M)

    def test_only_when_named(self):
        header = run('list', '--format', 'tsv', command.data('mixed.records')).out.split('\n')[0]
        names = self.listed()
        self.assertIn('client_rtt_min', names)
        self.assertFalse(set(names) & set(header.split('\t')))

    def test_documented(self):
        with open(os.path.join(command.SOURCE_DIR, 'docs', 'user', 'columns.md'),
                  encoding='utf-8') as file:
            said = re.findall(r'`([a-z_]+)`', ' '.join(
                line.split('|')[1] for line in file if line.startswith('| `')))
        said = {name for word in said for name in
                ([word] if word in ('ecn', 'first_byte', 'vlan', 'server_name', 'interface')
                 else ['client_' + word, 'server_' + word])}
        self.assertEqual(said, set(self.listed()))

    def test_records_without_metrics(self):
        """What was not told is missing, and not 0."""
        done = run('list', '--format', 'tsv', '--columns', 'client_dup_acks,client_rtt_samples',
                   command.data('article.records'))
        self.assertEqual(done.out.splitlines()[1:], ['-\t-'])


if __name__ == '__main__':
    unittest.main()
