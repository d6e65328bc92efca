# SPDX-License-Identifier: GPL-2.0-or-later
"""The wire of a random scenario: delays, loses, doubles, reorders, forges, sends ICMP errors.

Times within the wire are time.monotonic(); what is noted of frames is in nanoseconds since 1970.
"""
import collections
import dataclasses
import heapq
import select
import struct
import threading
import time

from tcplab import hosts, packet
from tcplab.pcap import Capture
from tcplab.wire import OTHER, SIDES, read_frames, write_frame

from .talk import Dice

LATEST_WAKE_S = 0.2
LOST = 0  # a Flight's `arrived` when it never does
STRANGER = {4: '10.9.0.77', 6: 'fd00:9::77'}  # a router that sends ICMP errors
MTU = 1400
ICMP = {
    4: {
        'host': (3, 1, 0),
        'port': (3, 3, 0),
        'ttl': (11, 0, 0),
        'big': (3, 4, MTU),
        'admin': (3, 13, 0),
        'param': (12, 0, 0),
    },
    6: {
        'host': (1, 3, 0),
        'port': (1, 4, 0),
        'ttl': (3, 0, 0),
        'big': (2, 0, MTU),
        'admin': (1, 1, 0),
        'param': (4, 0, 0),
    },
}
QUOTED = {4: 14 + 20 + 8, 6: 14 + 40 + 28}  # octets of a frame that an ICMP error shows
FLAGS = {
    'RST': 'R',
    'RA': 'RA',
    'SYN': 'S',
    'SA': 'SA',
    'FIN': 'FA',
    'ACK': 'A',
    'DATA': 'PA',
    'FINNOACK': 'F',
}
MSS = b'\x02\x04\x05\xb4'
TIMESTAMP, NO_OPERATION = 8, 1


@dataclasses.dataclass
class Flight:
    """A segment that a host has sent: the number-th towards that side."""

    to: str
    number: int
    segment: packet.Segment
    sent: int
    arrived: int | None = None  # the last of its copies; LOST; None while it is on its way


@dataclasses.dataclass
class Fate:
    """What the wire does with one segment."""

    lost: str | None = None  # before or behind the tap in the middle
    extra: float = 0
    twice: bool = False
    overtakes: bool = False


def kind(segment):
    """S, SA, R, F, D (has data) or A."""
    if segment.has('R'):
        return 'R'
    if segment.has('S'):
        return 'SA' if segment.has('A') else 'S'
    if segment.has('F'):
        return 'F'
    return 'D' if segment.payload else 'A'


def timestamp(segment):
    """The value of the timestamp option (RFC 7323), or None."""
    options, at = segment.options, 0
    while at < len(options) and options[at]:
        if options[at] == NO_OPERATION:
            at += 1
            continue
        length = options[at + 1] if at + 1 < len(options) else 0
        if options[at] == TIMESTAMP and length == 10:
            return struct.unpack_from('!I', options, at + 2)[0]
        if length < 2:
            return None
        at += length
    return None


class Wire(threading.Thread):
    """Carries frames between two TAP devices in a thread of its own.

    flights: all segments that hosts sent. middle: what is captured in the middle. cuts: (both
    directions) lost before or behind the tap, from now on. busy is set whenever something moves.
    """

    def __init__(self, draft, taps):
        super().__init__(daemon=True)
        self.draft, self.taps, self.middle = draft, taps, Capture()
        self.dice = Dice(draft.seed * 7919 + 13)
        self.rules = [dict(rule, seen=0, hits=0) for rule in draft.rules]
        self.flights, self.latest, self.cuts = [], {}, []
        self.number, self.last_due, self.in_burst = (
            collections.Counter(),
            dict.fromkeys(SIDES, 0),
            set(),
        )
        self.queue, self.order = [], 0
        self.began = self.moved = time.monotonic()
        self.busy, self.stopping = threading.Event(), False

    def run(self):
        poll = select.poll()
        sides = {fd: side for side, fd in self.taps.items()}
        for fd in sides:
            poll.register(fd, select.POLLIN)
        while not self.stopping:
            wait = self.queue[0][0] - time.monotonic() if self.queue else LATEST_WAKE_S
            for fd, _ in poll.poll(max(0, min(wait, LATEST_WAKE_S)) * 1000):
                for raw in read_frames(fd):
                    self.submit(raw, sides[fd])
            while self.queue and self.queue[0][0] <= time.monotonic() + 0.0001:
                _, _, action, arguments = heapq.heappop(self.queue)
                action(*arguments)

    def stop(self):
        self.stopping = True
        self.join()

    def submit(self, raw, source):
        """A frame leaves that side."""
        segment, to = packet.parse(raw), OTHER[source]
        if segment is None or segment.icmp:
            return
        self._stir()
        self.latest[segment.src, segment.sport, segment.dst, segment.dport] = segment
        flight = Flight(to, self.number[to], segment, time.time_ns())
        self.number[to] += 1
        self.flights.append(flight)
        self.carry(flight, self.fate(segment, to))

    def fate(self, segment, to):
        """What is to happen to a segment: blackouts first, then rules, then chance."""
        elapsed = time.monotonic() - self.began
        fate = Fate()
        for at, until, ways, where in self.draft.blackouts:
            if at <= elapsed < until and to in ways:
                fate.lost = where
        if self.cuts:
            fate.lost = self.cuts[-1]
        for rule in self.rules:
            if not fate.lost and self._matches(rule, segment, to):
                self._apply(rule, segment, to, fate)
        self._chance(to, fate)
        return fate

    def carry(self, flight, fate):
        """Put a segment on its way, or lose it."""
        now, to, raw = time.monotonic(), flight.to, flight.segment.raw
        if fate.lost:
            flight.arrived = LOST
        if fate.lost == 'before':
            return
        for copy in range(1 + fate.twice):
            due = now + self.draft.delay[to] + fate.extra + copy * self.dice.uniform(0.001, 0.04)
            if not fate.overtakes and not copy:
                due = self.last_due[to] = max(due, self.last_due[to])
            self._later(now + (due - now) * self._before(to), self._tap, raw)
            if not fate.lost:
                self._later(due, self._deliver, flight)

    def forge(self, four, false):
        """A segment that nobody sent, of the connection (src, sport, dst, dport), arrives.

        false: victim, what, seq and ack (offsets from what is expected), seen in the middle or not.
        """
        victim = false['victim']
        if four[0] in (hosts.ADDRESSES[4][victim], hosts.ADDRESSES[6][victim]):
            four = four[2:] + four[:2]
        mine, other = self.latest.get(four), self.latest.get(four[2:] + four[:2])
        expected = (other.ack if other else 0) or (mine.seq + mine.length if mine else 0)
        acked = other.seq + other.length if other else 0
        flags = packet.flag_bits(FLAGS[false['what']])
        forged = packet.Segment(
            four[0],
            four[2],
            four[1],
            four[3],
            flags,
            expected + false['seq'],
            acked + false['ack'] if flags & packet.ACK else 0,
            65000,
            b'forged!' if false['what'] == 'DATA' else b'',
            self._options(flags, mine, other),
        )
        self.inject(packet.build(forged, victim), victim, false['seen'])

    def inject(self, raw, to, seen=True):
        """A frame that no host sent arrives now."""
        if seen:
            self._tap(raw)
        write_frame(self.taps[to], raw)
        self._stir()

    def _options(self, flags, mine, other):
        """Options of a forged segment: MSS with SYN, else, mostly, timestamps that fit."""
        if flags & packet.SYN:
            return MSS
        value = timestamp(mine) if mine else None
        if value and self.dice.random() < 0.6:
            echo = timestamp(other) if other else None
            return struct.pack(
                '!BBBBII',
                NO_OPERATION,
                NO_OPERATION,
                TIMESTAMP,
                10,
                value,
                value if echo is None else echo,
            )
        return b''

    def _matches(self, rule, segment, to):
        if rule['to'] != to or rule['kind'] != kind(segment):
            return False
        rule['seen'] += 1
        if rule['seen'] < rule['nth'] or rule['hits'] >= rule['times']:
            return False
        rule['hits'] += 1
        return True

    def _apply(self, rule, segment, to, fate):
        action, now = rule['action'], time.monotonic()
        if action == 'dup':
            fate.twice = True
        elif action == 'delay':
            fate.extra, fate.overtakes = fate.extra + rule['seconds'], True
        elif action == 'forge':
            four = segment.src, segment.sport, segment.dst, segment.dport
            self._later(now + rule['seconds'], self.forge, four, rule)
        else:
            fate.lost = rule['where']
        if action == 'icmp':
            when = now + self.draft.delay[to] * self._before(to)
            self._later(when, self.inject, self._icmp(rule, segment, OTHER[to]), OTHER[to])

    def _icmp(self, rule, segment, to):
        version = 6 if ':' in segment.src else 4
        quote = dataclasses.replace(segment, raw=segment.raw[: QUOTED[version]])
        source = segment.dst if rule['from_host'] else STRANGER[version]
        return packet.icmp_error(quote, to, ICMP[version][rule['error']], source)

    def _chance(self, to, fate):
        """Loss, jitter, reordering and doubling at random."""
        dice, chances = self.dice, self.draft.chances
        if not fate.lost and dice.random() < self._loss(to):
            fate.lost = 'before' if dice.random() < self._before(to) else 'behind'
        jitter = chances.get('jitter', {}).get(to)
        if jitter:
            fate.extra += dice.expovariate(1 / jitter)
        share, extra = chances.get('reorder', {}).get(to, (0, 0))
        if dice.random() < share:
            fate.extra, fate.overtakes = fate.extra + extra * dice.random(), True
        if dice.random() < chances.get('dup', {}).get(to, 0):
            fate.twice = True

    def _loss(self, to):
        """How probably the next segment is lost."""
        chances = self.draft.chances
        enter, leave = chances.get('burst', {}).get(to, (0, 1))
        if self.dice.random() < (leave if to in self.in_burst else enter):
            self.in_burst ^= {to}
        if to in self.in_burst and self.dice.random() < 0.85:
            return 1
        return chances.get('loss', {}).get(to, 0)

    def _before(self, to):
        """The part of the way that lies before the tap in the middle."""
        return self.draft.middle if to == 'server' else 1 - self.draft.middle

    def _later(self, when, action, *arguments):
        self.order += 1
        heapq.heappush(self.queue, (when, self.order, action, arguments))

    def _tap(self, raw):
        self.middle.note(time.time_ns(), raw)

    def _deliver(self, flight):
        flight.arrived = time.time_ns()
        write_frame(self.taps[flight.to], flight.segment.raw)
        self._stir()

    def _stir(self):
        self.moved = time.monotonic()
        self.busy.set()
