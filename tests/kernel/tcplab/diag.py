# SPDX-License-Identifier: GPL-2.0-or-later
"""The kernel's own TCP states, asked through NETLINK_SOCK_DIAG: request sockets and TIME_WAIT
minisockets included.
"""
import socket
import struct

from .packet import endpoint

NETLINK_SOCK_DIAG = 4
SOCK_DIAG_BY_FAMILY = 20
NLM_F_REQUEST_DUMP = 0x301
NLMSG_ERROR, NLMSG_DONE = 2, 3
LISTEN = 10
MAPPED = '::ffff:'                                      # an IPv4 peer of an IPv6 socket
NAMES = {1: 'ESTABLISHED', 2: 'SYN_SENT', 3: 'SYN_RCVD', 4: 'FIN_WAIT_1', 5: 'FIN_WAIT_2',
         6: 'TIME_WAIT', 8: 'CLOSE_WAIT',
         9: 'LAST_ACK', LISTEN: 'LISTEN', 11: 'CLOSING', 12: 'SYN_RCVD'}
CONNECTIONS = sum(1 << s for s in NAMES if s != LISTEN)


class Diag:
    """A netlink socket of the namespace in which it was made."""

    def __init__(self, families):
        self.families = families
        self.socket = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW | socket.SOCK_CLOEXEC,
                                    NETLINK_SOCK_DIAG)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
        self.addresses = {}

    def connections(self):
        """{(local, remote): state} of all sockets but listeners. A live socket hides a TIME_WAIT
        with the same addresses.
        """
        found = {}
        for state, local, remote in self._dump(CONNECTIONS):
            if found.get((local, remote), 'TIME_WAIT') == 'TIME_WAIT':
                found[local, remote] = NAMES[state]
        return found

    def listening(self, port):
        """True if a socket listens on the port. Slower than connections(): the listeners' table is
        large.
        """
        return any(local.endswith(':%d' % port) for _, local, _ in self._dump(1 << LISTEN))

    def close(self):
        self.socket.close()

    def _dump(self, states):
        for family in self.families:
            body = struct.pack('=BBBBI', family, socket.IPPROTO_TCP, 0, 0, states) + b'\0' * 48
            self.socket.send(struct.pack('=IHHII', 16 + len(body), SOCK_DIAG_BY_FAMILY,
                                         NLM_F_REQUEST_DUMP, 1, 0) + body)
            yield from self._answers()

    def _answers(self):
        while True:
            data = self.socket.recv(1 << 18)
            at = 0
            while at < len(data):
                length, kind = struct.unpack_from('=IH', data, at)
                if kind == NLMSG_DONE:
                    return
                if kind == NLMSG_ERROR:
                    raise OSError(-struct.unpack_from('=i', data, at + 16)[0], 'sock_diag')
                yield self._message(data, at + 16)
                at += (length + 3) & ~3

    def _message(self, data, at):
        family, state = data[at], data[at + 1]
        sport, dport = struct.unpack_from('!HH', data, at + 4)
        return state, self._name(family, data[at + 8:at + 24], sport), self._name(family,
                                                                                  data[at + 24:at
                                                                                       + 40], dport)

    def _name(self, family, address, port):
        key = (family, address, port)
        if key not in self.addresses:
            text = socket.inet_ntop(family, address[:4] if family == socket.AF_INET else address)
            self.addresses[key] = endpoint(text.removeprefix(MAPPED), port)
        return self.addresses[key]
