# SPDX-License-Identifier: GPL-2.0-or-later
"""The world of a scenario: two hosts, the wire, a clock that polls the kernels, and the checks that
a scenario makes.
"""
import select
import socket
import time

from . import hosts
from .packet import endpoint
from .sockets import Sock
from .truth import Truth

POLL_NS, IDLE_POLL_NS, IDLE_AFTER_NS = 4_000_000, 20_000_000, 300_000_000
SETTLE = 0.03
FAMILY = {4: socket.AF_INET, 6: socket.AF_INET6}


class Expectation(Exception):
    """The kernels did not do what the scenario says."""


class World:
    """Everything runs in one thread: each wait carries segments and polls the kernels (every 4 ms,
    or 20 ms when nothing happens).
    """

    def __init__(self, kind='wire', version=4, scripted=None, deadline=120):
        self.truth = Truth(scripted)
        self.scripted, self.version = scripted, version
        self.link = hosts.make(kind, version, scripted, self.truth.segment)
        self.namespaces, self.captures = self.link.namespaces, self.link.captures
        self.diag = self.link.diag
        self.wire = getattr(self.link, 'wire', None)
        self.server_ports, self.names = self.link.ports, {}
        self.sockets, self.conn = [], None
        self.next_poll = self.last_activity = 0
        self.deadline = time.monotonic() + deadline

    # What hosts do

    def address(self, side, version=None):
        return hosts.address(self.link.kind, side, version or self.version)

    def sysctl(self, side, **values):
        """Set kernel parameters of one host; it is noted as a call."""
        self.namespaces[side].sysctl(**values)
        for name, value in values.items():
            self.note(side, 'sysctl', '%s=%s' % (name, value))

    def note(self, side, call, args, result='ok'):
        """A line of calls.tsv that is no socket's."""
        self.truth.call(time.time_ns(), side, call, call, args, result)

    def new_name(self, letter):
        self.names[letter] = self.names.get(letter, 0) + 1
        return '%s%d' % (letter, self.names[letter])

    def socket(self, side='client', version=None, name=None, **options):
        return Sock(self, side, name or self.new_name('c' if side == 'client' else 's'),
                    FAMILY[version or self.version], **options)

    def listen(self, side='server', port=8080, backlog=64, version=None, reuse=True, prepare=None,
               **options):
        """A listening socket; prepare(socket) may set options first."""
        listener = self.socket(side, version, name='L', **options)
        self.server_ports.add(port)
        if reuse:
            listener.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if prepare:
            prepare(listener)
        failure = listener.bind(port) or listener.listen(backlog)
        self.require(failure is None, 'cannot listen: %s' % failure)
        return listener

    def connect(self, side='client', port=8080, bind=None, version=None, prepare=None, **options):
        """A socket that starts to connect to the other host; its connection becomes the one that
        check() looks at.
        """
        sock = self.socket(side, version, **options)
        if bind:
            sock.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            sock.bind(bind)
        if prepare:
            prepare(sock)
        target = self.address('server' if side == 'client' else 'client', version)
        sock.connect(target, port)
        self.look_at(sock, target, port)
        return sock

    def look_at(self, sock, target, port):
        """check() looks at this socket's connection from now on."""
        remote = endpoint(target, port)
        sock.conn = self.conn = (sock.local, remote) if sock.side == 'client' else (remote,
                                                                                    sock.local)

    def pair(self, listener=None, **options):
        """An established connection: the sockets of client and server."""
        if listener is None:
            listener = self.listen(port=options.get('port', 8080), version=options.get('version'))
        client = self.connect(**options)
        client.connected()
        server = listener.accept()
        self.check('established', 'ESTABLISHED', 'ESTABLISHED')
        return client, server

    def exchange(self, client, server, request=100, answer=100):
        """A request and an answer."""
        client.send(request)
        server.recv()
        server.send(answer)
        client.recv()
        self.quiet()

    # Time

    def wait(self, seconds):
        """Let time pass."""
        self._run(lambda: False, seconds)

    def until(self, condition, within, what):
        """Let time pass until the condition holds."""
        if not self._run(condition, within):
            raise Expectation('no %s within %g s' % (what, within))

    def quiet(self, seconds=0.06, within=10):
        """Wait until nothing was on the wire for so long."""
        def silent():
            return self.link.next_due(
                ) is None and time.time_ns() - self.link.last_segment_ns > seconds * 1e9
        self.until(silent, within, 'silence')

    def ready(self, sock, writing=False):
        return bool(select.select([] if writing else [sock], [sock] if writing else [], [],
                                  0)[writing])

    def active(self):
        """Something happened: take the segments now, and poll often for a while."""
        self.last_activity = time.time_ns()
        self.next_poll = min(self.next_poll, self.last_activity + POLL_NS)
        self.link.service()

    # Checks

    def states(self, conn=None):
        """(client, server) as the kernels have it now."""
        return self.poll().get(conn or self.conn, self.truth.absent)

    def check(self, label, client=None, server=None, conn=None, within=5, settle=SETTLE):
        """Wait until the kernels have these states, and still have them a little later; label that
        moment in the truth.
        """
        wanted = (client, server)

        def holds():
            return all(w in (None, s)
                       for w, s
                       in zip(wanted,
                              self.truth.last_states.get(conn or self.conn, self.truth.absent)))
        began = time.monotonic()
        self.poll()
        if not self._run(holds, within):
            raise Expectation('%s: expected %s, the kernels have %s'
                              % (label, _shown(wanted), _shown(self.states(conn))))
        took = time.monotonic() - began
        self.wait(settle)
        self.label(label)
        if not holds():
            raise Expectation('%s: %s did not last, the kernels have %s'
                              % (label, _shown(wanted), _shown(self.states(conn))))
        return took

    def check_count(self, label, side, state, number, within=5):
        """Wait until so many connections of one side are in this state."""
        def count():
            return sum(s[side == 'server'] == state for s in self.truth.last_states.values())
        if not self._run(lambda: count() == number, within):
            raise Expectation('%s: expected %d %s in %s, the kernel has %d'
                              % (label, number, side, state, count()))
        self.wait(SETTLE)
        self.label(label)

    def check_listening(self, side, port, wanted=True):
        """The kernel has, or has no, listening socket on the port."""
        if self.diag[side].listening(port) != wanted:
            raise Expectation('port %d: listening is %s' % (port, not wanted))
        move = ('CLOSED', 'LISTEN') if wanted else ('LISTEN', 'CLOSED')
        self.truth.moves.append((time.time_ns(), None, side) + move)

    def require(self, fact, what):
        """Any other expectation."""
        if not fact:
            raise Expectation(what)

    def label(self, label):
        """A labelled moment in the truth."""
        before = time.time_ns()
        self.poll()
        self.truth.checkpoint(label, before, time.time_ns())

    def poll(self):
        """Ask the kernels; a poll during which a segment came is repeated, so that the states
        belong to the segments.
        """
        for _ in range(5):
            self.link.service()
            states = self._kernel_states()
            if not self.link.service():
                break
        now = time.time_ns()
        if self.truth.poll(now, states):
            self.last_activity = now
        return states

    def finish(self):
        """The last poll."""
        self.wait(0.05)
        self.poll()
        self.truth.finish()

    def _kernel_states(self):
        client = self.diag['client'].connections() if 'client' in self.diag else None
        if self.link.one_host:
            return self._one_host_states(client)
        server = self.diag['server'].connections() if 'server' in self.diag else None
        keys = set(client or ()) | {(remote, local) for local, remote in server or ()}
        return {k: (_state(client, k), _state(server, (k[1], k[0]))) for k in keys}

    def _one_host_states(self, all_states):
        keys = {k if _port(k[1]) in self.server_ports or _port(k[0]) not in self.server_ports
                else (k[1], k[0]) for k in all_states}
        return {k: (_state(all_states, k), _state(all_states, (k[1], k[0]))) for k in keys}

    def _run(self, condition, seconds):
        """Carry segments and poll until the condition holds or the time is over."""
        end = time.time_ns() + int(seconds * 1e9)
        self.link.service()
        while not condition():
            now = time.time_ns()
            if now >= end:
                return False
            if time.monotonic() > self.deadline:
                raise Expectation('the scenario takes too long')
            if now >= self.next_poll:
                self.poll()
                busy = now - max(self.last_activity, self.link.last_segment_ns) < IDLE_AFTER_NS
                self.next_poll = now + (POLL_NS if busy else IDLE_POLL_NS)
                continue
            due = min(t for t in (end, self.next_poll, self.link.next_due()) if t is not None)
            select.select(self.link.fds(), [], [], max(0, due - now) / 1e9)
            if self.link.service():
                self.next_poll = min(self.next_poll, time.time_ns() + POLL_NS)
        return True


def _state(states, key):
    return '-' if states is None else states.get(key, 'CLOSED')


def _port(text):
    return int(text.rpartition(':')[2])


def _shown(states):
    return ' / '.join(s or '?' for s in states)
