# SPDX-License-Identifier: GPL-2.0-or-later
"""How connections close in order, and what may be lost meanwhile."""
import socket

from tcplab.model import Scenario
from tcplab.packet import FIN

TCP_LINGER2, TCP_CORK = 8, 3


def used(w, **options):
    """A connection that has exchanged data."""
    c, s = w.pair(**options)
    w.exchange(c, s)
    return c, s


def client_then_server(w, c, s):
    """The usual four segments."""
    c.close()
    w.check('client closed', 'FIN_WAIT_2', 'CLOSE_WAIT')
    s.recv()
    s.close()
    w.check('server closed', 'TIME_WAIT', 'CLOSED')


def close_client(w):
    client_then_server(w, *used(w))


def close_server(w):
    c, s = used(w)
    s.close()
    w.check('server closed', 'CLOSE_WAIT', 'FIN_WAIT_2')
    c.recv()
    c.close()
    w.check('client closed', 'CLOSED', 'TIME_WAIT')


def fin_then_close(w, c, s):
    """The server answers the FIN by its own at once: FIN and ACK of FIN are one segment."""
    c.close()
    s.recv()
    s.close()


def three_segment_close(w):
    c, s = used(w)
    fin_then_close(w, c, s)
    w.check('closed by three segments', 'TIME_WAIT', 'CLOSED')
    w.require(sum(segment.has('F') for segment, _ in w.wire.history) == 2, 'two FINs')


def three_segment_hold(w):
    """FIN_WAIT_1 -> TIME_WAIT by one segment, which is held to make the states before it last."""
    c, s = used(w)
    hold = w.wire.add_rule('hold', to='client')
    fin_then_close(w, c, s)
    w.check('FIN+ACK in flight', 'FIN_WAIT_1', 'LAST_ACK')
    hold.release()
    w.check('closed', 'TIME_WAIT', 'CLOSED')


def data_with_fin(w):
    c, s = used(w)
    c.tcp_option(TCP_CORK, 1)
    c.send(300)
    c.close()
    s.recv()
    w.check('data and FIN in one segment', 'FIN_WAIT_2', 'CLOSE_WAIT')
    w.require(w.wire.latest('server', 'FA').payload, 'the FIN must carry data')
    s.close()
    w.check('server closed', 'TIME_WAIT', 'CLOSED')


def close_in_flight(w):
    """close() while data is on its way in both directions, all of it read."""
    c, s = used(w)
    c.send(20000)
    c.shutdown()
    read_all(s, 20000)
    s.send(30000)
    s.close()
    w.check('both have closed', 'TIME_WAIT', 'CLOSED')


def half_close_data(w):
    c, s = used(w)
    c.shutdown()
    w.check('half closed', 'FIN_WAIT_2', 'CLOSE_WAIT')
    for _ in range(5):
        s.send(1000)
        w.wait(0.3)
        c.recv()
    w.check('data in the other direction', 'FIN_WAIT_2', 'CLOSE_WAIT')
    s.close()
    w.check('server closed', 'TIME_WAIT', 'CLOSED')


def half_close_server(w):
    c, s = used(w)
    s.shutdown()
    w.check('server half closed', 'CLOSE_WAIT', 'FIN_WAIT_2')
    for _ in range(3):
        c.send(500)
        w.wait(0.2)
        s.recv()
    c.close()
    w.check('client closed', 'CLOSED', 'TIME_WAIT')


def shutdown_read(w):
    c, s = used(w)
    c.shutdown('SHUT_RD')
    w.check('nothing on the wire', 'ESTABLISHED', 'ESTABLISHED', settle=0.2)
    s.send(100)
    w.check('data is still ACKed', 'ESTABLISHED', 'ESTABLISHED', settle=0.2)
    c.recv_now()
    client_then_server(w, c, s)


def cross_fins(w, c, s):
    """Both close while the other's FIN is on its way; returns the hold of what comes next."""
    hold = w.wire.add_rule('hold', flags='FA')
    c.close()
    s.close()
    w.check('FINs in flight', 'FIN_WAIT_1', 'FIN_WAIT_1')
    acks = w.wire.add_rule('hold', flags='A')
    hold.release()
    w.check('FINs have crossed', 'CLOSING', 'CLOSING')
    return acks


def simultaneous_close(w):
    cross_fins(w, *used(w)).release()
    w.check('both ACKed', 'TIME_WAIT', 'TIME_WAIT')


def simultaneous_close_ack_lost(w):
    """The ACK of one FIN is lost: one side stays in CLOSING until its FIN is repeated."""
    acks = cross_fins(w, *used(w))
    acks.held = [(segment, to) for segment, to in acks.held if to == 'client']
    acks.release()
    w.check('one ACK lost', 'TIME_WAIT', 'CLOSING')
    w.check('FIN again, ACK again', 'TIME_WAIT', 'TIME_WAIT')


def loses(to, flags, states, label, times=1):
    """A close by the client that loses segments; these states last meanwhile."""
    def scenario(w):
        c, s = used(w)
        rule = w.wire.add_rule('drop', to=to, flags=flags, data=False)
        c.close()
        if to == 'client' or flags == 'FA':
            w.check(label, *states, settle=0.05)
            rule.end()
        w.check('repeated', 'FIN_WAIT_2', 'CLOSE_WAIT')
        s.recv()
        s.close()
        w.check('closed', 'TIME_WAIT', 'CLOSED')
    return scenario


def server_fin_lost(w):
    c, s = used(w)
    c.close()
    w.check('client closed', 'FIN_WAIT_2', 'CLOSE_WAIT')
    w.wire.add_rule('drop', to='client', flags='FA', times=1)
    s.close()
    w.check('FIN lost', 'FIN_WAIT_2', 'LAST_ACK')
    w.check('FIN again', 'TIME_WAIT', 'CLOSED')


def last_ack_lost(w):
    c, s = used(w)
    c.close()
    w.check('client closed', 'FIN_WAIT_2', 'CLOSE_WAIT')
    w.wire.add_rule('drop', to='server', flags='A', times=1)
    s.recv()
    s.close()
    w.check('last ACK lost', 'TIME_WAIT', 'LAST_ACK')
    w.check('FIN again, ACK again', 'TIME_WAIT', 'CLOSED')


def last_ack_blackhole(w):
    w.sysctl('server', tcp_orphan_retries=3)
    c, s = used(w)
    c.close()
    w.check('client closed', 'FIN_WAIT_2', 'CLOSE_WAIT')
    w.wire.add_rule('drop', to='server')
    s.close()
    w.check('every last ACK lost', 'TIME_WAIT', 'LAST_ACK')
    w.check('orphan gave up', 'TIME_WAIT', 'CLOSED', within=30)


def fin_reordered(w):
    """The FIN overtakes the data before it: it moves nobody until the hole is filled."""
    c, s = used(w)
    hold = w.wire.add_rule('hold', to='server', data=True)
    c.send(100)
    c.close()
    w.check('FIN beyond a hole', 'FIN_WAIT_1', 'ESTABLISHED', settle=0.06)
    hold.release()
    w.check('hole filled', 'FIN_WAIT_2', 'CLOSE_WAIT')
    s.recv()
    s.close()
    w.check('closed', 'TIME_WAIT', 'CLOSED')


def fin_duplicated(w):
    w.wire.add_rule('copy', flags='FA', extra=0.05)
    close_client(w)


def data_lost_before_fin(w):
    c, s = used(w)
    w.wire.add_rule('drop', to='server', data=True, times=1)
    c.send(100)
    c.close()
    w.check('data repeated', 'FIN_WAIT_2', 'CLOSE_WAIT')
    s.recv()
    s.close()
    w.check('closed', 'TIME_WAIT', 'CLOSED')


def fin_wait_2_timeout(w):
    w.sysctl('client', tcp_fin_timeout=3)
    c, s = used(w)
    c.close()
    w.check('client closed', 'FIN_WAIT_2', 'CLOSE_WAIT')
    w.check('orphan timed out', 'CLOSED', 'CLOSE_WAIT', within=8)
    s.close()
    w.check('late FIN -> RST', 'CLOSED', 'CLOSED')


def fin_wait_2_60_s(w):
    c, s = used(w)
    c.close()
    w.check('client closed', 'FIN_WAIT_2', 'CLOSE_WAIT')
    w.check('orphan timed out', 'CLOSED', 'CLOSE_WAIT', within=65)
    s.close()
    w.check('late FIN -> RST', 'CLOSED', 'CLOSED')


def linger2_negative(w):
    c, s = used(w)
    c.tcp_option(TCP_LINGER2, -1)
    c.close()
    w.check('no FIN_WAIT_2: the ACK of the FIN gets RST', 'CLOSED', 'CLOSED')


def close_wait_leak(w):
    w.sysctl('client', tcp_fin_timeout=3)
    c, s = used(w)
    c.close()
    w.check('client closed', 'FIN_WAIT_2', 'CLOSE_WAIT')
    w.check('client timed out, server leaks', 'CLOSED', 'CLOSE_WAIT', within=8)
    w.wait(2)
    w.check('still leaking', 'CLOSED', 'CLOSE_WAIT')
    s.send(20)
    w.check('write -> RST', 'CLOSED', 'CLOSED')


def close_wait_unaccepted(w):
    w.listen()
    c = w.connect()
    w.check('not accepted', 'ESTABLISHED', 'ESTABLISHED')
    c.close()
    w.check('CLOSE_WAIT without an owner', 'FIN_WAIT_2', 'CLOSE_WAIT', settle=0.5)


def small_buffers(listener):
    """A receiver with a small window."""
    listener.option(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)


def fill(w, c):
    """Send until the window of the receiver is closed; returns the number of bytes."""
    c.option(socket.SOL_SOCKET, socket.SO_SNDBUF, 20_000)
    sent = 0
    while isinstance(size := c.send(10_000), int):
        sent += size
        w.wait(0.05)
    w.quiet(0.15)
    return sent


def read_all(s, size):
    """Receive so many bytes."""
    while size > 0:
        size -= len(s.recv())


def close_unsent_zero_window(w):
    """close() with data behind a closed window: FIN_WAIT_1 without a FIN on the wire."""
    c, s = w.pair(w.listen(prepare=small_buffers))
    sent = fill(w, c)
    c.close()
    w.check('FIN_WAIT_1, FIN not sent', 'FIN_WAIT_1', 'ESTABLISHED', settle=1)
    w.require(not any(segment.flags & FIN for segment, _ in w.wire.history), 'no FIN yet')
    read_all(s, sent)
    w.check('FIN sent at last', 'FIN_WAIT_2', 'CLOSE_WAIT')
    s.close()
    w.check('closed', 'TIME_WAIT', 'CLOSED')


def idle_then_close(w):
    c, s = used(w)
    w.wait(8)
    w.check('idle', 'ESTABLISHED', 'ESTABLISHED')
    s.close()
    w.check('server closed', 'CLOSE_WAIT', 'FIN_WAIT_2')
    c.close()
    w.check('closed', 'CLOSED', 'TIME_WAIT')


def closed_at_once(w):
    """Connect and leave: no data at all."""
    client_then_server(w, *w.pair())


LOSS = 'a capture on the other side does not see what was lost'
SHUT = 'shutdown(SHUT_WR) and close() send the same FIN: only data accepted afterwards tells'

SCENARIOS = (
    Scenario('close-client', close_client, 'request, answer, the client closes first'),
    Scenario('close-server', close_server, 'request, answer, the server closes first'),
    Scenario('close-at-once', closed_at_once, 'connect and leave without data'),
    Scenario('close-ipv6', close_client, 'the client closes first, IPv6', version=6),
    Scenario('three-segment-close', three_segment_close, 'FIN, FIN+ACK, ACK',
             'the server passes CLOSE_WAIT with no segment showing it'),
    Scenario('three-segment-held', three_segment_hold, 'FIN_WAIT_1 -> TIME_WAIT by one segment'),
    Scenario('data-with-fin', data_with_fin, 'data and FIN in one segment'),
    Scenario('close-in-flight', close_in_flight, 'FIN behind data in flight, both directions'),
    Scenario('half-close-data', half_close_data,
             'client shutdown(SHUT_WR), the server goes on sending', SHUT),
    Scenario('half-close-server', half_close_server,
             'server shutdown(SHUT_WR), the client goes on sending', SHUT),
    Scenario('shutdown-read', shutdown_read, 'shutdown(SHUT_RD) shows nothing on the wire'),
    Scenario('simultaneous-close', simultaneous_close,
             'FINs cross: CLOSING and TIME_WAIT on both sides'),
    Scenario('simultaneous-close-ack-lost', simultaneous_close_ack_lost,
             'FINs cross and an ACK is lost', LOSS),
    Scenario('fin-lost', loses('server', 'FA', ('FIN_WAIT_1', 'ESTABLISHED'), 'FIN lost'),
             'client FIN lost, then repeated', LOSS),
    Scenario('fin-ack-lost', loses('client', 'A', ('FIN_WAIT_1', 'CLOSE_WAIT'), 'ACK of FIN lost'),
             'ACK of the client FIN lost', LOSS),
    Scenario('server-fin-lost', server_fin_lost, 'server FIN lost: LAST_ACK repeats it', LOSS),
    Scenario('last-ack-lost', last_ack_lost,
             'last ACK lost: LAST_ACK repeats its FIN, TIME_WAIT ACKs again',
             'the client side presumes the server CLOSED while it is in LAST_ACK'),
    Scenario('last-ack-blackhole', last_ack_blackhole,
             'every last ACK lost, tcp_orphan_retries=3: LAST_ACK ends silently',
             'the end is silent'),
    Scenario('fin-reordered', fin_reordered, 'the FIN overtakes data'),
    Scenario('fin-duplicated', fin_duplicated, 'the network duplicates the FINs'),
    Scenario('data-lost-before-fin', data_lost_before_fin, 'data before the FIN is lost'),
    Scenario('fin-wait-2-timeout', fin_wait_2_timeout,
             'tcp_fin_timeout=3: FIN_WAIT_2 ends silently, the late FIN gets RST',
             'the timeout is silent'),
    Scenario('fin-wait-2-60-s', fin_wait_2_60_s,
             'FIN_WAIT_2 ends after the 60 s of tcp_fin_timeout', 'the timeout is silent', slow=62),
    Scenario('linger2-negative', linger2_negative, 'TCP_LINGER2 of -1: FIN_WAIT_2 is skipped, RST'),
    Scenario('close-wait-leak', close_wait_leak,
             'the server never closes; tcp_fin_timeout=3 ends the client; a late write gets RST',
             'FIN_WAIT_2 ends silently'),
    Scenario('close-wait-unaccepted', close_wait_unaccepted,
             'closed by the client while still in the accept queue'),
    Scenario('close-unsent-zero-window', close_unsent_zero_window,
             'close() with unsent data behind a zero window',
             'FIN_WAIT_1 begins at close(), the FIN is not on the wire'),
    Scenario('idle-then-close', idle_then_close, 'idle for 8 s, then the server closes', slow=8),
)
