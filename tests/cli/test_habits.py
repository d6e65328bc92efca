#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""What hands are used to from other tools, and what a terminal is like."""
import fcntl
import json
import os
import pty
import re
import shutil
import struct
import subprocess
import termios
import unittest

import command
from command import Folder, data, data_bytes, run

ARTICLE = data('article.records')
MIXED = data('mixed.records')


def on_terminal(*args, columns=80, env=None):
    """What the command prints to a terminal of so many columns."""
    main, end = pty.openpty()
    fcntl.ioctl(end, termios.TIOCSWINSZ, struct.pack('HHHH', 24, columns, 0, 0))
    with subprocess.Popen([command.TCPSTORY, *args], stdin=subprocess.DEVNULL, stdout=end,
                          stderr=subprocess.DEVNULL,
                          env=command.environment(
                              {'TERM': 'xterm', 'PAGER': 'cat', **(env or {})})) as process:
        os.close(end)
        out = b''
        while True:
            try:
                more = os.read(main, 65536)
            except OSError:
                break
            if not more:
                break
            out += more
        process.wait(timeout=60)
    os.close(main)
    return out.decode().replace('\r\n', '\n')


def bare(text):
    return re.sub('\033\\[[0-9;]*m', '', text)


class Habits(unittest.TestCase):
    def test_help_and_version(self):
        self.assertEqual(run('help').out, run('--help').out)
        self.assertEqual(run('help', 'netstat').out, run('netstat', '--help').out)
        self.assertIn("did you mean 'list'?", run('help', 'lst').err)
        for word in ('version', '-V'):
            self.assertEqual(run(word).out, run('--version').out)

    def test_whole_options_before_the_verb(self):
        path = command.capture('several.pcap')
        for options in (['--no-pager'], ['--utc', '--state=CLOSE_WAIT', '--no-header']):
            self.assertEqual(run(*options, 'list', path)[:3], run('list', *options, path)[:3])

    def test_read(self):
        want = run('list', ARTICLE).out
        self.assertEqual(run('list', '-r', ARTICLE).out, want)
        self.assertEqual(run('list', '--read', ARTICLE).out, want)
        self.assertEqual(run('-r', ARTICLE).out, run(ARTICLE).out)

    def test_standard_input_goes_without_saying(self):
        text = data_bytes('article.records')
        self.assertEqual(run('list', text=text).out, run('list', '-', text=text).out)
        self.assertEqual(run(text=text).out, run('-', text=text).out)
        self.assertEqual(run('show', '0', text=text).out, run('show', '0', '-', text=text).out)

    def test_netstat(self):
        self.assertEqual(run('netstat', '-nat', MIXED).out, run('netstat', MIXED).out)
        self.assertEqual(run('netstat', '-natc', MIXED).out, run('netstat', '-c', MIXED).out)

    def test_netstat_counts(self):
        """Counts are counts in every format."""
        text = {line.split()[1]: line.split()[0]
                for line in run('netstat', '-c', MIXED).out.splitlines()}
        rows = json.loads(run('netstat', '-c', '--format', 'json', MIXED).out)
        self.assertEqual({row['state'].replace('FIN_WAIT_', 'FIN_WAIT').replace('RCVD', 'RECV'):
                          str(row['count']) for row in rows}, text)
        self.assertEqual(run('netstat', '-c', '--format', 'csv', MIXED).out.split('\r\n')[0]
                         .strip(), 'count,state')

    def test_no_header(self):
        for args in (['list'], ['list', '--format', 'tsv'], ['list', '--format', 'csv'],
                     ['timeline']):
            with self.subTest(args):
                self.assertEqual(run(*args, '--no-header', MIXED).out,
                                 run(*args, MIXED).out.split('\n', 1)[1])
        self.assertEqual(run('netstat', '--no-header', MIXED).out,
                         run('netstat', MIXED).out.split('\n', 2)[2])

    def test_explain_segments(self):
        for name in ('SYN', 'syn-ack', 'FIN', 'RST'):
            done = run('explain', name)
            self.assertEqual((done.status, done.out.split('\n')[0]), (0, name.upper()))

    def test_explain_that_fails_leaves_the_file(self):
        with Folder() as folder:
            file = folder.write('x.txt', b'mine')
            self.assertEqual(run('explain', 'RST', 'nonsense', '-o', file).status, 2)
            with open(file, 'rb') as left:
                self.assertEqual(left.read(), b'mine')

    def test_show_is_what_its_name_says(self):
        with Folder() as folder:
            for extension, begin in (('html', b'<!DOCTYPE html>'), ('json', b'{'),
                                     ('csv', b'stream,'), ('sqlite', b'SQLite format 3')):
                file = folder.file('x.' + extension)
                done = run('show', '2', '-o', file, MIXED)
                self.assertEqual((done.status, done.err), (0, ''))
                with open(file, 'rb') as written:
                    self.assertTrue(written.read(100).startswith(begin), extension)
            with open(folder.file('x.json'), encoding='utf-8') as file:
                capture, = json.load(file)['captures']
            self.assertEqual([c['stream'] for c in capture['connections']], [2])
            self.assertEqual(run('show', '2', '--format', 'csv', MIXED).out,
                             run('timeline', '--stream', '2', '--format', 'csv', MIXED).out)
            self.assertEqual(run('show', '2', '--format', 'nonsense', MIXED).status, 2)
            self.assertEqual(run('show', '99', '-o', folder.file('y.json'), MIXED).status, 2)
            self.assertFalse(os.path.exists(folder.file('y.json')))
            done = run('show', '5', '--format', 'json', MIXED, ARTICLE)
            self.assertIn('article.records has no stream 5', done.err)
            self.assertEqual((done.status, len(json.loads(done.out)['captures'])), (2, 1))
            self.assertEqual(run('show', '0', '-o', folder.file('x.txt'), ARTICLE).status, 0)


class Times(unittest.TestCase):
    def test_forms(self):
        want = run('list', '--since', '+20', MIXED).out
        for form in ('+20s', '-40s', '2027-01-15 08:00:20', '08:00:20', '2027-01-15T08:00:20Z'):
            with self.subTest(form):
                self.assertEqual(run('list', '--utc', '--columns', 'stream', '--since', form,
                                     MIXED).out,
                                 run('list', '--columns', 'stream', '--since', '+20', MIXED).out)
        self.assertNotEqual(want, run('list', MIXED).out)

    def test_local(self):
        env = {'TZ': 'UTC-1'}
        self.assertIn('09:00:00', run('list', '--local', MIXED, env=env).out)
        self.assertIn('08:00:00', run('list', '--utc', MIXED, env=env).out)
        self.assertIn('09:00:00', run('list', '--local', '--follow', MIXED, env=env).out)
        self.assertEqual(run('list', '--local', '--utc', MIXED).status, 2)

    def test_what_was_asked_for_stays(self):
        self.assertIn('start', run('list', '--utc', MIXED).out.split('\n')[0])
        self.assertNotIn(' bytes', run('list', MIXED).out.split('\n')[0])
        self.assertIn(' bytes', run('list', '--sort', '-bytes', MIXED).out.split('\n')[0])


class Terminal(unittest.TestCase):
    def test_width(self):
        for columns in (80, 120, 200):
            text = bare(on_terminal(MIXED, columns=columns))
            self.assertLessEqual(max(map(len, text.splitlines())), columns)
        narrow = bare(on_terminal('list', MIXED, columns=80)).split('\n')[0]
        wide = bare(on_terminal('list', MIXED, columns=200)).split('\n')[0]
        self.assertLess(len(narrow.split()), len(wide.split()))
        self.assertEqual(bare(on_terminal('list', MIXED, columns=100)), run('list', MIXED).out)
        self.assertEqual(bare(on_terminal('list', MIXED, columns=80, env={'COLUMNS': '200'}))
                         .split('\n')[0], wide)

    def test_tables_fit(self):
        for verb in ('timeline', 'listeners', 'netstat', 'sockstat'):
            for name in (MIXED, command.capture('several.pcap')):
                text = bare(on_terminal(verb, name, columns=80))
                self.assertLessEqual(max(map(len, text.splitlines())), 80, (verb, text))

    def test_netstat(self):
        """As wide as netstat's where that fits; else addresses take what they need."""
        wide, narrow = (bare(on_terminal('netstat', MIXED, columns=n)) for n in (100, 80))
        self.assertEqual(wide, run('netstat', MIXED).out)
        self.assertLessEqual(max(map(len, narrow.splitlines())), 80)
        rows = [[line.replace(' before', '').split() for line in text.splitlines()[2:]]
                for text in (wide, narrow)]
        self.assertEqual(*rows)

    def test_pager(self):
        pager = {'PAGER': "sed 's/^/> /'"}
        plain = on_terminal('list', MIXED)
        through = on_terminal('list', MIXED, env=pager)
        self.assertEqual(through, ''.join('> %s\n' % line for line in plain.splitlines()),
                         'its colours and its width are those of the terminal')
        self.assertEqual(on_terminal('list', '--no-pager', MIXED, env=pager), plain)
        self.assertEqual(on_terminal('list', MIXED, env={**pager, 'TCPSTORY_PAGER': 'cat'}), plain)
        self.assertEqual(on_terminal('list', MIXED, env={**pager, 'PAGER': ''}), plain)
        self.assertTrue(on_terminal('explain', 'RST', env=pager).startswith('> '))
        self.assertNotIn('> ', bare(on_terminal('list', MIXED, env={**pager, 'TERM': 'dumb'}))[:2])
        self.assertEqual(run('list', MIXED, env={**pager, 'TERM': 'xterm'}).out[:2], 'st')

    @unittest.skipUnless(shutil.which('less'), 'needs less')
    def test_less_ends_where_all_fits(self):
        shown = on_terminal('explain', 'RST', env={'PAGER': None})
        self.assertIn('RST', shown)

    def test_colours(self):
        self.assertIn('\033[', on_terminal('list', MIXED))
        for env in ({'NO_COLOR': '1'}, {'CLICOLOR': '0'}, {'TERM': 'dumb'}):
            self.assertNotIn('\033[', on_terminal('list', MIXED, env=env))
            self.assertIn('\033[', on_terminal('list', '--color', 'always', MIXED, env=env))
        self.assertIn('\033[', on_terminal('list', MIXED, env={'NO_COLOR': ''}))


if __name__ == '__main__':
    unittest.main()
