# SPDX-License-Identifier: GPL-2.0-or-later
"""TCP where it is hard to get at: tunnels, tags, fragments, quotes, cut and malformed headers."""
import os
import unittest

import corpus
import tshark as ts
from packets import (ACK, FIN, FRO, IEEE802_11, PSH, RST, SYN, TO, Conversation, aggregated, ether,
                     gre, icmp_error, ip4, ip6, ip6_option_header, mpls, pppoe, udp, vlan, vxlan,
                     write_pcap)

HANDSHAKE = ['3 2', '5 4', '5 5']       # client and server: SYN_SENT LISTEN and so on
MORE_FRAGMENTS = 0x2000

# How each tunnel wraps a TCP segment that goes in a direction.
TUNNELS = {
    'VLAN': lambda d, t: ether(vlan(7, ip4(t, d)), 0x8100),
    'QinQ': lambda d, t: ether(vlan(7, vlan(8, ip4(t, d)), 0x8100), 0x88a8),
    'MPLS': lambda d, t: ether(mpls(ip4(t, d)), 0x8847),
    'PPPoE': lambda d, t: ether(pppoe(ip4(t, d)), 0x8864),
    'GRE': lambda d, t: ether(ip4(gre(ip4(t, d)), d, 47)),
    'VXLAN': lambda d, t: ether(ip4(vxlan(ether(ip4(t, d))), d, 17)),
    'IP in IP': lambda d, t: ether(ip4(ip4(t, d), d, 4)),
    'IPv6': lambda d, t: ether(ip6(t, d), 0x86dd),
    'IPv6 in IPv4': lambda d, t: ether(ip4(ip6(t, d), d, 41)),
    'IPv6 with extension headers': lambda d, t: ether(
        ip6(ip6_option_header(ip6_option_header(t), 60), d, 0), 0x86dd),
}


def tunnels():
    for n, wrap in enumerate(TUNNELS.values()):
        for direction, segment in Conversation(40000 + n).handshake():
            yield wrap(direction, segment), 1


def cut_headers():
    """Each segment of a connection captured up to some byte of its TCP header, or of its data."""
    c = Conversation(41000, 443)
    for direction, segment in c.handshake():
        yield (ether(ip4(segment, direction)), 14 + 20 + 16), 1
    tls = bytes((22, 3, 3, 4, 0)) + bytes(1100)
    yield (ether(ip4(c.segment(TO, PSH | ACK, tls))), 14 + 20 + 20 + 40), 1
    yield (ether(ip4(c.segment(FRO, PSH | ACK, tls), FRO)), 14 + 20 + 15), 0
    yield (ether(ip4(c.segment(FRO, ACK), FRO)), 14 + 20 + 3), 0
    yield ether(ip4(c.segment(TO, FIN | ACK))), 1


def malformed():
    """A header that claims to be too short, one that claims to be too long, then a good one."""
    c = Conversation(42000)
    yield ether(ip4(c.segment(TO, ACK, offset=4))), 0
    yield ether(ip4(Conversation(42001).segment(TO, ACK, offset=15))), 0
    for direction, segment in Conversation(42002).handshake():
        yield ether(ip4(segment, direction)), 1


def fragments():
    """A segment in two fragments, then one of which only the first fragment is there."""
    c = Conversation(43000)
    for direction, segment in c.handshake():
        yield ether(ip4(segment, direction)), 1
    segment = c.segment(TO, PSH | ACK, bytes(60))
    yield ether(ip4(segment[:40], TO, fragment=MORE_FRAGMENTS, identification=9)), 0
    yield ether(ip4(segment[40:], TO, fragment=5, identification=9)), 1
    segment = c.segment(TO, PSH | ACK, bytes(60))
    yield ether(ip4(segment[:40], TO, fragment=MORE_FRAGMENTS, identification=10)), 0


def icmp_errors():
    """SYNs that are answered by ICMP and ICMPv6 errors: unreachable, and packet too big."""
    for port, code in ((44000, 1), (44001, 4)):
        syn = Conversation(port).segment(TO, SYN)
        yield ether(ip4(syn)), 1
        yield ether(ip4(icmp_error(3, code, ip4(syn)[:28]), FRO, 1)), 1
    for port, kind in ((44002, 1), (44003, 2)):
        syn = Conversation(port).segment(TO, SYN)
        yield ether(ip6(syn), 0x86dd), 1
        yield ether(ip6(icmp_error(kind, 0, ip6(syn)), FRO, 58), 0x86dd), 1
    # The quote of a connection that was not captured takes a number in Wireshark.
    yield ether(ip4(icmp_error(3, 1, ip4(Conversation(44004).segment(TO, SYN))), FRO, 1)), 0
    for direction, segment in Conversation(44005).handshake():
        yield ether(ip4(segment, direction)), 1


def others():
    """Not TCP at all, and TCP to which a reset is the answer."""
    yield ether(ip4(udp(5000, 5001, b'x'), protocol=17)), 0
    c = Conversation(45000)
    yield ether(ip4(c.segment(TO, SYN))), 1
    yield ether(ip4(c.segment(FRO, RST | ACK), FRO)), 1


SCENES = {scene.__name__: list(scene()) for scene in (
    tunnels, cut_headers, malformed, fragments, icmp_errors, others)}


def write(name, frames, **options):
    path = os.path.join(ts.scratch(), name + '.pcap')
    if not os.path.exists(path):
        write_pcap(path, frames, **options)
        os.chmod(path, 0o644)
    return path


def capture(*names):
    return write('-'.join(names), [frame for name in names for frame, _ in SCENES[name]])


def states(path, *args):
    """'CLIENT SERVER' of each TCP layer of each frame."""
    rows = ts.fields(path, 'tcpstate.client', 'tcpstate.server', args=args)
    return [[' '.join(pair) for pair in zip(c.split(','), s.split(',')) if pair[0]]
            for c, s in rows]


def capture_record(path, *args):
    lines = ts.lines(['-q', '-z', 'tcpstate,records', *args], path)
    return dict(zip(('frames', 'start', 'end', 'segments', 'unread', 'fragments', 'quoted'),
                    lines[-2].split('\t')[1:]))


class Layers(unittest.TestCase):
    def test_number_of_annotations(self):
        """Each frame has the annotations that its scene says."""
        for name, scene in SCENES.items():
            with self.subTest(name):
                self.assertEqual([len(found) for found in states(capture(name))],
                                 [count for _, count in scene])

    def test_every_tunnel(self):
        found = states(capture('tunnels'))
        for n, name in enumerate(TUNNELS):
            with self.subTest(name):
                self.assertEqual(sum(found[3 * n:3 * n + 3], []), HANDSHAKE)

    def test_invariants(self):
        path = capture(*SCENES)
        for name, check in corpus.CHECKS.items():
            with self.subTest(name):
                self.assertEqual(list(check(path)), [])

    def test_several_headers_in_a_frame(self):
        one, other = Conversation(46000), Conversation(46001)
        frames = [aggregated(ip4(a, d), ip4(b, d))
                  for (d, a), (_, b) in zip(one.handshake(), other.handshake())]
        path = write('aggregated', frames, linktype=IEEE802_11)
        self.assertEqual(states(path), [[step, step] for step in HANDSHAKE])
        self.assertEqual(ts.fields(path, 'tcpstate.stream'), [['0,1']] * 3)
        for check in (corpus.check_passes, corpus.check_stream):
            self.assertEqual(list(check(path)), [])
        self.assertEqual(list(corpus.check_off(path, options=((),))), [])


class Counters(unittest.TestCase):
    def test_cut_headers(self):
        record = capture_record(capture('cut_headers'))
        self.assertEqual((record['frames'], record['segments'], record['unread']), ('7', '5', '2'))

    def test_malformed_headers(self):
        record = capture_record(capture('malformed'))
        self.assertEqual((record['segments'], record['unread']), ('3', '2'))

    def test_fragments(self):
        path = capture('fragments')
        self.assertEqual(capture_record(path)['fragments'], '0')
        record = capture_record(path, '-o', 'ip.defragment:FALSE')
        self.assertEqual((record['segments'], record['fragments']), ('5', '2'))

    def test_quotes(self):
        record = capture_record(capture('icmp_errors'))
        self.assertEqual((record['segments'], record['quoted']), ('7', '5'))


class Clocks(unittest.TestCase):
    def test_set_back(self):
        """No time is below zero: where a clock was set back, none has passed."""
        frames = [ether(ip4(segment, direction))
                  for direction, segment in Conversation(42100).handshake()]
        names = ['tcpstate.client.time_in_state', 'tcpstate.server.time_in_state',
                 'tcpstate.client.last_heard', 'tcpstate.server.last_heard', 'tcpstate.setup_time']
        for step_us, name in ((-1500, 'back'), (1500, 'on')):
            path = write('clock-set-' + name, frames, step_us=step_us)
            for args in ((), ('-2',)):
                cells = [float(cell) for row in ts.fields(path, *names, args=args)
                         for cell in row if cell]
                with self.subTest(name, args=args):
                    self.assertGreater(len(cells), 8)
                    self.assertEqual(min(cells), 0)
                    self.assertEqual(max(cells) > 0, step_us > 0)


class IcmpErrors(unittest.TestCase):
    def test_unreachable_ends_the_attempt_too_big_does_not(self):
        rows = ts.fields(capture('icmp_errors'), 'tcpstate.event', 'tcpstate.client',
                         'tcpstate.stream', display_filter='icmp || icmpv6')
        self.assertEqual(rows[:4], [['18', '1', '0'], ['18', '3', '1'], ['18', '1', '2'],
                                    ['18', '3', '3']])


if __name__ == '__main__':
    unittest.main()
