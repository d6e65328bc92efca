# SPDX-License-Identifier: GPL-2.0-or-later
"""The views of a connection agree with each other, and with the last segment of each end.

check_views(capture) and check_senders(capture) yield a sentence for each disagreement; corpus.py
runs them over folders, test_invariants.py over captures/.
"""
import collections
import decimal
import json
import subprocess

import tshark as ts

SIDES = ('client', 'server')
BASES = ('proven', 'presumed', 'timed', 'assumed')
STATES = ('UNKNOWN', 'CLOSED', 'LISTEN', 'SYN_SENT', 'SYN_RCVD', 'ESTABLISHED', 'FIN_WAIT_1',
          'FIN_WAIT_2', 'CLOSE_WAIT', 'CLOSING', 'LAST_ACK', 'TIME_WAIT')
FIN, SYN, RST, ACK = 1, 2, 4, 16

FIELDS = ['frame.number', 'frame.time_epoch', 'tcpstate.stream', 'tcpstate.sender', 'tcp.flags'] + [
    'tcpstate.%s%s' % (side, what) for side in SIDES for what in ('', '.basis', '.possible')]

# A segment with one of these is not its sender's own, or was sent long before it was captured.
DOUBTED = ['tcpstate.analysis.' + name for name in (
    'duplicate_capture', 'out_of_window', 'unacceptable_ack', 'reset_ignored', 'reset_inexact',
    'retransmission', 'violation', 'resumed', 'acked_unseen',
    'bad_checksum')]

# What the sender can be in once its segment was captured, whatever it receives later and whatever
# timers do: RFC 9293 figure 5 from the state that the segment shows.
SHOWN = (
    (RST, {'CLOSED', 'LISTEN'}),
    (SYN | ACK, set(STATES) - {'SYN_SENT', 'FIN_WAIT_1', 'FIN_WAIT_2', 'CLOSING', 'LAST_ACK',
                               'TIME_WAIT'}),
    (SYN, set(STATES) - {'FIN_WAIT_1', 'FIN_WAIT_2', 'CLOSING', 'LAST_ACK', 'TIME_WAIT'}),
    (FIN | ACK, {'FIN_WAIT_1', 'FIN_WAIT_2', 'CLOSING', 'LAST_ACK', 'TIME_WAIT', 'CLOSED'}),
    (ACK, set(STATES) - {'UNKNOWN', 'LISTEN', 'SYN_SENT'}),
)

Row = collections.namedtuple('Row', 'frame time stream sender flags beliefs doubted')
Interval = collections.namedtuple('Interval', 'state basis possible start frame cause')


def possible_set(text):
    return set(text.split(','))


def segments(capture):
    """A Row for each frame with one TCP header that was followed and that Wireshark shows whole."""
    args = ['-T', 'fields', '-E', 'occurrence=a', '-E', 'aggregator=;']
    for field in FIELDS + DOUBTED:
        args += ['-e', field]
    for line in ts.tshark(args, capture, timeout=600).stdout.splitlines():
        cells = line.split('\t')
        if not cells[2] or not cells[4] or ';' in cells[2] + cells[4]:
            continue
        beliefs = {}
        for i, side in enumerate(SIDES):
            state, basis, possible = cells[5 + 3 * i:8 + 3 * i]
            beliefs[side] = (STATES[int(state)], BASES[int(basis)], possible_set(possible))
        yield Row(int(cells[0]), decimal.Decimal(cells[1]), int(cells[2]),
                  SIDES[int(cells[3] or 0)],
                  int(cells[4], 16), beliefs, any(cells[len(FIELDS):]))


def tcpstory(*args):
    return subprocess.run([ts.TCPSTORY, *args], stdin=subprocess.DEVNULL, capture_output=True,
                          text=True, timeout=600, check=True).stdout


def live_intervals(capture):
    """(stream, side) -> its Intervals in order, as `timeline --live` tells them."""
    return intervals_of(capture, '--live')


def intervals_of(capture, *args):
    """The same of `timeline` with these arguments."""
    lines = tcpstory('timeline', *args, '--format', 'tsv', capture).splitlines()
    names = lines[0].split('\t')
    found = collections.defaultdict(list)
    for line in lines[1:]:
        row = dict(zip(names, line.split('\t')))
        frame = 0 if row['frame'] == '-' else int(row['frame'])
        found[int(row['stream']), row['endpoint']].append(Interval(
            row['state'], row['basis'], possible_set(row['possible']),
            decimal.Decimal(row['from']), frame, row['cause']))
    return found


def has_begun(intervals, i, row):
    """Interval number i had begun once the frame was captured. A timer that runs out at that very
    time does so behind the frame; the first interval of all is of no timer."""
    found = intervals[i]
    if found.frame:
        return found.frame <= row.frame
    return found.start < row.time or (i == 0 and found.start == row.time)


def believed_at(intervals, row):
    """The last interval that had begun once the frame was captured; None when there is none."""
    begun = [found for i, found in enumerate(intervals) if has_begun(intervals, i, row)]
    return begun[-1] if begun else None


def last_rows(capture):
    """stream -> the Row of its last frame."""
    return {row.stream: row for row in segments(capture)}


def check_views(capture):
    """At each connection's last frame the plugin's fields are what `timeline --live` tells; and
    what
    `list` tells of its end differs from that by timers and by later evidence alone, which the
    timeline's later rows name."""
    last = last_rows(capture)
    if not last:
        return
    live = live_intervals(capture)
    for stream, row in last.items():
        for side in SIDES:
            told = believed_at(live[stream, side], row)
            if told is None or (told.state, told.basis, told.possible) != row.beliefs[side]:
                yield 'stream %d, frame %d: the plugin says %s of the %s, timeline --live %s' % (
                    stream, row.frame, row.beliefs[side], side, told and told[:3])
    yield from check_list(capture, last, live)


def check_list(capture, last, live):
    """Where `list` tells of an end what was not believed at the last frame of the connection, a row
    of the timeline names what changed it: a timer later on, or evidence that hindsight has."""
    hindsight = intervals_of(capture)
    for found in json.loads(tcpstory('list', '--format', 'json', capture)):
        stream = found['stream']
        if stream not in last:
            continue
        for side in SIDES:
            final = found['final'][side]
            told = (final['state'], set(final['possible']))
            state, _, possible = last[stream].beliefs[side]
            later = [row for row in live[stream, side]
                     if not row.frame or row.frame > last[stream].frame]
            if told == (state, possible):
                continue
            if not any(row.cause and told == (row.state, row.possible)
                       for row in later + hindsight[stream, side]):
                yield 'stream %d: list says %s of the %s at the end, the plugin %s' % (
                    stream, told, side, (state, possible))


def check_senders(capture):
    """What is kept of an end is compatible with the last segment that it sent."""
    latest = {}
    final = {}
    for row in segments(capture):
        latest[row.stream, row.sender] = row
        final[row.stream] = row
    for (stream, side), row in latest.items():
        if row.doubted:
            continue
        state = final[stream].beliefs[side][0]
        for flags, states in SHOWN:
            if row.flags & flags == flags:
                if state not in states:
                    yield ('stream %d: the %s is in %s after its last segment, frame %d (flags %#x)'
                           % (stream, side, state, row.frame, row.flags))
                break
