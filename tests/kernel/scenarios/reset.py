# SPDX-License-Identifier: GPL-2.0-or-later
"""Connections that end, or do not end, by RST."""
from tcplab.model import Scenario
from tcplab.packet import RST, SYN, ACK, Segment

from .closing import used

FORGED_TTL = 57


def abort_client(w):
    c, s = used(w)
    c.abort()
    w.check('aborted', 'CLOSED', 'CLOSED')


def abort_server(w):
    c, s = used(w)
    s.abort()
    w.check('aborted', 'CLOSED', 'CLOSED')


def abort_after_open(w):
    c, s = w.pair()
    c.abort()
    w.check('aborted', 'CLOSED', 'CLOSED')


def close_unread(w):
    """close() with unread data: RST instead of FIN."""
    c, s = used(w)
    c.send(50)
    w.quiet()
    s.close()
    w.check('unread data -> RST', 'CLOSED', 'CLOSED')


def killed_unread(w):
    c, s = used(w)
    kill = s.give_to_child()
    c.send(50)
    w.quiet()
    kill()
    w.check('killed with unread data -> RST', 'CLOSED', 'CLOSED')


def killed(w):
    """A killed process closes as if by close()."""
    c, s = used(w)
    kill = s.give_to_child()
    kill()
    w.check('killed: FIN', 'CLOSE_WAIT', 'FIN_WAIT_2')
    c.recv()
    c.close()
    w.check('closed', 'CLOSED', 'TIME_WAIT')


def close_wait_unread(w):
    c, s = used(w)
    c.send(50)
    c.close()
    w.check('CLOSE_WAIT with unread data', 'FIN_WAIT_2', 'CLOSE_WAIT')
    s.close()
    w.check('RST', 'CLOSED', 'CLOSED')


def abort_in_close_wait(w):
    c, s = used(w)
    c.shutdown()
    w.check('half closed', 'FIN_WAIT_2', 'CLOSE_WAIT')
    s.abort()
    w.check('RST kills FIN_WAIT_2', 'CLOSED', 'CLOSED')


def data_after_close(w):
    """close(), then data of the peer arrives: an orphan answers RST."""
    c, s = used(w)
    c.close()
    w.check('client closed', 'FIN_WAIT_2', 'CLOSE_WAIT')
    s.send(200)
    w.check('data -> RST', 'CLOSED', 'CLOSED')


def reset_in_handshake(w):
    """The client gives up while the server is in SYN_RCVD: back to LISTEN."""
    w.wire.add_rule('drop', to='server', flags='A')
    w.listen()
    c = w.connect()
    w.check('third ACK lost', 'ESTABLISHED', 'SYN_RCVD')
    c.abort()
    w.check('RST -> LISTEN', 'CLOSED', 'CLOSED')
    w.check_listening('server', 8080)


def reset_lost(w):
    c, s = used(w)
    w.wire.add_rule('drop', to='server', flags='RA', times=1)
    c.abort()
    w.check('RST lost: half-open', 'CLOSED', 'ESTABLISHED', settle=0.5)
    s.send(20)
    w.check('data -> RST', 'CLOSED', 'CLOSED')


def server_reboot(w):
    c, s = used(w)
    s.vanish()
    w.check('server lost its memory: half-open', 'ESTABLISHED', 'CLOSED', settle=0.5)
    c.send(20)
    w.check('data -> RST', 'CLOSED', 'CLOSED')


def reboot_and_reconnect(w):
    """The client reboots and connects again from the same port: the server is still ESTABLISHED
    (challenge ACK, RST, SYN again).
    """
    listener = w.listen()
    c, s = w.pair(listener, bind=45000)
    w.exchange(c, s)
    c.vanish()
    w.check('client gone', 'CLOSED', 'ESTABLISHED', settle=0.2)
    c = w.connect(bind=45000)
    c.connected()
    listener.accept()
    w.check('connected anew', 'ESTABLISHED', 'ESTABLISHED')


def forge(w, to, flags, offset=0, about=None):
    """A segment in the name of the other side, at its next sequence number plus offset."""
    last = about or w.wire.latest(to)
    ack = w.wire.latest('server' if to == 'client' else 'client')
    segment = Segment(last.src, last.dst, last.sport, last.dport, flags,
                      (last.seq + last.length + offset) % 2**32,
                      (ack.seq + ack.length) % 2**32 if flags & ACK else 0, ttl=FORGED_TTL)
    w.wire.forge(segment, to)
    w.active()


def forged_rst(offset):
    """A forged RST that must be ignored or challenged."""
    def scenario(w):
        c, s = used(w)
        forge(w, 'server', RST, offset)
        w.check('still there', 'ESTABLISHED', 'ESTABLISHED', settle=0.2)
        w.exchange(c, s)
        c.close()
        w.check('client closed', 'FIN_WAIT_2', 'CLOSE_WAIT')
        s.close()
        w.check('server closed', 'TIME_WAIT', 'CLOSED')
    return scenario


def forged_rst_exact(w):
    c, s = used(w)
    forge(w, 'server', RST)
    w.check('server believes it', 'ESTABLISHED', 'CLOSED', settle=0.3)
    c.send(20)
    w.check('data -> RST', 'CLOSED', 'CLOSED')


def forged_rst_to_client(w):
    c, s = used(w)
    forge(w, 'client', RST | ACK)
    w.check('client believes it', 'CLOSED', 'ESTABLISHED', settle=0.3)
    s.send(20)
    w.check('data -> RST', 'CLOSED', 'CLOSED')


def forged_syn(w):
    c, s = used(w)
    forge(w, 'server', SYN, 1000)
    w.check('SYN in the window', 'ESTABLISHED', 'ESTABLISHED', settle=0.2)
    forge(w, 'server', SYN, -100_000_000)
    w.check('SYN out of the window', 'ESTABLISHED', 'ESTABLISHED', settle=0.2)
    w.exchange(c, s)
    c.close()
    w.check('client closed', 'FIN_WAIT_2', 'CLOSE_WAIT')
    s.close()
    w.check('server closed', 'TIME_WAIT', 'CLOSED')


def forged_data_rst(w):
    """RST at the next sequence number while data is in flight: by the time it arrives it is old."""
    c, s = used(w)
    last = w.wire.latest('server')
    c.send(300)
    s.recv()
    forge(w, 'server', RST, 0, last)
    w.check('old RST ignored', 'ESTABLISHED', 'ESTABLISHED', settle=0.2)
    c.close()
    w.check('client closed', 'FIN_WAIT_2', 'CLOSE_WAIT')
    s.close()
    w.check('server closed', 'TIME_WAIT', 'CLOSED')


def reset_while_unaccepted(w):
    w.listen()
    c = w.connect()
    w.check('in the accept queue', 'ESTABLISHED', 'ESTABLISHED')
    c.abort()
    w.check('aborted before accept()', 'CLOSED', 'CLOSED')


def reset_with_data_in_flight(w):
    """The client aborts while the server's data is on its way."""
    c, s = used(w)
    hold = w.wire.add_rule('hold', to='client')
    s.send(5000)
    c.abort()
    w.check('aborted', 'CLOSED', 'CLOSED')
    hold.release()
    w.check('late data -> RST', 'CLOSED', 'CLOSED', settle=0.2)


FAR = 'the other side cannot know'

SCENARIOS = (
    Scenario('reset-by-client', abort_client, 'the client aborts (SO_LINGER 0): RST'),
    Scenario('reset-by-server', abort_server, 'the server aborts (SO_LINGER 0): RST'),
    Scenario('reset-after-open', abort_after_open, 'RST right after the handshake, no data'),
    Scenario('close-unread', close_unread, 'close() with unread data: RST instead of FIN'),
    Scenario('killed-unread', killed_unread, 'server process killed with unread data: RST'),
    Scenario('killed', killed, 'server process killed: FIN, as by close()'),
    Scenario('close-wait-unread', close_wait_unread,
             'CLOSE_WAIT with unread data, close(): RST kills FIN_WAIT_2'),
    Scenario('reset-in-close-wait', abort_in_close_wait, 'abort in CLOSE_WAIT kills FIN_WAIT_2'),
    Scenario('data-after-close', data_after_close, 'data for an orphan in FIN_WAIT_2: RST',
             'close() or shutdown(): only the RST tells'),
    Scenario('reset-in-handshake', reset_in_handshake,
             'RST while the server is in SYN_RCVD: back to LISTEN'),
    Scenario('reset-unaccepted', reset_while_unaccepted,
             'RST while the connection waits for accept()'),
    Scenario('reset-data-in-flight', reset_with_data_in_flight,
             'abort while data comes: it is answered by RST'),
    Scenario('reset-lost', reset_lost, 'RST lost: half-open until the server writes', FAR),
    Scenario('server-reboot', server_reboot,
             'the server lost its memory: half-open until the client writes',
             'half-open until the RST'),
    Scenario('client-reboot-reconnect', reboot_and_reconnect,
             'client reboots, same port again: challenge ACK, RST, SYN again', FAR),
    Scenario('forged-rst', forged_rst(1000),
             'forged RST in the window but not exact: challenge ACK, the connection lives'),
    Scenario('forged-rst-outside', forged_rst(-100_000_000),
             'forged RST outside the window: ignored'),
    Scenario('forged-rst-exact', forged_rst_exact,
             'forged exact RST: server CLOSED, client half-open', FAR),
    Scenario('forged-rst-client', forged_rst_to_client,
             'forged exact RST+ACK to the client: server half-open', FAR),
    Scenario('forged-rst-old', forged_data_rst, 'RST that data has overtaken: ignored'),
    Scenario('forged-syn', forged_syn, 'forged SYN inside and outside the window: challenge ACK'),
)
