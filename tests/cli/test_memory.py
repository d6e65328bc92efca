#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""When memory runs out: it is told, by exit status 3 and a line, and nothing vanishes silently.

Each allocation of a run fails in turn, alone and with all behind it, as SQLite is tested: for each
verb, and in each format that it writes. To keep the time short, of the many in the middle of a run
only some are tried; TCPSTORY_EVERY_MALLOC=1 (tests/run memory) tries all.
"""
import os
import re
import resource
import subprocess
import unittest

import command
from command import Folder, capture, data, run

PRELOAD = os.path.join(command.BUILD_DIR, 'tests', 'libfail_malloc.so')
ALL = os.environ.get('TCPSTORY_EVERY_MALLOC') == '1'
FIRST, OTHERS = 40, 60          # how many are tried in a run: of the first, and of all others
DONE, INPUT, OUTPUT = 0, 3, 5   # exit status
# GLib has a line of its own where it cannot make a lock of a thread, and aborts.
TOLD = r'\A(GLib \(gthread-posix\.c\): [^\n]*\n)?tcpstory: '

VERBS = (
    ['report'], ['list'], ['list', '--format', 'json'], ['list', '--format', 'csv'],
    ['list', '--format', 'html'], ['list', '--format', 'prometheus'], ['list', '--format', 'zeek'],
    ['show', '3', '--every'], ['timeline', '--format', 'ndjson'], ['anomalies', '--format', 'json'],
    ['incidents'], ['netstat'], ['sockstat'], ['listeners'], ['records'], ['live', '--plain'],
    ['sockets', '--ss', os.path.join(command.SOURCE_DIR, 'tests', 'fuzz', 'seeds', 'sockets',
                                     'sstani')],
)
SOCKETS = VERBS[-1][1:]
# What a verb needs besides an input, in each of the formats that it says it writes.
FORMATS = {'report': [], 'incidents': [], 'list': [], 'show': ['3'], 'timeline': [],
           'anomalies': [], 'netstat': [], 'sockets': SOCKETS, 'sockstat': [], 'listeners': [],
           'diff': [data('article.records')], 'live': []}
NO_FORMAT = {'explain', 'extract', 'records', 'plan', 'map', 'merge', 'reduce'}
NO_INPUT = (['--help'], ['list', '--help'], ['list', '--schema'], ['explain', 'CLOSE_WAIT'],
            ['explain', 'D05'], ['--man'])


def preloaded(at, on):
    env = {'LD_PRELOAD': PRELOAD, 'FAIL_MALLOC_AT': str(at)}
    if on:
        env['FAIL_MALLOC_ON'] = '1'
    return env


@unittest.skipIf('LD_PRELOAD' in os.environ, 'a sanitizer allocates by itself')
@unittest.skipUnless(os.path.exists(PRELOAD), 'needs the library that lets allocations fail')
class EveryAllocation(unittest.TestCase):
    def places(self, arguments):
        """Which of the allocations of a run are to fail."""
        with Folder() as folder:
            report = folder.file('n')
            run(*arguments, env={'LD_PRELOAD': PRELOAD, 'FAIL_MALLOC_REPORT': report})
            with open(report, encoding='ascii') as file:
                n = int(file.read())
        self.assertGreater(n, 0)
        step = 1 if ALL else max(1, (n - FIRST) // OTHERS)
        return [*range(1, min(n, FIRST) + 1), *range(FIRST + 1, n + 1, step)]

    def check(self, arguments, output=None, every=1):
        """`output`: a file that must be there whole, or not at all. One in `every` of the places is
        tried, when not all are."""
        wanted = run(*arguments)
        content = beside = None
        if output is not None:
            beside = set(os.listdir(os.path.dirname(output)))
            with open(output, 'rb') as file:
                content = file.read()
        for at in self.places(arguments)[::1 if ALL else every]:
            for on in (False, True):
                if output is not None and os.path.exists(output):
                    os.unlink(output)
                done = run(*arguments, env=preloaded(at, on))
                with self.subTest(arguments=arguments[:4], at=at, on=on):
                    self.check_one(done, wanted)
                    if output is not None:
                        self.check_file(output, content, beside, done)

    def check_one(self, done, wanted):
        self.assertIn(done.status, (DONE, INPUT, OUTPUT), done.err)
        if done.status == DONE:         # what failed was not needed
            self.assertEqual((done.out, done.err), (wanted.out, wanted.err))
        else:
            self.assertRegex(done.err, r'(?m)^tcpstory: .*(memory|cannot)')

    def check_file(self, output, content, beside, done):
        """`beside`: what is in its folder when all goes well."""
        self.assertLessEqual(set(os.listdir(os.path.dirname(output))), beside)
        if done.status == DONE and content is not None and not output.endswith('.sqlite'):
            with open(output, 'rb') as file:
                self.assertEqual(file.read(), content)

    def test_verbs(self):
        for verb in VERBS:
            self.check([*verb, data('refuted.records')])

    def test_formats(self):
        """A verb or a format that is new is tried without being named here, or missed by name."""
        help_text = run('--help').out.split('\n\n')[2]
        self.assertEqual(set(re.findall(r'(?m)^  (\w+)  ', help_text)), {*FORMATS, *NO_FORMAT})
        for verb, needed in FORMATS.items():
            found = re.findall(r'(?m)^  (\w+) .*\(-o FILE(\.\w+)\)$', run(verb, '--help').out)
            self.assertGreaterEqual(len(found), 2, verb)
            for name, extension in found:
                with Folder() as folder:
                    output = folder.file('out' + extension)
                    self.check([verb, *needed, '--format', name, '-o', output,
                                data('refuted.records')], output, every=20)

    def test_without_input(self):
        for arguments in NO_INPUT:
            self.check(arguments)

    def test_other_inputs(self):
        for name in ('fields', 'json', 'ek'):
            path = os.path.join(command.SOURCE_DIR, 'tests', 'fuzz', 'seeds',
                                *{'fields': ('fields', 'ipv6'), 'json': ('json', 'json'),
                                  'ek': ('json', 'ek')}[name])
            self.check(['list', path])

    def test_output_files(self):
        for name in ('out.txt', 'out.json', 'out.sqlite'):
            with Folder() as folder:
                self.check(['list', '-o', folder.file(name), data('article.records')],
                           folder.file(name))

    def test_diff(self):
        self.check(['diff', data('refuted.records'), data('article.records')])

    @unittest.skipUnless(command.has_tshark(), 'needs tshark and the plugin')
    def test_extract(self):
        with Folder() as folder:
            self.check(['extract', '-w', folder.file('out.pcapng'), capture('refused.pcap')],
                       folder.file('out.pcapng'), every=12)

    @unittest.skipUnless(command.has_tshark(), 'needs tshark and the plugin')
    def test_tasks(self):
        """Of a RUN: each task leaves its output, whole, or nothing."""
        with Folder() as folder:
            run_folder = folder.file('run')
            tasks = (('plan', ['-o', run_folder, '--shards', '1', capture('refused.pcap')],
                      'plan.json'),
                     ('map', [run_folder, '0'], 'map/000000.tsi'),
                     ('merge', [run_folder], 'totals.json'),
                     ('reduce', [run_folder, '0'], 'reduce/000.tsr'))
            for verb, rest, output in tasks:
                run(verb, *rest)
                self.assertTrue(os.path.exists(os.path.join(run_folder, output)), output)
                self.check([verb, *rest], os.path.join(run_folder, output), every=2)
                os.path.exists(os.path.join(run_folder, output)) or run(verb, *rest)

    def check_capture(self, *arguments):
        wanted = run(*arguments)
        for at in self.places(arguments)[::1 if ALL else 4]:
            for on in (False, True):
                done = run(*arguments, env=preloaded(at, on))
                with self.subTest(arguments=arguments, at=at, on=on):
                    self.assertIn(done.status, (DONE, INPUT, 4, OUTPUT), done.err)
                    if done.status == DONE:
                        self.assertEqual(done.out, wanted.out)
                    else:
                        self.assertRegex(done.err, TOLD)

    @unittest.skipUnless(command.has_tshark(), 'needs tshark and the plugin')
    def test_capture(self):
        self.check_capture('list', capture('refused.pcap'))

    @unittest.skipUnless(command.has_tshark(), 'needs tshark and the plugin')
    def test_threads(self):
        """Whichever thread it is that gets no memory."""
        self.check_capture('report', '--jobs', '2', capture('pile-close-wait.pcap'))


@unittest.skipIf('LD_PRELOAD' in os.environ, 'a sanitizer needs terabytes of addresses')
class Limits(unittest.TestCase):
    def flood(self, n):
        """The record stream of that many SYNs would be long: fields of as many packets."""
        names = ('frame.number frame.time_epoch ip.src ip.dst tcp.srcport tcp.dstport tcp.seq_raw '
                 'tcp.ack_raw tcp.flags tcp.window_size_value tcp.len').split()
        yield '\t'.join(names) + '\n'
        for i in range(n):
            yield '%d\t%d.%06d\t10.%d.%d.%d\t192.0.2.1\t%d\t80\t%d\t0\t0x0002\t64240\t0\n' % (
                i + 1, 1700000000 + i // 1000000, i % 1000000, i >> 16 & 255, i >> 8 & 255, i & 255,
                1024 + i % 60000, i)

    def test_address_space(self):
        """`ulimit -v`: never a signal."""
        with Folder() as folder:
            path = folder.write('flood', ''.join(self.flood(60000)).encode())
            for megabytes in (20, 40, 60, 100):
                done = subprocess.run(
                    ['sh', '-c', 'ulimit -v %d; exec "$@"' % (megabytes * 1024), 'sh',
                     command.TCPSTORY, 'list', '--format', 'tsv', '-o', folder.file('out'), path],
                    check=False, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                    stderr=subprocess.PIPE, text=True, env=command.environment(), timeout=120)
                with self.subTest(megabytes):
                    self.assertIn(done.returncode, (3, 127) if megabytes == 20 else (0, 3))
                    if done.returncode == 3:
                        self.assertIn('memory', done.stderr)
                    self.assertLessEqual(set(os.listdir(folder.path)), {'flood', 'out'})


if __name__ == '__main__':
    unittest.main()
