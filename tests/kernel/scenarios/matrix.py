# SPDX-License-Identifier: GPL-2.0-or-later
"""Every kind of segment in every state: what the kernel makes of it is the truth."""
from tcplab.peer import Peer

from .scripted import BEHIND, FAR_AHEAD, opened, row

STATES = ('SYN_RCVD', 'ESTABLISHED', 'CLOSE_WAIT', 'LAST_ACK', 'FIN_WAIT_1', 'CLOSING',
          'FIN_WAIT_2', 'TIME_WAIT')


def reset_variants(w):
    """RST in ESTABLISHED: outside, inside, with data, exact."""
    p, s = opened(w)
    p.send('R', seq=p.next + FAR_AHEAD)
    w.check('outside', server='ESTABLISHED')
    p.send('R', seq=p.next + BEHIND)
    w.check('old', server='ESTABLISHED')
    p.send('R', seq=p.next + 1)
    p.expect('A')
    w.check('in the window: challenge ACK', server='ESTABLISHED')
    p.send('RA', b'reset cookie text')
    w.check('exact, with data', server='CLOSED')


def ack_variants(w):
    """ACKs that are too old or too new, segments outside the window."""
    p, s = opened(w)
    p.send('A', ack=p.expected + 777)
    w.check('ACK of what was never sent', server='ESTABLISHED')
    p.send('A', ack=p.expected - 1_000_000)
    w.check('ACK far too old', server='ESTABLISHED')
    p.send('PA', b'lost', seq=p.next + FAR_AHEAD)
    w.check('data outside the window', server='ESTABLISHED')
    p.send('FA', seq=p.next + FAR_AHEAD)
    w.check('FIN outside the window', server='ESTABLISHED')
    p.send('F')
    w.check('FIN without ACK', server='ESTABLISHED')
    p.next -= 1
    p.send('FA')
    w.check('FIN', server='CLOSE_WAIT')


def state_socket(w, listener, name, port):
    """A connection in the state of this name: its peer."""
    p = Peer(w, port=port)
    if name == 'SYN_RCVD':
        p.syn()
        p.expect('SA')
        return p
    s = p.open(listener)
    if name in ('CLOSE_WAIT', 'LAST_ACK'):
        p.send('FA')
    if name in ('LAST_ACK', 'FIN_WAIT_1', 'CLOSING', 'FIN_WAIT_2', 'TIME_WAIT'):
        s.shutdown()
        p.expect('FA')
    if name == 'CLOSING':
        p.send('FA', ack=p.irs + 1)
    if name == 'FIN_WAIT_2':
        p.send('A')
    if name == 'TIME_WAIT':
        p.send('FA')
    return p


def matrix(*probes):
    """A scenario that sends each of these (label, function of the peer) to a connection in each
    state; the truth is what happens.
    """
    def scenario(w):
        w.sysctl('server', tcp_challenge_ack_limit=10000, tcp_invalid_ratelimit=0)
        listener = w.listen(backlog=200)
        port = 40000
        for state in STATES:
            for label, probe in probes:
                p = state_socket(w, listener, state, port)
                w.check(state, server=state, settle=0.01)
                probe(p)
                w.wait(0.02)
                w.label(label)
                p.send('R', seq=p.next)
                w.wait(0.01)
                port += 1
    return scenario


SYN_PROBES = (('old SYN', lambda p: p.send('S', seq=p.next + BEHIND)),
              ('SYN in the window', lambda p: p.send('S', seq=p.next + 100)),
              ('SYN beyond', lambda p: p.send('S', seq=p.next + FAR_AHEAD)),
              ('SYN-ACK', lambda p: p.send('SA', seq=p.next + 100)))
FIN_PROBES = (('FIN', lambda p: p.send('FA')),
              ('FIN again', lambda p: p.send('FA', seq=p.next - 1)),
              ('FIN beyond a hole', lambda p: p.send('FA', seq=p.next + 100)),
              ('FIN outside', lambda p: p.send('FA', seq=p.next + FAR_AHEAD)))
OTHER_PROBES = (('data', lambda p: p.send('PA', b'data')),
                ('old ACK', lambda p: p.send('A', ack=p.irs + 1)),
                ('ACK of the unsent', lambda p: p.send('A', ack=p.expected + 777)),
                ('keep-alive', lambda p: p.send('A', seq=p.next - 1)))
RST_PROBES = (('RST', lambda p: p.send('R')),
              ('RST in the window', lambda p: p.send('R', seq=p.next + 10)),
              ('RST outside', lambda p: p.send('R', seq=p.next + FAR_AHEAD)),
              ('RST+ACK', lambda p: p.send('RA')))

SCENARIOS = (
    row('reset-variants', reset_variants, 'RST outside, in the window, with data, exact'),
    row('ack-variants', ack_variants, 'unacceptable ACKs, data and FIN'),
    row('matrix-syn', matrix(*SYN_PROBES), 'SYN and SYN-ACK in eight states'),
    row('matrix-fin', matrix(*FIN_PROBES), 'FIN in eight states'),
    row('matrix-data', matrix(*OTHER_PROBES), 'data and ACKs in eight states'),
    row('matrix-reset', matrix(*RST_PROBES), 'RST in eight states'),
)
