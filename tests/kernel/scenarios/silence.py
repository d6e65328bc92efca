# SPDX-License-Identifier: GPL-2.0-or-later
"""Connections in which somebody falls silent: crashes, outages, full windows, idle times."""
import socket

from tcplab.model import Scenario

from .closing import client_then_server, fill, read_all, small_buffers, used

TCP_KEEPIDLE, TCP_KEEPINTVL, TCP_KEEPCNT, TCP_USER_TIMEOUT = 4, 5, 6, 18


def keep_alive(s, idle=1, interval=1, count=2):
    """Turn keep-alive on."""
    s.tcp_option(TCP_KEEPIDLE, idle)
    s.tcp_option(TCP_KEEPINTVL, interval)
    s.tcp_option(TCP_KEEPCNT, count)
    s.option(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)


def cut(w, to=None):
    """Nothing gets through any more, in one direction or both."""
    w.note('-', 'cut', 'to ' + to if to else 'both directions', '')
    return w.wire.add_rule('drop', to=to)


def vanish(w, sock, states):
    """A host is gone with its memory."""
    cut(w)
    sock.vanish()
    w.check('gone', *states)


def idle(w):
    c, s = used(w)
    w.wait(5)
    w.check('idle', 'ESTABLISHED', 'ESTABLISHED')


def client_vanishes_idle(w):
    c, s = used(w)
    vanish(w, c, ('CLOSED', 'ESTABLISHED'))
    w.wait(4)
    w.check('server knows nothing', 'CLOSED', 'ESTABLISHED')


def keepalive_answered(w):
    c, s = used(w)
    keep_alive(s)
    w.wait(3.5)
    w.check('probes answered', 'ESTABLISHED', 'ESTABLISHED')
    client_then_server(w, c, s)


def keepalive_vanished(w):
    c, s = used(w)
    keep_alive(s)
    w.wait(1.6)
    w.check('one probe answered', 'ESTABLISHED', 'ESTABLISHED')
    vanish(w, c, ('CLOSED', 'ESTABLISHED'))
    w.check('keep-alive gave up', 'CLOSED', 'CLOSED', within=8)


def keepalive_reboot(w):
    c, s = used(w)
    keep_alive(s)
    c.vanish()
    w.check('client rebooted', 'CLOSED', 'ESTABLISHED')
    w.check('probe -> RST', 'CLOSED', 'CLOSED')


def keepalive_close_wait(w):
    """A leaked CLOSE_WAIT with keep-alive: the client's orphan has timed out, the probe gets RST.
    """
    w.sysctl('client', tcp_fin_timeout=2)
    c, s = used(w)
    keep_alive(s, 3, 1, 3)
    c.close()
    w.check('client closed', 'FIN_WAIT_2', 'CLOSE_WAIT')
    w.check('orphan timed out', 'CLOSED', 'CLOSE_WAIT')
    w.check('probe -> RST', 'CLOSED', 'CLOSED', within=6)


def retransmission_death(w):
    w.sysctl('client', tcp_retries2=4)
    c, s = used(w)
    vanish(w, s, ('ESTABLISHED', 'CLOSED'))
    c.send(100)
    w.check('data outstanding', 'ESTABLISHED', 'CLOSED')
    w.check('gave up', 'CLOSED', 'CLOSED', within=30)


def retransmission_death_later(w):
    """The same, and the capture goes on: the next connection works."""
    w.sysctl('client', tcp_retries2=4)
    listener = w.listen()
    c, s = w.pair(listener)
    w.exchange(c, s)
    rule = cut(w)
    s.vanish()
    c.send(100)
    w.check('data outstanding', 'ESTABLISHED', 'CLOSED')
    w.check('gave up', 'CLOSED', 'CLOSED', within=30)
    rule.end()
    w.wait(8)
    client_then_server(w, *w.pair(listener))


def retransmission_death_one_way(w):
    """Only one direction is dead: the server sends, hears no ACK and gives up; the client believes
    all is well.
    """
    w.sysctl('server', tcp_retries2=3)
    c, s = used(w)
    cut(w, 'server')
    s.send(100)
    w.check('data arrives, its ACK does not', 'ESTABLISHED', 'ESTABLISHED', settle=0.2)
    w.check('server gave up', 'ESTABLISHED', 'CLOSED', within=30)


def user_timeout(w):
    c, s = used(w)
    c.tcp_option(TCP_USER_TIMEOUT, 1500)
    cut(w)
    c.send(100)
    w.check('data outstanding', 'ESTABLISHED', 'ESTABLISHED')
    w.check('TCP_USER_TIMEOUT', 'CLOSED', 'ESTABLISHED', within=8)


def outage(w):
    """Nothing gets through for two seconds, then everything as before."""
    c, s = used(w)
    rule = cut(w)
    c.send(100)
    s.send(100)
    w.wait(2)
    w.check('outage', 'ESTABLISHED', 'ESTABLISHED')
    rule.end()
    w.wait(2)
    s.recv()
    c.recv()
    w.quiet()
    w.check('over', 'ESTABLISHED', 'ESTABLISHED')
    client_then_server(w, c, s)


def zero_window(w):
    c, s = w.pair(w.listen(prepare=small_buffers))
    sent = fill(w, c)
    w.check('window closed', 'ESTABLISHED', 'ESTABLISHED')
    w.wait(2.5)
    w.check('probes', 'ESTABLISHED', 'ESTABLISHED')
    read_all(s, sent)
    w.check('open again', 'ESTABLISHED', 'ESTABLISHED')
    client_then_server(w, c, s)


def zero_window_dead(w):
    """The window is closed and the receiver vanishes: probes are never answered."""
    w.sysctl('client', tcp_retries2=3)
    c, s = w.pair(w.listen(prepare=small_buffers))
    fill(w, c)
    w.check('window closed', 'ESTABLISHED', 'ESTABLISHED')
    vanish(w, s, ('ESTABLISHED', 'CLOSED'))
    w.check('probes gave up', 'CLOSED', 'CLOSED', within=40)


def fin_wait_1_vanished(w):
    w.sysctl('client', tcp_orphan_retries=3)
    c, s = used(w)
    vanish(w, s, ('ESTABLISHED', 'CLOSED'))
    c.close()
    w.check('FIN unanswered', 'FIN_WAIT_1', 'CLOSED')
    w.check('orphan gave up', 'CLOSED', 'CLOSED', within=20)


def fin_wait_1_open(w):
    """shutdown() and nobody there: the socket is not an orphan, tcp_retries2 decides."""
    w.sysctl('client', tcp_retries2=3)
    c, s = used(w)
    cut(w)
    c.shutdown()
    w.check('FIN unanswered', 'FIN_WAIT_1', 'ESTABLISHED')
    w.check('gave up', 'CLOSED', 'ESTABLISHED', within=30)


def closing_vanished(w):
    """The FINs cross, then nothing gets through: both sides give up in CLOSING."""
    for side in ('client', 'server'):
        w.sysctl(side, tcp_orphan_retries=3)
    c, s = used(w)
    hold = w.wire.add_rule('hold', flags='FA', times=2)
    c.close()
    s.close()
    w.check('FINs in flight', 'FIN_WAIT_1', 'FIN_WAIT_1')
    cut(w)
    hold.release()
    w.check('CLOSING', 'CLOSING', 'CLOSING')
    w.check('orphans gave up', 'CLOSED', 'CLOSED', within=20)


def fin_wait_2_vanished(w):
    """The server vanishes in CLOSE_WAIT: FIN_WAIT_2 runs out."""
    w.sysctl('client', tcp_fin_timeout=3)
    c, s = used(w)
    c.close()
    w.check('client closed', 'FIN_WAIT_2', 'CLOSE_WAIT')
    vanish(w, s, ('FIN_WAIT_2', 'CLOSED'))
    w.check('timed out', 'CLOSED', 'CLOSED', within=6)


def loss_and_reordering(w):
    """Data with losses, duplicates and reordering on the way; the states do not care."""
    c, s = used(w)
    for skip in (2, 5, 9):
        w.wire.add_rule('drop', to='server', data=True, skip=skip, times=1)
    w.wire.add_rule('late', to='server', data=True, skip=12, times=2, extra=0.03)
    w.wire.add_rule('copy', to='server', data=True, skip=15, times=2, extra=0.01)
    w.wire.add_rule('drop', to='client', flags='A', skip=6, times=2)
    c.send(40000)
    read_all(s, 40000)
    w.quiet()
    w.check('all received', 'ESTABLISHED', 'ESTABLISHED')
    client_then_server(w, c, s)


def urgent(w):
    c, s = used(w)
    c.send(b'ab')
    c.send(b'!', socket.MSG_OOB)
    s.recv()
    w.quiet()
    client_then_server(w, c, s)


GIVES_UP = 'the end is silent'
SILENT = 'undecidable from the wire: silence'

SCENARIOS = (
    Scenario('idle', idle, 'idle for 5 s, still open at the end'),
    Scenario('client-vanishes-idle', client_vanishes_idle,
             'client host crashes idle, no keep-alive', SILENT),
    Scenario('keepalive-answered', keepalive_answered, 'keep-alive probes are answered'),
    Scenario('keepalive-vanished', keepalive_vanished,
             'client vanishes; keep-alive 1 s / 1 s / 2 gives up with RST'),
    Scenario('keepalive-reboot', keepalive_reboot, 'client rebooted: keep-alive probe gets RST',
             'half-open until the probe'),
    Scenario('keepalive-close-wait', keepalive_close_wait,
             'leaked CLOSE_WAIT ends by a keep-alive probe', 'FIN_WAIT_2 ends silently'),
    Scenario('retransmission-death', retransmission_death,
             'server vanishes with data outstanding, tcp_retries2=4', GIVES_UP, slow=12),
    Scenario('retransmission-death-later', retransmission_death_later,
             'server vanishes with data outstanding; later connections work',
             GIVES_UP, slow=20),
    Scenario('retransmission-death-one-way', retransmission_death_one_way,
             'one direction is dead: server gives up, client is half-open',
             GIVES_UP),
    Scenario('user-timeout', user_timeout, 'TCP_USER_TIMEOUT of 1.5 s ends ESTABLISHED', GIVES_UP),
    Scenario('outage', outage, 'nothing gets through for 2 s'),
    Scenario('zero-window', zero_window, 'zero window, probes, the window opens again', slow=6),
    Scenario('zero-window-dead', zero_window_dead,
             'zero window, the receiver vanishes, tcp_retries2=3', GIVES_UP, slow=12),
    Scenario('fin-wait-1-vanished', fin_wait_1_vanished, 'FIN to a dead host, tcp_orphan_retries=3',
             GIVES_UP),
    Scenario('fin-wait-1-open', fin_wait_1_open, 'shutdown(), nothing gets through, tcp_retries2=3',
             GIVES_UP),
    Scenario('fin-wait-2-vanished', fin_wait_2_vanished,
             'server vanishes in CLOSE_WAIT, tcp_fin_timeout=3', GIVES_UP),
    Scenario('closing-vanished', closing_vanished, 'FINs cross, then an outage: CLOSING gives up',
             GIVES_UP),
    Scenario('loss-and-reordering', loss_and_reordering,
             'bulk data with loss, duplicates and reordering'),
    Scenario('urgent', urgent, 'urgent data (MSG_OOB)'),
)
