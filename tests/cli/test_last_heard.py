#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""How old the evidence of a state is: in list, netstat, JSON and the report."""
import csv
import json
import unittest

import command
from command import capture, data_bytes, run

END = 1800000060


def longer(seconds):
    """mixed.records of a capture that goes on for so long."""
    return data_bytes('mixed.records').replace(b'\t%d000000000\t' % END,
                                               b'\t%d000000000\t' % (END + seconds))


def tsv(*args, **options):
    return list(csv.DictReader(run(*args, '--format', 'tsv', **options).out.splitlines(),
                               delimiter='\t'))


class Records(unittest.TestCase):
    """Stream 8: the client's last segment 20 s after the start, in frame 80, the server's 2.2199 s.
    """

    def test_list(self):
        row, = [row for row
                in tsv('list', '--columns', 'stream,client_last_heard,server_last_heard', '-',
                                   text=longer(240)) if row['stream'] == '8']
        self.assertEqual((row['client_last_heard'], row['server_last_heard']),
                         ('280.000000000', '297.780100000'))

    def test_list_for_people(self):
        out = run('list', '--columns', 'stream,client_last_heard', '--sort', '-client_last_heard',
                  '-',
                  text=longer(240)).out
        self.assertEqual(out.splitlines()[1].split(None, 1), ['8', '4 min 40 s'])

    def test_json(self):
        found = json.loads(run('list', '--format', 'json', '-', text=longer(240)).out)
        final = next(one for one in found if one['stream'] == 8)['final']
        self.assertEqual([final['client'][name]
                          for name in ('last_heard', 'last_heard_frame', 'unheard_s', 'repeats')],
                         [1800000020, 80, 280, 6])
        final = next(one for one in found if one['stream'] == 9)['final']
        self.assertEqual([final['client'][name]
                          for name in ('last_heard', 'last_heard_frame', 'unheard_s', 'repeats')],
                         [None] * 4)

    def test_netstat_says_it_of_what_is_not_heard_later(self):
        for at, want in (('+2', []), ('+4', ['1.780100000']), ('+300', ['297.780100000'])):
            rows = [row['last_heard'] for row in tsv('netstat', '--at', at, '-', text=longer(240))
                    if (row['stream'], row['endpoint']) == ('8', 'server')]
            self.assertEqual(rows, want)

    def test_netstat_keeps_its_columns(self):
        lines = run('netstat', '--at', '+300', '-', text=longer(240)).out.splitlines()[2:]
        words, = [line.split() for line in lines if ':40009 ' in line]
        self.assertEqual(words,
                         'tcp6 - - fd00:9::2:443 fd00:9::1:40009 ESTABLISHED ? 4 min 58 s '
                         'before'.split())

    def test_report(self):
        self.assertNotIn('last heard', run('report', '-', text=longer(0)).out)
        report = ' '.join(run('report', '-', text=longer(240)).out.split())
        self.assertIn('1 socket was last heard a minute or more before the end: the server in '
                      'ESTABLISHED '
                      '4 min 58 s before, stream 8 (', report)

    def test_report_of_what_is_sent_again(self):
        """While the next repeat may still come it is open; who repeats nothing gets no such
        sentence.
        """
        repeats = b'\t6\t62\t1800000005000000000\t80\t1800000020000000000\t'
        shorter = longer(-25)
        self.assertIn(repeats, shorter)
        for text, said in ((shorter, True),
                           (shorter.replace(repeats, b'\t0\t0\t0\t0\t0\t'), False)):
            report = ' '.join(run('report', '-', text=text).out.split())
            self.assertEqual('with an end that no longer answers what is sent again; server '
                             '[fd00:9::2]:443' in report,
                             said)


@unittest.skipUnless(command.has_tshark(), 'needs tshark and the plugin')
class Captures(unittest.TestCase):
    def test_silent_and_timed_out(self):
        """A client that repeated five times in vain gave up; its server knows nothing of it."""
        found, _ = json.loads(run('list', '--format', 'json',
                                  capture('retransmission-death-later.pcap')).out)
        self.assertEqual((found['closing']['how'], found['final']['client']['repeats']),
                         ('timed_out', 5))
        self.assertGreater(found['final']['server']['unheard_s'],
                           found['final']['client']['unheard_s'])

    def test_silent_is_an_outcome(self):
        out = run('list', '--outcome', 'silent', '--format', 'tsv',
                  capture('retransmission-death-later.pcap'))
        self.assertEqual((out.status, len(out.out.splitlines())), (0, 1))


if __name__ == '__main__':
    unittest.main()
