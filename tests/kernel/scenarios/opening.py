# SPDX-License-Identifier: GPL-2.0-or-later
"""How connections open: what is lost, crossed, doubled or kept back on the way to ESTABLISHED."""
from tcplab.model import Scenario
from tcplab.packet import SYN
from tcplab.sockets import IPPROTO_MPTCP, TCP_FASTOPEN

TCP_DEFER_ACCEPT, TCP_QUICKACK = 9, 12


def finish_by_client(w, c, s):
    """An exchange and an orderly close, so that the capture ends well."""
    w.exchange(c, s)
    c.close()
    w.check('client closed', 'FIN_WAIT_2', 'CLOSE_WAIT')
    s.close()
    w.check('server closed', 'TIME_WAIT', 'CLOSED')


def accept_and_read(listener):
    """Accept a connection that already has data."""
    s = listener.accept()
    s.recv()
    return s


def open_and_close(w):
    c, s = w.pair()
    finish_by_client(w, c, s)


def loses(to, flags, times=1):
    """A scenario that loses the first segments with these flags, then goes on."""
    def scenario(w):
        w.wire.add_rule('drop', to=to, flags=flags, times=times)
        open_and_close(w)
    return scenario


def third_ack_lost(w):
    w.wire.add_rule('drop', to='server', flags='A', times=1)
    listener = w.listen()
    c = w.connect()
    w.check('third ACK lost', 'ESTABLISHED', 'SYN_RCVD')
    w.check('SYN-ACK again, ACK again', 'ESTABLISHED', 'ESTABLISHED')
    finish_by_client(w, c, listener.accept())


def third_ack_lost_data(w):
    w.wire.add_rule('drop', to='server', flags='A', times=1)
    listener = w.listen()
    c = w.connect()
    w.check('third ACK lost', 'ESTABLISHED', 'SYN_RCVD')
    c.send(10)
    w.check('data completes the handshake', 'ESTABLISHED', 'ESTABLISHED')
    finish_by_client(w, c, accept_and_read(listener))


def third_ack_blackhole(w):
    w.sysctl('server', tcp_synack_retries=1)
    rule = w.wire.add_rule('drop', to='server', flags='A', data=False)
    w.listen()
    c = w.connect()
    w.check('all ACKs lost', 'ESTABLISHED', 'SYN_RCVD')
    w.check('request expired', 'ESTABLISHED', 'CLOSED', within=12)
    rule.end()
    c.send(10)
    w.check('data -> RST', 'CLOSED', 'CLOSED')


def third_ack_carries_data(w):
    listener = w.listen()
    c = w.connect(prepare=lambda c: c.tcp_option(TCP_QUICKACK, 0))
    c.connected()
    c.send(7)
    finish_by_client(w, c, accept_and_read(listener))
    third = next(s for s, to in w.wire.history if to == 'server' and not s.has('S'))
    w.require(third.payload, 'the third segment must carry data')


def simultaneous_open(w, then=None):
    holds = [w.wire.add_rule('hold', flags='S', to=to) for to in ('server', 'client')]
    a, b = w.socket('client'), w.socket('server')
    a.bind(5001)
    b.bind(5002)
    a.connect(w.address('server'), 5002)
    b.connect(w.address('client'), 5001)
    w.look_at(a, w.address('server'), 5002)
    w.check('SYNs in flight', 'SYN_SENT', 'SYN_SENT')
    for hold in holds:
        hold.release()
    second = w.wire.add_rule('hold', when=lambda segment: not segment.flags == SYN)
    w.check('SYNs have crossed', 'SYN_RCVD', 'SYN_RCVD')
    if then:
        then(a, b)
    second.release()
    return a, b


def simultaneous_open_close(w):
    a, b = simultaneous_open(w)
    w.check('open', 'ESTABLISHED', 'ESTABLISHED')
    finish_by_client(w, a, b)


def simultaneous_open_closed_early(w):
    """SYN_RCVD -> FIN_WAIT_1: close() before the other SYN-ACK arrives."""
    _, b = simultaneous_open(w, lambda a,
                             b: (a.close(),
                                 w.check('closed in SYN_RCVD', 'FIN_WAIT_1', 'SYN_RCVD')))
    w.check('open and half closed', 'FIN_WAIT_2', 'CLOSE_WAIT')
    b.close()
    w.check('closed', 'TIME_WAIT', 'CLOSED')


def get_fast_open_cookie(w):
    """A first connection, which brings the cookie."""
    for side in ('client', 'server'):
        w.sysctl(side, tcp_fastopen=3, tcp_no_metrics_save=0)
    listener = w.listen(prepare=lambda s: s.tcp_option(TCP_FASTOPEN, 5))
    c = w.socket()
    c.send_fast_open(5, w.address('server'), 8080)
    w.look_at(c, w.address('server'), 8080)
    c.connected()
    s = listener.accept()
    c.send(5)
    s.recv()
    c.close()
    w.check('cookie learnt', 'FIN_WAIT_2', 'CLOSE_WAIT')
    s.close()
    w.check('first connection closed', 'TIME_WAIT', 'CLOSED')
    return listener


def fast_open_connect(w):
    c = w.socket()
    c.send_fast_open(6, w.address('server'), 8080)
    w.look_at(c, w.address('server'), 8080)
    return c


def fastopen(w):
    listener = get_fast_open_cookie(w)
    hold = w.wire.add_rule('hold', to='client', flags='SA')
    c = fast_open_connect(w)
    w.check('data accepted in SYN_RCVD', 'SYN_SENT', 'SYN_RCVD')
    s = listener.accept()
    s.recv()
    hold.release()
    w.check('established', 'ESTABLISHED', 'ESTABLISHED')
    s.send(14)
    c.recv()
    c.close()
    w.check('client closed', 'FIN_WAIT_2', 'CLOSE_WAIT')
    s.close()
    w.check('server closed', 'TIME_WAIT', 'CLOSED')


def fastopen_server_closes_early(w):
    """SYN_RCVD -> FIN_WAIT_1 of a passive opener."""
    listener = get_fast_open_cookie(w)
    hold = w.wire.add_rule('hold', to='client')
    c = fast_open_connect(w)
    w.check('data accepted in SYN_RCVD', 'SYN_SENT', 'SYN_RCVD')
    s = listener.accept()
    s.recv()
    s.send(14)
    s.close()
    w.check('answered and closed in SYN_RCVD', 'SYN_SENT', 'FIN_WAIT_1')
    hold.release()
    w.check('client has it all', 'CLOSE_WAIT', 'FIN_WAIT_2')
    c.recv()
    c.close()
    w.check('closed', 'CLOSED', 'TIME_WAIT')


def defer_accept(w):
    listener = w.listen(prepare=lambda s: s.tcp_option(TCP_DEFER_ACCEPT, 5))
    c = w.connect()
    w.check('third ACK ignored', 'ESTABLISHED', 'SYN_RCVD')
    w.wait(1.3)
    w.check('SYN-ACK repeated', 'ESTABLISHED', 'SYN_RCVD')
    c.send(5)
    w.check('data opens', 'ESTABLISHED', 'ESTABLISHED')
    finish_by_client(w, c, accept_and_read(listener))


def options(client=None, server=None, **both):
    """A plain connection under other kernel parameters."""
    def scenario(w):
        for side, own in (('client', client or {}), ('server', server or {})):
            if own or both:
                w.sysctl(side, **both, **own)
        open_and_close(w)
    return scenario


def syncookie_ack_lost(w):
    w.sysctl('server', tcp_syncookies=2)
    w.wire.add_rule('drop', to='server', flags='A', data=False, times=1)
    listener = w.listen()
    c = w.connect()
    w.check('ACK lost: nothing at the server', 'ESTABLISHED', 'CLOSED')
    w.wait(1.2)
    w.check('no SYN-ACK again', 'ESTABLISHED', 'CLOSED')
    c.send(5)
    w.check('data brings the cookie back', 'ESTABLISHED', 'ESTABLISHED')
    finish_by_client(w, c, accept_and_read(listener))


def duplicate_syn(w):
    w.wire.add_rule('copy', to='server', flags='S', times=1, extra=0.08)
    w.wire.add_rule('copy', to='client', flags='SA', times=1, extra=0.06)
    open_and_close(w)


def split_route(w):
    """The SYN-ACK is so late that the SYN is sent again: two SYN-ACKs arrive."""
    w.wire.add_rule('late', to='client', flags='SA', times=1, extra=1.2)
    open_and_close(w)


def mptcp(w):
    listener = w.listen(protocol=IPPROTO_MPTCP)
    c = w.connect(protocol=IPPROTO_MPTCP)
    c.connected()
    s = listener.accept()
    w.check('one subflow', 'ESTABLISHED', 'ESTABLISHED')
    w.exchange(c, s)
    c.close()
    s.recv()
    s.close()
    w.until(lambda: all(x in ('TIME_WAIT', 'CLOSED') for x in w.states()), 5,
            'close of the subflow')
    w.quiet(0.3)
    w.label('closed')


def self_connect(w):
    c = w.socket()
    c.bind(5003, '127.0.0.1')
    c.connect('127.0.0.1', 5003)
    w.look_at(c, '127.0.0.1', 5003)
    w.check('one socket is both ends', 'ESTABLISHED', 'ESTABLISHED')
    c.send(10)
    c.recv()
    c.shutdown()
    w.check('closed', 'TIME_WAIT', 'TIME_WAIT')


SCENARIOS = (
    Scenario('syn-lost', loses('server', 'S'), 'first SYN lost'),
    Scenario('syn-lost-twice', loses('server', 'S', 2), 'first two SYNs lost'),
    Scenario('syn-ack-lost', loses('client', 'SA'),
             'first SYN-ACK lost: SYN and SYN-ACK are both repeated'),
    Scenario('syn-ack-late', split_route, 'SYN-ACK later than the second SYN'),
    Scenario('third-ack-lost', third_ack_lost,
             'third ACK lost, no data: the SYN-ACK is repeated and ACKed',
             'until the SYN-ACK is repeated the client side sees an established server'),
    Scenario('third-ack-lost-data', third_ack_lost_data,
             'third ACK lost, client data completes the handshake'),
    Scenario('third-ack-blackhole', third_ack_blackhole,
             'all ACKs lost, tcp_synack_retries=1: the request expires, data gets RST',
             'the end of the request is silent'),
    Scenario('third-ack-carries-data', third_ack_carries_data,
             'the third segment of the handshake carries data'),
    Scenario('simultaneous-open', simultaneous_open_close,
             'simultaneous open by two kernels, then close'),
    Scenario('simultaneous-open-closed-early', simultaneous_open_closed_early,
             'simultaneous open, close() in SYN_RCVD -> FIN_WAIT_1',
             'FIN_WAIT_1 begins at close(), the FIN is sent after the handshake'),
    Scenario('fastopen', fastopen,
             'TCP Fast Open: a first connection brings the cookie, the second has data in its SYN'),
    Scenario('fastopen-server-closes-early', fastopen_server_closes_early,
             'Fast Open server answers and closes in SYN_RCVD -> FIN_WAIT_1'),
    Scenario('defer-accept', defer_accept,
             'TCP_DEFER_ACCEPT: the server stays SYN_RCVD until data comes',
             'invisible until the SYN-ACK is repeated'),
    Scenario('syncookies', options(server={'tcp_syncookies': 2}),
             'SYN cookies always: the server never has SYN_RCVD',
             'no state between SYN-ACK and ACK'),
    Scenario('syncookie-ack-lost', syncookie_ack_lost,
             'SYN cookie, third ACK lost: established against nothing until data comes',
             'no state between SYN-ACK and data'),
    Scenario('no-timestamps', options(tcp_timestamps=0), 'no timestamps option'),
    Scenario('no-window-scale', options(tcp_window_scaling=0, tcp_sack=0),
             'neither window scaling nor SACK'),
    Scenario('ecn', options(tcp_ecn=1), 'ECN is negotiated: ECE and CWR in the SYN'),
    Scenario('duplicate-syn', duplicate_syn,
             'the network duplicates SYN and SYN-ACK: challenge ACKs'),
    Scenario('mptcp', mptcp, 'Multipath TCP with one subflow, DATA_FIN close'),
    Scenario('self-connect', self_connect, 'a socket connected to itself on loopback',
             'one socket is both ends', kind='loopback'),
)
