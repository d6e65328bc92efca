#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Segments by which an observer is misled: the list of Ptacek and Newsham (Insertion, Evasion, and
Denial of Service, 1998), each on a connection of its own of one capture.

A connection opens, its client sends 100 bytes, then somebody adds segments in an end's name, as the
row says, with what the ends answer (RFC 9293 3.10.7.4, RFC 5961, RFC 7323); then, where they still
can, both go on: 100 bytes more, and the close.
"""
import csv
import os
import struct
import sys
import unittest

import command

sys.path.insert(0, os.path.join(command.SOURCE_DIR, 'tests', 'plugin'))
from packets import (A4, ACK, B4, FIN, FRO, PSH, RST, SYN, TO, ether, icmp_error,
                     write_pcap)  # noqa: E402

STEP_S = 0.01
HERE, ELSEWHERE = 64, 61     # time to live: of the ends, of who forges
MSS = b'\x02\x04\x05\xb4'
ROUTE = b'\x83\x07\x08\x0a\x00\x00\x09\x00'     # loose source route, come to its end
A_ISN, B_ISN = 1000, 500000


def checksum(data):
    data += bytes(len(data) % 2)
    total = sum(struct.unpack('!%dH' % (len(data) // 2), data))
    while total > 0xffff:
        total = (total & 0xffff) + (total >> 16)
    return ~total & 0xffff


class Talk:
    """A connection of client A and server B: its frames, with right checksums unless told."""

    def __init__(self, port):
        self.port = port
        self.next = {TO: A_ISN, FRO: B_ISN}     # what each end sends next
        self.frames = []
        self.stamp = 1000
        self.until = None       # how many frames before both go on

    def tcp(self, direction, flags, **kw):
        """kw: seq, ack (absolute), data, stamp, options, offset, damaged (the checksum)."""
        back = FRO if direction == TO else TO
        source, target = (A4, B4) if direction == TO else (B4, A4)
        ports = (self.port, 80) if direction == TO else (80, self.port)
        self.stamp += 10
        options = kw.get('options', b'') + b'\x01\x01\x08\x0a' + struct.pack(
            '!II', kw.get('stamp', self.stamp), self.stamp - 10 if flags & ACK else 0)
        data = kw.get('data', b'')
        made = struct.pack(
            '!HHIIBBHHH', *ports, kw.get('seq', self.next[direction]),
            kw.get('ack', self.next[back] if flags & ACK else 0),
            kw.get('offset', 5 + len(options) // 4) << 4, flags, 8192, 0, 0) + options + data
        pseudo = source + target + struct.pack('!HH', 6, len(made))
        right = checksum(pseudo + made) ^ (0x5555 if kw.get('damaged') else 0)
        return made[:16] + struct.pack('!H', right) + made[18:]

    def ip(self, direction, payload, ttl=HERE, options=b'', fragment=0, damaged=False, **_):
        source, target = (A4, B4) if direction == TO else (B4, A4)
        head = struct.pack('!BBHHHBBH4s4s', 0x45 + len(options) // 4, 0,
                           20 + len(options) + len(payload), self.stamp, fragment, ttl, 6, 0,
                           source, target) + options
        right = checksum(head) ^ (0x5555 if damaged else 0)
        return head[:10] + struct.pack('!H', right) + head[12:] + payload

    def send(self, direction, flags, data=b'', **kw):
        """A segment of the end itself."""
        self.frames.append(ether(self.ip(direction, self.tcp(direction, flags, data=data, **kw))))
        self.next[direction] = (kw.get('seq', self.next[direction]) + len(data) +
                                bool(flags & SYN) + bool(flags & FIN))

    def forge(self, direction, flags, ip=None, **kw):
        """A segment of somebody else: the end's next number does not move."""
        self.frames.append(ether(self.ip(direction, self.tcp(direction, flags, **kw),
                                         **{'ttl': ELSEWHERE, **(ip or {})})))

    def open(self):
        self.send(TO, SYN, options=MSS)
        self.send(FRO, SYN | ACK, options=MSS)
        self.send(TO, ACK)
        self.send(TO, PSH | ACK, b'a' * 100)
        self.send(FRO, ACK)

    def goes_on(self):
        self.until = len(self.frames)
        self.send(TO, PSH | ACK, b'b' * 100)
        self.send(FRO, ACK)
        for direction in (TO, FRO):
            self.send(direction, FIN | ACK)
        self.send(TO, ACK)


def inject(flags, answer=False, **kw):
    """A segment in the client's name, then the server's challenge ACK if it sends one."""
    def attack(talk):
        shift = kw.pop('ahead', 0)
        talk.forge(TO, flags, seq=talk.next[TO] + shift, **kw)
        if answer:
            talk.send(FRO, ACK)
        talk.goes_on()
    return attack


def reset_taken(talk):
    talk.forge(TO, RST)
    talk.until = len(talk.frames)
    talk.send(TO, PSH | ACK, b'b' * 100)
    talk.send(FRO, RST, seq=talk.next[FRO])


def fin_taken(talk):
    """The server closes then, too; its client has not, and answers with data."""
    talk.forge(TO, FIN | ACK)
    talk.send(FRO, ACK, ack=talk.next[TO] + 1)


def fin_not_taken(talk):
    """The client goes on in its place, and the capture ends."""
    talk.forge(TO, FIN | ACK, ip={'ttl': 1})
    talk.until = len(talk.frames)
    talk.send(TO, PSH | ACK, b'b' * 100)
    talk.send(FRO, ACK)


def overlap(talk):
    """Other data in the place of the client's that follow, which the server never gets."""
    talk.forge(TO, PSH | ACK, data=b'x' * 60)
    talk.goes_on()


def overlap_old(talk):
    """Half of it was acknowledged before."""
    talk.send(TO, PSH | ACK, b'a' * 50 + b'b' * 50, seq=talk.next[TO] - 50)
    talk.send(FRO, ACK)
    talk.goes_on()


def fragments(talk):
    made = talk.tcp(TO, PSH | ACK, data=b'f' * 100)
    for start in range(0, len(made), 64):
        more = 0x2000 if start + 64 < len(made) else 0
        talk.frames.append(ether(talk.ip(TO, made[start:start + 64], fragment=more | start // 8)))
    talk.next[TO] += 100
    talk.send(FRO, ACK)
    talk.goes_on()


def routed(talk):
    made = talk.tcp(TO, PSH | ACK, data=b'r' * 100)
    talk.frames.append(ether(talk.ip(TO, made, options=ROUTE)))
    talk.next[TO] += 100
    talk.send(FRO, ACK)
    talk.goes_on()


def with_mss(talk):
    talk.send(TO, PSH | ACK, b'm' * 100, options=MSS)
    talk.send(FRO, ACK)
    talk.goes_on()


def unreachable(talk):
    quoted = talk.ip(TO, talk.tcp(TO, ACK))[:28]
    error = icmp_error(3, 1, quoted)
    head = struct.pack('!BBHHHBBH4s4s', 0x45, 0, 20 + len(error), 1, 0, ELSEWHERE, 1, 0, B4, A4)
    talk.frames.append(ether(head + error))
    talk.goes_on()


def syn_inside(talk):
    talk.forge(TO, SYN, seq=talk.next[TO] + 5000)
    talk.send(FRO, ACK)
    talk.goes_on()


def data_in_syn(talk):
    """Before the connection: no cookie, so the server acknowledges the SYN only."""
    talk.send(TO, SYN, b's' * 100, options=MSS)
    talk.next[TO] -= 100
    talk.send(FRO, SYN | ACK, options=MSS)
    talk.send(TO, ACK)
    talk.send(TO, PSH | ACK, b's' * 100)
    talk.send(FRO, ACK)
    talk.goes_on()


def while_opening(*forged):
    """Between SYN and SYN-ACK, in the server's name."""
    def attack(talk):
        talk.send(TO, SYN, options=MSS)
        for flags, kw in forged:
            talk.forge(FRO, flags, **kw)
        talk.send(FRO, SYN | ACK, options=MSS)
        talk.send(TO, ACK)
        talk.send(TO, PSH | ACK, b'a' * 100)
        talk.send(FRO, ACK)
        talk.goes_on()
    return attack


OPEN = ('ESTABLISHED', 'ESTABLISHED')
CLEAN = ('clean', '200', OPEN)
MORE = ('clean', '300', OPEN)
DAMAGED = {'damaged': True}

# name: attack, (ending, the client's bytes, both states before the ends go on)
ROWS = {
    'RST, number outside the window': (inject(RST, ahead=1000000), CLEAN),
    'RST, in the window': (inject(RST, answer=True, ahead=500), CLEAN),
    'RST, exact, lost behind the tap': (inject(RST, ip={'ttl': 1}), CLEAN),
    'RST, exact, taken': (reset_taken, ('reset_by_client', '200', ('ESTABLISHED', 'CLOSED'))),
    'RST, wrong TCP checksum': (inject(RST, damaged=True), CLEAN),
    'RST, wrong IP checksum': (inject(RST, ip=DAMAGED), CLEAN),
    'FIN, lost behind the tap': (inject(FIN | ACK, ip={'ttl': 1}), CLEAN),
    'FIN, lost behind the tap, not closed later': (fin_not_taken, ('open', '200', OPEN)),
    'FIN, taken': (fin_taken, ('half_closed', '100', ('FIN_WAIT_2', 'CLOSE_WAIT'))),
    'FIN, wrong TCP checksum': (inject(FIN | ACK, damaged=True), CLEAN),
    'FIN, wrong IP checksum': (inject(FIN | ACK, ip=DAMAGED), CLEAN),
    'FIN, number outside the window': (inject(FIN | ACK, answer=True, ahead=1000000), CLEAN),
    'FIN, beyond a hole': (inject(FIN | ACK, answer=True, ahead=40), CLEAN),
    'FIN without ACK': (inject(FIN), CLEAN),
    'FIN, old time stamp': (inject(FIN | ACK, answer=True, stamp=500), CLEAN),
    'data, wrong TCP checksum': (inject(PSH | ACK, data=b'x' * 30, damaged=True), CLEAN),
    'data, wrong IP checksum': (inject(PSH | ACK, data=b'x' * 30, ip=DAMAGED), CLEAN),
    'data, number outside the window': (
        inject(PSH | ACK, answer=True, data=b'x' * 30, ahead=1000000), CLEAN),
    'data without ACK': (inject(PSH, data=b'x' * 30), CLEAN),
    'data, old time stamp': (
        inject(PSH | ACK, answer=True, data=b'x' * 30, stamp=500), CLEAN),
    'data, acknowledging what was never sent': (
        inject(PSH | ACK, answer=True, data=b'x' * 30, ack=B_ISN + 9000), CLEAN),
    'data, lost behind the tap': (inject(PSH | ACK, data=b'x' * 30, ip={'ttl': 1}), CLEAN),
    'data, other data in its place': (overlap, CLEAN),
    'data, half of it sent before': (overlap_old, ('clean', '250', OPEN)),
    'data, short offset': (inject(PSH | ACK, data=b'x' * 30, offset=4), CLEAN),
    'data, long offset': (inject(PSH | ACK, offset=15), CLEAN),
    'data in fragments': (fragments, MORE),
    'data with a source route': (routed, MORE),
    'data with an MSS option': (with_mss, MORE),
    'SYN inside': (syn_inside, CLEAN),
    'data in a SYN': (data_in_syn, CLEAN),
    'RST without ACK while opening': (while_opening((RST, {'seq': 0})), CLEAN),
    'RST that acknowledges nothing': (while_opening((RST | ACK, {'ack': A_ISN})), CLEAN),
    'SYN-ACK of something else': (
        while_opening((SYN | ACK, {'ack': A_ISN + 999, 'seq': 77})), CLEAN),
    'ICMP unreachable': (unreachable, CLEAN),
}
WITHOUT_OPENING = {data_in_syn}


def starts_itself(attack):
    return attack in WITHOUT_OPENING or attack.__qualname__.startswith('while_opening')


@unittest.skipUnless(command.has_tshark(), 'needs tshark and the plugin')
class Evasion(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        """Connections one after the other, a frame each 10 ms: cls.until[name] is the time of the
        last frame before the ends go on."""
        frames, cls.until = [], {}
        for number, (name, (attack, _)) in enumerate(ROWS.items()):
            talk = Talk(20000 + number)
            if not starts_itself(attack):
                talk.open()
            attack(talk)
            until = len(frames) + (talk.until or len(talk.frames))
            cls.until[name] = 1700000000 + until * STEP_S - STEP_S / 2
            frames += talk.frames
        with command.Folder() as folder:
            path = folder.file('evasion.pcap')
            write_pcap(path, frames, step_us=int(STEP_S * 1e6))
            cls.list = list(csv.DictReader(command.run(
                'list', '--format', 'csv', path).out.splitlines()))
            cls.timeline = list(csv.DictReader(command.run(
                'timeline', '--format', 'csv', path).out.splitlines()))

    def state(self, client, endpoint, at):
        return [row['state'] for row in self.timeline
                if row['client'] == client and row['endpoint'] == endpoint and
                float(row['from']) <= at][-1]

    def test_rows(self):
        for number, (name, (_, (ending, sent, states))) in enumerate(ROWS.items()):
            client = '10.0.0.1:%d' % (20000 + number)
            with self.subTest(name):
                row = [row for row in self.list if row['client'] == client][-1]
                self.assertEqual((row['ending'], row['client_bytes']), (ending, sent))
                self.assertEqual(tuple(self.state(client, endpoint, self.until[name])
                                       for endpoint in ('client', 'server')), states)


if __name__ == '__main__':
    unittest.main()
