# SPDX-License-Identifier: GPL-2.0-or-later
"""Draws a scenario from a seed: hosts, wire, conversations (talk.py), troubles (troubles.py).

Draft(seed) is a pure function: the seed fixes what programmes do, not the kernels' sequence numbers
nor exact milliseconds. Half of the scenarios are ordinary, a third has one trouble, a sixth two or
three.
"""
from .talk import BOTH, Conversation, Dice, end
from .troubles import TROUBLES

FAMILIES = {'v4': 4, 'v6': 6, 'mapped': 46}  # mapped: an IPv6 listener, IPv4 clients
PORTS = (80, 443, 8080, 22, 3306, 9000, 5432)
IMPAIRMENTS = {'none': 30, 'late': 22, 'early': 12, 'gap': 18, 'snap': 8, 'oneway': 10}

# Kernel parameters: name, chance, values; those of the second table only where there is trouble.
PARAMETERS = (
    ('tcp_timestamps', 0.15, (0,)),
    ('tcp_sack', 0.08, (0,)),
    ('tcp_window_scaling', 0.06, (0,)),
    ('tcp_ecn', 0.12, (0, 1)),
    ('tcp_tw_reuse', 0.05, (0, 1)),
    ('tcp_rfc1337', 0.04, (1,)),
    ('tcp_syncookies', 0.04, (0, 0, 2)),
)
FIN_TIMEOUTS = (2, 5, 10, 20, 30)
PARAMETERS_IN_TROUBLE = (
    ('tcp_retries2', 0.3, (2, 3, 4, 5, 8)),
    ('tcp_orphan_retries', 0.3, (1, 2, 3, 5, 7)),
    ('tcp_synack_retries', 0.15, (1, 2, 3)),
    ('tcp_syn_retries', 0.2, (1, 2, 3, 4)),
    ('tcp_syn_linear_timeouts', 0.08, (0, 1, 2)),
    ('tcp_abort_on_overflow', 0.05, (1,)),
    ('tcp_retries1', 0.06, (1, 2)),
)


def parameters(dice, trouble):
    """Kernel parameters of one host."""
    found = {}
    table = PARAMETERS + (('tcp_fin_timeout', 0.12 + 0.25 * trouble, FIN_TIMEOUTS),)
    for name, chance, values in table + (PARAMETERS_IN_TROUBLE if trouble else ()):
        if dice.random() < chance:
            found[name] = values[0] if len(values) == 1 else dice.choice(values)
    return found


class Draft:
    """The plan of a scenario. `at`, `until`: seconds since it began; sides: client, server."""

    def __init__(self, seed):
        self.seed, self.name, self.dice = seed, 'r%06d' % seed, Dice(seed)
        self._hosts()
        self._troubles()
        self.sysctl = {
            side: parameters(self.dice, bool(self.troubles)) for side in ('client', 'server')
        }
        self.rules, self.blackouts, self.chances = [], [], {}
        self.acts, self.firewalls = [], []
        self._conversations()
        for trouble in self.troubles:
            TROUBLES[trouble].draw(self)
        if self.dice.random() < 0.1:
            self.chances['jitter'] = {to: round(self.dice.log(0.0005, 0.02), 5) for to in BOTH}
        self.capture = self.dice.weighted(IMPAIRMENTS)

    def _hosts(self):
        dice = self.dice
        uniform = dice.uniform
        lengths = uniform(3, 12), uniform(12, 30), uniform(30, 61), uniform(62, 69)
        self.seconds = dice.choices(lengths, (52, 24, 8, 16))[0]
        x = dice.random()
        self.family = 'v6' if x < 0.2 else 'mapped' if x < 0.23 else 'v4'
        self.one_way = dice.log(0.0003, 0.12)
        skew = dice.choice((1, 1, 1, uniform(0.3, 1.7)))
        self.delay = {
            'server': round(self.one_way * skew, 5),
            'client': round(self.one_way * (2 - skew), 5),
        }
        # Where on the wire the middle capture is, 0 at the client.
        self.middle = round(
            dice.choice((uniform(0.05, 0.95), 0.5, uniform(0.01, 0.1), uniform(0.9, 0.99))), 3
        )

    def _troubles(self):
        dice = self.dice
        number = dice.choices((0, 1, dice.choice((2, 2, 3))), (50, 33, 17))[0]
        self.troubles = []
        while len(self.troubles) < number:
            one = dice.weighted({name: trouble.weight for name, trouble in TROUBLES.items()})
            if one not in self.troubles:
                self.troubles.append(one)

    def _conversations(self):
        dice = self.dice
        number = dice.choices((1, 2, 3, dice.randint(4, 8)), (50, 20, 15, 15))[0]
        self.listener = {
            'port': dice.choice(PORTS),
            'backlog': 64,
            'options': [],
            'accept': 'now',
            'family': 4 if self.family == 'v4' else 6,
        }
        self.connections, self.drawn = [], number
        for i in range(number):
            talk = self.talk(self.seconds)
            at = round(dice.uniform(0, 0.3) if i == 0 else dice.uniform(0, self.seconds * 0.5), 3)
            self.connections.append(
                dict(
                    talk,
                    at=at,
                    port=self.listener['port'],
                    source_port=None,
                    options=[],
                    mode='plain',
                    on_error=dice.choice(('close',) * 6 + ('later',) * 2 + ('leave',)),
                    family=6 if self.family == 'v6' else 4,
                )
            )

    def talk(self, seconds, ending=None):
        """A conversation and its end."""
        talk = Conversation(self.dice, seconds)
        kind = end(talk, ending or seconds)
        return {'shape': talk.shape, 'end': kind, 'client': talk.client, 'server': talk.server}

    def connection(self):
        """One of the connections."""
        return self.dice.choice(self.connections)

    def some(self):
        """About half of the connections."""
        return self.dice.sample(self.connections, max(1, self.drawn // 2))

    def side(self):
        return self.dice.choice(('client', 'server'))

    @property
    def description(self):
        """One line for people."""
        talks = (
            '%s/%s' % (c['shape'], c['end']) + ('' if c['mode'] == 'plain' else '/' + c['mode'])
            for c in self.connections
        )
        hosts = ''.join(' %s:%s' % (side, values) for side, values in self.sysctl.items() if values)
        return '%s; %s; delay %g/%g ms %s%s' % (
            '+'.join(self.troubles) or 'ordinary',
            ', '.join(talks),
            self.delay['server'] * 1e3,
            self.delay['client'] * 1e3,
            self.family,
            hosts,
        )
