# SPDX-License-Identifier: GPL-2.0-or-later
"""The programmes of a random scenario: clients, a server, and what befalls their hosts."""
import errno
import select
import socket
import threading
import time
import traceback

from tcplab import hosts
from tcplab.sockets import DATA, Sock

from .talk import Dice

FAMILY = {4: socket.AF_INET, 6: socket.AF_INET6}
LONG_S = 70
CHUNK = 65536
WITH_FIRST_SYN = 1000  # bytes that TCP Fast Open sends
CRASHED = (
    'table inet crash { chain o { type filter hook output priority 0; drop; }; '
    'chain i { type filter hook input priority 0; drop; }; }'
)


def background(stage, function, *arguments):
    """Run a function in a thread; a failure of the laboratory becomes a problem of the stage."""

    def body():
        try:
            function(*arguments)
        except (OSError, ValueError):
            pass  # somebody has closed the socket meanwhile
        except Exception:
            stage.problems.append(traceback.format_exc())

    threading.Thread(target=body, daemon=True).start()


def ready(stage, sock, events, seconds):
    """Wait for events of a socket; False when the time is over or the socket is closed."""
    poll = select.poll()
    if sock.socket.fileno() < 0:
        return False
    poll.register(sock.socket, events)
    end = min(time.monotonic() + seconds, stage.end)
    while sock.socket.fileno() >= 0:
        if poll.poll(max(1, min(200, (end - time.monotonic()) * 1000))):
            return True
        if time.monotonic() >= end:
            return False
    return False


class Actor:
    """One end of a conversation: does its operations in their order."""

    def __init__(self, stage, sock, ops, on_error):
        self.stage, self.sock, self.ops, self.on_error = stage, sock, ops, on_error
        self.dice = Dice(stage.draft.seed)

    def run(self):
        """Do them all, until the socket is closed, fails, or the time is over."""
        for name, *arguments in self.ops:
            if self.stage.over or self.sock.socket.fileno() < 0:
                return
            if getattr(self, 'do_' + name)(*arguments) is False:
                self.give_up()
                return

    def give_up(self):
        """A call has failed: close at once, later or never."""
        if self.on_error == 'leave':
            return
        if self.on_error == 'later':
            time.sleep(self.dice.uniform(0.2, 2))
        self.sock.close()

    def do_sleep(self, seconds):
        self.stage.sleep(seconds)

    def do_at(self, at):
        self.stage.sleep_until(at)

    def do_send(self, size, flags=0):
        """Send it all; a send that blocks too long is no failure."""
        began, left, result = time.time_ns(), size, size
        while left > 0 and result == size:
            try:
                left -= self.sock.socket.send(DATA[: min(left, CHUNK)], flags)
            except BlockingIOError:
                if not ready(self.stage, self.sock, select.POLLOUT, LONG_S):
                    result = 'blocked'
            except OSError as e:
                result = _name(e)
        self.note(began, 'send', '%d bytes%s' % (size, ' MSG_OOB' if flags else ''), result)
        return result in (size, 'blocked')

    def do_oob(self, size):
        return self.do_send(size, socket.MSG_OOB)

    def do_recv(self, size, seconds=LONG_S):
        """Receive so many bytes, or until the end or a time."""
        began, got, result, end = time.time_ns(), 0, '', time.monotonic() + seconds
        while got < size and not result:
            if not ready(self.stage, self.sock, select.POLLIN, end - time.monotonic()):
                result = 'timeout'
                continue
            try:
                data = self.sock.socket.recv(min(CHUNK, size - got))
                got += len(data)
                result = '' if data else 'EOF'
            except BlockingIOError:
                pass
            except OSError as e:
                result = _name(e)
        self.note(began, 'recv', size if size < 1 << 30 else 'until EOF', '%d %s' % (got, result))
        return result in ('', 'EOF', 'timeout')

    def do_drain(self, seconds):
        return self.do_recv(1 << 30, seconds)

    do_eof = do_drain

    def do_shut(self, how):
        self.sock.shutdown({0: 'SHUT_RD', 1: 'SHUT_WR', 2: 'SHUT_RDWR'}[how])

    def do_opt(self, level, name, value):
        self.sock.option(level, name, value)

    def do_close(self):
        self.sock.close()

    def do_abort(self):
        self.sock.abort()

    def note(self, began, call, args, result):
        self.stage.truth.call(began, self.sock.side, self.sock.name, call, args, result)


class Programmes:
    """Everything that happens on the two hosts."""

    def __init__(self, stage):
        self.stage, self.draft = stage, stage.draft
        self.by_port, self.listener, self.dead, self.accepted = {}, None, set(), 0

    def run(self):
        """Start all and wait for the scenario's end."""
        self.listen(self.draft.listener['accept'])
        for number, one in enumerate(self.draft.connections):
            background(self.stage, self.client, number, one)
        for act in self.draft.acts:
            background(self.stage, self.act, act)
        for rule in self.draft.firewalls:
            background(self.stage, self.firewall, rule)
        self.stage.sleep(self.draft.seconds)

    # The server

    def listen(self, accept):
        """A listening socket, and a thread that accepts."""
        drawn = self.draft.listener
        listener = Sock(self.stage, 'server', 'L', FAMILY[drawn['family']])
        listener.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if drawn['family'] == 6:
            listener.socket.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        for option in drawn['options']:
            listener.option(*option)
        if listener.bind(drawn['port']) is None:
            listener.listen(drawn['backlog'])
            self.listener = listener
            background(self.stage, self.accept, listener, accept)

    def accept(self, listener, policy):
        """Accept at once ('now'), slowly, from some second on, or never."""
        dice = Dice(self.draft.seed + 5)
        if policy == 'never':
            return
        if isinstance(policy, float):
            time.sleep(policy)
        while not self.stage.over and listener.socket.fileno() >= 0:
            if policy == 'slow':
                time.sleep(min(dice.expovariate(1 / 1.5), 6))
            if ready(self.stage, listener, select.POLLIN, 1):
                self.serve(listener)

    def serve(self, listener):
        """Accept a connection; the server's part is that of the client with this port."""
        name = 's%d' % self.accepted
        result = listener.call('accept', '-> ' + name, listener.socket.accept)
        if isinstance(result, OSError):
            return
        self.accepted += 1
        sock = Sock(self.stage, 'server', name, listener.family, result[0])
        one = self.by_port.get(result[1][1])
        if one:
            background(self.stage, Actor(self.stage, sock, one['server'], one['on_error']).run)

    # Clients

    def client(self, number, one):
        """A client, from its beginning on."""
        self.stage.sleep_until(one['at'])
        if 'client' in self.dead:
            return
        sock = self.socket('client', 'c%d' % number, one)
        for option in one['options']:
            sock.option(*option)
        if sock.bind(one['source_port'] or 0, hosts.ADDRESSES[one['family']]['client']) is not None:
            sock.close()
            return
        if one['mode'] == 'simopen':
            self.open_both(number, one, sock)
            return
        ops = list(one['client'])
        self.by_port[sock.socket.getsockname()[1]] = one
        target = hosts.ADDRESSES[one['family']]['server'], one['port']
        sending = [i for i, op in enumerate(ops) if op[0] == 'send']
        if one['mode'] == 'tfo' and sending:
            at = sending[0]
            size = ops[at][1]
            sent = sock.send_fast_open(min(size, WITH_FIRST_SYN), *target)
            left = size - (sent if isinstance(sent, int) else 0)
            ops[at : at + 1] = [('send', left)] if left else []
        else:
            sock.connect(*target)
        self.play(sock, ops, one)

    def open_both(self, number, one, client):
        """Both ends connect at the same time (RFC 9293 figure 7)."""
        address = hosts.ADDRESSES[one['family']]
        server = self.socket('server', 's%d' % number, one)
        server.bind(one['port'], address['server'])
        client.connect(address['server'], one['port'])
        server.connect(address['client'], one['source_port'])
        background(self.stage, self.play, server, one['server'], one)
        self.play(client, one['client'], one)

    def socket(self, side, name, one):
        sock = Sock(self.stage, side, name, FAMILY[one['family']])
        sock.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        return sock

    def play(self, sock, ops, one):
        """Wait for the connection, then act."""
        patience = one['patience'] if one['mode'] == 'impatient' else LONG_S
        if not ready(self.stage, sock, select.POLLOUT, patience):
            if one['mode'] == 'impatient' and sock.socket.fileno() >= 0:
                sock.close()
            return
        failed = sock.socket.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        if not failed:
            Actor(self.stage, sock, ops, one['on_error']).run()
        elif one['on_error'] != 'leave':
            sock.close()

    # What befalls hosts

    def act(self, act):
        self.stage.sleep_until(act['at'])
        getattr(self, act['act'])(act)

    def forge(self, act):
        """A forged segment for a connection that the wire has seen."""
        one = self.draft.connections[act['connection']]
        known = [
            four
            for four in list(self.stage.wire.latest)
            if four[3] == one['port'] and one['source_port'] in (None, four[1])
        ]
        if known:
            self.stage.wire.forge(known[act['connection'] % len(known)], act)

    def kill(self, act):
        """A process ends: its kernel closes its sockets."""
        for sock in self.sockets(act['side']):
            if sock is not self.listener:
                sock.call('(killed)', 'the process ends', sock.socket.close)

    def crash(self, act):
        """A host is gone with its sockets, without a word; later it may be back."""
        side, stage = act['side'], self.stage
        self.dead.add(side)
        stage.firewall(side, CRASHED)
        stage.wire.cuts.append(act['where'])
        for sock in self.sockets(side):
            if sock is self.listener:
                sock.close()
            else:
                sock.vanish()
        stage.sleep(act['back'])
        if stage.over:
            return
        stage.firewall(side, 'delete table inet crash')
        stage.wire.cuts.remove(act['where'])
        self.dead.discard(side)
        if side == 'server':
            self.listen('now')

    def unlisten(self, act):
        """The server closes its listening socket, and may open another."""
        if self.listener:
            self.listener.close()
        self.stage.sleep(act['again'])
        if not self.stage.over:
            self.listen(self.draft.listener['accept'])

    def firewall(self, rule):
        """A host drops some segments for a while."""
        self.stage.sleep_until(rule['at'])
        self.stage.firewall(
            rule['side'],
            'table inet fw { chain c { type filter hook %s priority 0; %s drop; }; }'
            % (rule['hook'], rule['match']),
        )
        self.stage.sleep_until(rule['until'])
        self.stage.firewall(rule['side'], 'delete table inet fw')

    def sockets(self, side):
        """The open sockets of a side."""
        return [
            sock
            for sock in list(self.stage.sockets)
            if sock.side == side and sock.socket.fileno() >= 0
        ]


def _name(error):
    return errno.errorcode.get(error.errno, str(error))
