# SPDX-License-Identifier: GPL-2.0-or-later
"""What the kernels had, of a stage that has finished: the quiet stretches of each connection.

A row is a stretch of 8 ms or longer between two captured segments or changes of state, with nothing
of this connection on the wire, inside which both kernels were asked at least once: what came and
went between two looks was not seen. On the wire is a segment from its sender's capture to its
delivery into the receiver's kernel, so that a wire which runs late makes no false quiet. Nothing is
claimed of the time between the two looks of which the second found a change.
"""
import bisect
import collections

from tcplab import packet, wire
from tcplab.wire import OTHER, SIDES

from .wire import LOST

QUIET_NS = 8_000_000
NEVER = 1 << 62
END_NS = 100_000_000  # segments of the last moment may not be captured
MARGIN_NS = 500_000

# From and to in nanoseconds, (client, server) as addresses and ports, the kernels' states.
Row = collections.namedtuple('Row', 'start stop pair client server')


class Unusable(Exception):
    """The run cannot be told."""


def segments(frames):
    """(time, side that it goes to, Segment) of each segment and ICMP error in (time, frame)."""
    for t, raw in frames:
        segment = packet.parse(raw)
        if segment is not None:
            to = 'server' if raw[:6] == packet.MAC['server'] else 'client'
            yield t, to, segment


def on_the_wire(stage):
    """{pair: [(sent, arrived)]}; raises Unusable when a capture is not what the hosts sent."""
    found = collections.defaultdict(list)
    for side in SIDES:
        to = OTHER[side]
        flights = [flight for flight in stage.wire.flights if flight.to == to]
        sent = [
            (t, segment)
            for t, way, segment in segments(stage.captures[side].frames)
            if way == to and not segment.icmp
        ]
        for (t, segment), flight in zip(sent, flights):
            if segment.raw != flight.segment.raw:
                raise Unusable('frame %d from the %s is another one' % (flight.number, side))
            arrived = {None: NEVER, LOST: t}.get(flight.arrived, flight.arrived)
            found[wire.connection(segment, to)].append((t, arrived))
        for t, segment in sent[len(flights) :]:
            found[wire.connection(segment, to)].append((t, NEVER))
        if any(flight.sent < stage.end_ns - END_NS for flight in flights[len(sent) :]):
            raise Unusable('the capture of the %s lacks frames' % side)
    return found


def captured(stage):
    """{pair: times} of what both hosts captured."""
    found = collections.defaultdict(list)
    for side in SIDES:
        for t, to, segment in segments(stage.captures[side].frames):
            found[wire.connection(segment, to)].append(t)
    return found


def changes(stage):
    """{pair: {side: its changes, in order}}."""
    found = collections.defaultdict(lambda: {side: [] for side in SIDES})
    for change in sorted(stage.poller.changes, key=lambda c: c.latest):
        pair = change.pair if change.side == 'client' else change.pair[::-1]
        found[pair][change.side].append(change)
    return found


class Looks:
    """When both kernels were asked."""

    def __init__(self, looks):
        self.sides = [([a for a, _ in of_one], [b for _, b in of_one]) for of_one in looks.values()]

    def inside(self, start, stop):
        """True if both were asked, from question to answer, between these times."""
        for began, ended in self.sides:
            i = bisect.bisect_right(began, start)
            if i >= len(began) or ended[i] > stop:
                return False
        return True


def state_at(of_side, t):
    """The state at a time, None while it was changing."""
    state = 'CLOSED'
    for change in of_side:
        if change.latest <= t:
            state = change.state
        elif change.earliest < t:
            return None
    return state


def rows(stage):
    """The rows of a run, in the order of time; raises Unusable."""
    times, moves, flying, looks = (
        captured(stage),
        changes(stage),
        on_the_wire(stage),
        Looks(stage.poller.looks),
    )
    found = []
    for pair in times:
        of_pair = moves[pair]
        brackets = [(c.earliest, c.latest) for side in SIDES for c in of_pair[side]]
        for start, stop in gaps([(t, t) for t in times[pair]] + brackets, stage.end_ns):
            middle = (start + stop) // 2
            if not looks.inside(start, stop) or any(
                a < stop and b > start for a, b in flying[pair]
            ):
                continue
            states = [state_at(of_pair[side], middle) for side in SIDES]
            if all(states):
                found.append(Row(start, stop, pair, *states))
    return sorted(found)


def gaps(bounds, end):
    """The stretches of at least QUIET_NS between (from, to), from the first `from` to the end."""
    bounds = sorted(bounds)
    last = bounds[0][0]
    for start, stop in bounds + [(end, end)]:
        if start - last >= QUIET_NS:
            yield last, start
        last = max(last, stop)


def verify(stage, found):
    """What the second reader says of rows: (how often the same, descriptions of what differs)."""
    same, different = 0, []
    for sample in stage.samples:
        for row in found:
            if row.start < sample.began - MARGIN_NS and sample.ended + MARGIN_NS < row.stop:
                pair = row.pair if sample.side == 'client' else row.pair[::-1]
                state, said = sample.states.get(pair, 'CLOSED'), getattr(row, sample.side)
                same += state == said
                if state != said:
                    different.append(
                        '%s %s: %s, /proc/net/tcp has %s'
                        % (sample.side, ' '.join(pair), said, state)
                    )
    return same, different
