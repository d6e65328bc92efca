# SPDX-License-Identifier: GPL-2.0-or-later
"""The stage of a random scenario: two hosts, the wire, captures, readers of kernel states."""
import random
import socket
import threading
import time
from collections import namedtuple

from tcplab import hosts, packet, sniff
from tcplab.netns import Namespace
from tcplab.pcap import Capture
from tcplab.wire import SIDES

from .plan import FAMILIES
from .wire import Wire

AWAKE_S, POLL_S, IDLE_POLL_S = 0.1, 0.004, 0.05
SETTLE_S = 0.05
STATES = {
    1: 'ESTABLISHED',
    2: 'SYN_SENT',
    3: 'SYN_RCVD',
    4: 'FIN_WAIT_1',
    5: 'FIN_WAIT_2',
    6: 'TIME_WAIT',
    7: 'CLOSED',
    8: 'CLOSE_WAIT',
    9: 'LAST_ACK',
    10: 'LISTEN',
    11: 'CLOSING',
    12: 'SYN_RCVD',
}

# A connection's end was found in another state: between the beginnings and ends of two looks.
Change = namedtuple('Change', 'side pair earliest latest state')
# What the second reader saw of a host.
Sample = namedtuple('Sample', 'side began ended states')


class Poller(threading.Thread):
    """Asks both kernels every 4 ms while something happens, else every 50 ms.

    Empties the captures, too.

    looks: (begin, end) of each look at a side; changes: what was found.
    """

    def __init__(self, diag, wire, empty):
        super().__init__(daemon=True)
        self.diag, self.wire, self.empty, self.stopping = diag, wire, empty, False
        self.looks, self.changes = {side: [] for side in diag}, []
        self.states = {side: {} for side in diag}

    def run(self):
        while not self.stopping:
            for side in self.diag:
                self.look(side)
            self.empty()
            if time.monotonic() - self.wire.moved < AWAKE_S:
                time.sleep(POLL_S)
            else:
                self.wire.busy.clear()
                self.wire.busy.wait(IDLE_POLL_S)

    def look(self, side):
        """One look at one side."""
        began = time.time_ns()
        new, old = self.diag[side].connections(), self.states[side]
        ended = time.time_ns()
        if new != old:
            earliest = self.looks[side][-1][0] if self.looks[side] else 0
            for pair in set(new) | set(old):
                state = new.get(pair, 'CLOSED')
                if state != old.get(pair, 'CLOSED'):
                    self.changes.append(Change(side, pair, earliest, ended, state))
        self.states[side] = new
        self.looks[side].append((began, ended))

    def stop(self):
        self.stopping = True
        self.wire.busy.set()
        self.join()


class Calls:
    """The socket calls, for calls.tsv."""

    def __init__(self):
        self.rows = []

    def call(self, *row):
        """Time, side, socket, call, arguments, result."""
        self.rows.append(row)


class Stage:
    """Two hosts, and all that watches them, until finish().

    For sockets.Sock it is what World is: namespaces, sockets, truth (of calls) and active().
    """

    def __init__(self, draft):
        self.draft, self.truth, self.sockets, self.samples = draft, Calls(), [], []
        self.problems = []
        version = FAMILIES[draft.family]
        self.namespaces = {side: Namespace() for side in SIDES}
        taps = {side: space.tap(packet.MAC[side]) for side, space in self.namespaces.items()}
        for side, space in self.namespaces.items():
            hosts.configure(space, side, 'tap0', version)
            space.sysctl(tcp_no_metrics_save=0, **draft.sysctl[side])
        self.ears = {
            side: sniff.open_device(space, 'tap0') for side, space in self.namespaces.items()
        }
        self.wire = Wire(draft, taps)
        self.captures = {side: Capture() for side in SIDES} | {'middle': self.wire.middle}
        self.wire.start()
        self.poller = Poller(
            {side: hosts.ask(space, version) for side, space in self.namespaces.items()},
            self.wire,
            self.empty,
        )
        self.poller.start()
        time.sleep(SETTLE_S)
        self.began = self.wire.began = time.monotonic()
        self.end = self.began + draft.seconds
        self.end_ns = 0
        threading.Thread(target=self._sample, daemon=True).start()

    def now(self):
        """Seconds since the scenario began."""
        return time.monotonic() - self.began

    def sleep(self, seconds):
        """Sleep, but not beyond the scenario's end."""
        time.sleep(max(0, min(seconds, self.end - time.monotonic())))

    def sleep_until(self, at):
        self.sleep(at - self.now())

    @property
    def over(self):
        return time.monotonic() >= self.end

    def active(self):
        """A socket call has been made."""
        self.wire.busy.set()

    def note(self, side, call, args, result='ok'):
        """A line of calls.tsv that is no socket's."""
        self.truth.call(time.time_ns(), side, call, call, args, result)

    def firewall(self, side, command):
        """Run a line of nft on a host."""
        self.namespaces[side].run(['nft', '-f', '-'], command + '\n')
        self.note(side, 'nft', command)

    def empty(self):
        """Take what the packet sockets have."""
        for side, ear in self.ears.items():
            for t, raw, _ in sniff.frames(ear):
                self.captures[side].note(t, raw)

    def finish(self):
        """Stop watching."""
        self.end_ns = time.time_ns()
        self.poller.stop()
        self.wire.stop()
        self.empty()

    def lost(self):
        """How many frames the captures had no room for."""
        return sum(sniff.lost(ear) for ear in self.ears.values())

    def _sample(self):
        """A second, independent reader: /proc/net/tcp at random times."""
        dice = random.Random(self.draft.seed)
        while not self.over:
            time.sleep(dice.uniform(0.2, 1.2))
            for side, space in self.namespaces.items():
                with space.inside():
                    began = time.time_ns()
                    states = dict(_proc())
                    self.samples.append(Sample(side, began, time.time_ns(), states))


def _proc():
    """((local, remote), state) of each socket, TIME_WAIT first: a live socket hides it."""
    found = []
    for name in ('tcp', 'tcp6'):
        with open('/proc/thread-self/net/' + name) as lines:
            for line in list(lines)[1:]:
                _, local, remote, state = line.split()[:4]
                found.append(((_address(local), _address(remote)), STATES[int(state, 16)]))
    return sorted(found, key=lambda row: row[1] != 'TIME_WAIT')


def _address(text):
    """An address of /proc/net/tcp: words of 32 bits in the byte order of the host."""
    words, port = text.split(':')
    raw = b''.join(
        socket.htonl(int(words[i : i + 8], 16)).to_bytes(4, 'big') for i in range(0, len(words), 8)
    )
    name = socket.inet_ntop(socket.AF_INET if len(raw) == 4 else socket.AF_INET6, raw)
    return packet.endpoint(name.removeprefix('::ffff:'), int(port, 16))
