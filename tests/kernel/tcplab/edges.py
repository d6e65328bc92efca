# SPDX-License-Identifier: GPL-2.0-or-later
"""RFC 9293 figure 5: has each edge of the state diagram been seen in a kernel?"""

FIGURE_5 = (
    ('CLOSED', 'LISTEN', 'passive OPEN'),
    ('CLOSED', 'SYN_SENT', 'active OPEN, snd SYN'),
    ('LISTEN', 'CLOSED', 'CLOSE'),
    ('LISTEN', 'SYN_RCVD', 'rcv SYN'),
    ('SYN_SENT', 'CLOSED', 'CLOSE'),
    ('SYN_SENT', 'SYN_RCVD', 'rcv SYN'),
    ('SYN_SENT', 'ESTABLISHED', 'rcv SYN,ACK'),
    ('SYN_RCVD', 'LISTEN', 'rcv RST'),
    ('SYN_RCVD', 'FIN_WAIT_1', 'CLOSE'),
    ('SYN_RCVD', 'ESTABLISHED', 'rcv ACK of SYN'),
    ('ESTABLISHED', 'FIN_WAIT_1', 'CLOSE'),
    ('ESTABLISHED', 'CLOSE_WAIT', 'rcv FIN'),
    ('FIN_WAIT_1', 'FIN_WAIT_2', 'rcv ACK of FIN'),
    ('FIN_WAIT_1', 'CLOSING', 'rcv FIN'),
    ('FIN_WAIT_1', 'TIME_WAIT', 'rcv FIN,ACK of FIN'),
    ('FIN_WAIT_2', 'TIME_WAIT', 'rcv FIN'),
    ('CLOSE_WAIT', 'LAST_ACK', 'CLOSE'),
    ('LAST_ACK', 'CLOSED', 'rcv ACK of FIN'),
    ('CLOSING', 'TIME_WAIT', 'rcv ACK of FIN'),
    ('TIME_WAIT', 'CLOSED', 'timeout 2MSL'),
)
IMPOSSIBLE = (('LISTEN', 'SYN_SENT', 'SEND: a listening socket of Linux cannot send'),)


def coverage(moves):
    """{(from, to): scenarios} of the edges in {scenario: moves}; a passive opener without a
    connection is in LISTEN.
    """
    seen = {(a, b): [] for a, b, _ in FIGURE_5}
    for scenario, list_of_moves in sorted(moves.items()):
        for side, a, b in {(m[2], m[3], m[4]) for m in list_of_moves}:
            for edge in _aliases(a, b):
                if edge in seen and scenario not in seen[edge]:
                    seen[edge].append(scenario)
    return seen


def _aliases(a, b):
    """The kernel has no connection in LISTEN: a request socket appears out of nothing and vanishes
    into nothing.
    """
    return {('CLOSED', 'SYN_RCVD'): (('LISTEN', 'SYN_RCVD'),),
            ('SYN_RCVD', 'CLOSED'): (('SYN_RCVD', 'LISTEN'),)}.get((a, b), ((a, b),))


def report(moves):
    """Lines about the figure; the second value tells whether every edge was seen."""
    seen = coverage(moves)
    lines = ['%-11s -> %-11s %-20s %s' % (a, b, why, ' '.join(seen[a, b][:3]) or 'NOT SEEN')
             for a, b, why in FIGURE_5]
    lines += ['%-11s -> %-11s %s' % edge for edge in IMPOSSIBLE]
    return lines, all(seen.values())
