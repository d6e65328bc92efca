# SPDX-License-Identifier: GPL-2.0-or-later
"""The hosts of a scenario and what joins them: TAP devices and the userspace wire, a veth pair, or
loopback.
"""
import os
import socket

from . import packet, sniff
from .diag import Diag
from .netns import Namespace
from .pcap import Capture
from .wire import OTHER, SIDES, Wire

ADDRESSES = {4: {'client': '10.9.0.1', 'server': '10.9.0.2'},
             6: {'client': 'fd00:9::1', 'server': 'fd00:9::2'}}
LOOPBACK = {4: '127.0.0.1', 6: '::1'}
FAMILIES = {4: (socket.AF_INET,), 6: (socket.AF_INET6,), 46: (socket.AF_INET, socket.AF_INET6)}


def address(kind, side, version):
    """The address of a host; version 46 (both) counts as 4 unless a call says otherwise."""
    version = 6 if version == 6 else 4
    return LOOPBACK[version] if kind == 'loopback' else ADDRESSES[version][side]


def make(kind, version, scripted, notify):
    """The hosts of this kind; notify(connection, time, in flight) hears of each segment."""
    if kind == 'wire':
        return Wired(version, scripted, notify)
    return {'loopback': Loopback, 'veth': Veth}[kind](version, notify)


def configure(namespace, side, device, version):
    """Addresses, neighbours and routes of a host; nothing on it may talk by itself."""
    namespace.sysctl(**{'net/ipv6/conf/all/disable_ipv6': int(version == 4),
                        'net/ipv6/conf/default/router_solicitations': 0,
                        'net/ipv6/conf/default/accept_dad': 0, 'tcp_no_metrics_save': 1,
                        'icmp_ratelimit': 0})
    lines = ['link set lo up', 'link set %s up' % device]
    for v in (4, 6) if version == 46 else (version,):
        lines += ['addr add %s/%d dev %s%s'
                  % (ADDRESSES[v][side], 24 if v == 4 else 64, device, '' if v == 4 else ' nodad'),
                  'neigh replace %s lladdr %s nud permanent dev %s'
                  % (ADDRESSES[v][OTHER[side]], packet.MAC[OTHER[side]].hex(':'), device)]
    namespace.ip(*lines)


class Wired:
    """Two hosts and the wire. The scripted side has no host: its segments come from a script."""

    kind, one_host = 'wire', False

    def __init__(self, version, scripted, notify):
        self.sides, self.ports = [s for s in SIDES if s != scripted], set()
        self.namespaces = {s: Namespace() for s in self.sides}
        taps = {s: n.tap(packet.MAC[s]) for s, n in self.namespaces.items()}
        for side, namespace in self.namespaces.items():
            configure(namespace, side, 'tap0', version)
        self.diag = {s: ask(n, version) for s, n in self.namespaces.items()}
        self.captures = {s: Capture() for s in self.sides}
        if scripted is None:
            self.captures['middle'] = Capture()
        self.wire = Wire(taps, {}, self.captures, notify, delay_ns=0 if scripted else 12_000_000)
        self.scripts = []
        self.fds, self.service, self.next_due = self.wire.fds, self.wire.service, self.wire.next_due

    def to_peers(self, segment):
        """Hand a segment to the scripted peer whose it is."""
        any(peer.take(segment) for peer in self.scripts)

    @property
    def last_segment_ns(self):
        return self.wire.last_segment_ns


class Sniffed:
    """Base of hosts that the kernel itself joins: segments are captured by packet sockets, nothing
    can be held or lost.
    """

    one_host = False

    def __init__(self, notify):
        self.notify, self.last_segment_ns, self.taps, self.ports = notify, 0, {}, set()

    def sniff(self, side, namespace, device):
        """Capture on a device."""
        self.taps[side] = sniff.open_device(namespace, device)

    def fds(self):
        return list(self.taps.values())

    def next_due(self):
        return None

    def service(self):
        return sum(self._read(side, tap) for side, tap in self.taps.items())

    def _read(self, side, tap):
        handled = 0
        for t, raw, outgoing in sniff.frames(tap):
            segment = None if self.one_host and outgoing else packet.parse(raw)
            if segment is not None:
                self._take(side, segment, t)
                handled += 1
        return handled

    def _take(self, side, segment, t):
        self.captures[side].note(t, segment.raw, segment)
        self.last_segment_ns = t
        key = (segment.sender, segment.receiver)
        self.notify(key if self._from_client(segment) else key[::-1], t, (0, 0))


class Loopback(Sniffed):
    """One host that talks to itself; `client` names its vantage, `ports` those that listen."""

    kind, one_host = 'loopback', True

    def __init__(self, version, notify):
        super().__init__(notify)
        host = Namespace()
        host.ip('link set lo up')
        self.namespaces = {'client': host, 'server': host}
        self.captures = {'client': Capture()}
        self.diag = {'client': ask(host, version)}
        self.sniff('client', host, 'lo')

    def _from_client(self, segment):
        return segment.dport in self.ports or segment.sport not in self.ports


class Veth(Sniffed):
    """Two hosts joined by a veth pair: segments as large as offload makes them, checksums left to
    the device.
    """

    kind = 'veth'

    def __init__(self, version, notify):
        super().__init__(notify)
        self.namespaces = {s: Namespace() for s in SIDES}
        client, server = (self.namespaces[s] for s in SIDES)
        with client.inside():
            client.run(['ip', 'link', 'add', 'v0', 'address', packet.MAC['client'].hex(':'), 'type',
                        'veth', 'peer', 'name', 'v0',
                        'address', packet.MAC['server'].hex(':'), 'netns',
                        '/proc/%d/fd/%d' % (os.getpid(), server.fd)])
        for side, namespace in self.namespaces.items():
            configure(namespace, side, 'v0', version)
        self.captures = {s: Capture() for s in SIDES}
        self.diag = {s: ask(n, version) for s, n in self.namespaces.items()}
        for side, namespace in self.namespaces.items():
            self.sniff(side, namespace, 'v0')

    def _from_client(self, segment):
        return segment.src in (ADDRESSES[4]['client'], ADDRESSES[6]['client'])


def ask(namespace, version):
    """A Diag of the sockets of a namespace."""
    with namespace.inside():
        return Diag(FAMILIES[version])
