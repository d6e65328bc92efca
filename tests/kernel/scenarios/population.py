# SPDX-License-Identifier: GPL-2.0-or-later
"""Many connections: queues that overflow, floods, and states that pile up."""
import random

from tcplab.model import Scenario
from tcplab.packet import SYN, Segment
from tcplab.peer import MSS_ONLY

from .silence import cut

SEED = 9293
MANY = 20


def overflow(w):
    """Backlog 2 holds three connections; the fourth client believes it is connected."""
    w.sysctl('server', tcp_synack_retries=2)
    w.listen(backlog=2)
    first = [w.connect() for _ in range(2)]
    w.check_count('two in the queue', 'server', 'ESTABLISHED', 2)
    last = [w.connect() for _ in range(2)]
    w.check_count('one too many', 'server', 'SYN_RCVD', 1)
    w.check_count('it believes to be connected', 'client', 'ESTABLISHED', 4)
    return first + last


def accept_queue_overflow(w):
    clients = overflow(w)
    for c in clients[2:]:
        c.send(4)
    w.check_count('request expired', 'server', 'SYN_RCVD', 0, within=20)
    w.wait(0.5)
    w.check_count('three are left at the server', 'server', 'ESTABLISHED', 3)
    w.check_count('data -> RST', 'client', 'ESTABLISHED', 3, within=20)


def accept_queue_drained(w):
    """The application accepts in time: the pending connection completes."""
    listener = w.listen(backlog=2)
    clients = [w.connect() for _ in range(2)]
    w.check_count('two in the queue', 'server', 'ESTABLISHED', 2)
    clients += [w.connect() for _ in range(2)]
    w.check_count('one pending', 'server', 'SYN_RCVD', 1)
    for _ in range(3):
        listener.accept()
    w.check_count('all connected', 'server', 'ESTABLISHED', 4)


def accept_queue_abort(w):
    w.sysctl('server', tcp_abort_on_overflow=1)
    w.listen(backlog=2)
    for _ in range(2):
        w.connect()
    w.check_count('two in the queue', 'server', 'ESTABLISHED', 2)
    for _ in range(2):
        w.connect()
    w.check_count('third ACK -> RST', 'client', 'ESTABLISHED', 3)
    w.check_count('the same at the server', 'server', 'ESTABLISHED', 3)


def accept_queue_cookies(w):
    """A burst that is larger than the backlog is answered by SYN cookies, whose ACKs find the
    accept queue full: dropped without a word.
    """
    w.listen(backlog=1)
    clients = [w.connect() for _ in range(4)]
    w.check_count('four clients believe it', 'client', 'ESTABLISHED', 4)
    w.check_count('two are right', 'server', 'ESTABLISHED', 2)
    for c in clients:
        c.send(4)
    w.wait(1)
    w.check_count('data does not help', 'server', 'ESTABLISHED', 2)


def accept_queue_full(w):
    """A full queue drops every new SYN without a word."""
    w.sysctl('client', tcp_syn_retries=1, tcp_syn_linear_timeouts=1)
    w.listen(backlog=1)
    for _ in range(2):
        w.connect()
    w.check_count('full', 'server', 'ESTABLISHED', 2)
    w.connect()
    w.check('SYN dropped', 'SYN_SENT', 'CLOSED', settle=0.5)
    w.check('gave up', 'CLOSED', 'CLOSED', within=10)


def forge_syns(w, number):
    """SYNs of hosts that do not exist."""
    for n in range(number):
        w.wire.forge(Segment('10.9.7.%d' % (n + 1), w.address('server'), 20000 + n, 8080, SYN,
                             seq=1000 * n, options=MSS_ONLY), 'server')
        w.active()
        w.wait(0.004)


def flood_route(w):
    """The victim sends its answers to the wire, which has nobody to deliver them to."""
    w.namespaces['server'].ip('route add 10.9.7.0/24 via 10.9.0.1')
    w.wire.add_rule('drop', to='client', when=lambda s: s.dst.startswith('10.9.7.'))


def syn_flood(w):
    """Without SYN cookies the backlog fills; the honest client waits until requests expire."""
    w.sysctl('server', tcp_syncookies=0, tcp_synack_retries=1, tcp_max_syn_backlog=16)
    flood_route(w)
    listener = w.listen(backlog=32)
    forge_syns(w, 40)
    w.label('flooded')
    full = sum(s[1] == 'SYN_RCVD' for s in w.truth.last_states.values())
    w.require(8 <= full < 40, 'backlog has %d requests' % full)
    c = w.connect()
    w.check('honest SYN dropped', 'SYN_SENT', 'CLOSED', settle=0.3)
    w.check('after the flood', 'ESTABLISHED', 'ESTABLISHED', within=10)
    s = listener.accept()
    w.exchange(c, s)


def syn_flood_cookies(w):
    w.sysctl('server', tcp_syncookies=1, tcp_synack_retries=1, tcp_max_syn_backlog=16)
    flood_route(w)
    listener = w.listen(backlog=8)
    forge_syns(w, 40)
    c = w.connect()
    w.check('cookie helps the honest client', 'ESTABLISHED', 'ESTABLISHED')
    s = listener.accept()
    w.exchange(c, s)


def many(w, number=MANY):
    """So many established connections: sockets of the clients and of the server."""
    listener = w.listen()
    clients = [w.connect() for _ in range(number)]
    servers = [listener.accept() for _ in range(number)]
    w.check_count('established', 'client', 'ESTABLISHED', number)
    w.check_count('on both sides', 'server', 'ESTABLISHED', number)
    return clients, servers


def pile_fin_wait_1(w):
    """The server closes all its connections but the clients are gone."""
    w.sysctl('server', tcp_orphan_retries=4)
    clients, servers = many(w)
    cut(w)
    for c in clients:
        c.vanish()
    for s in servers:
        s.close()
    w.check_count('FIN_WAIT_1 pile-up', 'server', 'FIN_WAIT_1', MANY)
    w.check_count('gave up', 'server', 'FIN_WAIT_1', 0, within=30)


def pile_close_wait(w):
    clients, servers = many(w)
    for c in clients:
        c.close()
        w.wait(0.01)
    w.check_count('CLOSE_WAIT pile-up', 'server', 'CLOSE_WAIT', MANY)
    w.wait(1)
    w.check_count('nobody closes', 'client', 'FIN_WAIT_2', MANY)


def pile_last_ack(w):
    w.sysctl('server', tcp_orphan_retries=3)
    clients, servers = many(w)
    for c in clients:
        c.close()
    w.check_count('half closed', 'server', 'CLOSE_WAIT', MANY)
    cut(w, 'server')
    for s in servers:
        s.close()
    w.check_count('LAST_ACK pile-up', 'server', 'LAST_ACK', MANY)
    w.check_count('gave up', 'server', 'LAST_ACK', 0, within=30)


def pile_time_wait(w):
    listener = w.listen()
    for _ in range(MANY):
        c = w.connect()
        c.connected()
        s = listener.accept()
        c.send(10)
        c.close()
        s.recv()
        s.close()
    w.check_count('TIME_WAIT pile-up', 'client', 'TIME_WAIT', MANY)


def pile_syn_sent(w):
    w.sysctl('client', tcp_syn_retries=1, tcp_syn_linear_timeouts=1)
    cut(w)
    for _ in range(MANY):
        w.connect()
        w.wait(0.01)
    w.check_count('SYN_SENT pile-up', 'client', 'SYN_SENT', MANY)
    w.check_count('gave up', 'client', 'SYN_SENT', 0, within=12)


def scan(w):
    """Thirty ports, one of them open."""
    w.listen(port=8015)
    for port in range(8000, 8030):
        w.connect(port=port)
        w.wait(0.01)
    w.check_count('one is open', 'client', 'ESTABLISHED', 1)


def several(w):
    """Four connections at once, each in another state at the end."""
    listener = w.listen()
    clients = [w.connect() for _ in range(4)]
    servers = [listener.accept() for _ in clients]
    w.check_count('all open', 'server', 'ESTABLISHED', 4)
    pairs = {s.socket.getpeername()[1]: s for s in servers}
    s = [pairs[c.socket.getsockname()[1]] for c in clients]
    clients[0].close()
    s[1].close()
    clients[2].abort()
    w.check('half closed by the client', 'FIN_WAIT_2', 'CLOSE_WAIT', conn=clients[0].conn)
    w.check('half closed by the server', 'CLOSE_WAIT', 'FIN_WAIT_2', conn=clients[1].conn)
    w.check('aborted', 'CLOSED', 'CLOSED', conn=clients[2].conn)
    w.check('untouched', 'ESTABLISHED', 'ESTABLISHED', conn=clients[3].conn)


def both_families(w):
    """IPv4 and IPv6 beside each other, on the same port numbers."""
    c4, s4 = w.pair(version=4, bind=45000)
    c6, s6 = w.pair(version=6, bind=45000)
    w.exchange(c4, s4)
    w.exchange(c6, s6)
    c4.close()
    s6.close()
    w.check('IPv4 closed by the client', 'FIN_WAIT_2', 'CLOSE_WAIT', conn=c4.conn)
    w.check('IPv6 closed by the server', 'CLOSE_WAIT', 'FIN_WAIT_2', conn=c6.conn)


def both_directions(w):
    """Each host is a client of the other."""
    c, s = w.pair()
    w.exchange(c, s)
    listener = w.listen('client', 8081)
    other = w.connect('server', 8081)
    other.connected()
    accepted = listener.accept()
    w.check('connected the other way', 'ESTABLISHED', 'ESTABLISHED')
    w.exchange(other, accepted)
    other.close()
    w.check('closed by its client', 'CLOSE_WAIT', 'FIN_WAIT_2')
    accepted.close()
    w.check('closed', 'CLOSED', 'TIME_WAIT')


def stress(w, number=120):
    """Many connections with random fates and 3 % loss."""
    chance = random.Random(SEED)
    w.wire.add_rule('drop', when=lambda s: chance.random() < 0.03)
    listener = w.listen(backlog=200)
    for _ in range(number):
        c = w.connect()
        w.wait(0.03)
        live = [x for x in w.sockets if x.name[0] == 'c' and x.socket.fileno() >= 0]
        act(chance, chance.choice(live))
        if w.ready(listener.socket):
            listener.accept()
        served = [x for x in w.sockets if x.name[0] == 's' and x.socket.fileno() >= 0]
        if served:
            act(chance, chance.choice(served))
    w.wait(3)
    w.label('end')
    w.require(len(w.truth.tracks) == number, 'a connection has left no trace')


def act(chance, sock):
    """Something that an application may do."""
    what = chance.choice(('send', 'send', 'read', 'read', 'close', 'abort', 'shutdown', 'nothing'))
    if what == 'send':
        sock.send(chance.randrange(1, 5000))
    elif what == 'read':
        sock.recv_now()
    elif what != 'nothing':
        getattr(sock, what)()


EXPIRY = 'the end of requests is silent'

SCENARIOS = (
    Scenario('accept-queue-overflow', accept_queue_overflow,
             'accept queue overflows: a client is connected to nothing; its data gets RST at last',
             'SYN_RCVD or ESTABLISHED: unknown until the SYN-ACK is repeated; expiry is silent',
             slow=12),
    Scenario('accept-queue-drained', accept_queue_drained,
             'accept queue overflows, then accept() makes room',
             'SYN_RCVD or ESTABLISHED: unknown until the SYN-ACK is repeated'),
    Scenario('accept-queue-abort', accept_queue_abort,
             'accept queue overflows with tcp_abort_on_overflow=1: RST'),
    Scenario('accept-queue-cookies', accept_queue_cookies,
             'a burst is answered by SYN cookies, the accept queue is full: connected to nothing',
             'a client without server socket looks like one with'),
    Scenario('accept-queue-full', accept_queue_full, 'accept queue full: SYNs are dropped',
             'silence'),
    Scenario('syn-flood', syn_flood,
             'forty forged SYNs, no SYN cookies: an honest client must wait', EXPIRY),
    Scenario('syn-flood-cookies', syn_flood_cookies, 'forty forged SYNs, SYN cookies help', EXPIRY),
    Scenario('pile-fin-wait-1', pile_fin_wait_1,
             '20 clients vanish, the server closes: FIN_WAIT_1 pile-up', 'the end is silent',
             slow=10),
    Scenario('pile-close-wait', pile_close_wait,
             '20 clients close, the server never does: CLOSE_WAIT pile-up'),
    Scenario('pile-last-ack', pile_last_ack, '20 servers in LAST_ACK whose FINs are ACKed in vain',
             'the end is silent', slow=8),
    Scenario('pile-time-wait', pile_time_wait,
             '20 short connections: TIME_WAIT pile-up at the client'),
    Scenario('pile-syn-sent', pile_syn_sent, '20 SYNs into a black hole: SYN_SENT pile-up',
             'the end is silent'),
    Scenario('scan', scan, 'thirty ports, one open'),
    Scenario('several', several, 'four connections at once, each ends differently'),
    Scenario('both-families', both_families, 'IPv4 and IPv6 with the same ports', version=46),
    Scenario('both-directions', both_directions, 'each host is a client of the other'),
    Scenario('stress', stress, '120 connections, seeded random fates, 3 % loss', slow=10),
)
