# SPDX-License-Identifier: GPL-2.0-or-later
"""The userspace wire between two TAP devices: it delays, and by rule drops, holds, duplicates or
reorders; it also forges.
"""
import collections
import heapq
import os
import time

from . import packet

DELAY_NS = 12_000_000
SIDES = ('client', 'server')
COUNTED_FLAGS = packet.FIN | packet.SYN | packet.RST | packet.ACK
OTHER = {'client': 'server', 'server': 'client'}


class Rule:
    """What happens to the segments that match, instead of being carried.

    action  drop, hold, copy (carried twice) or late (carried `extra` seconds later)
    to      only segments towards this side            flags  the FIN, SYN, RST and ACK flags
                                                              exactly, as 'SA'
    data    with (True) or without (False) payload     when   any other test of the segment
    skip    let so many matches pass first             times  act so often, then no more
    seen_in_middle  a dropped segment was still seen by the capture in the middle
    """

    def __init__(self, wire, action, to=None, flags=None, data=None, when=None, skip=0, times=None,
                 extra=0, seen_in_middle=False):
        self.wire, self.action, self.to, self.data, self.when = wire, action, to, data, when
        self.flags = None if flags is None else packet.flag_bits(flags)
        self.skip, self.left = skip, times
        self.extra_ns, self.seen_in_middle = int(extra * 1e9), seen_in_middle
        self.held, self.hits = [], 0

    def takes(self, segment, to):
        """True if the rule acts on this segment; counts."""
        if self.left == 0 or not self._matches(segment, to):
            return False
        if self.skip:
            self.skip -= 1
            return False
        if self.left is not None:
            self.left -= 1
        self.hits += 1
        return True

    def _matches(self, segment, to):
        if self.to not in (None, to) or (self.flags is not None
                                         and (segment.icmp
                                              or segment.flags & COUNTED_FLAGS != self.flags)):
            return False
        if self.data is not None and bool(segment.payload) != self.data:
            return False
        return self.when is None or self.when(segment)

    def release(self, gap=0, order=None):
        """End a hold: what was held goes on its way, `gap` seconds apart; `order` may sort it anew.
        """
        self.end()
        held, self.held = self.held, []
        for n, (segment, to) in enumerate(order(held) if order else held):
            self.wire.carry(segment, to, int(n * gap * 1e9))

    def end(self):
        """The rule acts no more; what it holds stays held."""
        self.left = 0


class Wire:
    """Carries frames between the sides. `taps` are descriptors, `peers` functions that get a
    segment where no kernel is.
    """

    def __init__(self, taps, peers, captures, notify, delay_ns=DELAY_NS):
        self.taps, self.peers, self.captures, self.notify = taps, peers, captures, notify
        self.delay_ns = {side: delay_ns for side in SIDES}
        self.rules, self.queue, self.order = [], [], 0
        self.flight = collections.defaultdict(lambda: {'client': 0, 'server': 0})
        self.last_segment_ns = 0
        self.history = []

    def add_rule(self, action, **match):
        """A new rule, see Rule; the first rule that matches decides."""
        rule = Rule(self, action, **match)
        self.rules.append(rule)
        return rule

    def fds(self):
        return list(self.taps.values())

    def next_due(self):
        """When the next segment arrives, or None."""
        return self.queue[0][0] if self.queue else None

    def service(self):
        """Take what the kernels sent and deliver what is due. Returns the number of segments
        handled.
        """
        handled = self._receive()
        while self.queue and self.queue[0][0] <= time.time_ns():
            _, _, segment, to = heapq.heappop(self.queue)
            self._count(segment, to, -1)
            self.deliver(segment, to)
            handled += 1 + self._receive()
        return handled

    def carry(self, segment, to, extra_ns=0):
        """Put a segment that is already counted on its way."""
        delay = self.delay_ns[to]
        due = time.time_ns() + delay + extra_ns
        self._note('middle', due - delay // 2, segment)
        self.order += 1
        heapq.heappush(self.queue, (due, self.order, segment, to))

    def deliver(self, segment, to):
        """The segment arrives at that side now."""
        now = time.time_ns()
        self._note(to, now, segment)
        self._event(segment, to, now)
        if to in self.peers:
            self.peers[to](segment)
        else:
            write_frame(self.taps[to], segment.raw)

    def forge(self, segment, to):
        """A segment that its sender never sent arrives at that side now; the capture in the middle
        sees it too.
        """
        segment.raw = segment.raw or packet.build(segment, to)
        self._note('middle', time.time_ns(), segment)
        self.deliver(segment, to)

    def forge_icmp(self, about, to, kind, code, source):
        """An ICMP error about a segment arrives at its sender."""
        raw = packet.icmp_error(about, to, (kind, code, 0), source)
        self.forge(packet.parse(raw), to)

    def submit(self, segment, source):
        """A segment leaves that side."""
        now, to = time.time_ns(), OTHER[source]
        self.history.append((segment, to))
        self._note(source, now, segment)
        rule = next((r for r in self.rules if r.takes(segment, to)), None)
        if rule is not None and rule.action == 'drop':
            if rule.seen_in_middle:
                self._note('middle', now + self.delay_ns[to] // 2, segment)
            self._event(segment, to, now)
            return
        delays = _delays(rule)
        self._count(segment, to, len(delays) or 1)
        self._event(segment, to, now)
        if not delays:
            rule.held.append((segment, to))
        for delay in delays:
            self.carry(segment, to, delay)

    def latest(self, to, flags=None):
        """The latest segment that went towards that side, with these flags."""
        bits = None if flags is None else packet.flag_bits(flags)
        return next(s for s, t in reversed(self.history)
                    if t == to and not s.icmp and (bits is None or s.flags & COUNTED_FLAGS == bits))

    def _receive(self):
        handled = 0
        for side, fd in self.taps.items():
            for raw in read_frames(fd):
                segment = packet.parse(raw)
                if segment is not None:
                    self.submit(segment, side)
                    handled += 1
        return handled

    def _note(self, vantage, t, segment):
        if vantage in self.captures:
            self.captures[vantage].note(t, segment.raw, segment)

    def _count(self, segment, to, change):
        self.flight[connection(segment, to)][to] += change

    def _event(self, segment, to, now):
        self.last_segment_ns = now
        key = connection(segment, to)
        self.notify(key, now, (self.flight[key]['server'], self.flight[key]['client']))


def connection(segment, to):
    """(client, server) of a segment that goes to that side; an ICMP error belongs to the connection
    it quotes.
    """
    from_client = (to == 'server') != segment.icmp
    return (segment.sender, segment.receiver) if from_client else (segment.receiver, segment.sender)


def _delays(rule):
    """The extra delay of each copy that is carried now; none for a segment that is held."""
    if rule is None:
        return (0,)
    return {'hold': (), 'copy': (0, rule.extra_ns), 'late': (rule.extra_ns,)}[rule.action]


def read_frames(fd):
    """All frames that wait in a TAP device."""
    frames = []
    while True:
        try:
            frames.append(os.read(fd, 65536))
        except BlockingIOError:
            return frames


def write_frame(fd, raw):
    """Hand a frame to a TAP device."""
    try:
        os.write(fd, raw)
    except (BlockingIOError, OSError):
        # the device is down: the segment is lost, as on a real wire
        pass
