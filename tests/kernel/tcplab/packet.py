# SPDX-License-Identifier: GPL-2.0-or-later
"""Ethernet frames: what the wire must know of a frame it carries, and how to build the segments
that are forged.
"""
import socket
import struct
from dataclasses import dataclass, field

FIN, SYN, RST, PSH, ACK, URG, ECE, CWR = 1, 2, 4, 8, 16, 32, 64, 128
LETTERS = 'FSRPAUEW'
MAC = {'client': bytes.fromhex('020000000001'), 'server': bytes.fromhex('020000000002')}


def flag_bits(letters):
    """'SA' -> SYN | ACK."""
    return sum(1 << LETTERS.index(c) for c in letters)


def flag_letters(bits):
    """SYN | ACK -> 'SA'."""
    return ''.join(c for i, c in enumerate(LETTERS) if bits >> i & 1)


def endpoint(address, port):
    """Address and port as every table prints them, IPv6 in brackets."""
    return ('[%s]:%d' if ':' in address else '%s:%d') % (address, port)


@dataclass
class Segment:
    """A TCP segment, or an ICMP error about one (then `icmp` is set and the addresses are those of
    the quoted segment).
    """
    src: str
    dst: str
    sport: int
    dport: int
    flags: int = ACK
    seq: int = 0
    ack: int = 0
    window: int = 65535
    payload: bytes = b''
    options: bytes = b''
    urgent: int = 0
    ttl: int = 64
    icmp: bool = False
    raw: bytes = field(default=b'', repr=False)

    @property
    def length(self):
        """Sequence numbers that the segment takes."""
        return len(self.payload) + bool(self.flags & SYN) + bool(self.flags & FIN)

    @property
    def sender(self):
        return endpoint(self.src, self.sport)

    @property
    def receiver(self):
        return endpoint(self.dst, self.dport)

    def has(self, letters):
        """True if all these flags are set."""
        bits = flag_bits(letters)
        return self.flags & bits == bits and not self.icmp


def parse(raw):
    """The segment in an Ethernet frame; None for everything that the wire does not carry."""
    kind = raw[12:14]
    if kind == b'\x08\x00':
        return _parse_v4(raw)
    if kind == b'\x86\xdd':
        return _parse_v6(raw)
    return None


def _parse_v4(raw):
    start = 14 + (raw[14] & 15) * 4
    end = 14 + struct.unpack_from('!H', raw, 16)[0]
    src, dst = socket.inet_ntoa(raw[26:30]), socket.inet_ntoa(raw[30:34])
    if raw[23] == socket.IPPROTO_TCP:
        return _parse_tcp(raw, src, dst, start, end)
    if raw[23] == socket.IPPROTO_ICMP and raw[start] in (3, 11, 12):
        quote = start + 8
        if raw[quote + 9] == socket.IPPROTO_TCP:
            return _quoted(raw, socket.inet_ntoa(raw[quote + 12:quote + 16]),
                           socket.inet_ntoa(raw[quote + 16:quote + 20]),
                           quote + (raw[quote] & 15) * 4)
    return None


def _parse_v6(raw):
    end = 54 + struct.unpack_from('!H', raw, 18)[0]
    src, dst = (socket.inet_ntop(socket.AF_INET6, raw[i:i + 16]) for i in (22, 38))
    if raw[20] == socket.IPPROTO_TCP:
        return _parse_tcp(raw, src, dst, 54, end)
    if raw[20] == socket.IPPROTO_ICMPV6 and raw[54] < 128 and raw[68] == socket.IPPROTO_TCP:
        a, b = (socket.inet_ntop(socket.AF_INET6, raw[i:i + 16]) for i in (70, 86))
        return _quoted(raw, a, b, 102)
    return None


def _parse_tcp(raw, src, dst, start, end):
    sport, dport, seq, ack, offset, flags, window, _, urgent = struct.unpack_from('!HHIIBBHHH', raw,
                                                                                  start)
    data = start + (offset >> 4) * 4
    return Segment(src, dst, sport, dport, flags, seq, ack, window, raw[data:end],
                   raw[start + 20:data], urgent, raw=raw)


def _quoted(raw, src, dst, start):
    sport, dport = struct.unpack_from('!HH', raw, start)
    return Segment(src, dst, sport, dport, 0, icmp=True, raw=raw)


def checksum(data):
    """The Internet checksum."""
    if len(data) % 2:
        data += b'\0'
    total = sum(struct.unpack('!%dH' % (len(data) // 2), data))
    total = (total & 0xffff) + (total >> 16)
    return ~((total & 0xffff) + (total >> 16)) & 0xffff


def ip_packet(src, dst, protocol, payload, ttl=64):
    """An IP packet without Ethernet header; the checksum of the payload must already be right."""
    if ':' in src:
        return struct.pack('!IHBB', 6 << 28, len(payload), protocol,
                           ttl) + _bytes(src) + _bytes(dst) + payload
    head = struct.pack('!BBHHHBBH', 0x45, 0, 20 + len(payload), 0, 0x4000, ttl, protocol,
                       0) + _bytes(src) + _bytes(dst)
    return head[:10] + struct.pack('!H', checksum(head)) + head[12:] + payload


def ethernet(to, packet):
    """A frame for the host on that side of the wire."""
    source = MAC['server' if to == 'client' else 'client']
    return MAC[to] + source + (b'\x86\xdd' if packet[0] >> 4 == 6 else b'\x08\x00') + packet


def build(segment, to):
    """The Ethernet frame of a segment, checksums included."""
    s = segment
    options = s.options + b'\0' * (-len(s.options) % 4)
    head = struct.pack('!HHIIBBHHH', s.sport, s.dport, s.seq & 0xffffffff, s.ack & 0xffffffff,
                       (20 + len(options)) // 4 << 4,
                       s.flags, s.window, 0, s.urgent) + options + s.payload
    check = checksum(_pseudo(s.src, s.dst, 6, len(head)) + head)
    return ethernet(to, ip_packet(s.src, s.dst, 6, head[:16] + struct.pack('!H', check) + head[18:],
                                  s.ttl))


def icmp_error(segment, to, error, source):
    """An ICMP(v6) error from `source` which quotes the segment; error: type, code, and the MTU or
    0.
    """
    quote = segment.raw[14:]
    if ':' in segment.src:
        body = struct.pack('!BBHI', *error[:2], 0, error[2]) + quote[:1200]
        check = checksum(_pseudo(source, segment.src, 58, len(body)) + body)
        protocol = socket.IPPROTO_ICMPV6
    else:
        body = struct.pack('!BBHI', *error[:2], 0, error[2]) + quote[:548]
        check = checksum(body)
        protocol = socket.IPPROTO_ICMP
    return ethernet(to, ip_packet(source, segment.src, protocol,
                                  body[:2] + struct.pack('!H', check) + body[4:]))


def _bytes(address):
    return socket.inet_pton(socket.AF_INET6 if ':' in address else socket.AF_INET, address)


def _pseudo(src, dst, protocol, length):
    if ':' in src:
        return _bytes(src) + _bytes(dst) + struct.pack('!II', length, protocol)
    return _bytes(src) + _bytes(dst) + struct.pack('!BBH', 0, protocol, length)
