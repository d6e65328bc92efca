# SPDX-License-Identifier: GPL-2.0-or-later
"""Captures that do not show the wire as it was: late, holes, other clocks, other places."""
import time

from tcplab.model import Scenario

from .closing import client_then_server, close_client, used

NS = 10**9
HOUR = 3600 * NS


def spoil(w, **options):
    """Set options of every capture, see Capture."""
    for capture in w.captures.values():
        for name, value in options.items():
            setattr(capture, name, value)


def late_start(w):
    """The capture begins when the connection is open."""
    c, s = w.pair()
    spoil(w, start=time.time_ns())
    w.exchange(c, s)
    client_then_server(w, c, s)


def late_start_idle(w):
    """The capture begins on an open connection that says nothing but keep-alives of the close."""
    c, s = used(w)
    spoil(w, start=time.time_ns())
    client_then_server(w, c, s)


def late_start_closing(w):
    """The capture begins between the FINs."""
    c, s = used(w)
    c.close()
    w.check('client closed', 'FIN_WAIT_2', 'CLOSE_WAIT')
    spoil(w, start=time.time_ns())
    s.close()
    w.check('server closed', 'TIME_WAIT', 'CLOSED')


def missing(flags, data=None):
    """A scenario whose capture lacks the first segment of this kind."""
    def scenario(w):
        seen = []

        def lose(segment):
            wanted = segment.flags & 0x17 == flags and data in (None, bool(segment.payload))
            if wanted and not seen:
                seen.append(segment.raw)
            return bool(seen) and segment.raw == seen[0]
        spoil(w, lose=lose)
        close_client(w)
        w.require(seen, 'nothing was left out')
    return scenario


def one_direction(side):
    """A scenario whose captures only have the segments of one side."""
    def scenario(w):
        spoil(w, lose=lambda segment: segment.src != w.address(side))
        close_client(w)
    return scenario


def clock(jump_ns):
    """A scenario in the midst of which the clock of the capturing host is set."""
    def scenario(w):
        c, s = used(w)
        jump = time.time_ns()
        spoil(w, shift=lambda t: t + jump_ns if t >= jump else t)
        w.wait(0.3)
        w.exchange(c, s)
        client_then_server(w, c, s)
    return scenario


def middle_lost(after):
    """A scenario for the vantage in the middle: a FIN is lost before or after it."""
    def scenario(w):
        c, s = used(w)
        w.wire.add_rule('drop', to='server', flags='FA', times=1, seen_in_middle=after)
        c.close()
        w.check('FIN lost', 'FIN_WAIT_1', 'ESTABLISHED')
        w.check('FIN again', 'FIN_WAIT_2', 'CLOSE_WAIT')
        s.close()
        w.check('closed', 'TIME_WAIT', 'CLOSED')
    return scenario


def snapped(w):
    """Each frame is cut within its TCP options."""
    spoil(w, snap=60)
    close_client(w)


def mirrored(w):
    """A mirror port shows each segment twice, a hop apart."""
    spoil(w, mirror=200_000)
    close_client(w)


def swapped(w):
    """The capture wrote neighbours in the wrong order."""
    spoil(w, swap=True)
    close_client(w)


def bulk(w):
    """A megabyte over veth: super-segments, checksums left to the device."""
    spoil(w, snap=200)
    c, s = w.pair()
    left = 1_000_000
    while left:
        sent = c.send(min(left, 100_000))
        left -= sent if isinstance(sent, int) else 0
        s.recv_now(1 << 20)
        w.wait(0.002)
    c.shutdown()
    while s.recv(1 << 20):
        pass
    s.close()
    w.check('closed', 'TIME_WAIT', 'CLOSED')


def big_transfer(w):
    """Some hundred kilobytes over the wire, ordinary segments."""
    c, s = w.pair()
    left = 300_000
    while left:
        sent = c.send(min(left, 20_000))
        left -= sent if isinstance(sent, int) else 0
        w.wait(0.01)
        s.recv_now()
    w.quiet()
    s.recv_now()
    client_then_server(w, c, s)


UNSEEN = 'the capture does not have it'
SYN, SYN_ACK, PURE_ACK, FIN_ACK = 2, 18, 16, 17

SCENARIOS = (
    Scenario('late-start', late_start, 'the capture begins on an open connection', UNSEEN),
    Scenario('late-start-fin', late_start_idle, 'the capture begins right before the first FIN',
             UNSEEN),
    Scenario('late-start-closing', late_start_closing, 'the capture begins between the FINs',
             UNSEEN),
    Scenario('missing-syn', missing(SYN), 'the SYN is not in the capture', UNSEEN),
    Scenario('missing-syn-ack', missing(SYN_ACK), 'the SYN-ACK is not in the capture', UNSEEN),
    Scenario('missing-third-ack', missing(PURE_ACK, False), 'the third ACK is not in the capture',
             UNSEEN),
    Scenario('missing-data', missing(PURE_ACK, True), 'a data segment is not in the capture',
             UNSEEN),
    Scenario('missing-fin', missing(FIN_ACK), 'the first FIN is not in the capture', UNSEEN),
    Scenario('one-direction-client', one_direction('client'),
             'only the segments of the client are in the capture', UNSEEN),
    Scenario('one-direction-server', one_direction('server'),
             'only the segments of the server are in the capture', UNSEEN),
    Scenario('clock-forward', clock(HOUR), 'the clock of the capturing host jumps an hour ahead',
             'time that never was'),
    Scenario('clock-back', clock(-2 * NS),
             'the clock of the capturing host jumps back by 2 s; no truth', truth=False),
    Scenario('middle-lost-before', middle_lost(False),
             'capture in the middle: a FIN is lost before it', middle=True),
    Scenario('middle-lost-after', middle_lost(True),
             'capture in the middle: a FIN is lost behind it', middle=True),
    Scenario('middle-plain', close_client, 'capture in the middle of the wire', middle=True),
    Scenario('snapped', snapped, 'frames cut after 60 bytes, within the TCP options'),
    Scenario('mirrored', mirrored, 'a mirror port shows every segment twice'),
    Scenario('swapped', swapped, 'neighbouring segments in the wrong order'),
    Scenario('bulk-offload', bulk,
             'a megabyte over veth: super-segments, partial checksums, cut after 200 bytes',
             kind='veth'),
    Scenario('bulk', big_transfer, '300 kB over the wire'),
    Scenario('veth', close_client, 'request, answer, close over a veth pair', kind='veth'),
    Scenario('loopback', close_client, 'request, answer, close over loopback', kind='loopback'),
    Scenario('loopback-ipv6', close_client, 'request, answer, close over loopback, IPv6',
             kind='loopback', version=6),
)
