# SPDX-License-Identifier: GPL-2.0-or-later
"""The troubles: a function and a row for each. A function of the place starts programmes and breaks
something; the row names the causes that are right answers.

Sizes, times and numbers are drawn; the place of the box and the delay are the place's.
"""
import struct
import time
from collections import namedtuple

from tcplab import packet

from . import programs
from .place import CLIENT, MORE_CLIENTS, SERVER

PORTS = (80, 443, 3306, 5432, 6379, 8080, 9000)
Label = namedtuple('Label', 'function seconds causes info')


def port_of(place):
    """A port that no other programme of the place uses."""
    free = [p for p in PORTS if p not in getattr(place, 'used', [])]
    port = place.dice.choice(free)
    place.used = getattr(place, 'used', []) + [port]
    return port


def requests(dice, count=None, gap=0.2, size=None, answer=None):
    """What a client asks for: size, answer, think, gap after it."""
    count = count or dice.choice((1, 1, 2, 3, 5))
    return [(size or int(dice.log(60, 2500)), answer or int(dice.log(100, 30000)),
             dice.expovariate(1 / 0.005), dice.uniform(0, gap)) for _ in range(count)]


def plans(place, port, count, spread, **more):
    """Clients that begin within `spread` seconds, from several addresses."""
    dice = place.dice
    one_host = dice.random() < 0.4
    found = []
    for _ in range(count):
        plan = {
            'at': dice.uniform(0, spread),
            'source': CLIENT if one_host else dice.choice(MORE_CLIENTS + [CLIENT]),
            'port': port,
            'requests': requests(dice),
            'end': 'close',
        }
        plan.update({k: v(dice) if callable(v) else v for k, v in more.items()})
        found.append(plan)
    return found


def start(place, server=None, **clients):
    """A server with these options and its clients; returns port and both processes."""
    port = port_of(place)
    listener = place.fork('server', lambda: programs.serve(port, **(server or {})))
    time.sleep(0.05)
    count = clients.pop('count', place.dice.randint(6, 20))
    spread = clients.pop('spread', 4)
    group = place.fork('client', programs.clients, plans(place, port, count, spread, **clients))
    return port, listener, group


def healthy(place, seconds=6, count=None):
    """Traffic beside the trouble, in which all is well."""
    dice = place.dice
    end = dice.choice(('close', 'close', 'close', 'abort'))
    one_each = dice.random() < 0.3
    server = {'answers': 1 if one_each else None, 'backlog': 128}
    count = count or int(seconds * dice.uniform(0.5, 2))
    asks = {'requests': lambda d: requests(d, 1)} if one_each else {}
    return start(place, server, count=count, spread=seconds, end=end, waits_for_eof=one_each,
                 **asks)


# ---- the listener ----

def accept_queue_full(place):
    start(place, {'backlog': place.dice.randint(1, 6), 'accept_gap': place.dice.log(0.4, 2)},
          count=place.dice.randint(25, 60), spread=place.dice.uniform(0.1, 3), connect_s=30)


def never_accepts(place):
    start(place, {'backlog': place.dice.randint(2, 12), 'never_accepts': True},
          count=place.dice.randint(20, 50), spread=place.dice.uniform(0.2, 4), connect_s=30)


def overflow_aborts(place):
    place.namespaces['server'].sysctl(tcp_abort_on_overflow=1)
    start(place, {'backlog': place.dice.randint(1, 4), 'accept_gap': place.dice.log(0.5, 2)},
          count=place.dice.randint(25, 60), spread=place.dice.uniform(0.05, 0.5), retries=1)


def service_not_running(place):
    port = port_of(place)
    place.fork('client', programs.clients,
               plans(place, port, place.dice.randint(3, 20), 5, retries=place.dice.randint(0, 3)))


def listener_closed(place):
    """Worked, then refuses; connections that are open end by themselves or were over."""
    port, listener, _ = start(place, spread=3)
    place.wait(place.dice.uniform(3.6, 4.5))
    place.kill(listener)
    place.fork('client', programs.clients, plans(place, port, place.dice.randint(4, 15), 3))


def process_killed(place):
    """kill -9 with connections open; those who come afterwards are refused."""
    port, listener, _ = start(place, count=place.dice.randint(6, 20), spread=1.5,
                              requests=lambda d: requests(d, 40, 0.4))
    place.wait(place.dice.uniform(2.5, 4))
    place.kill(listener)
    place.fork('client', programs.clients, plans(place, port, place.dice.randint(3, 10), 2))


def syn_flood(place):
    """SYNs from addresses that do not exist; they enter at the box."""
    place.blind |= {'client'} | ({'middle'} if place.wire.tap < place.wire.box else set())
    port, _, _ = start(place, {'backlog': 64}, count=place.dice.randint(3, 8))
    place.nft('server', 'table ip f { chain c { type filter hook output priority 0; '
              'ip daddr != 10.9.0.0/24 accept; }; }')
    place.namespaces['server'].ip('route add default via 10.9.0.1')
    for _ in range(place.dice.randint(150, 400)):
        source = '.'.join(str(place.dice.randint(11, 220)) for _ in range(4))
        syn = packet.Segment(source, SERVER, place.dice.randint(1024, 65535), port, packet.SYN,
                             place.dice.getrandbits(32), 0, 64240, b'', b'\x02\x04\x05\xb4')
        place.wire.inject(packet.build(syn, 'server'), 'server')
        place.wait(0.008)


# ---- the path ----

def hide(place):
    """What happens at the box leaves no trace behind it: captures there cannot tell."""
    place.blind |= {'server'} | ({'middle'} if place.wire.tap > place.wire.box else set())


def drop(place, match):
    """The box loses what match(segment, to) says, from now on; returns the way to end it."""
    def fate(fate, segment, to):
        fate.lost = fate.lost or bool(match(segment, to))
    place.wire.fates.append(fate)
    return fate


def firewall_drops_syns(place):
    port = port_of(place)
    hide(place)
    drop(place, lambda s, to: to == 'server' and s.dport == port)
    place.fork('server', lambda: programs.serve(port))
    place.fork('client', programs.clients,
               plans(place, port, place.dice.randint(3, 12), 4, connect_s=place.dice.uniform(4,
                       30)))


def host_crashed(place):
    """Silent from some moment on, towards everybody."""
    hide(place)
    start(place, spread=5, requests=lambda d: requests(d, 20, 0.6))
    place.wait(place.dice.uniform(2, 4))
    drop(place, lambda s, to: True)
    place.nft('server', 'table inet crash { chain i { type filter hook input priority 0; drop; }; '
              'chain o { type filter hook output priority 0; drop; }; }')


def reject(place, segment, ttl):
    """The box answers a SYN by RST."""
    answer = packet.Segment(segment.dst, segment.src, segment.dport, segment.sport,
                            packet.RST | packet.ACK, 0, segment.seq + 1, 0, ttl=ttl)
    place.wire.inject(packet.build(answer, 'client'), 'client')


def firewall_rejects(place):
    hide(place)
    port, ttl = port_of(place), place.dice.choice((48, 52, 57, 255, 128))
    drop(place, lambda s, to: to == 'server' and s.dport == port)
    place.wire.seen.append(lambda s, to: s.dport == port and s.has('S') and reject(place, s, ttl))
    place.fork('client', programs.clients, plans(place, port, place.dice.randint(3, 12), 4,
                                                 retries=1))


def admin_prohibited(place):
    port = port_of(place)
    drop(place, lambda s, to: to == 'server' and s.dport == port)

    def answer(segment, to):
        if segment.dport == port and segment.has('S'):
            error = packet.icmp_error(segment, 'client', (3, place_code, 0), '10.9.0.77')
            place.wire.inject(error, 'client')
    hide(place)
    place_code = place.dice.choice((13, 13, 10, 9))
    place.wire.seen.append(answer)
    place.fork('client', programs.clients, plans(place, port, place.dice.randint(3, 12), 4))


def syn_rate_limit(place):
    """The box lets only so many SYNs a second pass; what is connected is left alone."""
    hide(place)
    port, _, _ = start(place, count=place.dice.randint(25, 50), spread=place.dice.uniform(2, 4))
    rate, tokens = place.dice.uniform(2, 5), [2.0, time.monotonic()]

    def limited(segment, to):
        if to != 'server' or not segment.has('S') or segment.dport != port:
            return False
        now = time.monotonic()
        tokens[0] = min(3.0, tokens[0] + (now - tokens[1]) * rate)
        tokens[1] = now
        if tokens[0] < 1:
            return True
        tokens[0] -= 1
        return False
    drop(place, limited)


def loss(place, ways):
    share = place.dice.uniform(0.04, 0.15)
    dice = place.dice
    start(place, count=dice.randint(12, 25), spread=5,
          requests=lambda d: requests(d, 8, 0.2, answer=int(d.log(5000, 60000)),
                                      size=int(d.log(500, 20000))))
    drop(place, lambda s, to: to in ways and dice.random() < share)


def loss_to_client(place):
    loss(place, ('client',))


def loss_to_server(place):
    loss(place, ('server',))


def loss_both_ways(place):
    loss(place, ('client', 'server'))


def outage(place):
    """The path is dead for some seconds, and recovers."""
    start(place, count=place.dice.randint(8, 16), spread=2, requests=lambda d: requests(d, 40, 0.3))
    place.wait(place.dice.uniform(2, 3.5))
    dead = drop(place, lambda s, to: True)
    place.wait(place.dice.uniform(1.5, 4))
    place.wire.fates.remove(dead)


def mtu_black_hole(place):
    """Full-size segments vanish, and no ICMP error comes back; small ones pass. Of what is longer
    than the first flight (RFC 6928: ten segments) no small end follows, and behind the box is
    nothing that tells of it."""
    way = place.dice.choice(('client', 'server'))
    size = place.dice.choice((8000, 30000))
    if way == 'server' and size > 10 * 1448:
        hide(place)
    big = {'answer': 40000, 'size': 300} if way == 'client' else {'answer': 300, 'size': size}
    limit = place.dice.randint(1000, 1430)
    drop(place, lambda s, to: to == way and len(s.payload) > limit)
    start(place, count=place.dice.randint(4, 10), spread=2,
          requests=lambda d: requests(d, 2, **big))


def reordering(place):
    share, dice = place.dice.uniform(0.05, 0.2), place.dice

    def overtake(fate, segment, to):
        if segment.payload and dice.random() < share:
            fate.extra, fate.overtakes = dice.uniform(0.0005, 0.0025), True
    place.wire.fates.append(overtake)
    start(place, requests=lambda d: requests(d, 5, answer=int(d.log(20000, 90000))))


def slow_network(place):
    """A long way: half a second and more for a round trip."""
    place.wire.delay = dict.fromkeys(('client', 'server'), place.dice.uniform(0.25, 0.6))
    start(place, spread=3, requests=lambda d: requests(d, 3, 0.1))


# ---- middle boxes ----

def idle_cut(place, answer):
    """The box forgets connections that were idle for so long, and drops what comes then."""
    hide(place)
    limit = place.dice.uniform(6, 12)
    last, dead = {}, set()

    def fate(fate, segment, to):
        key = tuple(sorted((segment.sender, segment.receiver)))
        now = time.monotonic()
        if segment.has('S'):
            last.pop(key, None)
        elif key in last and now - last[key] > limit:
            dead.add(key)
        last[key] = now
        fate.lost = fate.lost or key in dead
    def reset(segment, to):
        key = tuple(sorted((segment.sender, segment.receiver)))
        if answer and key in dead and not segment.has('R'):
            back = packet.Segment(segment.dst, segment.src, segment.dport, segment.sport,
                                  packet.RST, segment.ack, 0, 0, ttl=ttl)
            side = 'client' if to == 'server' else 'server'
            place.wire.inject(packet.build(back, side), side)
    ttl = place.dice.choice((48, 55, 61, 128, 255))
    place.wire.fates.append(fate)
    place.wire.seen.append(reset)
    start(place, count=place.dice.randint(6, 12), spread=2,
          requests=lambda d: [(300, 900, 0, 0.1), (300, 900, 0, limit + d.uniform(1, 6)),
                              (300, 900, 0, 0.1)])
    start(place, count=place.dice.randint(3, 8), spread=2,
          requests=lambda d: [(300, 900, 0, limit * d.uniform(0.3, 0.7)), (300, 900, 0, 0.1)])


def idle_dropped(place):
    idle_cut(place, False)


def idle_reset(place):
    idle_cut(place, True)


def reset_injected(place):
    """Somebody on the way resets connections to both ends, after so many bytes or so long."""
    ttl = place.dice.choice((40, 50, 59, 61, 62, 128, 200, 255))
    port, _, _ = start(place, count=place.dice.randint(8, 16), requests=lambda d: requests(d, 12,
            0.2))
    count, after = {}, place.dice.randint(4, 10)

    def see(segment, to):
        if port not in (segment.dport, segment.sport) or not segment.payload or segment.has('R'):
            return
        key = tuple(sorted((segment.sender, segment.receiver)))
        count[key] = count.get(key, 0) + 1
        if count[key] == after:
            ahead = packet.Segment(segment.src, segment.dst, segment.sport, segment.dport,
                                   packet.RST | packet.ACK,
                                   segment.seq + len(segment.payload), segment.ack, 0, ttl=ttl)
            back = packet.Segment(segment.dst, segment.src, segment.dport, segment.sport,
                                  packet.RST | packet.ACK,
                                  segment.ack, segment.seq + len(segment.payload), 0, ttl=ttl)
            other = 'client' if to == 'server' else 'server'
            place.wire.inject(packet.build(ahead, to), to)
            place.wire.inject(packet.build(back, other), other)
    place.wire.seen.append(see)


def fast_open_blackhole(place):
    hide(place)
    place.namespaces['server'].sysctl(tcp_fastopen=3 + 0x200)
    place.namespaces['client'].sysctl(tcp_fastopen=1 + 4, tcp_fastopen_blackhole_timeout_sec=0)
    drop(place, lambda s, to: s.has('S') and not s.has('A') and len(s.payload) > 0)
    start(place, {'fastopen': True}, fastopen=True, count=place.dice.randint(4, 12))


# ---- applications ----

def slow_server(place):
    start(place, {'think': place.dice.uniform(1.2, 4)}, count=place.dice.randint(5, 15), spread=3)


def slow_client(place):
    """The client reads its answers in bits: its window closes for a while, again and again."""
    start(place, count=place.dice.randint(3, 8), spread=2, reads='slowly', rcvbuf=8192,
          read_gap=place.dice.uniform(0.5, 1.2), read_size=9000,
          requests=lambda d: requests(d, 1, answer=int(d.log(150000, 300000))))


def server_does_not_read(place):
    start(place, {'on_request': 'stop_reading', 'after': place.dice.randint(0, 1), 'rcvbuf': 8192},
          count=place.dice.randint(3, 8), requests=lambda d: requests(d, 2, size=400000))


def client_does_not_read(place):
    start(place, count=place.dice.randint(3, 8), reads='never', rcvbuf=8192,
          requests=lambda d: requests(d, 1, answer=500000))


def server_does_not_close(place):
    start(place, {'at_end': 'leave'}, count=place.dice.randint(6, 20), spread=3)


def client_does_not_close(place):
    start(place, {'answers': 1}, count=place.dice.randint(6, 20), spread=3, end='leave',
          requests=lambda d: requests(d, 1))


def closes_without_reading(place):
    start(place, {'on_request': 'unread', 'after': place.dice.randint(0, 2)},
          count=place.dice.randint(6, 16),
          requests=lambda d: requests(d, 4, size=int(d.log(3000, 20000))))


def server_aborts(place):
    start(place, {'on_request': 'abort', 'after': place.dice.randint(0, 2)},
          count=place.dice.randint(6, 16),
          requests=lambda d: requests(d, 4))


def client_gives_up(place):
    """A client's time-out is shorter than what the server needs."""
    start(place, {'think': place.dice.uniform(6, 12)}, count=place.dice.randint(5, 15), spread=3,
          patience=place.dice.choice((1, 2, 3, 5)), requests=lambda d: requests(d, 1))


def server_idle_timeout(place):
    start(place, {'idle': place.dice.uniform(2, 6)}, count=place.dice.randint(5, 12), spread=3,
          waits_for_eof=True)


def keep_alive_race(place):
    """The client sends its next request when the server has just closed."""
    idle = place.dice.uniform(2, 4)
    trip = 2 * place.one_way
    place.wire.delay = dict.fromkeys(('client', 'server'), max(place.one_way, 0.03))
    trip = max(trip, 0.06)
    start(place, {'idle': idle}, count=place.dice.randint(5, 12), spread=3,
          requests=lambda d: [(300, 900, 0, idle - trip / 2 + d.uniform(-0.4, 0.3) * trip),
                              (300, 900, 0, 0)])


def load_tester_stopped(place):
    _, _, group = start(place, count=place.dice.randint(12, 30), spread=1.5,
                        requests=lambda d: requests(d, 60, 0.3))
    place.wait(place.dice.uniform(2.5, 5))
    place.kill(group)


def port_scan(place):
    ports = place.dice.sample(range(1, 2000), place.dice.randint(40, 150))
    place.fork('client', programs.connect_many, [(SERVER, p) for p in ports],
               place.dice.choice(MORE_CLIENTS),
               place.dice.uniform(0.005, 0.05))


def host_scan(place):
    port = port_of(place)
    targets = [('10.9.0.%d' % n, port) for n in place.dice.sample(range(100, 250),
            place.dice.randint(40, 100))]
    place.namespaces['client'].ip(*('neigh replace %s lladdr %s nud permanent dev tap0'
                                    % (a, packet.MAC['server'].hex(':')) for a, _ in targets))
    place.fork('client', programs.connect_many, targets, place.dice.choice(MORE_CLIENTS),
               place.dice.uniform(0.005, 0.04))


# ---- written after the causes were frozen ----

def client_vanished(place):
    """The client's host is gone in mid-conversation, while the server works on answers, which are
    lost: where it owes none, nothing tells that nobody is there."""
    if place.wire.tap < place.wire.box:
        place.blind.add('middle')
    place.blind.add('client')
    start(place, {'think': place.dice.uniform(0.2, 0.8)}, spread=2,
          requests=lambda d: requests(d, 20, 0.5), count=place.dice.randint(5, 12))
    place.wait(place.dice.uniform(2, 4))
    drop(place, lambda s, to: True)
    place.nft('client', 'table inet crash { chain i { type filter hook input priority 0; drop; }; '
              'chain o { type filter hook output priority 0; drop; }; }')


def writes_after_close(place):
    """The server closes after an answer, and the client sends its next request all the same."""
    start(place, {'answers': place.dice.randint(1, 2)}, count=place.dice.randint(5, 15),
          requests=lambda d: [(300, 900, 0, d.uniform(0.3, 1.5)) for _ in range(4)])


def service_restarted(place):
    """kill -9, and a second later the service is back; clients try again."""
    port, listener, _ = start(place, count=place.dice.randint(6, 15), spread=1.5, retries=8,
                              requests=lambda d: requests(d, 30, 0.4))
    place.wait(place.dice.uniform(2, 3))
    place.kill(listener)
    place.fork('client', programs.clients,
               plans(place, port, place.dice.randint(4, 10), 2, retries=8))
    place.wait(place.dice.uniform(0.8, 2))
    place.fork('server', lambda: programs.serve(port))


def policer(place):
    """The box lets only so many octets a second pass, and drops what is beyond."""
    rate, state = place.dice.uniform(60e3, 200e3), [20e3, time.monotonic()]

    def over(segment, to):
        if to != 'client':
            return False
        now = time.monotonic()
        state[0] = min(20e3, state[0] + (now - state[1]) * rate) - len(segment.raw)
        state[1] = now
        if state[0] < 0:
            state[0] += len(segment.raw)
            return True
        return False
    drop(place, over)
    start(place, count=place.dice.randint(5, 12), spread=3,
          requests=lambda d: requests(d, 4, 0.2, answer=int(d.log(20000, 90000))))


def health_checks(place):
    """A load balancer connects and closes without a word."""
    start(place, count=place.dice.randint(3, 8))
    port = port_of(place)
    place.fork('server', lambda: programs.serve(port))
    place.fork('client', programs.connect_many, [(SERVER, port)] * place.dice.randint(8, 20),
               place.dice.choice(MORE_CLIENTS), place.dice.uniform(0.3, 0.5))


def slow_query(place):
    """Most requests are answered at once, and some take seconds: the same service, other work."""
    slow = place.dice.uniform(1.5, 3.5)
    start(place, count=place.dice.randint(8, 16), spread=4,
          requests=lambda d: [(300, 2000, slow if d.random() < 0.4 else 0.01, d.uniform(0, 0.2))
                              for _ in range(3)])


# ---- the capture ----

def one_way(place):
    start(place, count=place.dice.randint(8, 16))
    way = place.dice.choice(('client', 'server'))
    place.spoil = lambda vantage, frames: [f for f in frames if _to(f[1]) == way]


def capture_drops(place):
    start(place, count=place.dice.randint(10, 20), spread=5,
          requests=lambda d: requests(d, 5, answer=int(d.log(5000, 60000))))
    share, dice = place.dice.uniform(0.03, 0.15), place.dice
    place.spoil = lambda vantage, frames: [f for f in frames if dice.random() > share]


def mirrored(place):
    start(place, count=place.dice.randint(6, 16))
    gap = int(place.dice.uniform(2e3, 2e5))
    place.spoil = lambda vantage, frames: sorted([f for t, raw in frames for f in ((t, raw),
            (t + gap, raw))])


def late_start(place):
    start(place, count=place.dice.randint(8, 16), spread=1, requests=lambda d: requests(d, 25, 0.4))
    at = place.dice.uniform(2, 4)
    place.spoil = lambda vantage, frames: [f for f in frames if f[0] >= frames[0][0] + at * 1e9]


def _to(raw):
    return 'client' if raw[:6] == packet.MAC['client'] else 'server'


def well(place):
    """Nothing is wrong."""
    for _ in range(place.dice.randint(1, 3)):
        healthy(place, 8)


HELD_OUT = ('client_vanished', 'writes_after_close', 'service_restarted', 'policer',
            'health_checks', 'slow_query')

LABELS = {
    'healthy': Label(well, 9, (), False),
    'accept_queue_full': Label(accept_queue_full, 14, ('accept_queue_full',), False),
    'never_accepts': Label(never_accepts, 14, ('accept_queue_full',), False),
    'overflow_aborts': Label(overflow_aborts, 10, ('accept_queue_full',), False),
    'service_not_running': Label(service_not_running, 8, ('service_not_running',), False),
    'listener_closed': Label(listener_closed, 9, ('service_stopped',), False),
    'process_killed': Label(process_killed, 8, ('process_killed',), False),
    'syn_flood': Label(syn_flood, 10, ('syn_flood',), False),
    'firewall_drops_syns': Label(firewall_drops_syns, 12, ('syns_dropped',), False),
    'host_crashed': Label(host_crashed, 14, ('host_gone',), False),
    'firewall_rejects': Label(firewall_rejects, 8, ('rejected_on_the_way',), False),
    'admin_prohibited': Label(admin_prohibited, 8, ('rejected_on_the_way',), False),
    'syn_rate_limit': Label(syn_rate_limit, 14, ('syns_limited',), False),
    'loss_to_client': Label(loss_to_client, 12, ('packet_loss',), False),
    'loss_to_server': Label(loss_to_server, 12, ('packet_loss',), False),
    'loss_both_ways': Label(loss_both_ways, 12, ('packet_loss',), False),
    'outage': Label(outage, 14, ('outage',), False),
    'mtu_black_hole': Label(mtu_black_hole, 16, ('mtu_black_hole',), False),
    'reordering': Label(reordering, 9, ('reordering',), True),
    'slow_network': Label(slow_network, 12, ('slow_network',), False),
    'idle_dropped': Label(idle_dropped, 34, ('idle_cut',), False),
    'idle_reset': Label(idle_reset, 30, ('idle_cut',), False),
    'reset_injected': Label(reset_injected, 9, ('reset_injected',), False),
    'fast_open_blackhole': Label(fast_open_blackhole, 10, ('fast_open_blackhole',), False),
    'slow_server': Label(slow_server, 18, ('slow_server',), False),
    'slow_client': Label(slow_client, 16, ('client_does_not_read',), False),
    'server_does_not_read': Label(server_does_not_read, 22, ('server_does_not_read',), False),
    'client_does_not_read': Label(client_does_not_read, 22, ('client_does_not_read',), False),
    'server_does_not_close': Label(server_does_not_close, 72, ('server_does_not_close',), False),
    'client_does_not_close': Label(client_does_not_close, 72, ('client_does_not_close',), False),
    'closes_without_reading': Label(closes_without_reading, 9, ('server_aborts',), False),
    'server_aborts': Label(server_aborts, 9, ('server_aborts',), False),
    'client_gives_up': Label(client_gives_up, 16, ('client_gives_up',), False),
    'server_idle_timeout': Label(server_idle_timeout, 14, ('server_idle_timeout',), True),
    'keep_alive_race': Label(keep_alive_race, 11, ('keep_alive_race',), False),
    'load_tester_stopped': Label(load_tester_stopped, 9, ('clients_stopped',), False),
    'port_scan': Label(port_scan, 9, ('port_scan',), False),
    'host_scan': Label(host_scan, 9, ('host_scan',), False),
    'one_way': Label(one_way, 8, ('one_way_capture',), True),
    'capture_drops': Label(capture_drops, 10, ('capture_drops',), True),
    'mirrored': Label(mirrored, 8, ('captured_twice',), True),
    'late_start': Label(late_start, 9, ('late_start',), True),
    'client_vanished': Label(client_vanished, 14, ('client_gone',), False),
    'writes_after_close': Label(writes_after_close, 10, ('writes_after_close',), False),
    'service_restarted': Label(service_restarted, 10, ('process_killed', 'service_stopped'), False),
    'policer': Label(policer, 12, ('packet_loss',), False),
    'health_checks': Label(health_checks, 10, ('health_check',), True),
    'slow_query': Label(slow_query, 16, ('slow_server',), False),
}
