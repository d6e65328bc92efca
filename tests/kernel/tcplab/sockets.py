# SPDX-License-Identifier: GPL-2.0-or-later
"""Sockets whose calls are noted: what an application does in a scenario."""
import errno
import os
import signal
import socket
import struct
import time

from .netns import die_with_parent
from .packet import endpoint

TCP_FASTOPEN, TCP_REPAIR, TCP_REPAIR_QUEUE, TCP_QUEUE_SEQ = 23, 19, 20, 21
SEND_QUEUE = 2
IPPROTO_MPTCP = 262
DATA = b'abcdefghijklmnopqrstuvwxyz0123456789' * 30000


class Sock:
    """A non-blocking socket of one side; every call is written to calls.tsv and its segments are
    taken at once.
    """

    def __init__(self, world, side, name, family, sock=None, protocol=socket.IPPROTO_TCP):
        self.world, self.side, self.name, self.family = world, side, name, family
        if sock is None:
            with world.namespaces[side].inside():
                sock = socket.socket(family, socket.SOCK_STREAM, protocol)
            if family == socket.AF_INET6:
                sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        self.socket = sock
        sock.setblocking(False)
        world.sockets.append(self)                      # a socket that nobody holds would be closed

    def call(self, name, args, function, wanted=True):
        """Do a call and note it; an OSError becomes its result's name."""
        t = time.time_ns()
        try:
            result = function()
            shown = 'ok' if result is None else len(result) if isinstance(result, bytes) else result
        except OSError as e:
            result, shown = e, errno.errorcode.get(e.errno, str(e))
        if wanted:
            self.world.truth.call(t, self.side, self.name, name, args, shown)
        self.world.active()
        return result

    def bind(self, port, address=''):
        return self.call('bind', port, lambda: self.socket.bind((address, port)))

    def listen(self, backlog):
        return self.call('listen', backlog, lambda: self.socket.listen(backlog))

    def option(self, level, name, value):
        """setsockopt()."""
        shown = value if isinstance(value, int) else value.hex()
        return self.call('setsockopt', '%d,%d,%s' % (level, name, shown),
                         lambda: self.socket.setsockopt(level, name, value))

    def tcp_option(self, name, value):
        return self.option(socket.IPPROTO_TCP, name, value)

    def connect(self, address, port):
        """Start connecting; the world waits for the outcome."""
        return self.call('connect', '%s %d' % (address, port),
                         lambda: self.socket.connect((address, port)))

    def connected(self, within=5):
        """Wait for the outcome of connect(): '' or the error's name."""
        self.world.until(lambda: self._poll_out(), within, 'outcome of connect()')
        code = self.call('getsockopt', 'SO_ERROR',
                         lambda: self.socket.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR), False)
        shown = errno.errorcode.get(code, '') if code else ''
        self.world.truth.call(time.time_ns(), self.side, self.name, 'getsockopt', 'SO_ERROR', shown
                              or 0)
        return shown

    def accept(self, name=None, within=5):
        """Wait for a connection and accept it."""
        got = []

        def attempt():
            try:
                got.append(self.socket.accept())
            except BlockingIOError:
                return False
            return True
        self.world.until(attempt, within, 'a connection to accept')
        sock, peer = got[0]
        name = name or self.world.new_name('s')
        self.call('accept', '-> ' + name, lambda: str(peer[:2]))
        accepted = Sock(self.world, self.side, name, self.family, sock)
        accepted.peer = peer
        return accepted

    def send(self, size, flags=0):
        """send() of so many bytes."""
        data = DATA[:size] if isinstance(size, int) else size
        return self.call('send',
                         '%d bytes%s' % (len(data), ' MSG_OOB' if flags & socket.MSG_OOB else ''),
                         lambda: self.socket.send(data, flags))

    def send_fast_open(self, size, address, port):
        """connect() and send() in one call (RFC 7413)."""
        return self.call('sendto', 'MSG_FASTOPEN %d bytes' % size,
                         lambda: self.socket.sendto(DATA[:size], socket.MSG_FASTOPEN,
                                                    (address, port)))

    def recv(self, size=65536, within=5):
        """Wait for data, the end or an error, and receive it."""
        self.world.until(lambda: self._readable(), within, 'data')
        return self.call('recv', size, lambda: self.socket.recv(size))

    def recv_now(self, size=65536):
        return self.call('recv', size, lambda: self.socket.recv(size))

    def shutdown(self, how='SHUT_WR'):
        return self.call('shutdown', how, lambda: self.socket.shutdown(getattr(socket, how)))

    def close(self):
        return self.call('close', '', self.socket.close)

    def abort(self):
        """close() with SO_LINGER of 0 seconds: RST."""
        self.option(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack('ii', 1, 0))
        return self.close()

    def choose_isn(self, isn):
        """The initial sequence number of the next connect(), which the kernel would choose at
        random. It must not be 0.
        """
        for option, value in ((TCP_REPAIR, 1), (TCP_REPAIR_QUEUE, SEND_QUEUE), (TCP_QUEUE_SEQ, isn),
                              (TCP_REPAIR, 0)):
            self.socket.setsockopt(socket.IPPROTO_TCP, option, struct.pack('I', isn)
                                   if option == TCP_QUEUE_SEQ else value)

    def vanish(self):
        """The socket is gone without a word, as after a crash of the host."""
        self.socket.setsockopt(socket.IPPROTO_TCP, TCP_REPAIR, 1)
        return self.call('close', 'TCP_REPAIR: silent (simulated host crash)', self.socket.close)

    def give_to_child(self):
        """Move the socket to a child process, which is killed by kill(): the kernel closes it then.
        """
        pid = os.fork()
        if pid == 0:
            die_with_parent(signal.SIGKILL)
            signal.pause()
            os._exit(0)
        self.socket.close()

        def kill():
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
        return lambda: self.call('(killed)', 'SIGKILL of the process', kill)

    @property
    def local(self):
        return endpoint(*self.socket.getsockname()[:2])

    def _poll_out(self):
        return self.world.ready(self.socket, writing=True)

    def _readable(self):
        return self.world.ready(self.socket)
