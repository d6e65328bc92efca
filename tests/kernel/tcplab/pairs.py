# SPDX-License-Identifier: GPL-2.0-or-later
"""Two hosts in network namespaces of this process, joined by a pair of virtual devices, and a
capture at the client's: for tests that want ordinary sockets and the host's own tools.
"""
import os
import socket

from . import netns, pcap, sniff

CLIENT, SERVER = 0, 1
ADDRESSES = ('10.9.0.1', '10.9.0.2')
ADDRESSES_6 = ('fd00:9::1', 'fd00:9::2')


class Pair:
    """Both hosts; what they send is seen at the client's device, lost or not behind it."""

    def __init__(self):
        self.namespaces = [netns.Namespace(keep_loopback_down=False) for _ in ADDRESSES]
        other = '/proc/%d/fd/%d' % (os.getpid(), self.namespaces[SERVER].fd)
        self.namespaces[CLIENT].ip('link add eth0 type veth peer name eth0 netns ' + other)
        for i, namespace in enumerate(self.namespaces):
            namespace.ip('addr add %s/24 dev eth0' % ADDRESSES[i],
                         'addr add %s/64 dev eth0 nodad' % ADDRESSES_6[i], 'link set eth0 up')
        self.tap = sniff.open_device(self.namespaces[CLIENT], 'eth0')
        self.capture = pcap.Capture()

    def listen(self, port, address=ADDRESSES[SERVER], family=socket.AF_INET, backlog=16):
        """A listening socket of the server."""
        with self.namespaces[SERVER].inside():
            listener = socket.socket(family)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((address, port))
        listener.listen(backlog)
        return listener

    def connect(self, port, address=ADDRESSES[SERVER]):
        """A socket of the client that is connected."""
        with self.namespaces[CLIENT].inside():
            return socket.create_connection((address, port), timeout=5)

    def open(self, listener, address=ADDRESSES[SERVER]):
        """An established connection: both sockets, the client's first."""
        client = self.connect(listener.getsockname()[1], address)
        return client, listener.accept()[0]

    def drop(self, side, hook, rule):
        """The firewall of a host forgets something: a rule of nftables at input or output."""
        self.namespaces[side].run(['nft', '-f', '-'], 'add table inet lab\n'
                                  'add chain inet lab %s { type filter hook %s priority -300; }\n'
                                  'add rule inet lab %s %s drop\n' % (hook, hook, hook, rule))

    def ask(self, side, *arguments):
        """What a command prints on a host."""
        return self.namespaces[side].read(list(arguments))

    def write(self, path):
        """The capture up to now, as a file."""
        for ns, frame, _ in sniff.frames(self.tap):
            self.capture.note(ns, frame)
        self.capture.write(path)
        return path

    def close(self):
        self.tap.close()
        for namespace in self.namespaces:
            namespace.close()
