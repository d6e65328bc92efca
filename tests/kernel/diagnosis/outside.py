# SPDX-License-Identifier: GPL-2.0-or-later
"""Troubles of real life, written without a look at the causes, and measured before these were
changed for them: what a cause does with a trouble that it was not made for.
"""
import time

from tcplab import packet

from . import programs
from .labels import (Label, drop, hide, plans, port_of, requests, start)
from .place import CLIENT, MORE_CLIENTS, SERVER

NOP, WINDOW_SCALE, SACK_PERMITTED, TIMESTAMPS = 1, 3, 4, 8


# ---- the listener and its process ----

def deferred_accept(place):
    """Clients connect early and speak late; the listener wakes its process by data only."""
    defer = place.dice.choice((1, 3))
    start(place, {'defer': defer}, count=place.dice.randint(5, 15), spread=2,
          speaks_after=lambda d: defer + d.uniform(0.3, 2))


def syn_flood_with_cookies(place):
    place.namespaces['server'].sysctl(tcp_syncookies=2)
    flood(place)


def syn_flood_without_cookies(place):
    place.namespaces['server'].sysctl(tcp_syncookies=0, tcp_max_syn_backlog=32)
    flood(place)


def flood(place):
    """SYNs of addresses that do not exist, so many that honest clients notice."""
    place.blind |= {'client'} | ({'middle'} if place.wire.tap < place.wire.box else set())
    port, _, _ = start(place, {'backlog': 32}, count=place.dice.randint(5, 10), connect_s=10)
    place.nft('server', 'table ip f { chain c { type filter hook output priority 0; '
              'ip daddr != 10.9.0.0/24 accept; }; }')
    place.namespaces['server'].ip('route add default via 10.9.0.1')
    for _ in range(place.dice.randint(200, 500)):
        source = '.'.join(str(place.dice.randint(11, 220)) for _ in range(4))
        syn = packet.Segment(source, SERVER, place.dice.randint(1024, 65535), port, packet.SYN,
                             place.dice.getrandbits(32), 0, 64240, b'', b'\x02\x04\x05\xb4')
        place.wire.inject(packet.build(syn, 'server'), 'server')
        place.wait(0.006)


def frozen_process(place):
    """The process stands still for some seconds, all its connections with it, and goes on."""
    _, listener, _ = start(place, count=place.dice.randint(8, 16), spread=2,
                           requests=lambda d: requests(d, 30, 0.3))
    place.wait(place.dice.uniform(2, 3.5))
    place.freeze(listener)
    place.wait(place.dice.uniform(2, 5))
    place.thaw(listener)


def hung_process(place):
    """The process stands still for good: its kernel acknowledges, nobody answers."""
    _, listener, _ = start(place, count=place.dice.randint(8, 16), spread=4,
                           requests=lambda d: requests(d, 30, 0.3))
    place.wait(place.dice.uniform(2, 3.5))
    place.freeze(listener)


def graceful_restart(place):
    """The listener is closed first, talks end by themselves, another process begins later."""
    port, listener, _ = start(place, {'retires': place.dice.uniform(2, 3)}, spread=5,
                              count=place.dice.randint(12, 24))
    place.wait(place.dice.uniform(4, 5.5))
    place.kill(listener)
    place.fork('server', lambda: programs.serve(port))
    place.fork('client', programs.clients, plans(place, port, place.dice.randint(3, 8), 2))


def turned_away(place):
    """The server accepts and closes at once: no more connections allowed, no backend."""
    start(place, {'turns_away': place.dice.choice(('close', 'abort'))},
          count=place.dice.randint(8, 20), waits_for_eof=True,
          speaks_after=lambda d: d.uniform(0.1, 0.5))


def slow_lookup(place):
    """The server asks somebody for the client's name first; after that it is quick."""
    wait = place.dice.uniform(2, 5)
    start(place, count=place.dice.randint(6, 15), spread=3,
          requests=lambda d: [(200, 600, wait, 0.1), (200, 600, 0.005, 0.1), (200, 600, 0.005, 0)])


def window_pauses(place):
    """The server stops reading for some seconds, and goes on."""
    start(place, {'on_request': 'stop_reading', 'after': 1, 'rcvbuf': 8192,
                  'pause': place.dice.uniform(3, 5)},
          count=place.dice.randint(4, 10), spread=2,
          requests=lambda d: requests(d, 3, size=200000))


def server_rebooted(place):
    """The host was gone for a moment, and knows nothing of its connections when it is back."""
    port, listener, _ = start(place, count=place.dice.randint(6, 15), spread=1.5,
                              requests=lambda d: requests(d, 30, 0.4))
    place.wait(place.dice.uniform(2, 3))
    place.nft('server', 'table inet down { chain o { type filter hook output priority 0; drop; }; '
              'chain i { type filter hook input priority 0; drop; }; }')
    place.kill(listener)
    # A kernel that ends closes nothing.
    place.namespaces['server'].run(['ss', '-K', '-t', 'state', 'connected'])
    place.wait(place.dice.uniform(0.3, 1.5))
    place.nft('server', 'delete table inet down')
    place.fork('server', lambda: programs.serve(port))


def half_close_cut(place):
    """Clients close their half after the request; the server takes that for the end of all."""
    start(place, {'on_eof': 'abort', 'think': place.dice.uniform(0.1, 0.4)}, half_close=True,
          count=place.dice.randint(6, 16), requests=lambda d: requests(d, 1))


# ---- clients ----

def slow_requests(place):
    """One host holds many connections open and says a few octets now and then, never all."""
    start(place, count=place.dice.randint(30, 60), spread=2, source=place.dice.choice(MORE_CLIENTS),
          drips=place.dice.uniform(0.5, 1.5), requests=lambda d: requests(d, 1, size=2000))


def pool_keeps_dead(place):
    """A proxy's pool sends on a connection that the server closed seconds ago."""
    idle = place.dice.uniform(1, 2.5)
    start(place, {'idle': idle}, count=place.dice.randint(6, 15), spread=3,
          requests=lambda d: [(300, 900, 0, idle + d.uniform(1, 4)), (300, 900, 0, 0)])


def small_writes(place):
    """Head and body of a request are written one by one, and Nagle waits for a delayed ACK."""
    start(place, count=place.dice.randint(5, 12), spread=2, two_writes=True,
          requests=lambda d: requests(d, 12, 0.05, size=int(d.log(200, 900)), answer=400))


# ---- the path ----

def conntrack_full(place):
    """The box's table is full: it lets no new connection pass until entries are over."""
    hide(place)
    room, keeps = place.dice.randint(8, 15), place.dice.uniform(3, 5)
    table = {}

    def full(segment, to):
        now = time.monotonic()
        for key in [key for key, at in table.items() if now - at > keeps]:
            del table[key]
        key = tuple(sorted((segment.sender, segment.receiver)))
        if key in table or not segment.has('S') or to != 'server':
            if key in table:
                table[key] = now
            return False
        if len(table) >= room:
            return True
        table[key] = now
        return False
    drop(place, full)
    start(place, count=place.dice.randint(30, 50), spread=5)


def state_lost(place):
    """A firewall fails over without its table: what was open dies, what is new is well."""
    hide(place)
    known, lost = set(), []

    def unknown(segment, to):
        key = tuple(sorted((segment.sender, segment.receiver)))
        if segment.has('S'):
            known.add(key)
        elif lost and key not in known:
            return True
        return False
    drop(place, unknown)
    port, _, _ = start(place, count=place.dice.randint(8, 15), spread=1.5,
                       requests=lambda d: requests(d, 60, 0.3))
    place.wait(place.dice.uniform(2, 4))
    known.clear()
    lost.append(True)
    place.fork('client', programs.clients, plans(place, port, place.dice.randint(6, 15), 5))


def duplicated(place):
    """A loop or a bond sends some packets twice."""
    share, dice = place.dice.uniform(0.1, 0.3), place.dice

    def double(fate, segment, to):
        fate.twice = fate.twice or dice.random() < share
    place.wire.fates.append(double)
    start(place, requests=lambda d: requests(d, 5, answer=int(d.log(20000, 90000))))


def synacks_dropped(place):
    """The way back is closed: SYNs arrive, and their answers do not."""
    port, _, _ = start(place, count=place.dice.randint(6, 15), connect_s=20)
    drop(place, lambda s, to: to == 'client' and s.sport == port)


def icmp_for_syns(place, kind, router):
    port = port_of(place)
    hide(place)
    drop(place, lambda s, to: to == 'server' and s.dport == port)

    def answer(segment, to):
        if segment.dport == port and segment.has('S'):
            place.wire.inject(packet.icmp_error(segment, 'client', kind, router), 'client')
    place.wire.seen.append(answer)
    place.fork('client', programs.clients, plans(place, port, place.dice.randint(3, 12), 4))


def routing_loop(place):
    icmp_for_syns(place, (11, 0, 0), '10.9.0.77')


def host_unreachable(place):
    icmp_for_syns(place, (3, 1, 0), '10.9.0.77')


def bursts_of_loss(place):
    """Radio: mostly well, and then several packets in a row are lost."""
    dice, state = place.dice, [False]

    def bad(segment, to):
        state[0] = dice.random() < (0.6 if state[0] else 0.02)
        return state[0]
    drop(place, bad)
    start(place, count=dice.randint(12, 25), spread=5,
          requests=lambda d: requests(d, 8, 0.2, answer=int(d.log(5000, 60000)),
                                      size=int(d.log(500, 20000))))


def deep_queue(place):
    """A slow link with a deep queue: nothing is lost, all waits."""
    rate, free = place.dice.uniform(60e3, 120e3), [0.0]

    def queue(fate, segment, to):
        if to == 'client':
            now = time.monotonic()
            free[0] = max(now, free[0]) + len(segment.raw) / rate
            fate.extra += free[0] - now
    place.wire.fates.append(queue)
    start(place, count=2, spread=0.5, requests=lambda d: requests(d, 8, 0.1, answer=200000))
    start(place, count=place.dice.randint(6, 12), spread=6, requests=lambda d: requests(d, 2, 0.1))


def corrupted(place):
    """A bad cable or memory: octets of some segments arrive changed."""
    share, dice = place.dice.uniform(0.04, 0.12), place.dice

    def spoil(fate, segment, to):
        if dice.random() < share:
            raw = bytearray(segment.raw)
            raw[-1 if segment.payload else 14 + 20 + 5] ^= 0x55
            fate.becomes = bytes(raw)
    place.wire.fates.append(spoil)
    start(place, count=dice.randint(12, 25), spread=5,
          requests=lambda d: requests(d, 8, 0.2, answer=int(d.log(5000, 60000))))


def censored(place):
    """Somebody sends RSTs to the client alone, after its first request, a few hops nearer."""
    ttl = 64 - place.dice.randint(1, 12)
    if place.wire.tap > place.wire.box:
        place.blind.add('middle')
    place.blind.add('server')
    port, _, _ = start(place, count=place.dice.randint(6, 14), requests=lambda d: requests(d, 3))
    seen = set()

    def see(segment, to):
        if segment.dport != port or not segment.payload or segment.sender in seen:
            return
        seen.add(segment.sender)
        for ahead in (0, 1460, 4380):
            back = packet.Segment(segment.dst, segment.src, segment.dport, segment.sport,
                                  packet.RST | packet.ACK, segment.ack + ahead,
                                  segment.seq + len(segment.payload), 0, ttl=ttl)
            place.wire.inject(packet.build(back, 'client'), 'client')
    place.wire.seen.append(see)


def address_taken_twice(place):
    """Another host has the server's address: frames go to one or the other, by turns."""
    port, _, _ = start(place, count=place.dice.randint(10, 20), spread=7,
                       requests=lambda d: requests(d, 10, 0.4))
    hide(place)
    ttl, turn = place.dice.choice((64, 128, 255)), place.dice.uniform(1, 2)

    def is_others(segment, to):
        return to == 'server' and segment.dport == port and place.now() % (2 * turn) > turn

    def refuse(segment, to):
        if is_others(segment, to) and not segment.has('R'):
            acks = not segment.has('A')
            back = packet.Segment(segment.dst, segment.src, segment.dport, segment.sport,
                                  packet.RST | (packet.ACK if acks else 0),
                                  0 if acks else segment.ack,
                                  segment.seq + segment.length if acks else 0, 0, ttl=ttl)
            place.wire.inject(packet.build(back, 'client'), 'client')
    drop(place, is_others)
    place.wire.seen.append(refuse)


def options_stripped(place):
    """A firewall blanks what it does not know in the SYNs of some clients."""
    strange = place.dice.sample(MORE_CLIENTS, 8)

    def blank(fate, segment, to):
        if segment.has('S') and to == 'server' and segment.src in strange:
            fate.becomes = packet.build(packet.Segment(
                segment.src, segment.dst, segment.sport, segment.dport, segment.flags, segment.seq,
                segment.ack, segment.window, segment.payload, segment.options[:4]), 'server')
    hide(place)
    place.wire.fates.append(blank)
    start(place, count=place.dice.randint(12, 25), source=lambda d: d.choice(MORE_CLIENTS),
          requests=lambda d: requests(d, 2, answer=60000))


def nat_port_reuse(place):
    """Hosts behind one NAT, which gives a port to another host while the server still holds it in
    TIME_WAIT."""
    place.blind |= {'client'} | ({'middle'} if place.wire.tap < place.wire.box else set())
    port, inside = port_of(place), {}
    outside = [61000 + n for n in range(place.dice.randint(3, 6))]
    hosts = MORE_CLIENTS[:8]

    def translate(fate, segment, to):
        if to == 'server' and segment.dport == port:
            key = (segment.src, segment.sport)
            if segment.has('S') and key not in inside:
                inside[key] = outside[len(inside) % len(outside)]
            fate.becomes = moved(segment, CLIENT, inside[key], segment.dst, segment.dport, to)
        elif to == 'client' and segment.sport == port:
            back = [key for key, at in inside.items() if at == segment.dport]
            if back:
                fate.becomes = moved(segment, segment.src, segment.sport, *back[-1], to)
    place.wire.fates.append(translate)
    place.fork('server', lambda: programs.serve(port, answers=1))
    time.sleep(0.05)
    count = 5 * len(outside)
    found = plans(place, port, count, 0, waits_for_eof=True, requests=lambda d: requests(d, 1))
    for n, plan in enumerate(found):
        plan.update(at=0.4 * n, source=hosts[n % len(hosts)])
    place.fork('client', programs.clients, found)


def moved(segment, src, sport, dst, dport, to):
    """The segment from and to other addresses."""
    return packet.build(packet.Segment(src, dst, sport, dport, segment.flags, segment.seq,
                                       segment.ack, segment.window, segment.payload,
                                       segment.options, segment.urgent, segment.ttl - 1), to)


# ---- the capture ----

def offloaded(place):
    """The card joins what arrives in a row: segments longer than any packet."""
    start(place, count=place.dice.randint(6, 15),
          requests=lambda d: requests(d, 3, answer=int(d.log(20000, 90000))))
    place.spoil = lambda vantage, frames: joined(frames)


def joined(frames):
    """Frames of one sender that follow each other within 5 ms become one, as GRO does."""
    found = []
    for at, raw in frames:
        segment = packet.parse(raw)
        before = packet.parse(found[-1][1]) if found else None
        if (before and segment and segment.payload and before.payload and
                before.sender == segment.sender and before.receiver == segment.receiver and
                before.seq + len(before.payload) == segment.seq and
                at - found[-1][0] < 5e6 and len(before.payload) < 40000):
            found[-1] = (found[-1][0], joined_frame(found[-1][1], segment))
        else:
            found.append((at, raw))
    return found


def joined_frame(raw, segment):
    """The frame, longer by the segment's payload."""
    longer = bytearray(raw + segment.payload)
    length = len(longer) - 14
    longer[16:18] = length.to_bytes(2, 'big')
    longer[24:26] = b'\0\0'
    longer[24:26] = packet.checksum(bytes(longer[14:34])).to_bytes(2, 'big')
    return bytes(longer)


OUTSIDE = {
    'deferred_accept': Label(deferred_accept, 10, ('accept_deferred',), True),
    'syn_flood_with_cookies': Label(syn_flood_with_cookies, 10, ('syn_flood',), False),
    'syn_flood_without_cookies': Label(syn_flood_without_cookies, 12, ('syn_flood',), False),
    'frozen_process': Label(frozen_process, 14, ('slow_server',), False),
    'hung_process': Label(hung_process, 14, ('slow_server', 'server_hangs'), False),
    'graceful_restart': Label(graceful_restart, 10, ('service_stopped',), False),
    'turned_away': Label(turned_away, 9, ('turned_away',), False),
    'slow_lookup': Label(slow_lookup, 14, ('slow_server',), False),
    'window_pauses': Label(window_pauses, 20, ('server_does_not_read',), False),
    'server_rebooted': Label(server_rebooted, 10, ('peer_restarted',), False),
    'half_close_cut': Label(half_close_cut, 9, ('server_aborts',), False),
    'slow_requests': Label(slow_requests, 14, ('slow_requests',), False),
    'pool_keeps_dead': Label(pool_keeps_dead, 12, ('writes_after_close',), False),
    'small_writes': Label(small_writes, 9, ('delayed_by_nagle',), True),
    'conntrack_full': Label(conntrack_full, 14, ('syns_limited',), False),
    'state_lost': Label(state_lost, 14, ('state_lost',), False),
    'duplicated': Label(duplicated, 9, ('duplication',), True),
    'synacks_dropped': Label(synacks_dropped, 14, ('syns_dropped', 'answers_dropped'), False),
    'routing_loop': Label(routing_loop, 9, ('rejected_on_the_way',), False),
    'host_unreachable': Label(host_unreachable, 9, ('rejected_on_the_way',), False),
    'bursts_of_loss': Label(bursts_of_loss, 12, ('packet_loss',), False),
    'deep_queue': Label(deep_queue, 14, ('slow_network',), False),
    'corrupted': Label(corrupted, 12, ('packet_loss',), False),
    'censored': Label(censored, 9, ('reset_injected',), False),
    'address_taken_twice': Label(address_taken_twice, 12,
                                 ('answers_by_turns', 'rejected_on_the_way', 'reset_injected'),
                                 False),
    'options_stripped': Label(options_stripped, 9, ('options_stripped',), False),
    'nat_port_reuse': Label(nat_port_reuse, 14, ('time_wait_refused',), False),
    'offloaded': Label(offloaded, 9, ('offload',), True),
}
