#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Two captures, made at both ends of a way: diff's summary and --join=taps."""
import csv
import io
import json
import os
import random
import struct
import sys
import unittest

import command
from command import Folder, run

sys.path.insert(0, os.path.join(command.SOURCE_DIR, 'tests', 'plugin'))
from packets import (ACK, FIN, FRO, PSH, SYN, TO, Conversation, ether, ip4,
                     write_pcapng)  # noqa: E402

US, MS, S = 10 ** 3, 10 ** 6, 10 ** 9
START = 1700000000 * S
WAY = 5 * MS


class World:
    """Two taps, each beside its end; what one end sends reaches the other's tap after a while."""

    def __init__(self, late=lambda ns: 0, change=lambda frame: frame):
        self.late, self.change = late, change
        self.client, self.server = [], []
        self.chance = random.Random(7)
        self.now = START
        self.n = 0

    def send(self, direction, segment, lost=False):
        """Captured where it is sent, and then, unless it is lost, where it arrives."""
        self.n += 1
        frame = ether(ip4(segment, direction, identification=self.n, ttl=64))
        arrived = ether(ip4(self.change(segment), direction, identification=self.n, ttl=60))
        left, there = (self.client, self.server) if direction == TO else (self.server, self.client)
        left.append([self.now, 0, frame])
        self.now += WAY + self.chance.choice((0, 0, 300 * US, 2 * MS))
        if not lost:
            there.append([self.now, 0, arrived])
        self.now += self.chance.choice((10 * US, MS))

    def talk(self, port, closes=True):
        talk = Conversation(port, 80)
        for direction, segment in talk.handshake():
            self.send(direction, segment)
        for _ in range(5):
            self.send(TO, talk.segment(TO, PSH | ACK, b'request'))
            self.send(FRO, talk.segment(FRO, PSH | ACK, b'an answer'))
        if closes:
            self.send(TO, talk.segment(TO, FIN | ACK))
            self.send(FRO, talk.segment(FRO, FIN | ACK))
            self.send(TO, talk.segment(TO, ACK))
        self.now += 20 * MS
        return talk

    def write(self, folder):
        for packet in self.server:
            packet[0] += self.late(packet[0])
        paths = folder.file('client.pcapng'), folder.file('server.pcapng')
        for path, packets in zip(paths, (self.client, self.server)):
            write_pcapng(path, sorted(packets, key=lambda packet: packet[0]))
        return paths


def rows(*args):
    done = run(*args, '--format', 'csv', '-q')
    assert done.status == 0, done
    return list(csv.DictReader(io.StringIO(done.out)))


def lower_mss(segment):
    """A middlebox that clamps the MSS of SYNs."""
    if len(segment) > 20 and segment[13] & SYN:
        return segment[:22] + struct.pack('!H', 1380) + segment[24:]
    return segment


@unittest.skipUnless(command.has_tshark(), 'needs tshark and the plugin')
class BothEnds(unittest.TestCase):
    def make(self, late=lambda ns: 0, connections=30):
        world = World(late)
        for n in range(connections):
            world.talk(20000 + n)
        return world

    def test_clocks_are_aligned_in_any_order(self):
        for late, said in ((lambda ns: 0, None), (lambda ns: 50 * US, '50 us'),
                           (lambda ns: S, '1 s'),
                           (lambda ns: -S + (ns - START) // 20000, '50.0 ppm')):
            with Folder() as folder, self.subTest(said):
                paths = self.make(late).write(folder)
                for order in paths, paths[::-1]:
                    done = run('diff', *order)
                    self.assertEqual(done.status, 0)
                    self.assertIn('client.pcapng (at the client)', done.out)
                    self.assertIn('30 connections: 30 the same at both ends', done.out)
                    self.assertEqual('clocks' in done.err, said is not None, done.err)
                    for row in rows('diff', *order):
                        for way in 'way_to_server', 'way_to_client':
                            self.assertAlmostEqual(float(row[way]), WAY / S, delta=2.1e-3)
                            self.assertGreater(float(row[way]), WAY / S - 10e-6)

    def test_summary(self):
        world = World()
        for n in range(3):
            world.talk(20000 + n)
        lossy = world.talk(30000, closes=False)
        segment = lossy.segment(TO, PSH | ACK, b'lost')
        world.send(TO, segment, lost=True)
        world.now += 300 * MS
        world.send(TO, segment)
        with Folder() as folder:
            out = run('diff', *world.write(folder)).out
            self.assertIn('lost to the server: 1 segment of 1 connection', out)
            self.assertNotIn('lost to the client', out)
            self.assertIn('4 connections: 3 the same', out)
            self.assertEqual([line.split()[1] for line in out.splitlines() if ':80 ' in line],
                             ['10.0.0.1:30000'])

    def test_middlebox(self):
        world = World(change=lower_mss)
        talk = Conversation(20000, 80)
        options = struct.pack('!BBH', 2, 4, 1460)
        for direction, segment in talk.handshake():
            if segment[13] & SYN:
                segment = segment[:12] + b'\x60' + segment[13:] + options
            world.send(direction, segment)
        with Folder() as folder:
            paths = world.write(folder)
            self.assertIn('changed between, of the client: MSS, in 1 connection',
                          run('diff', *paths).out)
            row, = rows('diff', *paths)
            self.assertEqual((row['client_changed'], row['server_changed']), ('MSS', 'MSS'))

    def test_sent_again_in_vain(self):
        world = World()
        talk = world.talk(20000, closes=False)
        segment = talk.segment(TO, PSH | ACK, b'again')
        world.send(TO, segment)
        world.send(TO, segment)
        with Folder() as folder:
            self.assertIn('sent again in vain by the client: 1 segment of 1 connection',
                          run('diff', *world.write(folder)).out)

    def test_each_end_by_its_own_side(self):
        """The client's FIN and all its repeats are lost, and so is the server's last data."""
        world = World()
        world.talk(20000)
        talk = world.talk(30000, closes=False)
        last = talk.segment(FRO, PSH | ACK, b'never arrives')
        talk.next[FRO] -= len(b'never arrives')
        world.send(TO, talk.segment(TO, FIN | ACK), lost=True)
        world.send(FRO, last, lost=True)
        with Folder() as folder:
            paths = world.write(folder)
            joined = rows('list', '--join=taps', *paths)
            self.assertEqual([(row['client'], row['client_state'], row['server_state'],
                               row['server_bytes']) for row in joined],
                             [('10.0.0.1:20000', 'TIME_WAIT', 'CLOSED', '45'),
                              ('10.0.0.1:30000', 'FIN_WAIT_1', 'ESTABLISHED', '58')])
            self.assertEqual(rows('list', '--join=taps', '--port', '30000', *paths[::-1]),
                             joined[1:])
            report, = json.loads(run('report', '-q', '--join=taps', '--format', 'json',
                                     *paths).out)['captures']
            self.assertEqual(report['frames'], len(world.client) + len(world.server))
            done = run('list', '--join=taps', paths[0])
            self.assertEqual(done.status, 2)
            self.assertIn('two captures', done.err)

    def test_what_answers_no_more_may_be_gone(self):
        """The client's data and its repeats are lost. What the server sends is known at its own
        side alone: where that is nothing, it may be gone; where it repeats its data, it is not."""
        for repeats, said in ((0, [('ESTABLISHED', 'CLOSED,ESTABLISHED')]), (5, [])):
            world = World()
            talk = world.talk(30000, closes=False)
            answer = talk.segment(FRO, PSH | ACK, b'answer')
            segment = talk.segment(TO, PSH | ACK, b'lost')
            for n in range(5):
                world.send(TO, segment, lost=True)
                if n < repeats:
                    world.send(FRO, answer, lost=True)
                world.now += 300 * MS << n
            with Folder() as folder, self.subTest(repeats):
                found = rows('timeline', '--join=taps', *world.write(folder))
                self.assertEqual([(row['state'], row['possible']) for row in found
                                  if (row['endpoint'], row['cause']) == ('server', 'SILENCE')],
                                 said)


if __name__ == '__main__':
    unittest.main()
