# SPDX-License-Identifier: GPL-2.0-or-later
"""Builds packets and captures byte by byte, for cases that no real capture at hand shows.

Headers are functions of what they carry, so a packet reads from the outside in:
    ether(vlan(7, ip4(tcp(40000, 80, SYN, seq=100))))
Checksums are left zero: Wireshark does not check them unless told to.
"""
import struct

FIN, SYN, RST, PSH, ACK = 1, 2, 4, 8, 16

A4, B4 = bytes((10, 0, 0, 1)), bytes((10, 0, 0, 2))
A6, B6 = (b'\xfd' + bytes(14) + bytes((n,)) for n in (1, 2))
TO, FRO = 'to', 'fro'           # from A (the client) to B, and back

ETHERNET, IEEE802_11 = 1, 105   # link types


def _ends(direction, a, b):
    return (a, b) if direction == TO else (b, a)


def tcp(sport, dport, flags, seq=0, ack=0, data=b'', offset=5):
    return struct.pack('!HHIIBBHHH', sport, dport, seq & 0xffffffff, ack & 0xffffffff,
                       offset << 4, flags, 65535, 0, 0) + data


def udp(sport, dport, data):
    return struct.pack('!HHHH', sport, dport, 8 + len(data), 0) + data


def ip4(payload, direction=TO, protocol=6, fragment=0, identification=1, ttl=64):
    """fragment: the field with flags and offset, as it is in the header."""
    source, target = _ends(direction, A4, B4)
    return struct.pack('!BBHHHBBH4s4s', 0x45, 0, 20 + len(payload), identification, fragment, ttl,
                       protocol, 0, source, target) + payload


def ip6(payload, direction=TO, next_header=6):
    source, target = _ends(direction, A6, B6)
    return struct.pack('!IHBB16s16s', 6 << 28, len(payload), next_header, 64, source,
                       target) + payload


def ip6_option_header(payload, next_header=6):
    """A hop-by-hop or destination options header with padding only."""
    return bytes((next_header, 0, 1, 4, 0, 0, 0, 0)) + payload


def ether(payload, ethertype=0x0800):
    return bytes((2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1)) + struct.pack('!H', ethertype) + payload


def vlan(tag, payload, ethertype=0x0800):
    return struct.pack('!HH', tag, ethertype) + payload


def mpls(payload):
    return struct.pack('!I', 16 << 12 | 0x100 | 64) + payload


def pppoe(payload):
    return struct.pack('!BBHHH', 0x11, 0, 1, 2 + len(payload), 0x0021) + payload


def gre(payload, ethertype=0x0800):
    return struct.pack('!HH', 0, ethertype) + payload


def vxlan(payload):
    return udp(50000, 4789, struct.pack('!II', 0x08000000, 7 << 8) + payload)


def icmp_error(kind, code, quoted):
    return struct.pack('!BBHI', kind, code, 0, 0) + quoted


def aggregated(*payloads):
    """A frame of IEEE 802.11 with several MSDUs (A-MSDU), each an IPv4 packet."""
    frame = bytes((0x88, 0x01, 0, 0)) + bytes((2, 0, 0, 0, 0, 9)) + bytes((2, 0, 0, 0, 0, 1)) + \
        bytes((2, 0, 0, 0, 0, 2)) + bytes((0, 0)) + bytes((0x80, 0))
    for payload in payloads:
        msdu = bytes((0xaa, 0xaa, 3, 0, 0, 0, 8, 0)) + payload
        frame += bytes((2, 0, 0, 0, 0, 2)) + bytes((2, 0, 0, 0, 0, 1))
        frame += struct.pack('!H', len(msdu)) + msdu
        frame += bytes(-len(frame[26:]) % 4)
    return frame


class Conversation:
    """The segments of one connection, in either direction, with sequence numbers kept."""

    def __init__(self, sport, dport=8080):
        self.ports = sport, dport
        self.next = {TO: 1000 * sport, FRO: 3000 * sport}

    def segment(self, direction, flags, data=b'', offset=5):
        back = FRO if direction == TO else TO
        sport, dport = _ends(direction, *self.ports)
        made = tcp(sport, dport, flags, self.next[direction],
                   self.next[back] if flags & ACK else 0, data, offset)
        self.next[direction] += len(data) + bool(flags & SYN) + bool(flags & FIN)
        return made

    def handshake(self):
        """The three segments, each with its direction."""
        for direction, flags in ((TO, SYN), (FRO, SYN | ACK), (TO, ACK)):
            yield direction, self.segment(direction, flags)


def write_pcap(path, frames, linktype=ETHERNET, start_s=1700000000, step_us=1000):
    """frames: bytes, or (bytes, captured length). A frame each step_us microseconds."""
    with open(path, 'wb') as file:
        file.write(struct.pack('=IHHiIII', 0xa1b2c3d4, 2, 4, 0, 0, 262144, linktype))
        for n, frame in enumerate(frames):
            frame, captured = frame if isinstance(frame, tuple) else (frame, len(frame))
            seconds, micros = divmod(n * step_us, 1000000)
            file.write(struct.pack('=IIII', start_s + seconds, micros, min(captured, len(frame)),
                                   len(frame)))
            file.write(frame[:captured])


def _block(kind, body, options=()):
    """A block of a pcapng; options: (code, bytes)."""
    for code, value in options:
        body += struct.pack('=HH', code, len(value)) + value + bytes(-len(value) % 4)
    body += bytes(4) if options else b''
    return struct.pack('=II', kind, len(body) + 12) + body + struct.pack('=I', len(body) + 12)


def write_pcapng(path, packets, interfaces=('eth0',), comment=None, linktype=ETHERNET):
    """packets: (nanoseconds, interface, frame) and perhaps a comment; comment: of the section."""
    with open(path, 'wb') as file:
        file.write(_block(0x0a0d0d0a, struct.pack('=IHHq', 0x1a2b3c4d, 1, 0, -1),
                          [(1, comment.encode())] if comment else ()))
        for name in interfaces:
            file.write(_block(1, struct.pack('=HHI', linktype, 0, 262144),
                              [(2, name.encode()), (9, b'\x09')]))
        for ns, interface, frame, *comments in packets:
            padded = frame + bytes(-len(frame) % 4)
            file.write(_block(6, struct.pack('=IIIII', interface, ns >> 32, ns & 0xffffffff,
                                             len(frame), len(frame)) + padded,
                              [(1, text.encode()) for text in comments]))
