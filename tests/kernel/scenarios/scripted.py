# SPDX-License-Identifier: GPL-2.0-or-later
"""One real kernel against a scripted peer, which says what no kernel would."""
from tcplab.model import Scenario
from tcplab.peer import MSS_ONLY, Peer

FAR_AHEAD, BEHIND = 1 << 30, -(1 << 20)


def opened(w, **options):
    """A connection of a scripted client: (peer, accepted socket)."""
    listener = w.listen()
    p = Peer(w, **options)
    s = p.open(listener)
    w.check('established', server='ESTABLISHED')
    return p, s


def plain(w):
    """Every step of a connection."""
    listener = w.listen()
    p = Peer(w)
    p.syn()
    w.check('SYN', server='SYN_RCVD')
    p.expect('SA')
    p.send('A')
    w.check('ACK', server='ESTABLISHED')
    s = listener.accept()
    p.send('PA', b'hello')
    s.recv()
    s.send(5)
    p.expect('A')
    p.send('A')
    p.send('FA')
    w.check('FIN', server='CLOSE_WAIT')
    s.close()
    w.check('close()', server='LAST_ACK')
    p.expect('FA')
    p.send('A')
    w.check('last ACK', server='CLOSED')


def closed_port(w):
    """Everything that reaches a closed port gets RST, but RST."""
    p = Peer(w, kernel_port=9999)
    for flags in ('S', 'SA', 'A', 'FA', 'PA', ''):
        p.send(flags, b'x' if flags == 'PA' else b'', ack=777)
        w.check(flags or 'no flags', server='CLOSED')
        w.require(p.seen.pop().flags & 4, flags + ' must get RST')
    p.send('R')
    p.expect_nothing()


def listen_port(w):
    """LISTEN ignores RST and FIN, answers ACK by RST."""
    w.listen()
    p = Peer(w)
    for flags, answer in (('R', ''), ('A', 'R'), ('F', ''), ('FPU', ''), ('', ''), ('SA', 'R'),
                          ('SR', ''), ('SF', '')):
        p.seen.clear()
        p.send(flags, ack=777)
        w.check(flags or 'no flags', server='CLOSED')
        w.require([s.flags & 4 for s in p.seen] == [4] * len(answer),
                  '%s must be answered by %s' % (flags, answer or 'nothing'))


def syn_sent(w):
    """SYN_SENT: what does not count, and what does."""
    p = Peer(w, port=8080, kernel_port=45000)
    w.connect(bind=45000)
    w.conn = p.conn
    p.expect('S')
    p.send('SA', ack=777)
    p.expect('R')
    w.check('SYN-ACK of nothing: RST', client='SYN_SENT')
    p.send('RA', ack=777)
    w.check('RST with a wrong ACK', client='SYN_SENT')
    p.send('R')
    w.check('RST without ACK', client='SYN_SENT')
    p.send('A', ack=777)
    p.expect('R')
    w.check('old ACK: RST', client='SYN_SENT')
    p.send('FA')
    w.check('FIN', client='SYN_SENT')
    p.send('RA')
    w.check('RST with the right ACK', client='CLOSED')


def simultaneous_open(w):
    """The peer answers SYN by SYN."""
    p = Peer(w, port=8080, kernel_port=45000)
    c = w.connect(bind=45000)
    w.conn = p.conn
    p.expect('S')
    p.syn()
    w.check('SYN crosses SYN', client='SYN_RCVD')
    p.expect('SA')
    return p, c


def simultaneous_open_completes(w):
    p, c = simultaneous_open(w)
    p.send('A')
    w.check('ACK', client='ESTABLISHED')
    c.close()
    w.check('closed', client='FIN_WAIT_1')


def simultaneous_open_closes(w):
    p, c = simultaneous_open(w)
    c.close()
    w.check('SYN_RCVD -> FIN_WAIT_1', client='FIN_WAIT_1')
    p.send('A', ack=p.irs + 1)
    w.check('ACK of the SYN', client='FIN_WAIT_1')
    p.expected = p.irs + 2
    p.send('A')
    w.check('ACK of the FIN', client='FIN_WAIT_2')


def simultaneous_open_reset(w):
    p, c = simultaneous_open(w)
    p.send('R')
    w.check('RST in SYN_RCVD of an active opener', client='CLOSED')


def split_handshake(w):
    """The peer ACKs first and sends its SYN later."""
    p = Peer(w, port=8080, kernel_port=45000)
    w.connect(bind=45000)
    w.conn = p.conn
    p.expect('S')
    p.send('A')
    w.check('ACK alone', client='SYN_SENT')
    p.syn()
    w.check('SYN later', client='SYN_RCVD')
    p.expect('SA')
    p.send('A')
    w.check('ACK', client='ESTABLISHED')


def syn_rcvd(w):
    """SYN_RCVD: wrong ACKs, duplicates, resets."""
    w.listen()
    p = Peer(w)
    p.syn()
    p.expect('SA')
    p.send('A', ack=p.irs + 777)
    p.expect('R')
    w.check('wrong ACK: RST', server='SYN_RCVD')
    p.syn()
    p.expect('SA')
    w.check('SYN again: SYN-ACK again', server='SYN_RCVD')
    p.send('R', seq=p.isn + FAR_AHEAD)
    w.check('RST outside the window', server='SYN_RCVD')
    p.send('R', seq=p.isn + 1)
    w.check('RST', server='CLOSED')
    other = Peer(w, port=40001)
    other.syn()
    other.expect('SA')
    other.send('S', seq=other.isn + 500, options=MSS_ONLY)
    w.check('another SYN in the window: RST', server='CLOSED')


def third_ack_fin(w):
    """The third segment carries data and FIN: SYN_RCVD -> CLOSE_WAIT."""
    listener = w.listen()
    p = Peer(w)
    p.syn()
    p.expect('SA')
    p.send('FPA', b'all')
    w.check('data and FIN', server='CLOSE_WAIT')
    s = listener.accept()
    s.recv()
    s.close()
    p.expect('FA')
    p.send('A')
    w.check('closed', server='CLOSED')


def fin_beyond_hole(w):
    p, s = opened(w)
    p.send('FA', seq=p.next + 100)
    w.check('FIN beyond a hole', server='ESTABLISHED')
    p.send('PA', b'x' * 100)
    w.check('hole filled', server='CLOSE_WAIT')


def fin_acks_fin(w):
    """FIN_WAIT_1 -> TIME_WAIT by one segment."""
    p, s = opened(w)
    s.close()
    w.check('close()', server='FIN_WAIT_1')
    p.expect('FA')
    p.send('FA')
    w.check('FIN that ACKs the FIN', server='TIME_WAIT')


def fin_wait_1(w):
    """FIN_WAIT_1: data is received, an ACK of data is not one of the FIN."""
    p, s = opened(w)
    s.send(100)
    p.expect('A')
    s.shutdown()
    w.check('shutdown()', server='FIN_WAIT_1')
    p.send('A', ack=p.irs + 101)
    w.check('ACK of the data only', server='FIN_WAIT_1')
    p.send('PA', b'more')
    s.recv()
    w.check('ACK of the FIN by data', server='FIN_WAIT_2')
    p.send('PA', b'still more')
    s.recv()
    w.check('data in FIN_WAIT_2', server='FIN_WAIT_2')
    p.send('FA')
    w.check('FIN', server='TIME_WAIT')


def last_ack(w):
    """LAST_ACK: an ACK of data does not end it."""
    p, s = opened(w)
    p.send('FA')
    w.check('FIN', server='CLOSE_WAIT')
    s.send(100)
    p.expect('A')
    s.close()
    w.check('close()', server='LAST_ACK')
    p.send('A', ack=p.irs + 101)
    w.check('ACK of the data only', server='LAST_ACK')
    p.expected = p.irs + 102
    p.send('A')
    w.check('ACK of the FIN', server='CLOSED')


def closing(w):
    """FINs cross: CLOSING and its ends."""
    p, s = opened(w)
    s.close()
    w.check('close()', server='FIN_WAIT_1')
    p.send('FA', ack=p.irs + 1)
    w.check('FIN that ACKs nothing', server='CLOSING')
    p.send('A', ack=p.irs + 1)
    w.check('old ACK', server='CLOSING')
    p.send('A', ack=p.irs + 2)
    w.check('ACK of the FIN', server='TIME_WAIT')


def closing_reset(w):
    p, s = opened(w)
    s.close()
    w.check('close()', server='FIN_WAIT_1')
    p.send('FA', ack=p.irs + 1)
    w.check('FIN that ACKs nothing', server='CLOSING')
    p.send('R')
    w.check('RST', server='CLOSED')


def fin_wait_2_orphan(w):
    """An orphan in FIN_WAIT_2: old segments, then data, which gets RST."""
    p = orphan(w)
    p.send('A', seq=p.next - 1)
    w.check('keep-alive', server='FIN_WAIT_2')
    p.send('R', seq=p.next + FAR_AHEAD)
    w.check('RST outside the window', server='FIN_WAIT_2')
    p.send('PA', b'data')
    p.expect('R')
    w.check('data -> RST', server='CLOSED')


def orphan(w):
    """An orphan in FIN_WAIT_2."""
    p, s = opened(w)
    s.close()
    p.expect('FA')
    p.send('A')
    w.check('orphan', server='FIN_WAIT_2')
    return p


def fin_wait_2_orphan_reset(w):
    """A RST in the window, not exact, is enough for an orphan."""
    p = orphan(w)
    p.send('R', seq=p.next + 5000)
    w.check('inexact RST', server='CLOSED')


def time_wait(w):
    """Brings the kernel to TIME_WAIT."""
    p, s = opened(w)
    s.close()
    p.expect('FA')
    p.send('FA')
    w.check('closed', server='TIME_WAIT')
    return p


def time_wait_syn(w):
    """SYN in TIME_WAIT: an old one gets an ACK, a new one reopens."""
    p = time_wait(w)
    p.send('S', seq=p.next - 50_000, options=MSS_ONLY)
    w.check('old SYN: ACK', server='TIME_WAIT')
    p.isn = p.next + 100_000
    p.syn()
    p.expect('SA')
    w.check('new SYN', server='SYN_RCVD')
    p.send('A')
    w.check('established again', server='ESTABLISHED')


def time_wait_reset(w):
    """RST in TIME_WAIT: outside the window it is ignored, inside it ends it."""
    p = time_wait(w)
    p.send('R', seq=p.next + FAR_AHEAD)
    w.check('RST outside', server='TIME_WAIT')
    p.send('R')
    w.check('RST', server='CLOSED')


def zero_window_close(w):
    """The peer's window is closed; close() with unsent data, the window opens late."""
    p, s = opened(w)
    p.send('A', window=0)
    s.send(100)
    s.close()
    w.check('FIN_WAIT_1, nothing sent', server='FIN_WAIT_1', settle=0.3)
    p.send('A')
    p.expect('FA')
    p.send('A')
    w.check('all sent', server='FIN_WAIT_2')


def wrap_around(w):
    """Sequence numbers pass 2^32 on the peer's side."""
    p, s = opened(w, isn=0xffffff00)
    for _ in range(3):
        p.send('PA', b'x' * 200)
        s.recv()
    p.send('FA')
    w.check('FIN after the wrap', server='CLOSE_WAIT')
    s.close()
    p.expect('FA')
    p.send('A')
    w.check('closed', server='CLOSED')


def row(name, function, description, side='client', undecidable='', slow=0):
    """A scenario whose scripted peer is on this side."""
    return Scenario('x-' + name, function, description, undecidable, scripted=side, slow=slow)


SCENARIOS = (
    row('plain', plain, 'every step of a plain connection'),
    row('closed-port', closed_port, 'a closed port receives every kind of segment'),
    row('listen', listen_port, 'LISTEN receives every kind of segment'),
    row('syn-sent', syn_sent, 'SYN_SENT: wrong SYN-ACK, RST, ACK, FIN; then the right RST',
        'server'),
    row('simultaneous-open', simultaneous_open_completes, 'SYN answered by SYN', 'server'),
    row('simultaneous-open-close', simultaneous_open_closes,
        'SYN answered by SYN, close() in SYN_RCVD -> FIN_WAIT_1', 'server'),
    row('simultaneous-open-reset', simultaneous_open_reset, 'SYN answered by SYN, then RST',
        'server'),
    row('split-handshake', split_handshake, 'SYN answered by ACK, then by SYN', 'server'),
    row('syn-rcvd', syn_rcvd, 'SYN_RCVD: wrong ACK, SYN again, RST, another SYN'),
    row('third-ack-fin', third_ack_fin, 'third segment with data and FIN: SYN_RCVD -> CLOSE_WAIT'),
    row('fin-beyond-hole', fin_beyond_hole, 'FIN beyond a hole'),
    row('fin-acks-fin', fin_acks_fin, 'FIN_WAIT_1 -> TIME_WAIT by one segment'),
    row('fin-wait-1', fin_wait_1, 'FIN_WAIT_1 and FIN_WAIT_2 after shutdown(): data, partial ACK'),
    row('last-ack', last_ack, 'LAST_ACK: partial ACK'),
    row('closing', closing, 'CLOSING: old ACK, ACK of the FIN'),
    row('closing-reset', closing_reset, 'RST in CLOSING'),
    row('fin-wait-2-orphan', fin_wait_2_orphan,
        'orphan in FIN_WAIT_2: keep-alive, RST outside, data'),
    row('fin-wait-2-orphan-reset', fin_wait_2_orphan_reset,
        'orphan in FIN_WAIT_2: an inexact RST ends it'),
    row('time-wait-syn', time_wait_syn, 'SYN in TIME_WAIT: old gets an ACK, new reopens'),
    row('time-wait-reset', time_wait_reset, 'RST in TIME_WAIT'),
    row('zero-window-close', zero_window_close, 'close() with unsent data, the window opens late',
        undecidable='FIN_WAIT_1 begins at close()'),
    row('wrap-around', wrap_around, 'sequence numbers pass 2^32'),
)
