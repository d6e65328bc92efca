# SPDX-License-Identifier: GPL-2.0-or-later
"""A scripted peer: it speaks TCP segment by segment to a real kernel, and may say what no kernel
would.
"""
import struct

from . import hosts
from .packet import RST, Segment, endpoint, flag_bits

MSS_ONLY = struct.pack('!BBH', 2, 4, 1460)
MAX_SEQ = 1 << 32


class Peer:
    """One end of a connection; `next` is its next sequence number, `expected` what it has received
    of the kernel's.
    """

    def __init__(self, world, port=40000, kernel_port=8080, isn=1000, options=MSS_ONLY,
                 window=65535):
        self.world, self.side = world, world.scripted
        self.kernel_side = 'server' if self.side == 'client' else 'client'
        version = 6 if world.version == 6 else 4
        self.address, self.port = hosts.address('wire', self.side, version), port
        self.kernel, self.kernel_port = hosts.address('wire', self.kernel_side,
                                                      version), kernel_port
        self.isn, self.options, self.window = isn, options, window
        self.next, self.expected, self.irs = isn, 0, 0
        self.seen = []
        world.link.scripts.append(self)
        world.wire.peers[self.side] = world.link.to_peers
        world.conn = self.conn

    @property
    def conn(self):
        ends = endpoint(self.address, self.port), endpoint(self.kernel, self.kernel_port)
        return ends if self.side == 'client' else ends[::-1]

    def take(self, segment):
        """A segment of the kernel arrived; False if it is not for this peer."""
        if segment.icmp or (segment.dport, segment.sport) != (self.port, self.kernel_port):
            return False
        self.seen.append(segment)
        if segment.has('S'):
            self.irs, self.expected = segment.seq, (segment.seq + segment.length) % MAX_SEQ
        elif segment.seq == self.expected and not segment.flags & RST:
            self.expected = (segment.seq + segment.length) % MAX_SEQ
        return True

    def send(self, flags, data=b'', seq=None, ack=None, window=None, options=b'', urgent=0):
        """Send a segment. With the default sequence number it is the next in order; any other
        leaves the peer's own count alone.
        """
        bits = flag_bits(flags)
        segment = Segment(self.address, self.kernel, self.port, self.kernel_port, bits, self.next
                          if seq is None else seq % MAX_SEQ,
                          (self.expected if ack is None else ack % MAX_SEQ) if bits & 16 else 0,
                          self.window if window is None else window, data, options, urgent)
        if seq is None and not bits & RST:
            self.next = (self.next + segment.length) % MAX_SEQ
        self.world.wire.forge(segment, self.kernel_side)
        self.world.active()
        return segment

    def syn(self, flags='S', **fields):
        """A SYN (or SYN-ACK) with options; it takes the initial sequence number."""
        self.next = self.isn
        return self.send(flags, options=self.options, **fields)

    def expect(self, flags, within=3):
        """Wait for a segment with exactly these flags (PSH aside); what came before it is dropped
        from the list.
        """
        bits = flag_bits(flags)

        def found():
            return any(s.flags & ~8 == bits for s in self.seen)
        self.world.until(found, within, 'segment ' + flags)
        while True:
            segment = self.seen.pop(0)
            if segment.flags & ~8 == bits:
                return segment

    def expect_nothing(self, seconds=0.1):
        """The kernel says nothing."""
        self.seen.clear()
        self.world.wait(seconds)
        self.world.require(not self.seen, 'the kernel answered where it should be silent')

    def open(self, listener):
        """Connect to the kernel as a client; returns the accepted socket."""
        self.syn()
        self.expect('SA')
        self.send('A')
        accepted = listener.accept()
        while accepted.peer[1] != self.port:
            accepted = listener.accept()                # an earlier connection that nobody wanted
        return accepted
