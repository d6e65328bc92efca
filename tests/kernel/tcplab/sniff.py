# SPDX-License-Identifier: GPL-2.0-or-later
"""Packet sockets: frames with the kernel's own times."""
import socket
import struct
import time

ETH_P_ALL, SO_TIMESTAMPNS, SO_RCVBUFFORCE, PACKET_OUTGOING = 3, 35, 33, 4
SOL_PACKET, PACKET_STATISTICS = 263, 6
BUFFER = 1 << 23


def open_device(namespace, device):
    """A packet socket that hears everything on a device of a namespace."""
    with namespace.inside():
        tap = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_ALL))
    tap.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
    tap.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, BUFFER)
    tap.bind((device, 0))
    tap.setblocking(False)
    return tap


def frames(tap):
    """(time, frame, is it outgoing) of what has come since."""
    while True:
        try:
            raw, extra, _, address = tap.recvmsg(1 << 18, 64)
        except BlockingIOError:
            return
        yield _stamp(extra), raw, address[2] == PACKET_OUTGOING


def lost(tap):
    """How many frames the socket had no room for since the last call."""
    return struct.unpack('II', tap.getsockopt(SOL_PACKET, PACKET_STATISTICS, 8))[1]


def _stamp(extra):
    for level, kind, data in extra:
        if level == socket.SOL_SOCKET and kind == SO_TIMESTAMPNS:
            seconds, nanoseconds = struct.unpack_from('qq', data)
            return seconds * 10**9 + nanoseconds
    return time.time_ns()
