# SPDX-License-Identifier: GPL-2.0-or-later
"""What goes wrong in a scenario: a function for each trouble, which changes a Draft of plan.py."""
import socket
from collections import namedtuple

from .talk import ABORT, BOTH, CLOSE, WAIT_FOR_END

FOR_EVER = 1e9
TCP, SOL = socket.IPPROTO_TCP, socket.SOL_SOCKET
SMALL_BUFFER = (SOL, socket.SO_RCVBUF, 4096)
CLOSED_PORT = 9999
KINDS = ('S', 'SA', 'A', 'A', 'D', 'D', 'F', 'F', 'F', 'R')  # of segments, see wire.kind()
FORGED = ('RST', 'RA', 'SYN', 'SA', 'FIN', 'ACK', 'DATA', 'FINNOACK')
ICMP = ('host', 'port', 'ttl', 'big', 'admin', 'param')
MATCHES = (
    'tcp flags & fin == fin',
    'tcp flags & rst == rst',
    'tcp flags & (syn|ack) == syn',
    'tcp flags & psh == psh',
    'tcp flags & ack == ack',
)


def without(ops, *names):
    return [op for op in ops if op[0] not in names]


def open_ended(ops):
    """The operations without those that end a conversation."""
    return without(ops, 'close', 'abort', 'shut', 'eof')


# The wire


def loss(d):
    d.chances['loss'] = {to: round(d.dice.log(0.005, 0.2), 4) for to in d.dice.ways()}


def burst(d):
    d.chances['burst'] = {
        to: (round(d.dice.log(0.01, 0.08), 4), round(d.dice.uniform(0.2, 0.6), 3))
        for to in d.dice.ways()
    }


def blackout(d):
    for _ in range(d.dice.choice((1, 1, 2))):
        at = d.dice.uniform(0.05, d.seconds * 0.6)
        until = d.dice.choice((at + d.dice.log(0.2, 12), FOR_EVER))
        d.blackouts.append((round(at, 3), round(until, 3), d.dice.ways(), d.dice.where()))


def dup(d):
    d.chances['dup'] = {to: round(d.dice.uniform(0.05, 0.4), 3) for to in d.dice.ways()}


def reorder(d):
    d.chances['reorder'] = {
        to: (round(d.dice.uniform(0.05, 0.4), 3), round(d.dice.log(0.005, 0.1), 4))
        for to in d.dice.ways()
    }


def target(d):
    """The k-th segments of a kind are lost, delayed or carried twice."""
    dice = d.dice
    for _ in range(dice.choice((1, 1, 2))):
        d.rules.append(
            {
                'to': dice.choice(BOTH),
                'kind': dice.choice(KINDS),
                'nth': dice.choice((1, 1, 1, 2, 3)),
                'times': dice.choice((1, 1, 1, 2, 3, 5, 99)),
                'action': dice.choice(('drop',) * 6 + ('delay', 'dup')),
                'seconds': round(dice.log(0.05, 1.5), 3),
                'where': dice.where(),
            }
        )


def forge(d):
    """Somebody else's segment, at some time or after one of a kind; exact or off."""
    dice = d.dice
    for _ in range(dice.choice((1, 1, 2))):
        false = {
            'what': dice.choice(('RST',) + FORGED),
            'seq': dice.choice(
                (
                    0,
                    0,
                    dice.randint(1, 3000),
                    -dice.randint(1, 50000),
                    dice.randint(10**6, 10**9),
                )
            ),
            'ack': dice.choice((0, 0, 0, dice.randint(1, 10**6), -dice.randint(1, 10**6))),
        }
        if dice.random() < 0.6:
            d.acts.append(
                dict(
                    false,
                    at=round(dice.uniform(0.2, d.seconds * 0.7), 3),
                    act='forge',
                    connection=dice.randrange(d.drawn),
                    victim=d.side(),
                    seen=dice.random() < 0.7,
                )
            )
        else:
            d.rules.append(
                dict(
                    false,
                    to=dice.choice(BOTH),
                    kind=dice.choice(('S', 'SA', 'A', 'D', 'F')),
                    nth=dice.choice((1, 1, 2)),
                    times=1,
                    action='forge',
                    seconds=round(dice.log(0.001, 0.5), 4),
                    victim=d.side(),
                    seen=dice.random() < 0.7,
                )
            )


def icmp(d):
    """A segment is answered by an ICMP error."""
    dice = d.dice
    d.rules.append(
        {
            'to': dice.choice(('server', 'server', 'client')),
            'kind': dice.choice(('S', 'S', 'D', 'F', 'A', 'SA')),
            'nth': dice.choice((1, 1, 2)),
            'times': dice.choice((1, 2, 9)),
            'action': 'icmp',
            'error': dice.choice(ICMP),
            'from_host': dice.random() < 0.5,
            'where': 'behind',
        }
    )


def syn_hole(d):
    d.rules.append(
        {
            'to': 'server',
            'kind': 'S',
            'nth': 1,
            'times': d.dice.choice((1, 2, 3, 5, 999)),
            'action': 'drop',
            'where': d.dice.where(),
        }
    )


# What programmes do


def zero_window(d):
    """One end does not read for a while, and has a small buffer."""
    dice = d.dice
    one, writer, size = d.connection(), d.side(), dice.randint(60000, 160000)
    if writer == 'client':
        d.listener['options'].append(SMALL_BUFFER)
    else:
        one['options'] = [SMALL_BUFFER]
    reading = [('sleep', round(dice.log(0.5, d.seconds * 0.8), 3))]
    reading += dice.choice(([('drain', 2), ('eof', 30), CLOSE], [CLOSE], []))
    writing = [('send', size)] + dice.choice(
        ([CLOSE], [('sleep', 1), CLOSE], [('shut', socket.SHUT_WR), WAIT_FOR_END, CLOSE], [])
    )
    one['client'], one['server'] = (writing, reading) if writer == 'client' else (reading, writing)
    one['end'] = 'zerowin'


def refused(d):
    for one in d.some():
        one['port'] = CLOSED_PORT


def abort(d):
    one = d.connection()
    ops = one['client'] if d.dice.random() < 0.5 else one['server']
    ops.insert(d.dice.randint(0, len(one['client']) // 2), ABORT)


def unread(d):
    """One end closes before it has read."""
    one, side = d.connection(), d.side()
    mine, other = one[side], one['server' if side == 'client' else 'client']
    other.insert(0, ('send', d.dice.bytes(False)))
    mine[0:0] = [('sleep', round(d.dice.uniform(0.1, 1), 2)), CLOSE]
    if d.dice.random() < 0.4:
        other.insert(1, ('shut', socket.SHUT_WR))


def leak(d):
    """One end closes late or never."""
    dice = d.dice
    one, side = d.connection(), d.side()
    mine, other = one[side], one['server' if side == 'client' else 'client']
    while mine and mine[-1][0] in ('close', 'abort'):
        mine.pop()
    if not any(op[0] in ('close', 'shut') for op in other):
        other.append(CLOSE)
    if dice.random() < 0.5:
        mine += [
            ('sleep', round(dice.uniform(1, d.seconds * 0.7), 2)),
            dice.choice((('send', dice.bytes(False)), CLOSE)),
        ]
    if dice.random() < 0.5:
        d.sysctl['client' if side == 'server' else 'server']['tcp_fin_timeout'] = dice.choice(
            (2, 3, 6)
        )


def half_close(d):
    """The server goes on sending after the client's FIN."""
    dice, one = d.dice, d.connection()
    one['client'] = without(one['client'], 'close', 'abort', 'shut') + [
        ('shut', socket.SHUT_WR),
        ('sleep', round(dice.uniform(0.2, 3), 2)),
        WAIT_FOR_END,
        CLOSE,
    ]
    answers = []
    for _ in range(dice.randint(1, 4)):
        answers += [('send', dice.bytes(False)), ('sleep', round(dice.uniform(0.1, 1), 2))]
    one['server'] = (
        without(one['server'], 'close', 'abort', 'shut') + [WAIT_FOR_END] + answers + [CLOSE]
    )


def simultaneous_close(d):
    at = d.dice.uniform(0.3, min(3, d.seconds / 2))
    for one in d.connections:
        if d.dice.random() < 0.7:
            for side in ('client', 'server'):
                one[side] = open_ended(one[side])[:2] + [
                    ('at', round(one['at'] + at + d.dice.uniform(-0.5, 0.5) * d.one_way, 4)),
                    d.dice.choice((CLOSE, CLOSE, ('shut', socket.SHUT_WR))),
                ]


def reuse(d):
    """The same addresses and ports again and again."""
    port, at = d.dice.randint(40000, 50000), 0.1
    for _ in range(d.dice.randint(2, 4)):
        talk = d.talk(3, 2)
        if d.dice.random() < 0.3:
            talk['client'].append(ABORT)
        d.connections.append(
            dict(d.connections[0], **talk, at=round(at, 3), source_port=port, options=[])
        )
        at += d.dice.log(0.3, d.seconds * 0.5)


def simultaneous_open(d):
    d.connection().update(mode='simopen', source_port=5001, port=5002, at=0.2)


def shut_read(d):
    one = d.connection()
    (one['client'] if d.dice.random() < 0.5 else one['server']).insert(0, ('shut', socket.SHUT_RD))


def urgent(d):
    one = d.connection()
    one['client'].insert(0, ('oob', 3))
    one['server'].insert(0, ('sleep', 0.1))


def impatient(d):
    """Clients that give up connecting, often because the handshake is slow."""
    dice = d.dice
    for one in d.some():
        one['mode'], one['patience'] = 'impatient', round(dice.log(0.002, 3), 3)
    if dice.random() < 0.6:
        d.rules.append(
            {
                'to': dice.choice(BOTH),
                'kind': dice.choice(('S', 'SA')),
                'nth': 1,
                'times': dice.choice((1, 3, 99)),
                'action': dice.choice(('drop', 'delay')),
                'seconds': round(dice.log(0.2, 3), 2),
                'where': dice.where(),
            }
        )


def close_without_data(d):
    for one in d.connections:
        one['client'] = list(d.dice.choice(([CLOSE], [('send', 100), CLOSE], [ABORT])))


# Options of sockets


def keepalive(d):
    dice, one = d.dice, d.connection()
    options = [
        (TCP, socket.TCP_KEEPIDLE, dice.randint(1, 4)),
        (TCP, socket.TCP_KEEPINTVL, dice.randint(1, 3)),
        (TCP, socket.TCP_KEEPCNT, dice.randint(2, 5)),
        (SOL, socket.SO_KEEPALIVE, 1),
    ]
    if dice.random() < 0.5:
        one['options'] = one['options'] + options
    else:
        one['server'] = [('opt',) + option for option in options] + one['server']
    one['client'].insert(
        len(one['client']) // 2, ('sleep', round(dice.uniform(2, max(3, d.seconds * 0.6)), 2))
    )


def user_timeout(d):
    dice, one = d.dice, d.connection()
    option = (TCP, socket.TCP_USER_TIMEOUT, dice.choice((500, 1500, 3000, 8000)))
    if dice.random() < 0.5:
        one['options'] = one['options'] + [option]
    else:
        one['server'].insert(0, ('opt',) + option)
    at = dice.uniform(0.1, d.seconds * 0.4)
    d.blackouts.append(
        (
            round(at, 3),
            dice.choice((FOR_EVER, round(at + dice.log(1, 10), 2))),
            dice.ways(),
            dice.where(),
        )
    )


def defer_accept(d):
    d.listener['options'].append((TCP, socket.TCP_DEFER_ACCEPT, d.dice.choice((1, 3, 5, 10))))
    for one in d.connections:
        if d.dice.random() < 0.5:
            one['client'].insert(0, ('sleep', round(d.dice.log(0.1, min(d.seconds, 15)), 3)))


def fast_open(d):
    """With or without a cookie."""
    bare = d.dice.random() < 0.5
    d.sysctl['client']['tcp_fastopen'] = 5 if bare else 1
    d.sysctl['server']['tcp_fastopen'] = 0x203 if bare else 2
    d.listener['options'].append((TCP, socket.TCP_FASTOPEN, 5))
    for one in d.connections:
        if any(op[0] == 'send' for op in one['client']):
            one['mode'] = 'tfo'


def linger2(d):
    one = d.connection()
    one['options'] = one['options'] + [(TCP, socket.TCP_LINGER2, d.dice.choice((-1, 2, 5)))]


# Hosts


def backlog(d):
    """A crowd at a short queue."""
    dice = d.dice
    d.listener['backlog'] = dice.choice((0, 1, 2))
    d.listener['accept'] = dice.choice(('never', round(dice.log(0.5, d.seconds), 2), 'slow'))
    if dice.random() < 0.7:
        d.sysctl['server']['tcp_syncookies'] = 0
    base = round(dice.uniform(0.1, d.seconds * 0.3), 3)
    for one in d.connections:
        if dice.random() < 0.8:
            one['at'] = base + dice.uniform(0, 0.02)
    while len(d.connections) < dice.randint(4, 6):
        talk = d.talk(d.seconds)
        like = d.connection()
        d.connections.append(
            dict(
                like,
                **talk,
                options=[],
                at=base + dice.choice((dice.uniform(0, 0.02), dice.uniform(0, 2)))
            )
        )


def slow_accept(d):
    d.listener['accept'] = d.dice.choice(('slow', round(d.dice.log(0.3, d.seconds), 2)))


def stop_listening(d):
    d.acts.append(
        {
            'at': round(d.dice.uniform(0.05, d.seconds * 0.5), 3),
            'act': 'unlisten',
            'again': d.dice.choice((FOR_EVER, 1.0)),
        }
    )
    d.listener['accept'] = d.dice.choice(('now', 'never'))


def kill(d):
    d.acts.append(
        {'at': round(d.dice.uniform(0.3, d.seconds * 0.7), 3), 'act': 'kill', 'side': d.side()}
    )


def crash(d):
    """A host loses its sockets without a word, and may come back."""
    d.acts.append(
        {
            'at': round(d.dice.uniform(0.2, d.seconds * 0.6), 3),
            'act': 'crash',
            'side': d.side(),
            'back': d.dice.choice((round(d.dice.log(0.3, 10), 2), FOR_EVER, 0)),
            'where': d.dice.where(),
        }
    )


def host_firewall(d):
    dice = d.dice
    d.firewalls.append(
        {
            'at': round(dice.uniform(0, d.seconds * 0.4), 3),
            'until': round(dice.uniform(d.seconds * 0.4, d.seconds), 3),
            'side': d.side(),
            'hook': dice.choice(('input', 'input', 'output')),
            'match': dice.choice(MATCHES),
        }
    )


def fin_timeout(d):
    value = d.dice.choice((1, 2, 4, 8))
    d.sysctl[d.side()]['tcp_fin_timeout'] = value
    d.connection()['server'].append(('sleep', round(d.dice.log(1, d.seconds), 2)))


def orphans(d):
    """Both ends close while nothing gets through."""
    dice = d.dice
    at = dice.uniform(0.2, d.seconds * 0.4)
    d.blackouts.append(
        (
            round(at, 3),
            dice.choice((FOR_EVER, FOR_EVER, round(at + dice.log(2, 20), 2))),
            dice.ways(),
            dice.where(),
        )
    )
    value = dice.choice((1, 2, 3, 4))
    d.sysctl[d.side()]['tcp_orphan_retries'] = value
    for one in d.connections:
        for side in ('client', 'server'):
            if dice.random() < 0.5:
                one[side] = open_ended(one[side])[:3] + [
                    ('at', round(at + dice.uniform(0, 0.3), 3)),
                    CLOSE,
                ]


def no_time_wait(d):
    d.sysctl[d.side()]['tcp_max_tw_buckets'] = 0


def cookies(d):
    d.sysctl['server']['tcp_syncookies'] = 2


Trouble = namedtuple('Trouble', 'weight draw')
TROUBLES = {
    'loss': Trouble(8, loss),
    'burst': Trouble(4, burst),
    'blackout': Trouble(6, blackout),
    'dup': Trouble(3, dup),
    'reorder': Trouble(4, reorder),
    'target': Trouble(12, target),
    'forge': Trouble(7, forge),
    'icmp': Trouble(4, icmp),
    'zerowin': Trouble(5, zero_window),
    'backlog': Trouble(5, backlog),
    'defer': Trouble(3, defer_accept),
    'tfo': Trouble(3, fast_open),
    'refused': Trouble(3, refused),
    'synhole': Trouble(3, syn_hole),
    'abort': Trouble(5, abort),
    'unread': Trouble(4, unread),
    'leak': Trouble(6, leak),
    'kill': Trouble(2, kill),
    'crash': Trouble(6, crash),
    'halfclose': Trouble(3, half_close),
    'simclose': Trouble(4, simultaneous_close),
    'reuse': Trouble(5, reuse),
    'keepalive': Trouble(4, keepalive),
    'usertimeout': Trouble(3, user_timeout),
    'urgent': Trouble(1, urgent),
    'finto': Trouble(4, fin_timeout),
    'cookies': Trouble(2, cookies),
    'impatient': Trouble(3, impatient),
    'simopen': Trouble(2, simultaneous_open),
    'shutrd': Trouble(1, shut_read),
    'unlisten': Trouble(2, stop_listening),
    'orphan': Trouble(4, orphans),
    'hostfw': Trouble(2, host_firewall),
    'twbuckets': Trouble(1, no_time_wait),
    'slowaccept': Trouble(3, slow_accept),
    'closenodata': Trouble(2, close_without_data),
    'linger2': Trouble(1, linger2),
}
