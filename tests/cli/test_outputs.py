#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""What the verbs print of hand-written record streams, letter by letter.

Each row of OUTPUTS is a file in data/ and the command line that prints it. The streams there are
written by hand (leak, self and window: by the plugin), so neither tshark nor the plugin is needed.
After a wanted change:

    tests/cli/test_outputs.py --update NAME...     rewrites the named files and shows the difference
"""
import collections
import difflib
import sys
import unittest

import command

OUTPUTS = {
    'article.report': 'report --utc article.records',
    'article.list': 'list article.records',
    'article.list.tsv': 'list --format tsv article.records',
    'article.list.json': 'list --format json article.records',
    'article.list.zeek': 'list --format zeek article.records',
    'article.timeline': 'timeline article.records',
    'article.timeline.tsv': 'timeline --format tsv article.records',
    'article.timeline.live.tsv': 'timeline --live --format tsv article.records',
    'article.show': 'show 0 article.records',
    'refuted.show': 'show 3 refuted.records',
    'refuted.show.live': 'show 3 --live refuted.records',
    'mixed.show.utc': 'show 6 --utc mixed.records',
    'window.show': 'show 0 window.records',
    'window.show.every': 'show 0 --every window.records',
    'window.show.color': 'show 0 --color always window.records',
    'refuted.report': 'refuted.records --utc',
    'refuted.timeline': 'timeline refuted.records',
    'refuted.timeline.live': 'timeline --live refuted.records',
    'mixed.report': 'report --utc mixed.records',
    'mixed.list': 'list mixed.records',
    'mixed.list.tsv': 'list --format tsv mixed.records',
    'mixed.list.columns': 'list --columns stream,first,setup,syns,bytes --sort -bytes '
                          'mixed.records',
    'mixed.list.refused': 'list --outcome refused --sort -start --top 1 mixed.records',
    'mixed.list.period': 'list --since #31 --until +2.5 mixed.records',
    'mixed.report.port': 'report --utc --port 80 mixed.records',
    'mixed.netstat': 'netstat --utc --at +5 mixed.records',
    'mixed.netstat.counts': 'netstat --at +5 --counts mixed.records',
    'mixed.netstat.frame': 'netstat --utc --at #31 --host 10.9.0.1 mixed.records',
    'mixed.netstat.csv': 'netstat --at end --state TIME_WAIT --format csv mixed.records',
    'mixed.netstat.later': 'netstat --utc --at +3600 mixed.records',
    'several.netstat': 'netstat --utc --at end article.records refuted.records',
    'mixed.sockstat': 'sockstat --interval 5 mixed.records',
    'mixed.sockstat.host': 'sockstat --utc --host 10.9.0.2 --since +1 --until +4 mixed.records',
    'mixed.sockstat.tsv': 'sockstat --interval 20 --format tsv mixed.records',
    'mixed.listeners': 'listeners mixed.records',
    'mixed.listeners.tsv': 'listeners --format tsv --host 10.9.0.2 mixed.records',
    'refuted.listeners': 'listeners refuted.records',
    'mixed.list.utc': 'list --utc --columns start,client --port 443 mixed.records',
    'mixed.list.color': 'list --color always --host fd00:9::2 mixed.records',
    'mixed.timeline.port.tsv': 'timeline --format tsv --port 8081 mixed.records',
    'no-tcp.report': 'no-tcp.records --utc',
    'no-frames.report': 'no-frames.records',
    'several.report': 'report --utc no-tcp.records article.records no-frames.records',
    'several.list': 'list article.records refuted.records',
    'several.timeline.tsv': 'timeline --format tsv --state TIME_WAIT article.records '
                            'refuted.records',
}


def produce(name):
    result = command.run(*OUTPUTS[name].split(), cwd=command.DATA)
    if result.status != 0 or result.err:
        raise AssertionError('%s: exit %d: %s' % (OUTPUTS[name], result.status, result.err))
    return result.out


def expected(name):
    try:
        return command.data_bytes(name).decode('utf-8')
    except FileNotFoundError:
        return ''


def difference(name, got):
    return ''.join(difflib.unified_diff(expected(name).splitlines(True), got.splitlines(True),
                                        'data/' + name, 'tcpstory ' + OUTPUTS[name]))


class Outputs(unittest.TestCase):
    def test_outputs(self):
        for name in OUTPUTS:
            with self.subTest(name):
                got = produce(name)
                self.assertEqual(expected(name), got, '\n' + difference(name, got))

    def test_fits_in_100_columns(self):
        for name in OUTPUTS:
            if not name.endswith(('.tsv', '.json', '.zeek', '.color')):
                widest = max(len(line) for line in expected(name).splitlines())
                self.assertLessEqual(widest, 100, name)

    def test_report_is_the_default(self):
        by_default = command.run('--utc', 'article.records', cwd=command.DATA)
        self.assertEqual(by_default.out, expected('article.report'))

    def test_what_reads_netstat_can_read_it(self):
        """tcpstory netstat | awk '{print $6}' | sort | uniq -c"""
        states = collections.Counter(line.split()[5] for line in
                                     expected('mixed.netstat').splitlines()[2:])
        counts = {line.split()[1]: int(line.split()[0]) for line in
                  expected('mixed.netstat.counts').splitlines()}
        self.assertEqual(states, counts)
        self.assertLessEqual(set(states), {'ESTABLISHED', 'SYN_SENT', 'SYN_RECV', 'FIN_WAIT1',
                                           'FIN_WAIT2', 'TIME_WAIT', 'CLOSE_WAIT', 'LAST_ACK',
                                           'LISTEN', 'CLOSING', 'UNKNOWN'})

    def test_output_file(self):
        with command.Folder() as folder:
            done = command.run('list', '-o', folder.file('out'), 'article.records',
                               cwd=command.DATA)
            self.assertEqual((done.status, done.out, done.err), (0, '', ''))
            with open(folder.file('out'), encoding='utf-8') as file:
                self.assertEqual(file.read(), expected('article.list'))

    def test_reset_after_a_fin_says_who_closed_first(self):
        report = command.run('report', 'leak.records', cwd=command.DATA).out
        self.assertIn('a RST of the client ended it; after a FIN: the client closed first;', report)

    def test_socket_connected_to_itself(self):
        report = command.run('report', 'self.records', cwd=command.DATA).out
        self.assertIn('connected, clean; 5 B by the client in 7 segments, which has connected to '
                      'itself\n', report)
        self.assertNotIn('captured in one direction', report)

    def test_output_dash_is_standard_output(self):
        done = command.run('list', '-o', '-', 'article.records', cwd=command.DATA)
        self.assertEqual((done.status, done.out), (0, expected('article.list')))

    def test_no_color_unless_asked(self):
        self.assertNotIn('\033', command.run('mixed.records', cwd=command.DATA).out)
        self.assertIn('\033', command.run('--color=always', 'mixed.records',
                                          cwd=command.DATA).out)
        self.assertNotIn('\033', command.run('--color=never', 'mixed.records',
                                             cwd=command.DATA).out)


def update(names):
    for name in names:
        got = produce(name)
        sys.stdout.write(difference(name, got))
        with open(command.data(name), 'w', encoding='utf-8') as file:
            file.write(got)


if __name__ == '__main__':
    if sys.argv[1:2] == ['--update']:
        update(sys.argv[2:])
    else:
        unittest.main()
