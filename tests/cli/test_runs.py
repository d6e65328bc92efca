#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A RUN: captures in pieces and connections in shards tell the same as the captures, byte by byte.
"""
import glob
import json
import os
import random
import shutil
import struct
import subprocess
import unittest

import command
from command import Folder, capture

VERBS = (('report',), ('list', '--format', 'json'), ('anomalies', '--format', 'json'),
         ('timeline', '--format', 'tsv'), ('netstat', '--at', '+1'), ('listeners',),
         ('list', '--format', 'zeek'), ('incidents',), ('sockstat', '--format', 'json'))
MORE = (('show', '0', '--every'), ('report', '--live'), ('list', '--stream', '1-2'),
        ('netstat', '--at', 'frame:7'), ('list', '--host', '10.9.0.2', '--columns', 'stream,bytes'),
        ('report', '--format', 'json'), ('timeline', '--live'), ('list', '--format', 'csv'))


def packets(path):
    """The head of a pcap, and its records."""
    with open(path, 'rb') as file:
        content = file.read()
    order = '<' if content[0] in (0xd4, 0x4d) else '>'
    at, records = 24, []
    while at < len(content):
        size = 16 + struct.unpack_from(order + 'I', content, at + 8)[0]
        records.append(content[at:at + size])
        at += size
    return content[:24], records


def cut(folder, path, pieces, name='ring'):
    """Writes a pcap as so many pieces, and returns their names."""
    head, records = packets(path)
    each = -(-len(records) // pieces)
    return [folder.write('%s_%02d.pcap' % (name, i),
                         head + b''.join(records[i * each:(i + 1) * each]))
            for i in range(pieces) if records[i * each:(i + 1) * each]]


def bytes_of(path):
    with open(path, 'rb') as file:
        return file.read()


def make_run(files, shards, place, *options, reduces=True):
    """Plans, maps, merges and reduces. Returns the greatest exit status."""
    run = command.run
    worst = run('plan', '-q', '-o', place, '--shards', str(shards), *options, *files).status
    with open(os.path.join(place, 'plan.json'), encoding='utf-8') as file:
        n = len(json.load(file)['files'])
    numbers = list(range(n))
    random.shuffle(numbers)
    for number in numbers:
        worst = max(worst, run('map', place, str(number)).status)
    worst = max(worst, run('merge', place).status)
    for shard in range(shards if reduces else 0):
        worst = max(worst, run('reduce', place, str(shard)).status)
    return worst


@unittest.skipUnless(command.has_tshark(), 'needs tshark')
class Identity(unittest.TestCase):
    maxDiff = None

    def check(self, files, place, verbs):
        for verb in verbs:
            join = ('--join', 'sequence') if len(files) > 1 else ()
            one, many = command.run(*verb, *join, *files), command.run(*verb, *join, place)
            with self.subTest(verb=verb, files=len(files)):
                self.assertEqual(many.out, one.out)
                self.assertEqual(many.status, one.status)

    def test_shards(self):
        """One capture with ICMP errors, and a leak, in 1, 4 and 7 shards."""
        for shards, name, verbs in ((1, 'icmp-unreachable', VERBS), (4, 'several', VERBS + MORE),
                                    (7, 'pile-close-wait', VERBS), (7, 'port-reuse', VERBS)):
            with Folder() as folder:
                place = folder.file('run')
                self.assertEqual(make_run([capture(name + '.pcap')], shards, place), 0)
                self.check([capture(name + '.pcap')], place, verbs)

    def test_without_reduce(self):
        """A verb infers by itself while no shard was reduced."""
        with Folder() as folder:
            place = folder.file('run')
            self.assertEqual(make_run([capture('several.pcap')], 4, place, reduces=False), 0)
            self.check([capture('several.pcap')], place, VERBS[:3])
            self.assertEqual(command.run('reduce', place, '2').status, 0)
            done = command.run('list', place)
            self.assertEqual(done.status, 3)
            self.assertIn('tcpstory reduce %s 0' % place, done.err)

    def test_pieces(self):
        """Files in pieces that were named in any order."""
        for pieces, name in ((3, 'several'), (17, 'pile-close-wait')):
            with Folder() as folder:
                files, place = cut(folder, capture(name + '.pcap'), pieces), folder.file('run')
                shuffled = random.Random(pieces).sample(files, len(files))
                self.assertEqual(make_run(shuffled, 4, place), 0)
                self.check(shuffled, place, VERBS + MORE[:1] if pieces == 3 else VERBS[:3])

    def test_one_packet_at_0(self):
        """A capture of one packet, at the beginning of 1970, is one."""
        head, records = packets(capture('several.pcap'))
        with Folder() as folder:
            file = folder.write('one.pcap', head + bytes(8) + records[0][8:])
            place = folder.file('run')
            self.assertEqual(make_run([file], 2, place), 0)
            self.check([file], place, VERBS[:2])


@unittest.skipUnless(command.has_tshark(), 'needs tshark')
class Stages(unittest.TestCase):
    def test_same_bytes(self):
        """A task that runs again leaves what is there; made anew it is the same."""
        with Folder() as folder:
            files, place = cut(folder, capture('several.pcap'), 3), folder.file('run')
            self.assertEqual(make_run(files, 4, place), 0)
            before = {name: (bytes_of(name), os.stat(name).st_mtime_ns)
                      for name in glob.glob(place + '/*/*')}
            self.assertEqual(make_run(list(reversed(files)), 4, place), 0)
            for name, (content, when) in before.items():
                self.assertEqual(os.stat(name).st_mtime_ns, when, name)
                os.unlink(name)
            self.assertEqual(make_run(files, 4, place), 0)
            for name, (content, when) in before.items():
                self.assertEqual(bytes_of(name), content, name)
            self.assertEqual(sorted(os.listdir(folder.path)),
                             sorted([os.path.basename(f) for f in files] + ['run']))

    def test_damaged(self):
        """A .tsi that is cut by a byte is found out by merge, and mapped again."""
        with Folder() as folder:
            files, place = cut(folder, capture('several.pcap'), 3), folder.file('run')
            self.assertEqual(make_run(files, 4, place), 0)
            name = place + '/map/000001.tsi'
            content = bytes_of(name)
            for spoiled in (content[:-1], content[:100] + b'\x55' + content[101:], b''):
                with open(name, 'wb') as file:
                    file.write(spoiled)
                if len(spoiled) != len(content):
                    done = command.run('merge', place)
                    self.assertEqual(done.status, 3)
                    self.assertIn('is damaged', done.err)
                    self.assertIn('tcpstory map %s 1' % place, done.err)
                self.assertEqual(command.run('map', place, '1').status, 0)
                self.assertEqual(bytes_of(name), content)

    def test_odd_files(self):
        """An empty file, one that ends inside a frame, one without TCP, one twice, one missing."""
        with Folder() as folder:
            files, place = cut(folder, capture('several.pcap'), 3), folder.file('run')
            cut_one = folder.write('cut.pcap', bytes_of(files[2])[:-5])
            head, _ = packets(files[0])
            files = [files[0], files[1], cut_one, folder.write('none.pcap', head), files[0],
                     folder.write('same.pcap', bytes_of(files[0]))]
            done = command.run('plan', '-o', place, *files, folder.write('empty.pcap', b''),
                               folder.write('text.txt', b'no capture'))
            self.assertIn('named twice, read once', done.err)
            self.assertIn('text.txt: is no capture', done.err)
            self.assertEqual(done.status, 3)
            statuses = [command.run('map', place, str(i)).status for i in range(6)]
            self.assertEqual(sorted(statuses), [0, 0, 0, 0, 3, 3])
            done = command.run('merge', place)
            self.assertEqual(done.status, 3)
            for said in ('empty.pcap: is empty', 'cut.pcap: ', 'text.txt: is no capture',
                         'left out, all of it is in'):
                self.assertIn(said, done.err)
            done = command.run('list', place)
            self.assertEqual(done.status, 3)
            self.assertIn('partial: ', done.err)
            os.unlink(place + '/map/000003.tsi')
            self.assertIn('tcpstory map %s 3' % place, command.run('merge', place).err)

    def test_changed(self):
        """A capture that is still written, numbers that are none, what is no RUN."""
        with Folder() as folder:
            files, place = cut(folder, capture('several.pcap'), 2), folder.file('run')
            self.assertEqual(make_run(files, 1, place), 0)
            os.unlink(place + '/map/000000.tsi')
            with open(files[0], 'ab') as file:
                file.write(b'x')
            done = command.run('map', place, '0')
            self.assertEqual(done.status, 3)
            self.assertIn('has changed since the plan', done.err)
            for words in (('map', place, '2'), ('map', place), ('merge',), ('plan', files[0]),
                          ('plan', '-o', place, '--shards', '0', files[0]),
                          ('plan', '-o', place, '--mem', '5x', files[0]),
                          ('list', '--filter', 'tcp', place)):
                self.assertEqual(command.run(*words).status, 2, words)
            self.assertEqual(command.run('map', folder.path, '0').status, 3)
            self.assertIn('choose by --host, --port and the like, or plan what tcpstory extract '
                          '--filter makes', command.run('list', '--filter', 'tcp', place).err)

    def test_no_room(self):
        """Output that cannot be written."""
        with Folder() as folder:
            done = command.run('plan', '-q', '-o', '/dev/null/run', capture('several.pcap'))
            self.assertEqual(done.status, 5)
            place = folder.file('run')
            command.run('plan', '-q', '-o', place, capture('several.pcap'))
            folder.write('run/map', b'')
            self.assertEqual(command.run('map', place, '0').status, 5)


@unittest.skipUnless(command.has_tshark() and shutil.which('parallel'), 'needs GNU parallel')
class Parallel(unittest.TestCase):
    DRIVER = os.path.join(command.SOURCE_DIR, 'postproc', 'scale', 'tcpstory-parallel')

    def drive(self, *words):
        return subprocess.run([self.DRIVER, '--parallel', '-j 2', *words], capture_output=True,
                              env=command.environment({'TCPSTORY': command.TCPSTORY}),
                              text=True, timeout=100, check=False)

    def test_same_bytes(self):
        """The driver makes what the verbs make by hand; it goes on where it was killed."""
        with Folder() as folder:
            files, place = cut(folder, capture('several.pcap'), 3), folder.file('run')
            self.assertEqual(make_run(files, 4, folder.file('hand')), 0)
            done = self.drive(place, '--shards', '4', *files)
            self.assertEqual((done.returncode, done.stderr), (0, ''))
            os.unlink(place + '/reduce/002.tsr')
            folder.write('run/map/000001.tsi', b'')
            folder.write('run/map/000001.tsi.abcdef.tmp', b'what a killed task left')
            self.assertEqual(self.drive(place).returncode, 0)
            made = sorted(os.path.relpath(name, place) for name in glob.glob(place + '/*/*'))
            for name in made:
                if not name.startswith('log/'):
                    self.assertEqual(bytes_of(os.path.join(place, name)),
                                     bytes_of(os.path.join(folder.file('hand'), name)), name)
            self.assertNotIn('map/000001.tsi.abcdef.tmp', made)

    def test_trouble(self):
        """A damaged capture is told and is no reason to stop; one that is not there is."""
        with Folder() as folder:
            files, place = cut(folder, capture('several.pcap'), 2), folder.file('run')
            folder.write('cut.pcap', bytes_of(files[1])[:-5])
            done = self.drive(place, files[0], folder.file('cut.pcap'))
            self.assertEqual(done.returncode, 3)
            self.assertIn('cut.pcap', done.stderr)
            self.assertEqual(self.drive(folder.file('none')).returncode, 2)
            self.assertEqual(self.drive().returncode, 2)


if __name__ == '__main__':
    unittest.main()
