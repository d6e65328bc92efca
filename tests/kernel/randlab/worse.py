# SPDX-License-Identifier: GPL-2.0-or-later
"""The same run as a worse capture shows it, and the truth that such a capture can be asked about.

late: begun late. early: ended early. gap: 0.1 to 5 % of the frames missed, singly or in one burst.
snap: little kept of each frame. oneway: one direction only.
"""
from tcplab import packet, wire
from tcplab.wire import SIDES

from . import truth
from .talk import Dice

KEPT = 118  # octets of a frame: all headers with all options
SHORT = (54, 58, 60, 64, 66, 68, 74, 80, 96)  # at least up to the 20th octet of the TCP header
SHORT_V6 = 20  # more for IPv6
IPV6 = b'\x86\xdd'


def impair(draft, captures, rows):
    """{vantage: frames}, rows, what was done, and the octets kept; captures: {vantage: frames}."""
    dice = Dice(draft.seed * 31 + 7)
    times = sorted(t for side in SIDES for t, _ in captures[side])
    start, stop, kept, kind = 0, truth.NEVER, KEPT, draft.capture
    done = ''
    if kind == 'late':
        start = times[dice.randint(1, max(1, int(len(times) * 0.7)))] + dice.choice((-1, 1))
        done = 'starts %.3f s late' % ((start - times[0]) / 1e9)
    if kind == 'early':
        stop = times[dice.randint(int(len(times) * 0.25), len(times) - 1)] + 1
        done = 'ends %.3f s after the first frame' % ((stop - times[0]) / 1e9)
    if kind == 'snap':
        kept = dice.choice(SHORT) + SHORT_V6 * any(
            raw[12:14] == IPV6 for _, raw in captures['client']
        )
        done = 'snaplen %d' % kept
    only, share, burst = dice.choice(SIDES), dice.log(0.001, 0.05), dice.random() < 0.4
    found = {
        vantage: [f for f in frames if start <= f[0] < stop] for vantage, frames in captures.items()
    }
    if kind == 'gap':
        found = {vantage: gap(dice, frames, share, burst) for vantage, frames in found.items()}
        done = '%.2f %% missed%s' % (share * 100, ' in a burst' if burst else '')
    if kind == 'oneway':
        found = {
            vantage: [f for f in frames if f[1][6:12] == packet.MAC[only]]
            for vantage, frames in found.items()
        }
        done = 'only what the %s sent' % only
    return found, known(rows, found, start, stop), done, kept


def gap(dice, frames, share, burst):
    """Frames without a share of them."""
    if not frames:
        return frames
    if burst:
        at = dice.randint(0, len(frames) - 1)
        return frames[:at] + frames[at + max(1, int(len(frames) * share)) :]
    left = [f for f in frames if dice.random() >= share]
    if len(left) == len(frames):
        left.pop(dice.randrange(len(left)))
    return left


def known(rows, captures, start, stop):
    """The rows cut to the captures' time, from a connection's first segment in both on."""
    first = {side: {} for side in SIDES}
    for side in SIDES:
        for t, to, segment in truth.segments(captures[side]):
            if not segment.icmp:
                first[side].setdefault(wire.connection(segment, to), t)
    for row in rows:
        begins = [first[side].get(row.pair) for side in SIDES]
        if None not in begins:
            cut = row._replace(start=max(row.start, start, *begins), stop=min(row.stop, stop))
            if cut.stop - cut.start >= truth.QUIET_NS:
                yield cut
