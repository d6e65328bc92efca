# SPDX-License-Identifier: GPL-2.0-or-later
"""The baseline: RFC 9293's state machine, for which what was captured was delivered.

It knows no timer but TIME_WAIT's.
"""
import collections

import score

from . import truth

TIME_WAIT_NS = 60_700_000_000
MOST_SKIPPED, FARTHEST = 1 << 20, 1 << 24
MASK = (1 << 32) - 1
SENT_FIN = {
    'ESTABLISHED': 'FIN_WAIT_1',
    'SYN_RCVD': 'FIN_WAIT_1',
    'SYN_SENT': 'FIN_WAIT_1',
    'CLOSE_WAIT': 'LAST_ACK',
}
ACKED_FIN = {'FIN_WAIT_1': 'FIN_WAIT_2', 'CLOSING': 'TIME_WAIT', 'LAST_ACK': 'CLOSED'}
GOT_FIN = {
    'ESTABLISHED': 'CLOSE_WAIT',
    'SYN_RCVD': 'CLOSE_WAIT',
    'FIN_WAIT_1': 'CLOSING',
    'FIN_WAIT_2': 'TIME_WAIT',
}


def before(a, b):
    """Sequence number a is before b."""
    return (a - b) & MASK >= 1 << 31


class End:
    """One end of a connection."""

    def __init__(self):
        self.reset('CLOSED')
        self.waits_since = 0

    def reset(self, state, seq=None):
        """A new connection; seq is that of its SYN."""
        self.state, self.first, self.next, self.expected, self.after_fin = (
            state,
            None,
            None,
            None,
            None,
        )
        self.early = []
        if seq is not None:
            self.first, self.next = seq, (seq + 1) & MASK

    def expire(self, t):
        """TIME_WAIT ends."""
        if self.state == 'TIME_WAIT' and t - self.waits_since > TIME_WAIT_NS:
            self.state = 'CLOSED'

    def move(self, table, t):
        """Take the edge from this state, if there is one."""
        if self.state in table:
            self.state, self.waits_since = table[self.state], t


class Machine:
    """Both ends of a connection; `segment` is what one sends and the other is taken to receive."""

    def __init__(self):
        self.ends = collections.defaultdict(End)

    def step(self, t, segment):
        """Take a segment."""
        sender, receiver = self.ends[segment.sender], self.ends[segment.receiver]
        for one in (sender, receiver):
            one.expire(t)
        if segment.has('R'):
            self.rst(segment, sender, receiver)
        elif segment.has('SA'):
            self.syn_ack(segment, sender, receiver)
        elif segment.has('S'):
            self.syn(segment, sender, receiver)
        elif segment.has('A'):
            self.send(t, segment, sender, receiver)
            self.receive(t, segment, receiver)

    def syn(self, segment, sender, receiver):
        if sender.state in ('CLOSED', 'TIME_WAIT'):
            sender.reset('SYN_SENT', segment.seq)
        if receiver.state == 'SYN_SENT' and sender.first == segment.seq:
            receiver.state, receiver.expected = 'SYN_RCVD', (segment.seq + 1) & MASK

    def syn_ack(self, segment, sender, receiver):
        if sender.state in ('CLOSED', 'TIME_WAIT', 'SYN_SENT'):
            if sender.state != 'SYN_SENT':
                sender.reset('SYN_RCVD')
            sender.state, sender.first, sender.next = (
                'SYN_RCVD',
                segment.seq,
                (segment.seq + 1) & MASK,
            )
            sender.expected = segment.ack
        if (
            receiver.state in ('SYN_SENT', 'SYN_RCVD')
            and receiver.next is not None
            and not before(segment.ack, (receiver.first + 1) & MASK)
        ):
            receiver.state, receiver.expected = 'ESTABLISHED', (segment.seq + 1) & MASK

    def rst(self, segment, sender, receiver):
        if sender.next is None or segment.seq == sender.next or segment.has('A'):
            sender.state = 'CLOSED'
        if receiver.state == 'SYN_SENT':
            if segment.has('A') and segment.ack == receiver.next:
                receiver.state = 'CLOSED'
        elif receiver.expected is None or segment.seq == receiver.expected:
            receiver.state = 'CLOSED'

    def send(self, t, segment, sender, receiver):
        """The sender's side of a segment after the handshake."""
        end = (segment.seq + data_length(segment) + segment.has('F')) & MASK
        if sender.state == 'SYN_SENT' and receiver.state in ('SYN_RCVD', 'ESTABLISHED'):
            sender.state = 'ESTABLISHED'
        if (
            sender.next is not None
            and before(sender.next, end)
            and (end - sender.next) & MASK < MOST_SKIPPED
        ):
            sender.next = end
        if segment.has('F'):
            sender.after_fin = end
            sender.state = SENT_FIN.get(sender.state, sender.state)

    def receive(self, t, segment, receiver):
        """The receiver's side of it: what is acknowledged, then what is new."""
        acceptable = receiver.next is None or not before(receiver.next, segment.ack)
        if (
            receiver.state == 'SYN_RCVD'
            and acceptable
            and receiver.first is not None
            and before(receiver.first, segment.ack)
        ):
            receiver.state = 'ESTABLISHED'
        if acceptable and receiver.after_fin is not None and segment.ack == receiver.after_fin:
            receiver.move(ACKED_FIN, t)
        if acceptable and receiver.expected is not None:
            self.collect(t, segment, receiver)

    def collect(self, t, segment, receiver):
        """Put data and FIN in order."""
        length = data_length(segment)
        if length or segment.has('F'):
            receiver.early.append((segment.seq, (segment.seq + length) & MASK, segment.has('F')))
        again = True
        while again:
            again = False
            for one in list(receiver.early):
                start, end, fin = one
                if (
                    before(receiver.expected, start)
                    or before(end, receiver.expected)
                    or (receiver.expected - start) & MASK >= FARTHEST
                ):
                    continue
                receiver.early.remove(one)
                receiver.expected, again = (end + fin) & MASK, True
                if fin:
                    receiver.move(GOT_FIN, t)
        if segment.has('F') and receiver.state == 'TIME_WAIT':
            receiver.waits_since = t


def data_length(segment):
    """Octets of data by the lengths in the headers: the capture may have cut them."""
    raw = segment.raw
    start, total = (
        (54, 54 + int.from_bytes(raw[18:20], 'big'))
        if ':' in segment.src
        else (14 + (raw[14] & 15) * 4, 14 + int.from_bytes(raw[16:18], 'big'))
    )
    return total - start - (raw[start + 12] >> 4) * 4


def timeline(frames):
    """{(address, other address): [score.Interval]} of a capture's (time, frame)."""
    machines, said = {}, collections.defaultdict(list)
    for t, _, segment in truth.segments(frames):
        if segment.icmp:
            continue
        pair = frozenset((segment.sender, segment.receiver))
        number, machine = machines.setdefault(pair, (len(machines), Machine()))
        machine.step(t, segment)
        for local, remote in (
            (segment.sender, segment.receiver),
            (segment.receiver, segment.sender),
        ):
            one, history = machine.ends[local], said[number, local, remote]
            if not history or history[-1][1] != one.state:
                history.append((t, one.state, one.waits_since))
    found = collections.defaultdict(list)
    for (number, local, remote), history in said.items():
        found[local, remote] += [
            score.Interval(number, start / 1e9, stop / 1e9, state, {state}, 'presumed')
            for start, stop, state in expired(history)
        ]
    return found


def expired(history):
    """(from, to, state), with the end of TIME_WAIT where nothing else came."""
    for (start, state, since), (stop, _, _) in zip(history, history[1:] + [(float('inf'), '', 0)]):
        if state == 'TIME_WAIT' and stop - since > TIME_WAIT_NS:
            yield start, since + TIME_WAIT_NS, state
            start, state = since + TIME_WAIT_NS, 'CLOSED'
        yield start, stop, state
