#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The long tests of a RUN: scale.py [GROUP...]; tests/run scale builds and runs them.

identity   all captures, and three large ones, in pieces and shards: the same bytes, all verbs
failures   nodes lost, memory and disk that run out, a file cut by a byte: the same bytes
memory     peaks of map and reduce
clocks     taps whose clocks differ: tests/cli/test_run_clocks.py
drivers    Slurm, GNU parallel and verbs by hand make the same RUN, and nothing outside of it
"""
import glob
import hashlib
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, '..', 'cli'), os.path.join(HERE, '..', 'lib'), HERE]

import command  # noqa: E402
from cluster import Cluster, why_not  # noqa: E402
from test_run_clocks import RunClocks  # noqa: E402
from test_runs import MORE, VERBS, bytes_of, cut, make_run  # noqa: E402

DRIVERS = os.path.join(command.SOURCE_DIR, 'postproc', 'scale')
SEGMENTS = int(os.environ.get('SCALE_SEGMENTS', '400000'))


class Base(unittest.TestCase):
    maxDiff = 2000

    @classmethod
    def setUpClass(cls):
        cls.place = tempfile.mkdtemp(prefix='tcpstory-scale-')
        os.chmod(cls.place, 0o755)
        cls.generate = cls.place + '/generate'
        subprocess.run(['cc', '-O2', '-o', cls.generate,
                        command.SOURCE_DIR + '/tests/bench/generate.c'], check=True)

    @classmethod
    def tearDownClass(cls):
        shutil.rmtree(cls.place)

    def file(self, name):
        return os.path.join(self.place, self.id().rsplit('.', 1)[1], name)

    def setUp(self):
        os.makedirs(self.file(''))

    def write(self, name, content):
        with open(self.file(name), 'wb') as file:
            file.write(content)
        return self.file(name)

    def make(self, kind, segments, length=12):
        with open(self.file(kind + '.pcap'), 'wb') as file:
            subprocess.run([self.generate, '-k', kind, '-n', str(segments), '-c', '300', '-l',
                            str(length)], stdout=file, check=True)
        return self.file(kind + '.pcap')

    def same(self, files, place, verbs=VERBS[:2]):
        for verb in verbs:
            join = ('--join', 'sequence') if len(files) > 1 else ()
            one = command.run(*verb, *join, *files)
            with self.subTest(verb=verb, files=len(files)):
                self.assertEqual(digest(command.run(*verb, *join, place).out), digest(one.out))


def digest(text):
    return hashlib.sha256(text.encode('utf-8', 'surrogateescape')).hexdigest()


def contents(place):
    """The files of a RUN but for logs, and what is in them."""
    return {os.path.relpath(name, place): bytes_of(name)
            for name in glob.glob(place + '/**', recursive=True)
            if os.path.isfile(name) and not os.path.relpath(name, place).startswith('log/')}


class Identity(Base):
    def test_captures(self):
        for name in sorted(glob.glob(command.CAPTURES + '/*.pcap')):
            shards = random.Random(name).choice((1, 4, 7))
            place = self.file(os.path.basename(name))
            self.assertEqual(make_run([name], shards, place), 0)
            self.same([name], place, VERBS + (MORE[0], MORE[5]))

    def test_large(self):
        for kind in ('http', 'flood', 'scan'):
            whole = self.make(kind, SEGMENTS)
            for pieces in (1, 3, 17):
                files = cut(self, whole, pieces, '%s-%d' % (kind, pieces))
                for shards in (1, 4, 7):
                    place = self.file('run')
                    shutil.rmtree(place, ignore_errors=True)
                    shuffled = random.Random(shards).sample(files, len(files))
                    self.assertEqual(make_run(shuffled, shards, place), 0)
                    self.same(shuffled, place,
                              VERBS if (pieces, shards) == (3, 4) else VERBS[1:2])


class Failures(Base):
    def test_lost_nodes(self):
        """A node is lost during map, another one during reduce."""
        if why_not():
            self.skipTest(why_not())
        files = cut(self, self.make('http', 5 * SEGMENTS, 40), 16)
        place = self.file('run')
        self.assertEqual(make_run(files, 8, self.file('hand')), 0)
        with Cluster(self.file('cluster')) as cluster:
            env = cluster.environment(TCPSTORY=command.TCPSTORY)
            with subprocess.Popen([DRIVERS + '/tcpstory-slurm', '--wait', place, '--shards', '8',
                                   *files], env=env, stdout=subprocess.DEVNULL) as driver:
                for stage, node in (('map', 'taps2'), ('reduce', 'taps3')):
                    while not glob.glob('%s/%s/*.tmp' % (place, stage)):
                        self.assertIsNone(driver.poll())
                        time.sleep(0.05)
                    cluster.lose_node(node)
                self.assertEqual(driver.wait(timeout=600), 0)
        self.assertEqual(contents(place), contents(self.file('hand')))
        self.same(files, place)

    def test_memory_limit(self):
        """Slurm ends a task that takes too much: it is named; with more memory it goes on."""
        if why_not():
            self.skipTest(why_not())
        files = [self.make('flood', 2 * SEGMENTS)]
        place = self.file('run')
        driver = [DRIVERS + '/tcpstory-slurm', '--wait', '--reduce']
        self.assertEqual(make_run(files, 1, self.file('hand')), 0)
        with Cluster(self.file('cluster')) as cluster:
            env = cluster.environment(TCPSTORY=command.TCPSTORY)
            done = subprocess.run([*driver, '--mem 50M', place, '--shards', '1', *files], env=env,
                                  capture_output=True, text=True, timeout=300, check=False)
            self.assertEqual(done.returncode, 1, done)
            self.assertIn('reduce ended for exceeding its memory: tasks 0; with more it goes on: '
                          "tcpstory-slurm --reduce '--mem 8G' %s" % place, done.stderr)
            self.assertFalse(os.path.exists(place + '/reduce/000.tsr'))
            done = subprocess.run([*driver, '--mem 3G', place], env=env, capture_output=True,
                                  text=True, timeout=300, check=False)
            self.assertEqual((done.returncode, done.stderr), (0, ''))
        self.assertEqual(contents(place), contents(self.file('hand')))

    def test_killed(self):
        """A task that is killed leaves no output, and what it leaves does no harm."""
        files = cut(self, self.make('http', SEGMENTS), 2)
        place = self.file('run')
        self.assertEqual(make_run(files, 2, self.file('hand')), 0)
        command.run('plan', '-q', '-o', place, '--shards', '2', *files)
        for stage, n in (('map', 2), ('reduce', 2)):
            for i in range(n):
                with subprocess.Popen([command.TCPSTORY, stage, place, str(i)]) as task:
                    while task.poll() is None and not glob.glob('%s/%s/*.tmp' % (place, stage)):
                        time.sleep(0.005)
                    task.kill()
                self.assertEqual(command.run(stage, place, str(i)).status, 0)
            if stage == 'map':
                self.assertEqual(command.run('merge', place).status, 0)
        hand = contents(self.file('hand'))
        self.assertEqual({name: content for name, content in contents(place).items()
                          if not name.endswith('.tmp')}, hand)

    def test_no_room(self):
        """A disk of 1 MB: 5, and nothing is left; with more room it goes on."""
        place = self.file('run')
        files = [self.make('http', SEGMENTS)]
        self.assertEqual(make_run(files, 2, self.file('hand')), 0)
        os.makedirs(place)
        if subprocess.run(['mount', '-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', place],
                          check=False).returncode != 0:
            self.skipTest('a small disk needs root')
        try:
            command.run('plan', '-q', '-o', place, '--shards', '2', *files)
            done = command.run('map', place, '0')
            self.assertEqual(done.status, 5)
            self.assertIn('No space left', done.err)
            self.assertEqual(os.listdir(place + '/map'), [])
            subprocess.run(['mount', '-o', 'remount,size=200m', place], check=True)
            self.assertEqual(make_run(files, 2, place), 0)
            self.assertEqual(contents(place), contents(self.file('hand')))
        finally:
            subprocess.run(['umount', place], check=True)


def peak(*words):
    """The greatest resident set of a command, in bytes."""
    done = subprocess.run(['/usr/bin/time', '-f', '%M', command.TCPSTORY, *words],
                          env=command.environment(), capture_output=True, text=True, check=True)
    return int(done.stderr.split()[-1]) * 1024


class Memory(Base):
    def test_map(self):
        """It does not depend on how long the file is."""
        peaks = []
        for segments in (SEGMENTS, 4 * SEGMENTS):
            name = self.make('http', segments)
            place = self.file('run%d' % segments)
            command.run('plan', '-q', '-o', place, '--shards', '8', name)
            peaks.append(peak('map', place, '0'))
        print('map: %s bytes' % peaks)
        self.assertLess(peaks[1], peaks[0] * 1.2 + 1e6)

    def test_reduce(self):
        """It stays below --mem, however many connections there are."""
        for mem, limit in (('64M', 64e6), ('200M', 200e6)):
            place = self.file('run' + mem)
            name = self.make('flood', 3 * SEGMENTS)
            command.run('plan', '-q', '-o', place, '--mem', mem, '--shards', '2', name)
            command.run('map', place, '0')
            command.run('merge', place)
            peaks = [peak('reduce', place, str(i)) for i in range(2)]
            print('reduce --mem %s: %s bytes' % (mem, peaks))
            self.assertLess(max(peaks), limit)


class Drivers(Base):
    def test_same(self):
        if why_not() or shutil.which('parallel') is None:
            self.skipTest(why_not() or 'GNU parallel is missing: apt-get install parallel')
        files = cut(self, self.make('http', SEGMENTS // 4), 5)
        env = dict(os.environ, TCPSTORY=command.TCPSTORY, HOME=self.file(''))
        self.assertEqual(make_run(files, 3, self.file('hand')), 0)
        before = sorted(os.listdir(self.file('')))
        subprocess.run([DRIVERS + '/tcpstory-parallel', self.file('parallel'), '--shards', '3',
                        *files], env=env, check=True, cwd=self.file(''))
        with Cluster(self.place + '/cluster') as cluster:
            subprocess.run([DRIVERS + '/tcpstory-slurm', '--wait', self.file('slurm'), '--shards',
                            '3', *files], env=dict(cluster.environment(), **env, **{
                                'SLURM_CONF': cluster.conf}), check=True, cwd=self.file(''),
                           stdout=subprocess.DEVNULL)
        self.assertEqual(contents(self.file('parallel')), contents(self.file('hand')))
        self.assertEqual(contents(self.file('slurm')), contents(self.file('hand')))
        self.assertEqual(sorted(set(os.listdir(self.file(''))) - {'.parallel'}),
                         sorted(before + ['parallel', 'slurm']))


if __name__ == '__main__':
    GROUPS = {'identity': Identity, 'failures': Failures, 'memory': Memory, 'clocks': RunClocks,
              'drivers': Drivers}
    names = [GROUPS[name].__name__ if name in GROUPS else name for name in sys.argv[1:]]
    unittest.main(argv=[sys.argv[0], '-v', *names])
