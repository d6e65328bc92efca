#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Nothing at all was captured for a while: no clock counts it, and it is said once. A host that is
quiet, or one that is gone, is no such time."""
import json
import os
import socket
import sqlite3
import struct
import sys
import unittest

import command
from command import Folder, run
from test_runs import make_run

sys.path.insert(0, os.path.join(command.SOURCE_DIR, 'tests', 'plugin'))
from packets import ACK, FIN, FRO, PSH, SYN, TO, Conversation, ether, udp  # noqa: E402

START, DAY = 1700000000, 86400
CLIENT = '10.0.0.1'


class Talk:
    """A connection of the client with a server; its packets go into a list of (seconds, frame)."""

    def __init__(self, packets, sport, server='10.0.0.2', client=CLIENT):
        self.packets, self.talk = packets, Conversation(sport, 80)
        self.hosts = {TO: (client, server), FRO: (server, client)}
        self.seen = 0

    def put(self, now, direction, segment):
        self.seen += 1
        source, target = (socket.inet_aton(host) for host in self.hosts[direction])
        self.packets.append((now, ether(struct.pack(
            '!BBHHHBBH4s4s', 0x45, 0, 20 + len(segment), 0, 0x4000, 64, 6, 0, source, target) +
            segment)))

    def send(self, now, direction, flags=ACK, data=b''):
        self.put(now, direction, self.talk.segment(direction, flags, data))

    def open(self, now):
        for n, (direction, segment) in enumerate(self.talk.handshake()):
            self.put(now + n * .01, direction, segment)
        return self

    def ask(self, now):
        """A request, which is acknowledged."""
        self.send(now, TO, PSH | ACK, b'q' * 100)
        self.send(now + .01, FRO)

    def answer(self, now, size=1000):
        self.send(now, FRO, PSH | ACK, b'a' * size)

    def close(self, now):
        """The client closes first, and the server at once."""
        self.send(now, TO, FIN | ACK)
        self.send(now + .01, FRO, FIN | ACK)
        self.send(now + .02, TO)


def write(path, packets):
    with open(path, 'wb') as file:
        file.write(struct.pack('=IHHiIII', 0xa1b2c3d4, 2, 4, 0, 0, 262144, 1))
        for now, frame in sorted(packets, key=lambda packet: packet[0]):
            micros = round(now * 1000000)
            file.write(struct.pack('=IIII', START + micros // 1000000, micros % 1000000,
                                   len(frame), len(frame)) + frame)
    return path


def half_closed(packets, now=0.):
    """The server closes, the client does not."""
    talk = Talk(packets, 40000).open(now)
    talk.send(now + .1, FRO, FIN | ACK)
    talk.send(now + .11, TO)
    return talk


def interrupted(packets, now=0.):
    """Two servers are in the middle of answers."""
    talks = [Talk(packets, 41000 + n, '10.0.1.%d' % n).open(now + n * .1) for n in range(2)]
    for talk in talks:
        talk.ask(now + .5)
        talk.answer(now + .6)
    return talks


@unittest.skipUnless(command.has_tshark(), 'needs tshark and the plugin')
class Blanks(unittest.TestCase):
    def setUp(self):
        self.folder = Folder()
        self.folder.__enter__()
        self.addCleanup(self.folder.__exit__)
        self.packets = []

    def path(self, name='a.pcap'):
        return write(self.folder.file(name), self.packets)

    def blanks(self, path):
        capture, = json.loads(run('report', '--format', 'json', path).out)['captures']
        return [(round(blank['to'] - blank['from']), blank['sign']) for blank in capture['blanks']]

    def rules(self, path):
        return {hit['id']: hit['explanation'] for hit in
                json.loads(run('anomalies', '--format', 'json', path).out)}

    def column(self, path, *columns):
        out = run('list', '--format', 'tsv', '-q', '--columns', ','.join(columns), path).out
        return [row.split('\t') for row in out.splitlines()[1:]]

    # ---- what a blank is ----

    def test_a_day(self):
        half_closed(self.packets)
        Talk(self.packets, 40001).open(DAY + 10).close(DAY + 11)
        self.assertEqual(self.blanks(self.path()), [(DAY + 10, 'day')])

    def test_idle_connection(self):
        """Keep-alives every two hours, and a request a day short of a minute later."""
        talk = Talk(self.packets, 40000).open(0)
        for now in (7200, 14400, 14400 + DAY - 60):
            talk.ask(now)
        self.assertEqual(self.blanks(self.path()), [])

    def test_owed(self):
        for talk in interrupted(self.packets):
            talk.close(100)
        self.assertEqual(self.blanks(self.path()), [(99, 'owed')])

    def test_nothing_owed(self):
        """All was acknowledged: they are idle."""
        for talk in interrupted(self.packets):
            talk.send(.61, TO)
            talk.close(100)
        self.assertEqual(self.blanks(self.path()), [])

    def test_one_host_gone(self):
        """One host owes it all, on two connections, and is not heard any more."""
        for n in range(2):
            talk = Talk(self.packets, 41000 + n).open(n * .1)
            talk.ask(.5)
            talk.answer(.6)
        Talk(self.packets, 42000, '10.0.1.9').open(100)
        self.assertEqual(self.blanks(self.path()), [])

    def test_repeated_in_vain(self):
        """Two hosts repeat with back-off; their peers were not heard for seconds."""
        for talk in interrupted(self.packets):
            for now in (1, 2, 4, 8):
                self.packets.append((now, [f for t, f in self.packets if t == .6][-1]))
            del talk
        Talk(self.packets, 42000, '10.0.1.9').open(100)
        self.assertEqual(self.blanks(self.path()), [])

    def test_one_way(self):
        """Of a capture of one direction nothing is owed."""
        interrupted(self.packets)
        Talk(self.packets, 42000, '10.0.1.9').open(100)
        servers = [(now, frame) for now, frame in self.packets if frame[26:29] == b'\x0a\0\x01']
        self.assertEqual(self.blanks(write(self.folder.file('b.pcap'), servers)), [])

    def test_other_frames(self):
        """Frames without TCP are captured time, too."""
        for talk in interrupted(self.packets):
            talk.close(100)
        frame = udp(5000, 5001, b'x')
        for now in range(10, 100, 10):
            self.packets.append((now, ether(struct.pack(
                '!BBHHHBBH4s4s', 0x45, 0, 20 + len(frame), 0, 0, 64, 17, 0, bytes((10, 0, 9, 1)),
                bytes((10, 0, 9, 2))) + frame)))
        self.assertEqual(self.blanks(self.path()), [])

    def test_abrupt(self):
        """Many connections stop at once, for an hour: only possible."""
        talks = [Talk(self.packets, 41000 + n, '10.0.1.%d' % n).open(n * .1) for n in range(5)]
        for turn in range(20):
            for talk in talks:
                talk.ask(1 + turn * .5)
        for talk in talks:
            talk.ask(3600)
        self.assertEqual(self.blanks(self.path()), [(3589, 'abrupt')])

    # ---- what follows from it ----

    def test_close_wait(self):
        """How long it lasted is not known: no anomaly, and it is not sure that it still lasts."""
        half_closed(self.packets)
        Talk(self.packets, 40001).open(DAY + 10).close(DAY + 11)
        path = self.path()
        found = self.rules(path)
        self.assertNotIn('A41', found)
        self.assertEqual(found['Q14'], 'nothing at all was captured for 1 d while it was open')
        self.assertEqual(self.column(path, 'outcome', 'client_state')[0],
                         ['half_closed', 'CLOSE_WAIT'])
        out = run('report', path).out
        self.assertEqual(out.count('nothing was captured from'), 1)
        self.assertIn('(1 d): no frame\n             for a day or more\n', out)
        self.assertIn('CLOSE_WAIT         1 (1?)', out)
        self.assertNotIn(' d:', out)

    def test_close_wait_captured(self):
        """The capture is long enough on both sides of it: only that is counted."""
        talk = half_closed(self.packets)
        other = Talk(self.packets, 40001).open(1)
        for now in range(10, 160, 10):
            other.ask(now)
            other.ask(now + 2 * DAY)
        talk.send(160 + 2 * DAY, TO, FIN | ACK)
        self.assertIn(' for 5 min:', self.rules(self.path())['A41'])

    def test_timers(self):
        """A host's own clock goes on: TIME_WAIT is over. Silence shows nothing: a FIN that was not
        repeated meanwhile need not have been acknowledged."""
        Talk(self.packets, 40000).open(0).close(1)
        talks = interrupted(self.packets, 1)
        talks[0].send(1.605, TO, FIN | ACK)
        talks[1].answer(1.61)
        other = Talk(self.packets, 42000, '10.0.1.9').open(1.2)
        other.ask(1.605)
        other.answer(1.62)
        Talk(self.packets, 42001, '10.0.1.9').open(300)
        path = self.path()
        self.assertEqual([sign for _, sign in self.blanks(path)], ['owed'])
        rows = json.loads(run('timeline', '--format', 'json', '--live', path).out)
        late = [row for row in rows if row['stream'] == 1 and row['endpoint'] == 'client']
        self.assertEqual(late[-1]['state'], 'FIN_WAIT_1')
        self.assertIn('FIN_WAIT_2', late[-1]['possible'])
        self.assertIn('CLOSED', late[-1]['possible'])
        self.assertEqual(self.column(path, 'client_state')[0], ['CLOSED'])
        inside = [row for row in rows if 2 < row['from'] < 299]
        self.assertEqual(inside, [], 'live, nobody knows before it is over')

    def test_goes_on(self):
        """Who goes on where it was has been there all the time."""
        talks = interrupted(self.packets)
        for talk in talks:
            talk.send(100, TO)
            talk.answer(100.1)
            talk.send(100.11, TO)
        path = self.path()
        self.assertEqual([sign for _, sign in self.blanks(path)], ['owed'])
        rows = json.loads(run('timeline', '--format', 'json', '--stream', '0', path).out)
        end = rows[0]['from'] + 100.5
        client = [row for row in rows if row['endpoint'] == 'client' and row['from'] < end]
        self.assertEqual((client[-1]['state'], client[-1]['basis']), ('ESTABLISHED', 'proven'))
        self.assertEqual(client[-1]['possible'], 'ESTABLISHED')

    def test_netstat(self):
        half_closed(self.packets)
        Talk(self.packets, 40001).open(DAY + 10)
        out = run('netstat', '--at', '+1000', self.path()).out
        self.assertIn('Nothing was captured then, for 1 d; states of before', out)
        self.assertIn('CLOSE_WAIT  ?', out)
        out = run('netstat', '--at', 'end', self.path()).out
        self.assertNotIn('Nothing was captured', out)

    def test_database(self):
        half_closed(self.packets)
        Talk(self.packets, 40001).open(DAY + 10)
        base = self.folder.file('a.sqlite')
        self.assertEqual(run('report', '-o', base, self.path()).status, 0)
        with sqlite3.connect(base) as database:
            (blank,), = database.execute('SELECT blank FROM captures')
        self.assertAlmostEqual(blank, DAY + 9.89, places=2)

    def test_records(self):
        """Records tell it, and say the same when they are read."""
        half_closed(self.packets)
        Talk(self.packets, 40001).open(DAY + 10)
        path = self.path()
        records = run('records', path).out
        self.assertEqual([line.split('\t')[3] for line in records.splitlines()
                          if line.startswith('N\t')], ['1'])
        self.assertEqual(run('anomalies', '-', text=records.encode()).out,
                         run('anomalies', path).out)

    # ---- many files, many machines ----

    def test_files(self):
        """Files of different days are one capture, and the day between is no wait."""
        half_closed(self.packets)
        first = self.path()
        self.packets = []
        Talk(self.packets, 40001).open(DAY + 10).close(DAY + 11)
        second = self.path('b.pcap')
        done = run('anomalies', '--join', 'sequence', '--format', 'json', first, second)
        self.assertEqual({hit['id'] for hit in json.loads(done.out)} & {'A41', 'Q14'}, {'Q14'})

    def test_run(self):
        """Shards and pieces say the same as one reader: whatever is cut where."""
        for talk in interrupted(self.packets):
            talk.close(100)
        half_closed(self.packets, 101)
        Talk(self.packets, 40001).open(2 * DAY).close(2 * DAY + 1)
        for talk in interrupted(self.packets, 2 * DAY + 10):
            talk.close(2 * DAY + 200)
        self.packets.sort(key=lambda packet: packet[0])
        whole = self.packets
        single = self.path()
        self.assertEqual([sign for _, sign in self.blanks(single)], ['owed', 'day', 'owed'])
        for n, cuts in enumerate(((14,), (6, 9, 11, 16), (19, 30))):
            names, begin = [], 0
            for k, end in enumerate((*cuts, len(whole))):
                self.packets = whole[begin:end]
                names.append(self.path('r%d_%d.pcap' % (n, k)))
                begin = end
            place = self.folder.file('run%d' % n)
            self.assertEqual(make_run(names, 3, place), 0)
            for verb in (('list', '--format', 'json'), ('timeline', '--format', 'tsv'),
                         ('anomalies', '--format', 'json'), ('netstat', '--at', '+1000')):
                with self.subTest(cuts=cuts, verb=verb):
                    self.assertEqual(run(*verb, '--join', 'sequence', place).out,
                                     run(*verb, '--join', 'sequence', *names).out)
            capture, = json.loads(run('report', '--format', 'json', place).out)['captures']
            self.assertEqual([blank['sign'] for blank in capture['blanks']],
                             ['owed', 'day', 'owed'])


if __name__ == '__main__':
    unittest.main()
