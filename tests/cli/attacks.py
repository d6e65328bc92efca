# SPDX-License-Identifier: GPL-2.0-or-later
"""Captures that are made to cost more than they are long: ATTACKS, by name, a function of N that
gives about N frames (bytes of IP packets)."""
import struct

FIN, SYN, RST, PSH, ACK = 1, 2, 4, 8, 16
CLIENT, SERVER = 0x0a000001, 0xc0000201


def segment(src, dst, sport, dport, flags, seq, ack=0, length=0):
    """A TCP segment in IPv4. Addresses are numbers; numbers wrap as those of TCP do."""
    return struct.pack('>BBHHHBBHII HHIIBBHHH', 0x45, 0, 40 + length, 1, 0x4000, 64, 6, 0, src, dst,
                       sport, dport, seq & 0xffffffff, ack & 0xffffffff, 0x50, flags, 64240, 0,
                       0) + bytes(length)


def segment6(src, dst, sport, dport, flags, seq, ack=0):
    """The same in IPv6; addresses are 16 bytes."""
    return struct.pack('>IHBB', 6 << 28, 20, 6, 64) + src + dst + struct.pack(
        '>HHIIBBHHH', sport, dport, seq, ack, 0x50, flags, 64240, 0, 0)


def handshake(client, server, sport, dport, seq=1, ack=1):
    return [segment(client, server, sport, dport, SYN, seq),
            segment(server, client, dport, sport, SYN | ACK, ack, seq + 1),
            segment(client, server, sport, dport, ACK, seq + 1, ack + 1)]


def flood(n):
    return [segment(CLIENT + i, SERVER, 1024 + i % 60000, 80, SYN, i * 7) for i in range(n)]


def scan(n):
    return [segment(CLIENT, SERVER + i // 50000, 40000, 1 + i % 50000, SYN, 7) for i in range(n)]


def refused(n):
    return [part for i in range(n // 2) for part in (
        segment(CLIENT, SERVER, 1024 + i, 80, SYN, i),
        segment(SERVER, CLIENT, 80, 1024 + i, RST | ACK, 0, i + 1))]


def listeners(n):
    """Each connection to another address and port."""
    return [part for i in range(n // 3)
            for part in handshake(CLIENT, SERVER + i * 4099, 1024 + i, 1 + i * 7 % 60000)]


def clients(n):
    """Each connection of another host, and none ends."""
    return [part for i in range(n // 3) for part in handshake(CLIENT + i, SERVER, 2000, 80)]


def same_numbers(n):
    """Connections that look like one that was seen before and after many translations."""
    return [part for i in range(n // 3)
            for part in handshake(CLIENT + i, SERVER + i, 2000, 80, seq=77, ack=99)]


def one_tuple(n):
    """A new connection in each SYN, on the same addresses and ports."""
    return [segment(CLIENT, SERVER, 1111, 80, SYN, i * 100003 + 7) for i in range(n)]


def one_tuple_closed(n):
    frames = []
    for i in range(n // 6):
        seq, ack = i * 1000003 + 5, i * 777777 + 9
        frames += handshake(CLIENT, SERVER, 1111, 80, seq, ack) + [
            segment(CLIENT, SERVER, 1111, 80, FIN | ACK, seq + 1, ack + 1),
            segment(SERVER, CLIENT, 80, 1111, FIN | ACK, ack + 1, seq + 2),
            segment(CLIENT, SERVER, 1111, 80, ACK, seq + 2, ack + 2)]
    return frames


def holes(n):
    """Every other byte of a connection, from the last one back."""
    return handshake(CLIENT, SERVER, 1111, 80) + [
        segment(CLIENT, SERVER, 1111, 80, ACK | PSH, 2 + i * 20, 2, 10) for i in range(n, 0, -1)]


def repeats(n):
    return handshake(CLIENT, SERVER, 1111, 80) + [
        segment(CLIENT, SERVER, 1111, 80, ACK | PSH, 2 + i * 7919 % 5000 * 10, 2, 10)
        for i in range(n)]


def resets(n):
    return handshake(CLIENT, SERVER, 1111, 80) + [part for i in range(n // 2) for part in (
        segment(CLIENT, SERVER, 1111, 80, FIN | ACK, 2, 2),
        segment(SERVER, CLIENT, 80, 1111, RST | ACK, 2 + i % 7 * 100, 2))]


def aimed(n):
    """SYNs over IPv6 whose ports and addresses cancel in an exclusive or, whatever its seed."""
    frames = []
    for i in range(n):
        port = i & 0xffff
        src = struct.pack('<H', 0x0120 ^ port ^ 0x1111) + bytes(13) + b'\x09'
        dst = struct.pack('<H', 0x3333 ^ 80) + b'\x0d\xb8' + bytes(11) + b'\x01'
        frames.append(segment6(src, dst, port, 80, SYN, i * 7 + 1))
    return frames


def multiplied(n):
    """SYNs over IPv6 from addresses that h * 31 + byte does not tell apart."""
    frames = []
    for i in range(n):
        src = b''.join(bytes((16 + (i >> 3 * k) % 8, 248 - 31 * ((i >> 3 * k) % 8)))
                       for k in range(8))
        frames.append(segment6(src, b'\xfd' + bytes(14) + b'\x01', 1024, 80, SYN, 1))
    return frames


ATTACKS = {function.__name__: function for function in (
    flood, scan, refused, listeners, clients, same_numbers, one_tuple, one_tuple_closed, holes,
    repeats, resets, aimed, multiplied)}
