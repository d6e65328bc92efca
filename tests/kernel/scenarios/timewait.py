# SPDX-License-Identifier: GPL-2.0-or-later
"""TIME_WAIT: its length, what shortens, restarts, reopens or avoids it."""
import errno

from tcplab.model import Scenario
from tcplab.packet import RST

from .closing import client_then_server, used
from .reset import forge

PORT = 45000


def sixty_seconds(w):
    client_then_server(w, *used(w))
    took = w.check('after 60 s', 'CLOSED', 'CLOSED', within=64)
    w.require(59 < took < 63, 'TIME_WAIT lasted %.1f s' % took)


def sixty_seconds_server(w):
    """TIME_WAIT at the server; the capture goes on when it is over."""
    listener = w.listen()
    c, s = w.pair(listener)
    w.exchange(c, s)
    s.close()
    w.check('server closed', 'CLOSE_WAIT', 'FIN_WAIT_2')
    c.recv()
    c.close()
    w.check('client closed', 'CLOSED', 'TIME_WAIT')
    w.check('after 60 s', 'CLOSED', 'CLOSED', within=64)
    w.wait(3)
    client_then_server(w, *w.pair(listener))


def both_sixty_seconds(w):
    """After a simultaneous close both sides wait."""
    c, s = used(w)
    hold = w.wire.add_rule('hold', flags='FA')
    c.close()
    s.close()
    w.check('FINs in flight', 'FIN_WAIT_1', 'FIN_WAIT_1')
    hold.release()
    w.check('both wait', 'TIME_WAIT', 'TIME_WAIT')
    w.check('after 60 s', 'CLOSED', 'CLOSED', within=64)


def fin_replayed(w):
    """The server's FIN again after a while: ACKed again, and the 60 s start anew."""
    client_then_server(w, *used(w))
    # the server has no such socket any more and would answer RST
    rule = w.wire.add_rule('drop', to='server')
    w.wait(5)
    w.wire.deliver(w.wire.latest('client', 'FA'), 'client')
    w.check('ACKed again', 'TIME_WAIT', 'CLOSED')
    w.require(rule.hits == 1, 'one ACK')
    took = w.check('after 60 s more', 'CLOSED', 'CLOSED', within=66)
    w.require(took > 58, 'TIME_WAIT must start anew')


def assassinated(w):
    client_then_server(w, *used(w))
    forge(w, 'client', RST)
    w.check('RST in TIME_WAIT', 'CLOSED', 'CLOSED')


def rfc1337(w):
    w.sysctl('client', tcp_rfc1337=1)
    client_then_server(w, *used(w))
    forge(w, 'client', RST)
    w.check('RST ignored', 'TIME_WAIT', 'CLOSED', settle=0.3)


def server_waits(w, **options):
    """A used connection from a fixed port, closed by the server: TIME_WAIT is the server's. Returns
    the listener.
    """
    listener = w.listen()
    c, s = w.pair(listener, bind=PORT)
    w.exchange(c, s)
    s.close()
    w.check('server closed', 'CLOSE_WAIT', 'FIN_WAIT_2')
    c.close()
    w.check('server waits', 'CLOSED', 'TIME_WAIT')
    return listener


def port_reuse(w):
    """A new SYN with the same addresses and ports: TIME_WAIT -> SYN_RCVD."""
    listener = server_waits(w)
    hold = w.wire.add_rule('hold', to='client', flags='SA')
    c = w.connect(bind=PORT)
    w.check('TIME_WAIT reopened', 'SYN_SENT', 'SYN_RCVD')
    hold.release()
    w.check('established again', 'ESTABLISHED', 'ESTABLISHED')
    s = listener.accept()
    w.exchange(c, s)
    client_then_server(w, c, s)


def port_reuse_repeatedly(w):
    """The same port four times over, the client aborts each time."""
    listener = w.listen()
    for _ in range(4):
        c, s = w.pair(listener, bind=PORT)
        w.exchange(c, s)
        c.abort()
        w.check('aborted', 'CLOSED', 'CLOSED')
        s.close()


def port_reuse_refused(w):
    """A SYN with an old sequence number is answered by an ACK; the client kills TIME_WAIT by RST
    and tries again.
    """
    for side in ('client', 'server'):
        w.sysctl(side, tcp_timestamps=0)
    listener = server_waits(w)
    old = w.wire.latest('server', 'FA').seq
    hold = w.wire.add_rule('hold', to='client')
    w.connect(bind=PORT, prepare=lambda c: c.choose_isn((old - 100_000) % 2**32))
    w.check('old SYN: ACK held', 'SYN_SENT', 'TIME_WAIT')
    hold.release()
    w.check('killed by RST, SYN again', 'ESTABLISHED', 'ESTABLISHED')
    w.require(w.wire.latest('server', 'R'), 'the client must send RST')
    listener.accept()


def client_reconnects(w):
    """The client binds the port on which it is in TIME_WAIT and connects: TIME_WAIT -> SYN_SENT."""
    listener = w.listen()
    c, s = w.pair(listener, bind=PORT)
    w.exchange(c, s)
    client_then_server(w, c, s)
    hold = w.wire.add_rule('hold', to='client', flags='SA')
    w.connect(bind=PORT)
    w.check('TIME_WAIT -> SYN_SENT', 'SYN_SENT', 'SYN_RCVD')
    hold.release()
    w.check('established again', 'ESTABLISHED', 'ESTABLISHED')


def bind_refused(w):
    """A restarted server cannot bind while its old connection waits, unless it sets SO_REUSEADDR.
    """
    listener = w.listen()
    c, s = w.pair(listener)
    w.exchange(c, s)
    s.close()
    w.check('server closed', 'CLOSE_WAIT', 'FIN_WAIT_2')
    c.close()
    w.check('server waits', 'CLOSED', 'TIME_WAIT')
    listener.close()
    again = w.socket('server', name='L2')
    refused = again.bind(8080)
    w.require(isinstance(refused, OSError) and refused.errno == errno.EADDRINUSE, 'bind must fail')
    w.listen()
    c = w.connect()
    w.check('SO_REUSEADDR helps', 'ESTABLISHED', 'ESTABLISHED')


def no_buckets(w):
    w.sysctl('client', tcp_max_tw_buckets=0)
    c, s = used(w)
    c.shutdown()
    w.check('client closed', 'FIN_WAIT_2', 'CLOSE_WAIT')
    s.close()
    w.check('no TIME_WAIT', 'CLOSED', 'CLOSED')


def data_in_time_wait(w):
    """A copy of the server's data arrives late: TIME_WAIT answers by an ACK."""
    c, s = used(w)
    data = next(segment for segment, to in w.wire.history if to == 'client' and segment.payload)
    client_then_server(w, c, s)
    w.wire.add_rule('drop', to='server')
    w.wire.deliver(data, 'client')
    w.check('late data', 'TIME_WAIT', 'CLOSED', settle=0.2)


END = 'the end of TIME_WAIT is silent'

SCENARIOS = (
    Scenario('time-wait-60-s', sixty_seconds, 'the full life of TIME_WAIT at the client', END,
             slow=63),
    Scenario('time-wait-60-s-server', sixty_seconds_server,
             'the full life of TIME_WAIT at the server, then another connection', END, slow=66),
    Scenario('time-wait-60-s-both', both_sixty_seconds,
             'simultaneous close, the full life of TIME_WAIT on both sides', END, slow=63),
    Scenario('time-wait-fin-replayed', fin_replayed,
             'a FIN replayed after 5 s is ACKed again: TIME_WAIT starts anew', END, slow=68),
    Scenario('time-wait-reset', assassinated, 'RST in TIME_WAIT ends it (assassination)'),
    Scenario('time-wait-rfc1337', rfc1337, 'tcp_rfc1337=1: RST in TIME_WAIT is ignored',
             'a kernel parameter decides'),
    Scenario('time-wait-late-data', data_in_time_wait, 'late data in TIME_WAIT'),
    Scenario('time-wait-none', no_buckets, 'tcp_max_tw_buckets=0: FIN_WAIT_2 -> CLOSED',
             'looks like TIME_WAIT'),
    Scenario('time-wait-bind', bind_refused,
             'server restart: bind fails while TIME_WAIT lasts, SO_REUSEADDR helps'),
    Scenario('port-reuse', port_reuse, 'a new SYN on the same ports reopens TIME_WAIT'),
    Scenario('port-reuse-refused', port_reuse_refused,
             'old SYN in TIME_WAIT: ACK, RST by the client, SYN again'),
    Scenario('port-reuse-aborts', port_reuse_repeatedly,
             'the same ports four times, aborted each time'),
    Scenario('client-reconnects', client_reconnects,
             'the client connects from the port on which it is in TIME_WAIT'),
)
