# SPDX-License-Identifier: GPL-2.0-or-later
"""The founding article's symptoms, each with hundreds of real connections, and the anomaly that
tcpstory must name.
"""
from tcplab.model import Scenario

from .population import flood_route, forge_syns
from .silence import cut

CROWD = 250
TOO_FEW_PORTS = 250


def crowd(w, number=CROWD):
    """So many established connections, all accepted: the sockets of the clients and of the server.
    """
    for side in ('client', 'server'):
        w.sysctl(side, tcp_max_tw_buckets=4096)         # a namespace of the lab has room for 128
    listener = w.listen(backlog=number)
    clients = [w.connect() for _ in range(number)]
    servers = [listener.accept() for _ in range(number)]
    w.check_count('established', 'client', 'ESTABLISHED', number, within=20)
    return clients, servers


def host_absent(w):
    """A client goes on connecting to a host that does not answer."""
    w.sysctl('client', tcp_syn_retries=2, tcp_syn_linear_timeouts=2)
    cut(w)
    for _ in range(CROWD):
        w.connect()
        w.wait(0.004)
    w.label('SYN_SENT pile-up')
    w.wait(4)


def flooded(w):
    """SYNs of hosts that do not exist, one after the other."""
    w.sysctl('server', tcp_syncookies=0, tcp_synack_retries=2, tcp_max_syn_backlog=512)
    flood_route(w)
    w.listen(backlog=512)
    forge_syns(w, CROWD)
    w.label('SYN_RCVD pile-up')
    w.wait(3.5)


def restarted(w):
    """The server closes all connections; the clients' network is gone."""
    clients, servers = crowd(w)
    cut(w)
    for s in servers:
        s.close()
    w.check_count('FIN_WAIT_1 pile-up', 'server', 'FIN_WAIT_1', CROWD, within=20)
    w.wait(4)


def leaking(w):
    """Clients close one after the other; the server's application does not."""
    clients, servers = crowd(w)
    for c in clients:
        c.close()
        w.wait(0.02)
    w.check_count('CLOSE_WAIT pile-up', 'server', 'CLOSE_WAIT', CROWD, within=20)
    w.wait(1)


def tester_stopped(w):
    """A load tester closes and its host vanishes: the server's FINs are not acknowledged."""
    clients, servers = crowd(w)
    for c in clients:
        c.close()
    w.check_count('half closed', 'server', 'CLOSE_WAIT', CROWD, within=20)
    cut(w)
    for s in servers:
        s.close()
    w.check_count('LAST_ACK pile-up', 'server', 'LAST_ACK', CROWD, within=20)
    w.wait(4)


def out_of_ports(w):
    """A client with few ports closes first, again and again, until connect() finds none."""
    first = 40000
    w.sysctl('client', ip_local_port_range='%d %d' % (first, first + TOO_FEW_PORTS - 1))
    clients, servers = crowd(w, TOO_FEW_PORTS)
    for c, s in zip(clients, servers):
        c.close()
    w.check_count('half closed', 'server', 'CLOSE_WAIT', TOO_FEW_PORTS, within=20)
    for s in servers:
        s.close()
    w.check_count('TIME_WAIT pile-up', 'client', 'TIME_WAIT', TOO_FEW_PORTS, within=20)


def nobody_accepts(w):
    """A listener whose application does not accept: clients are connected to nothing."""
    w.sysctl('server', tcp_synack_retries=2)
    w.listen(backlog=CROWD // 2)
    clients = [w.connect() for _ in range(CROWD)]
    w.wait(0.5)
    for c in clients:
        c.send(4)
    w.wait(4)
    w.label('full')
    connected = sum(s[0] == 'ESTABLISHED' for s in w.truth.last_states.values())
    w.require(connected > CROWD // 2 + 1, 'only %d clients believe to be connected' % connected)


SCENARIOS = (
    Scenario('crowd-syn-sent', host_absent, '250 SYNs to a host that does not answer', 'silence',
             shows='A10'),
    Scenario('crowd-syn-rcvd', flooded, '250 SYNs of forged addresses',
             'requests expire in silence', shows='A09'),
    Scenario('crowd-fin-wait-1', restarted,
             'a server with 250 connections restarts, the network is gone', 'silence', shows='A43'),
    Scenario('crowd-close-wait', leaking,
             '250 clients close, the application of the server does not', shows='A41'),
    Scenario('crowd-last-ack', tester_stopped, 'a load tester with 250 connections is stopped',
             'silence', shows='A44'),
    Scenario('crowd-time-wait', out_of_ports,
             'a client with 250 ports has all of them in TIME_WAIT',
             shows='A46 --set A46.ports=250'),
    Scenario('crowd-accept-queue', nobody_accepts,
             '250 clients of a server that does not accept: some are connected to nothing',
             'SYN_RCVD or ESTABLISHED: unknown until the SYN-ACK is repeated', shows='A06'),
)
