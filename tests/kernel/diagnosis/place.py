# SPDX-License-Identifier: GPL-2.0-or-later
"""Where a trouble happens: two hosts, a wire with a box in it, three captures, processes.

The client's host has several addresses, so that one process can be many clients.
"""
import dataclasses
import os
import signal
import threading
import time

from tcplab import hosts, packet
from tcplab.netns import Namespace, die_with_parent
from tcplab.pcap import Capture
from randlab import wire
from tcplab.wire import OTHER, SIDES, write_frame

SERVER, CLIENT = '10.9.0.2', '10.9.0.1'
MORE_CLIENTS = ['10.9.0.%d' % n for n in range(11, 31)]


@dataclasses.dataclass
class Fate:
    """What becomes of a segment. A function of the wire's `fates` changes it."""

    lost: bool = False
    extra: float = 0.0
    twice: bool = False
    overtakes: bool = False
    becomes: bytes = b''  # the frame behind the box, if it is another one


class Wire(wire.Wire):
    """Carries frames as the random scenarios' wire does; loses them in the box.

    Positions: 0 is the client, 1 the server.

    fates: functions that decide on a segment when it leaves.
    seen: functions that hear of it when it passes the box.
    lag: how late it delivered at worst, as the machine was busy.
    """

    def __init__(self, taps, delay, tap, box):
        threading.Thread.__init__(self, daemon=True)
        self.taps, self.delay, self.tap, self.box = taps, delay, tap, box
        self.captures = {name: Capture() for name in SIDES + ('middle',)}
        self.fates, self.seen, self.lag = [], [], 0.0
        self.queue, self.order, self.last_due = [], 0, dict.fromkeys(SIDES, 0)
        self.stopping = False

    def submit(self, raw, source):
        """A frame leaves that side."""
        segment, to = packet.parse(raw), OTHER[source]
        if segment is None:
            return
        self.captures[source].note(time.time_ns(), raw)
        fate = Fate()
        for change in list(self.fates):
            change(fate, segment, to)
        self.carry(raw, to, fate, 1 if source == 'server' else 0)
        way = self.box if to == 'server' else 1 - self.box
        for see in list(self.seen):
            self._later(time.monotonic() + self.delay[to] * way, see, segment, to)

    def carry(self, raw, to, fate, start):
        """Put a frame on its way from a position, or lose it in the box."""
        now = time.monotonic()
        for copy in range(1 + fate.twice):
            way = abs((1 if to == 'server' else 0) - start)
            due = now + self.delay[to] * way + fate.extra + copy * 0.002
            if not fate.overtakes and not copy:
                due = self.last_due[to] = max(due, self.last_due[to])
            if self._crosses(start, to, fate.lost):
                part = abs(self.tap - start) / way if way else 0
                is_behind = start < self.box < self.tap or start > self.box > self.tap
                there = fate.becomes if fate.becomes and is_behind else raw
                self._later(now + (due - now) * part, self._tap, there)
            if not fate.lost:
                self._later(due, self._deliver, fate.becomes or raw, to, due)

    def inject(self, raw, to):
        """A frame that no host sent leaves the box."""
        self.carry(raw, to, Fate(), self.box)

    def _crosses(self, start, to, lost):
        """Whether the frame passes the tap in the middle."""
        end = self.box if lost else (1 if to == 'server' else 0)
        return min(start, end) <= self.tap <= max(start, end)

    def _tap(self, raw):
        self.captures['middle'].note(time.time_ns(), raw)

    def _deliver(self, raw, to, due):
        self.lag = max(self.lag, time.monotonic() - due)
        self.captures[to].note(time.time_ns(), raw)
        write_frame(self.taps[to], raw)


class Place:
    """Hosts, wire and processes, until finish()."""

    def __init__(self, dice):
        self.dice = dice
        self.namespaces = {side: Namespace() for side in SIDES}
        taps = {side: space.tap(packet.MAC[side]) for side, space in self.namespaces.items()}
        for side, space in self.namespaces.items():
            hosts.configure(space, side, 'tap0', 4)
        self.namespaces['client'].ip(*('addr add %s/24 dev tap0' % a for a in MORE_CLIENTS))
        self.namespaces['server'].ip(
            *('neigh replace %s lladdr %s nud permanent dev tap0'
              % (a, packet.MAC['client'].hex(':')) for a in MORE_CLIENTS))
        one_way = dice.log(0.0005, 0.04)
        tap = dice.choice((dice.uniform(0.1, 0.9), 0.5))
        box = dice.uniform(0.05, 0.95)
        self.one_way = one_way
        self.wire = Wire(taps, dict.fromkeys(SIDES, one_way), tap, box)
        self.wire.start()
        self.pids, self.blind = [], set()
        self.began = time.monotonic()

    def now(self):
        return time.monotonic() - self.began

    def wait(self, seconds):
        time.sleep(max(0, seconds))

    def fork(self, side, function, *arguments):
        """A process on a host; returns its id."""
        pid = os.fork()
        if pid == 0:
            try:
                die_with_parent(signal.SIGKILL)
                signal.signal(signal.SIGPIPE, signal.SIG_IGN)
                with self.namespaces[side].inside():
                    function(*arguments)
            finally:
                os._exit(0)
        self.pids.append(pid)
        return pid

    def kill(self, pid):
        """kill -9, and wait."""
        if pid in self.pids:
            self.pids.remove(pid)
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)

    def freeze(self, pid):
        """The process stands still, until thaw()."""
        os.kill(pid, signal.SIGSTOP)

    def thaw(self, pid):
        os.kill(pid, signal.SIGCONT)

    def nft(self, side, command):
        self.namespaces[side].run(['nft', '-f', '-'], command + '\n')

    def finish(self):
        """Stop the wire first, so that ending the processes is not captured."""
        self.wire.stop()
        for pid in list(self.pids):
            self.kill(pid)
        return self.wire.captures
