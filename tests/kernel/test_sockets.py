#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""tcpstory sockets beside the kernel's own lists, with real sockets in network namespaces: the fake
ESTABLISHED of the founding article, and what else one end does not know of the other.
"""
import json
import os
import socket
import struct
import sys
import time
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, '..', 'cli')]

import command                                          # noqa: E402
from tcplab import netns, pairs                         # noqa: E402

ABORT = struct.pack('ii', 1, 0)
PORT = 9502
LISTS = {
    'ss -tanoep': ['ss', '-tanoep'],
    'ss -tanoe': ['ss', '-tanoe'],
    'ss -tanp': ['ss', '-tanp'],
    'ss -anH': ['ss', '-anH'],
    'ss -tani': ['ss', '-tani'],
    'netstat -nat': ['netstat', '-nat'],
    'netstat -natpoe': ['netstat', '-natpoe'],
    '/proc/net/tcp': ['cat', '/proc/net/tcp', '/proc/net/tcp6'],
}


class Story:
    """What happens between the two hosts: `ports` has the client's port of each case."""

    def __init__(self, pair):
        self.pair, self.ends, self.ports = pair, {}, {}
        self.listener = pair.listen(PORT)
        self.both = pair.listen(PORT + 1, '::', socket.AF_INET6)
        self.alone = pair.listen(PORT + 2, '127.0.0.1')

    def open(self, name, listener=None, address=pairs.ADDRESSES[pairs.SERVER]):
        """A connection on which both ends have said something."""
        ends = self.ends[name] = self.pair.open(listener or self.listener, address)
        self.ports[name] = ends[0].getsockname()[1]
        for sock, other in (ends, ends[::-1]):
            sock.sendall(b'hello')
            other.recv(5)
        return ends

    def abort(self, sock):
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, ABORT)
        sock.close()

    def drop_from(self, side, hook, which, names):
        ports = ','.join(str(self.ports[name]) for name in names)
        self.pair.drop(side, hook, 'tcp %s { %s }' % (which, ports))

    def play(self):
        self.open('before')
        self.pair.capture.start = time.time_ns()
        for name in ('fake', 'vanished', 'leak', 'open', 'forgotten', 'unread'):
            self.open(name)
        self.open('mapped', self.both)
        self.open('ipv6', self.both, pairs.ADDRESSES_6[pairs.SERVER])
        self.ends['open'][1].setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        self.ends['unread'][0].sendall(b'1234')
        self.ends['leak'][0].close()
        time.sleep(0.1)
        self.drop_from(pairs.SERVER, 'input', 'sport', ('fake', 'vanished'))
        self.drop_from(pairs.SERVER, 'output', 'dport', ('forgotten',))
        self.abort(self.ends['fake'][0])
        self.ends['vanished'][0].close()
        self.abort(self.ends['forgotten'][1])
        time.sleep(1.3)
        self.ends['open'][0].sendall(b'still here')  # the capture ends now, not before
        self.ends['open'][1].recv(10)


# The verdict on the server's end of each case, the kernel's state, ours, and words of the meaning.
CASES = {
    'before': ('unseen', 'ESTABLISHED', '-', 'nothing of it in a capture'),
    'fake': ('conflict', 'ESTABLISHED', 'CLOSED', 'peer has reset it '),
    'vanished': ('conflict', 'ESTABLISHED', None, 'FIN was lost'),
    'leak': ('agree', 'CLOSE_WAIT', 'CLOSE_WAIT', 'the peer has closed'),
    'open': ('agree', 'ESTABLISHED', 'ESTABLISHED', '-'),
    'forgotten': ('gone', '-', 'ESTABLISHED', 'has no such socket'),
    'unread': ('agree', 'ESTABLISHED', 'ESTABLISHED', 'has not read 4 bytes'),
    'mapped': ('agree', 'ESTABLISHED', 'ESTABLISHED', '-'),
    'ipv6': ('agree', 'ESTABLISHED', 'ESTABLISHED', '-'),
}


@unittest.skipIf(netns.why_not(), 'NOT TESTED: ' + netns.why_not())
class Sockets(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = command.Folder()
        cls.folder.__enter__()
        cls.pair = pairs.Pair()
        cls.story = Story(cls.pair)
        cls.story.play()
        cls.lists = {name: cls.pair.ask(pairs.SERVER, *argv).encode()
                     for name, argv in LISTS.items()}
        cls.clients = cls.pair.ask(pairs.CLIENT, 'ss', '-tanoep').encode()
        cls.capture = cls.pair.write(cls.folder.file('client.pcap'))

    @classmethod
    def tearDownClass(cls):
        cls.pair.close()
        cls.folder.__exit__()

    def rows(self, text, *arguments):
        """What sockets says of a list, by the peer's port; of LISTEN by its own."""
        done = command.run('sockets', '--ss', '-', '--format', 'json', *arguments, self.capture,
                           text=text)
        self.assertEqual((done.status, done.err), (0, ''))
        return {int(end.rsplit(':', 1)[1]): row for row in json.loads(done.out)
                for end in [row['local' if row['kernel'] == 'LISTEN' else 'foreign']]}

    def check(self, row, expected):
        verdict, kernel, ours, meaning = expected
        self.assertEqual((row['verdict'], row['kernel']), (verdict, none(kernel)), row)
        self.assertIn(row['capture'], (none(ours), row['capture'] if ours is None else none(ours)))
        self.assertIn(meaning, row['meaning'] or '-')

    def test_cases(self):
        """Each dialect in which the kernel's list comes says the same."""
        for name, text in self.lists.items():
            rows = self.rows(text)
            self.assertEqual(len(rows), len(CASES) + 3, name)
            for case, expected in CASES.items():
                with self.subTest(name, case=case):
                    self.check(rows[self.story.ports[case]], expected)

    def test_processes(self):
        me = '%d/python3' % os.getpid()
        for name in ('ss -tanoep', 'ss -tanp', 'netstat -natpoe'):
            with self.subTest(name):
                self.assertTrue(self.rows(self.lists[name])[self.story.ports['open']]['process']
                                .startswith('%d/python' % os.getpid()), me)

    def test_timers(self):
        for name in ('ss -tanoep', 'netstat -natpoe', '/proc/net/tcp'):
            rows = self.rows(self.lists[name])
            with self.subTest(name):
                self.assertEqual(rows[self.story.ports['open']]['timer'], 'keepalive')
                self.assertEqual(rows[self.story.ports['mapped']]['timer'], 'off')

    def test_listening(self):
        for name, text in self.lists.items():
            rows = self.rows(text)
            with self.subTest(name):
                self.assertEqual([rows[PORT + i]['verdict'] for i in range(3)],
                                 ['agree', 'agree', 'unseen'])

    def test_other_host(self):
        """The list of the client: it knows of the connections that it has still."""
        rows = {row['local']: row['verdict'] for row in json.loads(command.run(
            'sockets', '--ss', '-', '--format', 'json', self.capture, text=self.clients).out)}
        self.assertEqual(rows['10.9.0.1:%d' % self.story.ports['open']], 'agree')
        self.assertEqual(rows['10.9.0.1:%d' % self.story.ports['unread']], 'agree')
        self.assertNotIn('10.9.0.1:%d' % self.story.ports['fake'], rows)

    def test_live(self):
        """Without a list, the kernel of the host on which tcpstory runs."""
        with self.pair.namespaces[pairs.SERVER].inside():
            done = command.run('sockets', '-q', '--format', 'json', self.capture)
        rows = {row['foreign']: row for row in json.loads(done.out)}
        row = rows['10.9.0.1:%d' % self.story.ports['fake']]
        self.check(row, CASES['fake'])
        self.assertTrue(row['process'].startswith('%d/' % os.getpid()))

    def test_text(self):
        done = command.run('sockets', '--ss', '-', '--port', str(self.story.ports['fake']),
                           self.capture, text=self.lists['ss -tanoep'])
        lines = done.out.splitlines()
        self.assertEqual(lines[0], '1 socket of standard input beside %s: 1 conflict'
                         % self.capture)
        self.assertIn('ESTABLISHED CLOSED?', lines[2])
        self.assertRegex(lines[3], '    conflict: ESTABLISHED on this host, but the peer has reset '
                                   r'it \d\.\d+ s ago and')


def none(cell):
    """A cell of JSON: nothing is null."""
    return None if cell == '-' else cell


if __name__ == '__main__':
    unittest.main()
