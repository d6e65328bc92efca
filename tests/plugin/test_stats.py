# SPDX-License-Identifier: GPL-2.0-or-later
"""Statistics > TCP State: the tables as `tshark -z` prints them and as sharkd has them."""
import functools
import os
import subprocess
import unittest

import tshark as ts

ARTICLE = 'captures/article-client-closes.pcap'
SEVERAL = 'captures/several.pcap'
TABLES = ('states', 'outcomes', 'listeners', 'connections')
CAPTURES = (ARTICLE, SEVERAL, 'captures/refused.pcap', 'captures/accept-queue-overflow.pcap',
            'captures/syn-flood.pcap', 'captures/forged-rst.pcap', 'captures/late-start.pcap',
            'captures/pile-close-wait.pcap', 'captures/retransmission-death-later.pcap')


def printed(table, capture, *args, display_filter=None):
    """What tshark prints: first cell -> the others."""
    option = 'tcpstate,' + table + (',' + display_filter if display_filter else '')
    text = ts.tshark(['-q', '-z', option, *args], capture, check=True).stdout
    rows = [[cell.strip() for cell in line.rstrip(' |').split('|')]
            for line in text.splitlines() if '|' in line]
    return {row[0]: row[1:] for row in rows[1:]}


def ask(*tables):
    """sharkd's request for tables."""
    return {'method': 'tap', 'params': {
        'tap%d' % n: 'nstat:tcpstate,' + table for n, table in enumerate(tables)}}


@functools.lru_cache
def taps(capture):
    (answer,) = ts.sharkd([ask(*TABLES)], capture)
    return {tap['tap'].partition(',')[2]: tap['tables'][0]['i']
            for tap in answer['result']['taps']}


def tap(table, capture):
    """The same by sharkd, as numbers and strings."""
    return {row[0]: row[1:] for row in taps(capture)[table]}


@functools.lru_cache
def connections(capture):
    """tcpstory's rows of connections."""
    text = subprocess.run([ts.TCPSTORY, 'list', '--format', 'tsv', '--columns',
                           'server,opening,ending', os.path.join(ts.SOURCE_DIR, capture)],
                          check=True, stdout=subprocess.PIPE, encoding='utf-8').stdout
    return [line.split('\t') for line in text.splitlines()[1:]]


class States(unittest.TestCase):
    def test_visits_ends_and_times_of_a_connection(self):
        states = printed('states', ARTICLE)
        self.assertEqual(states['ESTABLISHED'][:2], ['1', '0'])
        self.assertEqual(states['ESTABLISHED'][3], '1.100503')
        self.assertEqual(states['TIME_WAIT'], ['1', '1', '0.000085', '0.000085', '0', '0',
                                               '0.000000', '0.000000'])
        self.assertEqual(states['CLOSED'][4:6], ['1', '1'])

    def test_every_connection_is_in_one_state_at_the_end(self):
        for capture in CAPTURES:
            with self.subTest(capture):
                states = tap('states', capture).values()
                for column in (1, 5):
                    self.assertEqual(sum(row[column] for row in states),
                                     len(connections(capture)))


class Outcomes(unittest.TestCase):
    def test_same_words_and_numbers_as_tcpstory(self):
        for capture in CAPTURES:
            with self.subTest(capture):
                counted = {name: row[0] for name, row in tap('outcomes', capture).items() if row[0]}
                expected = {}
                for _, opening, ending in connections(capture):
                    for name in ('opened: ' + opening, 'ended: ' + ending):
                        if ending != '-' or name != 'ended: -':
                            expected[name] = expected.get(name, 0) + 1
                self.assertEqual(counted, expected)

    def test_who_closed_first(self):
        self.assertEqual(printed('outcomes', ARTICLE)['ended: clean'][:3], ['1', '1', '0'])
        self.assertEqual(printed('outcomes', 'captures/article-server-closes.pcap')
                         ['ended: clean'][:3], ['1', '0', '1'])


class Listeners(unittest.TestCase):
    def test_one_row_for_each_server(self):
        for capture in CAPTURES:
            with self.subTest(capture):
                rows = tap('listeners', capture)
                servers = [server for server, _, _ in connections(capture)]
                self.assertEqual({name: row[0] for name, row in rows.items()},
                                 {name: servers.count(name) for name in servers})

    def test_refusals_and_repeated_syn_acks(self):
        (refused,) = printed('listeners', 'captures/refused.pcap').values()
        self.assertEqual(refused[:3], ['1', '0', '1'])
        (queue,) = tap('listeners', 'captures/accept-queue-overflow.pcap').values()
        self.assertGreater(queue[5], 0)


class Connections(unittest.TestCase):
    COLUMNS = ('client', 'server', 'opening', 'ending', 'first', 'client_state', 'server_state',
               'anomalies')

    def test_a_row_for_each_with_the_words_of_tcpstory(self):
        for capture in CAPTURES:
            lines = subprocess.run(
                [ts.TCPSTORY, 'list', '--format', 'tsv', '--columns',
                 'stream,' + ','.join(self.COLUMNS), os.path.join(ts.SOURCE_DIR, capture)],
                check=True, stdout=subprocess.PIPE, encoding='utf-8').stdout.splitlines()[1:]
            listed = {int(line.split('\t')[0]): line.split('\t')[1:] for line in lines}
            rows = {stream: [*row[:7], row[9].replace(' ', ',')]
                    for stream, row in tap('connections', capture).items()}
            with self.subTest(capture):
                self.assertEqual(rows, listed)

    def test_waits_and_silence(self):
        row = printed('connections', 'captures/accept-queue-overflow.pcap')['3']
        self.assertEqual(row[-1], 'A33')
        self.assertGreater(float(row[7]), 1)        # until it was sent again
        self.assertEqual(float(row[8]), 0)          # its RST is the last frame

    def test_a_filter_chooses(self):
        self.assertEqual(list(printed('connections', SEVERAL, display_filter='tcp.flags.reset==1')),
                         ['2'])


class EveryWay(unittest.TestCase):
    def test_filter_chooses_connections(self):
        for table, name in (('states', 'ESTABLISHED'), ('outcomes', 'opened: connected'),
                            ('listeners', '10.9.0.2:8080')):
            with self.subTest(table):
                self.assertEqual(printed(table, SEVERAL)[name][0], '4')
                only = printed(table, SEVERAL, display_filter='tcp.stream == 1')
                self.assertEqual(only[name][0], '1')

    def test_nothing_passes_the_filter(self):
        self.assertEqual(printed('listeners', SEVERAL, display_filter='udp'), {})

    def test_one_pass_two_passes_and_sharkd_agree(self):
        for table in TABLES:
            for capture in (SEVERAL, 'captures/forged-rst.pcap'):
                with self.subTest(table, capture=capture):
                    once = printed(table, capture)
                    self.assertEqual(once, printed(table, capture, '-2'))
                    asked = {str(name): [cell if isinstance(cell, str) else
                                    '%d' % cell if isinstance(cell, int) else '%.6f' % cell
                                    for cell in row] for name, row in tap(table, capture).items()}
                    self.assertEqual(once, asked)

    def test_read_filter_leaves_states_alone(self):
        """-R drops frames after the first pass; what the states are comes from all of them."""
        self.assertEqual(printed('outcomes', SEVERAL, '-2', '-R', 'tcp'),
                         printed('outcomes', SEVERAL))
        kept = printed('outcomes', ARTICLE, '-2', '-R', 'tcp.len > 0')
        self.assertEqual(kept['ended: clean'][0], '1')

    def test_asked_again_and_again(self):
        """Tables of two captures, one after the other and together, in one sharkd."""
        def load(capture):
            return {'method': 'load', 'params': {'file': ts.readable(capture)}}
        calls = [ask('states'), ask(*TABLES), ask('states'), load(ARTICLE), ask(*TABLES),
                 load(SEVERAL), ask('states')]
        answers = [answer['result'] for answer in ts.sharkd(calls, SEVERAL)]
        self.assertEqual(answers[0], answers[2])
        self.assertEqual(answers[0], answers[6])
        self.assertIn(answers[0]['taps'][0], answers[1]['taps'])
        self.assertNotIn(answers[0]['taps'][0], answers[4]['taps'])
        self.assertEqual(len(answers[4]['taps']), len(TABLES))

    def test_all_are_in_the_help(self):
        done = ts.tshark(['-z', 'help'])
        for table in TABLES:
            self.assertIn('tcpstate,' + table, (done.stdout + done.stderr).split())

    def test_wrong_filter_is_told(self):
        done = ts.tshark(['-q', '-z', 'tcpstate,states,nonsense.field'], ARTICLE)
        self.assertNotEqual(done.returncode, 0)
        self.assertIn('nonsense', done.stderr)


class ResponseTimes(unittest.TestCase):
    """Statistics > Service Response Time > TCPSTATE, the table whose rows filter."""

    @staticmethod
    def table(capture):
        (answer,) = ts.sharkd([{'method': 'tap', 'params': {'tap0': 'srt:tcpstate'}}], capture)
        return answer['result']['taps'][0]['tables'][0]

    def test_a_row_for_each_connection(self):
        for capture in CAPTURES:
            with self.subTest(capture):
                rows = self.table(capture)['r']
                self.assertEqual(len(rows), len(connections(capture)))
                for row, (server, opening, ending) in zip(rows, connections(capture)):
                    ends, opened, ended = row['n'].split(', ')[:3]
                    self.assertEqual((ends.partition(' -> ')[2], opened, ended),
                                     (server, opening, ending))

    def test_a_row_filters_its_connection(self):
        table = self.table(SEVERAL)
        for row in table['r']:
            found = ts.fields(SEVERAL, 'tcp.stream',
                              display_filter='%s==%d' % (table['f'], row['idx']))
            self.assertEqual({stream for (stream,) in found}, {str(row['idx'])})

    def test_times_are_those_since_the_other_end_was_heard(self):
        row = self.table(ARTICLE)['r'][0]
        heard = [float(cell) for pair in ts.fields(ARTICLE, 'tcpstate.client.last_heard',
                                                   'tcpstate.server.last_heard')
                 for cell in pair if cell and float(cell) > 0]
        self.assertEqual(row['num'], len(heard))
        self.assertAlmostEqual(row['max'], max(heard), places=6)
        self.assertAlmostEqual(row['tot'], sum(heard), places=6)

    def test_in_a_terminal(self):
        text = ts.tshark(['-q', '-z', 'tcpstate,srt'], SEVERAL, check=True).stdout
        rows = [line.split() for line in text.splitlines() if ' -> ' in line]
        self.assertEqual([row[0] for row in rows], ['0', '1', '2', '3'])
        self.assertIn('tcpstate,srt', ts.tshark(['-z', 'help']).stderr
                      + ts.tshark(['-z', 'help']).stdout)


if __name__ == '__main__':
    unittest.main()
