# SPDX-License-Identifier: GPL-2.0-or-later
"""What the two ends of a connection do: ordinary conversations, and how they end."""
import math
import random
import socket

BOTH = ('server', 'client')  # a direction is named by the side that it leads to
SHAPES = {
    'reqresp': 45,
    'banner': 10,
    'upload': 9,
    'download': 9,
    'nodata': 6,
    'idle': 13,
    'duplex': 8,
}
ENDS = {
    'cfirst': 30,
    'sfirst': 22,
    'both': 5,
    'open': 11,
    'cabort': 3,
    'sabort': 3,
    'slow': 8,
    'slows': 5,
    'half': 7,
    'cleave': 3,
    'sleave': 3,
}
CLOSE, ABORT, WAIT_FOR_END = ('close',), ('abort',), ('eof', 60)


class Dice(random.Random):
    """Random numbers of the kinds that plans need."""

    def log(self, low, high):
        """A number whose logarithm is uniform."""
        return math.exp(self.uniform(math.log(low), math.log(high)))

    def weighted(self, table):
        """A key of {key: weight}."""
        return self.choices(list(table), list(table.values()))[0]

    def bytes(self, large=True):
        """How much an application sends at a time."""
        x = self.random()
        if x < 0.55:
            return int(self.log(1, 1400))
        if x < 0.93 or not large:
            return int(self.log(200, 12000))
        return int(self.log(12000, 90000))

    def ways(self):
        """One direction or both."""
        return self.choice((('server',), ('client',), BOTH, BOTH))

    def where(self):
        """Where a segment is lost: before the tap in the middle of the wire, or behind it."""
        return self.choice(('before', 'behind'))


class Conversation:
    """What both ends of a connection do; an operation is a tuple, actors.py does them."""

    def __init__(self, dice, seconds):
        self.dice, self.seconds = dice, seconds
        self.client, self.server = [], []
        self.shape = dice.weighted(SHAPES)
        getattr(self, self.shape)()
        if dice.random() < 0.2:
            self.client.insert(0, ('opt', socket.IPPROTO_TCP, socket.TCP_NODELAY, 1))
        if dice.random() < 0.12:
            self.server.insert(0, ('opt', socket.IPPROTO_TCP, socket.TCP_CORK, 1))

    def think(self):
        return ('sleep', round(min(self.dice.expovariate(1 / 0.25), self.seconds / 8), 3))

    def exchange(self, times):
        """Requests and answers."""
        dice = self.dice
        for _ in range(times):
            request, answer = dice.bytes(False), dice.bytes()
            self.client += [('send', request), ('recv', answer)]
            self.server += (
                [('recv', request)]
                + ([self.think()] if dice.random() < 0.5 else [])
                + [('send', answer)]
            )
            if dice.random() < 0.6:
                self.client.append(self.think())

    def reqresp(self):
        self.exchange(self.dice.choice((1, 1, 1, 2, 2, 3, 5)))

    def banner(self):
        size = self.dice.bytes(False)
        self.server.append(('send', size))
        self.client.append(('recv', size))
        self.exchange(self.dice.choice((1, 2, 3)))

    def upload(self):
        size = int(self.dice.log(3000, 120000))
        self.client.append(('send', size))
        self.server.append(('recv', size))

    def download(self):
        size = int(self.dice.log(3000, 120000))
        self.client += [('send', 80), ('recv', size)]
        self.server += [('recv', 80), ('send', size)]

    def nodata(self):
        self.client.append(self.think())

    def idle(self):
        self.exchange(1)
        self.client.append(('sleep', round(self.dice.uniform(0.2, 0.5) * self.seconds, 3)))
        self.exchange(self.dice.choice((0, 1)))

    def duplex(self):
        for _ in range(self.dice.randint(2, 6)):
            for side in (self.client, self.server):
                side += [('send', self.dice.randint(1, 3000)), self.think()]
        for side in (self.client, self.server):
            side.append(('drain', 0.3))


def end(talk, seconds):
    """Add to a conversation how it ends; returns the kind of end."""
    dice, client, server = talk.dice, talk.client, talk.server
    kind = dice.weighted(ENDS)
    gap = ('sleep', round(dice.log(0.002, 2), 3))
    long = ('sleep', round(min(dice.log(0.5, 25), seconds * 0.7), 3))
    first, second = (
        (server, client) if kind in ('sfirst', 'sabort', 'slows', 'sleave') else (client, server)
    )
    if kind in ('cfirst', 'sfirst'):
        first += [gap] + close(dice)
        second += [WAIT_FOR_END, ('sleep', 0.001) if dice.random() < 0.7 else gap, CLOSE]
    elif kind == 'both':
        client += [('sleep', 0.2), CLOSE]
        server += [('sleep', round(0.2 + dice.uniform(-0.02, 0.02), 4)), CLOSE]
    elif kind in ('cabort', 'sabort'):
        first += [gap, ABORT]
        second += [WAIT_FOR_END, CLOSE]
    elif kind in ('slow', 'slows'):
        first += [gap] + close(dice)
        second += [WAIT_FOR_END, long, CLOSE]
    elif kind == 'half':
        client += [('shut', socket.SHUT_WR), WAIT_FOR_END, CLOSE]
        answer = dice.bytes()
        server += [
            WAIT_FOR_END,
            ('sleep', round(dice.log(0.01, 3), 3)),
            ('send', answer),
            gap,
            ('send', dice.bytes(False)),
            CLOSE,
        ]
    elif kind in ('cleave', 'sleave'):  # the second end never closes
        first += [gap, CLOSE]
        second += [WAIT_FOR_END]
    return kind


def close(dice):
    """One of the ways to close."""
    half_closed = [('shut', socket.SHUT_WR), WAIT_FOR_END, CLOSE]
    return list(
        dice.choice([[CLOSE]] * 5 + [half_closed] * 3 + [[('shut', socket.SHUT_RDWR), CLOSE]])
    )
