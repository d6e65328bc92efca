# SPDX-License-Identifier: GPL-2.0-or-later
"""The session of the founding article: port 9502, seven bytes to the server, eighteen back."""
from tcplab.model import Scenario

PORT = 9502
REQUEST, ANSWER = b'hello\r\n', b'server got hello\r\n'


def session(w):
    """Connect, think, ask, be answered, think."""
    c, s = w.pair(port=PORT)
    w.wait(0.5)
    c.send(REQUEST)
    s.recv()
    s.send(ANSWER)
    c.recv()
    w.check('request and answer', 'ESTABLISHED', 'ESTABLISHED')
    w.wait(0.5)
    return c, s


def closes(w, first, second, states, last):
    """One side closes, the other half a second later."""
    first.close()
    w.check('first close', *states)
    w.wait(0.3)
    second.recv()
    second.close()
    w.check('second close', *last)
    w.wait(0.5)


def client_closes(w):
    c, s = session(w)
    closes(w, c, s, ('FIN_WAIT_2', 'CLOSE_WAIT'), ('TIME_WAIT', 'CLOSED'))


def server_closes(w):
    c, s = session(w)
    closes(w, s, c, ('CLOSE_WAIT', 'FIN_WAIT_2'), ('CLOSED', 'TIME_WAIT'))


SCENARIOS = (
    Scenario('article-client-closes', client_closes,
             'the article: request and answer on port 9502, the client closes first'),
    Scenario('article-server-closes', server_closes,
             'the article: request and answer on port 9502, the server closes first'),
    Scenario('article-loopback', client_closes,
             'the article as it was captured: both ends on 127.0.0.1', kind='loopback'),
    Scenario('ipv6', client_closes, 'the article over IPv6', version=6),
)
