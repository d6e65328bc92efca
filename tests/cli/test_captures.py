#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""tcpstory reads captures by running tshark: what it gives tshark, and what it makes of its end."""
import collections
import functools
import glob
import gzip
import os
import shutil
import signal
import subprocess
import time
import unittest

import command
from command import Folder, capture, run, temporary_folders
from tshark import make_capture, tshark

ARTICLE = capture('article-client-closes.pcap')
NOBODY = 65534


def read(path):
    with open(path, 'rb') as file:
        return file.read()


def rows(text):
    lines = text.splitlines()
    names = lines[0].split('\t')
    return [dict(zip(names, line.split('\t'))) for line in lines[1:]]


@functools.lru_cache(maxsize=None)
def records(path):
    """What `tshark -q -z tcpstate,records` prints of a capture."""
    return tshark(['-q', '-z', 'tcpstate,records'], path, check=True, text=False).stdout


def captures():
    paths = sorted(glob.glob(capture('*.pcap*')))
    assert paths
    return paths


@unittest.skipUnless(command.has_tshark(), 'needs tshark and the plugin')
class Captures(unittest.TestCase):
    maxDiff = None

    def test_article(self):
        """The founding article's session: 7 bytes there, 18 back, the client closes."""
        row, = rows(run('list', '--format', 'tsv', ARTICLE).out)
        self.assertEqual(row['server'].rpartition(':')[2], '9502')
        self.assertEqual((row['opening'], row['ending'], row['first']),
                         ('connected', 'clean', 'client'))
        self.assertEqual((row['client_state'], row['server_state']), ('TIME_WAIT', 'CLOSED'))
        self.assertEqual((row['client_segments'], row['server_segments']), ('6', '5'))
        report = run(ARTICLE).out
        self.assertIn('1  clean: FIN and ACK in both directions; the client closed first', report)

    def test_every_capture(self):
        """Every verb tells of every capture of the project, and says nothing on standard error."""
        for path in captures():
            for verb in ('report', 'list', 'timeline'):
                with self.subTest(verb=verb, path=path):
                    done = run(verb, '-', text=records(path))
                    self.assertEqual((done.status, done.err), (0, ''))
                    self.assertTrue(done.out)
                    self.assertLessEqual(max(map(len, done.out.splitlines())), 100)

    def test_timeline_has_neither_overlap_nor_hole(self):
        for path in captures():
            for view in ([], ['--live']):
                with self.subTest(path=path, view=view):
                    self.check_timeline(
                        run('timeline', '--format', 'tsv', *view, '-', text=records(path)).out,
                        run('list', '--format', 'tsv', '-', text=records(path)).out)

    def check_timeline(self, timeline, connections):
        starts = {row['stream']: row['start'] for row in rows(connections)}
        ends = collections.defaultdict(list)
        for row in rows(timeline):
            ends[row['stream'], row['endpoint']].append(row)
            self.assertIn(row['state'], row['possible'].split(','))
        self.assertEqual(len(ends), 2 * len(starts))
        for (stream, _), intervals in ends.items():
            self.assertEqual(intervals[0]['from'], starts[stream])
            self.assertEqual(intervals[-1]['to'], '-')
            for one, next_one in zip(intervals, intervals[1:]):
                self.assertEqual(one['to'], next_one['from'])
                self.assertLess(float(one['from']), float(one['to']))
                self.assertNotEqual([one[c] for c in ('state', 'basis', 'possible')],
                                    [next_one[c] for c in ('state', 'basis', 'possible')])

    def test_ways_to_give_a_capture(self):
        """By name, as standard input, through a pipe, and as the record stream, saved or not."""
        want = run('timeline', '--format', 'tsv', ARTICLE).out
        stream = records(ARTICLE)
        with Folder() as folder, open(ARTICLE, 'rb') as opened:
            ways = {
                'standard input': run('timeline', '--format', 'tsv', '-', stdin=opened),
                'pipe': run('timeline', '--format', 'tsv', '-', text=read(ARTICLE)),
                'records': run('timeline', '--format', 'tsv', '-', text=stream),
                'saved records': run('timeline', '--format', 'tsv',
                                     folder.write('saved', stream)),
                'gzip': run('timeline', '--format', 'tsv',
                            folder.write('x.gz', gzip.compress(read(ARTICLE)))),
            }
        for way, done in ways.items():
            with self.subTest(way):
                self.assertEqual((done.status, done.err, done.out), (0, '', want))

    def test_formats(self):
        if shutil.which('editcap') is None:
            self.skipTest('needs editcap')
        want = run('list', ARTICLE).out
        for kind in ('pcap', 'nsecpcap', 'pcapng', 'snoop', 'netmon2', 'ngsniffer'):
            with self.subTest(kind), Folder() as folder:
                make_capture('editcap', '-F', kind, ARTICLE, folder.file('x'))
                self.assertEqual(run('list', folder.file('x')).out, want)

    def test_several(self):
        done = run('list', '--format', 'tsv', ARTICLE, capture('refused.pcap'))
        self.assertEqual([row['file'] for row in rows(done.out)],
                         [ARTICLE, capture('refused.pcap')])
        report = run('report', ARTICLE, capture('refused.pcap')).out
        self.assertEqual(report.splitlines()[0], ARTICLE)
        self.assertIn('\n\n%s\n' % capture('refused.pcap'), report)


@unittest.skipUnless(command.has_tshark(), 'needs tshark and the plugin')
class Damaged(unittest.TestCase):
    def check_partial(self, content, message):
        with Folder() as folder:
            done = run('report', folder.write('x.pcap', content))
        self.assertEqual(done.status, 3)
        self.assertIn('x.pcap: partial: ', done.err)
        self.assertIn(message, done.err)
        self.assertIn('PARTIAL: ', done.out)
        self.assertIn('1 TCP connection\n', done.out)

    def test_cut(self):
        self.check_partial(read(ARTICLE)[:500], 'cut short in the middle of a packet')

    def test_cut_gzip(self):
        whole = gzip.compress(read(ARTICLE))
        self.check_partial(whole[:len(whole) * 2 // 3], 'cut short')

    def test_junk_at_the_end(self):
        self.check_partial(read(ARTICLE) + b'junk' * 10, 'damaged or corrupt')

    def test_not_a_capture(self):
        contents = {
            'text': b'This is not a capture.\n' * 20,
            'few bytes': b'abcdef',
            'magic number only': b'\xd4\xc3\xb2\xa1',
            'program': read('/proc/self/exe')[:20000],
            'JSON': b'{"a": 1}\n',
        }
        for name, content in contents.items():
            with self.subTest(name), Folder() as folder:
                done = run('report', folder.write('x', content))
                self.assertEqual((done.status, done.out), (3, ''))
                self.assertIn(folder.file('x'), done.err)
                self.assertEqual(len(done.err.splitlines()), 1)

    def test_no_packets(self):
        with Folder() as folder:
            done = run('report', folder.write('x', read(ARTICLE)[:24]))
            self.assertEqual((done.status, done.err), (0, ''))
            self.assertIn('The capture is empty.', done.out)


@unittest.skipUnless(command.has_tshark(), 'needs tshark and the plugin')
class Tshark(unittest.TestCase):
    def check_fails(self, env, *messages):
        done = run('list', ARTICLE, env=env)
        self.assertEqual((done.status, done.out), (4, ''))
        for message in messages:
            self.assertIn(message, done.err)
        self.assertLess(len(done.err.splitlines()), 8)
        self.assertEqual(temporary_folders(done.pid), [])

    def test_missing(self):
        self.check_fails({'PATH': '/nonexistent'}, 'tshark was not found in PATH', 'apt-get')
        self.check_fails({'TSHARK': '/nonexistent/tshark'}, '/nonexistent/tshark')

    def test_broken(self):
        self.check_fails({'TSHARK': '/bin/false'}, 'tshark failed, exit status 1')
        self.check_fails({'TSHARK': '/bin/true'}, 'does not have the plugin')

    def test_named(self):
        done = run('list', ARTICLE, env={'TSHARK': shutil.which('tshark'),
                                         'PATH': '/nonexistent'})
        self.assertEqual(done.status, 0)

    def test_without_plugin(self):
        with Folder() as folder:
            self.check_fails({'WIRESHARK_PLUGIN_DIR': folder.path},
                             'does not have the plugin tcpstate', 'no plugin is there',
                             './bootstrap')

    def test_plugin_of_another_wireshark(self):
        with Folder() as folder:
            os.makedirs(folder.file('9.9/epan'))
            folder.write('9.9/epan/tcpstate.so', b'')
            self.check_fails({'WIRESHARK_PLUGIN_DIR': folder.path}, 'plugin for Wireshark 9.9')

    def test_broken_plugin(self):
        with Folder() as folder:
            for version in os.listdir(os.path.join(command.BUILD_DIR, 'plugin', 'wireshark')):
                os.makedirs(folder.file(version + '/epan'))
                folder.write(version + '/epan/tcpstate.so', b'not a library')
            os.chmod(folder.path, 0o755)
            self.check_fails({'WIRESHARK_PLUGIN_DIR': folder.path,
                              'TSHARK': shutil.which('tshark')}, "load plugin 'tcpstate.so'")

    def test_personal_configuration_is_not_read(self):
        """Not even a broken one, nor one that switches TCP off."""
        with Folder() as folder:
            os.makedirs(folder.file('.config/wireshark'))
            folder.write('.config/wireshark/disabled_protos', b'tcp\nip\n')
            folder.write('.config/wireshark/preferences', b'garbage\n')
            folder.write('.config/wireshark/init.lua', b'error("personal")\n')
            done = run('list', ARTICLE, env={
                'HOME': folder.path, 'XDG_CONFIG_HOME': folder.file('.config'),
                'WIRESHARK_CONFIG_DIR': folder.file('.config/wireshark')})
        self.assertEqual((done.status, done.err), (0, ''))
        self.assertEqual(len(done.out.splitlines()), 2)

    def test_from_anywhere(self):
        """Through a symbolic link, from another directory."""
        with Folder() as folder:
            os.symlink(command.TCPSTORY, folder.file('ts'))
            done = run('list', ARTICLE, command=folder.file('ts'), cwd='/')
        self.assertEqual((done.status, done.err), (0, ''))

    def test_tree_that_others_may_not_enter(self):
        """As root those who read are another user, whom neither the tree nor the capture lets in.
        """
        with Folder() as folder:
            shutil.copytree(os.path.join(command.BUILD_DIR, 'plugin', 'wireshark'),
                            folder.file('build/plugin/wireshark'))
            os.makedirs(folder.file('build/postproc'))
            for program in (command.TCPSTORY, command.TCPSTORY + '-frames'):
                shutil.copy(program, folder.file('build/postproc'))
            path = folder.write('x.pcap', read(ARTICLE))
            os.chmod(path, 0o600)
            os.chmod(folder.path, 0o700)
            for tshark_named in ({}, {'TSHARK': shutil.which('tshark')}):
                done = run('list', path, command=folder.file('build/postproc/tcpstory'),
                           env=tshark_named)
                self.assertEqual((done.status, done.err), (0, ''))


@unittest.skipUnless(command.has_tshark(), 'needs tshark and the plugin')
class Process(unittest.TestCase):
    """While tshark waits for more of a capture that comes through a pipe."""
    env = {'TSHARK': 'tshark'}

    def setUp(self):
        self.process = subprocess.Popen([command.TCPSTORY, 'list', '-'], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                        env=command.environment(self.env))
        self.process.stdin.write(read(ARTICLE)[:400])
        self.process.stdin.flush()
        self.child = self.wait_for_tshark()

    def tearDown(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.communicate()

    def wait_for_tshark(self):
        """The process id of the tshark that our process started."""
        children = '/proc/%d/task/%d/children' % (self.process.pid, self.process.pid)
        for _ in range(200):
            with open(children, encoding='ascii') as file:
                for pid in file.read().split():
                    with open('/proc/%s/cmdline' % pid, 'rb') as line:
                        if self.is_reader(line.read().split(b'\0')):
                            return int(pid)
            time.sleep(0.05)
        self.fail('no tshark was started')

    @staticmethod
    def is_reader(arguments):
        return any(word.startswith(b'tcpstate,records') for word in arguments)

    def status(self, name):
        with open('/proc/%d/status' % self.child, encoding='ascii') as file:
            for line in file:
                if line.startswith(name + ':'):
                    return line.split()[1:]
        return None

    def test_tshark_is_never_root(self):
        if os.geteuid() == 0:
            self.assertEqual(set(self.status('Uid') + self.status('Gid')), {str(NOBODY)})
            self.assertEqual(self.status('Groups'), [])
            self.assertEqual(int(self.status('CapEff')[0], 16), 0)
        self.assertEqual(self.status('NoNewPrivs'), ['1'])

    def test_tshark_gets_nothing_personal(self):
        if os.geteuid() == 0:
            self.skipTest('root may not look, either, when tshark is not dumpable')
        with open('/proc/%d/environ' % self.child, 'rb') as file:
            names = {entry.split(b'=')[0] for entry in file.read().split(b'\0') if entry}
        self.assertLessEqual(names, {b'PATH', b'TZ', b'LC_ALL', b'HOME', b'WIRESHARK_PLUGIN_DIR',
                                     b'LD_LIBRARY_PATH', b'LD_PRELOAD', b'ASAN_OPTIONS',
                                     b'UBSAN_OPTIONS'})

    def test_signals_end_both(self):
        self.process.send_signal(signal.SIGTERM)
        _, err = self.process.communicate(timeout=20)
        self.assertEqual((self.process.returncode, err), (-signal.SIGTERM, b''))
        self.assertFalse(self.is_alive(self.child))
        self.assertEqual(temporary_folders(self.process.pid), [])

    def test_interrupt_tells_what_was_read(self):
        self.process.send_signal(signal.SIGINT)
        _, err = self.process.communicate(timeout=20)
        self.assertEqual(self.process.returncode, 3)
        self.assertIn(b'interrupted', err)
        self.assertFalse(self.is_alive(self.child))
        self.assertEqual(temporary_folders(self.process.pid), [])

    def test_tshark_ends_with_us(self):
        self.process.kill()
        self.process.communicate()
        for _ in range(100):
            if not self.is_alive(self.child):
                break
            time.sleep(0.05)
        self.assertFalse(self.is_alive(self.child))
        self.assertEqual(temporary_folders(self.process.pid), [])   # nobody was left to do it

    def test_end_of_input(self):
        out, err = self.process.communicate(read(ARTICLE)[400:], timeout=20)
        self.assertEqual((self.process.returncode, err), (0, b''))
        self.assertEqual(len(out.splitlines()), 2)
        self.assertEqual(temporary_folders(self.process.pid), [])

    @staticmethod
    def is_alive(pid):
        try:
            with open('/proc/%d/stat' % pid, encoding='ascii') as file:
                return file.read().rpartition(')')[2].split()[0] not in 'ZX'
        except FileNotFoundError:
            return False


@unittest.skipUnless(command.has_tshark(), 'needs tshark and the plugin')
class FramesProcess(Process):
    """The same while our own reader of frames does."""
    env = {}

    @staticmethod
    def is_reader(arguments):
        return arguments[0] == b'tcpstory-frames'

    def test_interrupt_tells_frames_that_wait(self):
        """What was read is told, however few frames they are."""
        self.process.send_signal(signal.SIGINT)
        out, err = self.process.communicate(timeout=20)
        self.assertIn(b'interrupted: this is what was read until then', err)
        self.assertEqual(len(out.splitlines()), 2)


@unittest.skipUnless(command.has_tshark(), 'needs tshark and the plugin')
class Pipes(unittest.TestCase):
    """A capture that comes through a pipe is read as the file is, whole or not."""

    def test_damaged(self):
        whole = read(ARTICLE)
        for content in (whole[:500], whole + b'junk' * 10, whole[:20], whole[:30]):
            with self.subTest(len(content)), Folder() as folder:
                path = folder.write('x.pcap', content)
                file, pipe = run('list', path), run('list', '-', text=content)
                self.assertEqual((pipe.status, pipe.out), (file.status, file.out))
                self.assertEqual(pipe.err.replace('standard input', path), file.err)

    def test_deep_frames(self):
        """Frames for which dissectors are needed."""
        for name in ('icmp-unreachable.pcap', 'several.pcap'):
            self.assertEqual(run('list', '-', text=read(capture(name))).out,
                             run('list', capture(name)).out)

    def test_no_tshark_reads_all(self):
        """It is not tshark that reads it."""
        with Folder() as folder:
            fake = folder.write('tshark', b'#!/bin/sh\necho no >&2; exit 1\n')
            os.chmod(fake, 0o755)
            os.chmod(folder.path, 0o755)
            done = run('list', '-', text=read(ARTICLE),
                       env={'PATH': folder.path + ':' + os.environ['PATH']})
        self.assertEqual((done.status, done.err), (0, ''))


if __name__ == '__main__':
    unittest.main()
