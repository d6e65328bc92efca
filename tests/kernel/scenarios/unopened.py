# SPDX-License-Identifier: GPL-2.0-or-later
"""Attempts that end without a connection: refused, unanswered, rejected by a router or a firewall.
"""
from tcplab.model import Scenario

from .opening import finish_by_client, open_and_close

TCP_USER_TIMEOUT = 18
ICMP_UNREACHABLE, ICMP_TIME_EXCEEDED, ICMP6_UNREACHABLE = 3, 11, 1
HOST, PORT, PROHIBITED = 1, 3, 13
ROUTER = {4: '10.9.0.254', 6: 'fd00:9::fe'}


def refused(w):
    c = w.connect(port=9999)
    w.check('refused', 'CLOSED', 'CLOSED')
    w.require(c.connected() == 'ECONNREFUSED', 'connect() must say ECONNREFUSED')


def listen_close(w):
    listener = w.listen()
    w.check_listening('server', 8080)
    listener.close()
    w.check_listening('server', 8080, False)
    w.connect()
    w.check('refused: no longer listening', 'CLOSED', 'CLOSED')


def syn_unanswered(w):
    w.sysctl('client', tcp_syn_retries=3)
    w.wire.add_rule('drop', to='server')
    c = w.connect()
    w.check('SYN into a black hole', 'SYN_SENT', 'CLOSED')
    w.check('gave up', 'CLOSED', 'CLOSED', within=25)
    w.require(c.connected() == 'ETIMEDOUT', 'connect() must time out')


def syn_unanswered_then_connected(w):
    """After the attempt has ended the capture goes on: another one succeeds."""
    w.sysctl('client', tcp_syn_retries=1, tcp_syn_linear_timeouts=1)
    rule = w.wire.add_rule('drop', to='server')
    w.connect()
    w.check('SYN into a black hole', 'SYN_SENT', 'CLOSED')
    w.check('gave up', 'CLOSED', 'CLOSED', within=20)
    rule.end()
    w.wait(2)
    open_and_close(w)


def syn_unanswered_doubling(w):
    w.sysctl('client', tcp_syn_retries=2, tcp_syn_linear_timeouts=0)
    w.wire.add_rule('drop', to='server')
    w.connect()
    w.check('SYN into a black hole', 'SYN_SENT', 'CLOSED')
    w.check('gave up', 'CLOSED', 'CLOSED', within=20)


def syn_user_timeout(w):
    w.wire.add_rule('drop', to='server')
    w.connect(prepare=lambda c: c.tcp_option(TCP_USER_TIMEOUT, 1500))
    w.check('SYN into a black hole', 'SYN_SENT', 'CLOSED')
    w.check('TCP_USER_TIMEOUT', 'CLOSED', 'CLOSED', within=20)


def syn_closed(w):
    """SYN_SENT -> CLOSED by close(); the late SYN-ACK is answered by RST."""
    w.listen()
    hold = w.wire.add_rule('hold', to='client', flags='SA')
    c = w.connect()
    w.check('SYN-ACK held', 'SYN_SENT', 'SYN_RCVD')
    c.close()
    w.check('closed by the application', 'CLOSED', 'SYN_RCVD')
    hold.release()
    w.check('late SYN-ACK -> RST -> LISTEN', 'CLOSED', 'CLOSED')


def icmp(kind, code, version=4):
    """A scenario in which a router answers the SYN with an ICMP error."""
    def scenario(w):
        w.wire.add_rule('drop', to='server')
        w.connect()
        w.check('SYN sent', 'SYN_SENT', 'CLOSED')
        w.wire.forge_icmp(w.wire.latest('server'), 'client', kind, code, ROUTER[version])
        w.check('ICMP error', 'CLOSED', 'CLOSED')
    return scenario


def icmp_established(w):
    c, s = w.pair()
    w.exchange(c, s)
    w.wire.forge_icmp(w.wire.latest('server'), 'client', ICMP_UNREACHABLE, HOST, ROUTER[4])
    w.check('ICMP error ignored', 'ESTABLISHED', 'ESTABLISHED', settle=0.2)
    finish_by_client(w, c, s)


def firewall(rule, label):
    """A scenario with a host firewall in front of the listener."""
    def scenario(w):
        w.listen()
        text = ('table inet t { chain i { type filter hook input priority 0; '
                'tcp dport 8080 %s; }; }' % rule)
        w.namespaces['server'].run(['nft', text])
        w.note('server', 'nft', text)
        w.connect()
        w.check(label, 'CLOSED', 'CLOSED')
    return scenario


def firewall_drop_later(w):
    """After the capture point a firewall drops the client's segments: captured, never received."""
    c, s = w.pair()
    w.exchange(c, s)
    text = 'table inet t { chain i { type filter hook input priority 0; tcp dport 8080 drop; }; }'
    w.namespaces['server'].run(['nft', text])
    w.note('server', 'nft', text)
    c.close()
    w.check('FIN captured but not received', 'FIN_WAIT_1', 'ESTABLISHED', settle=0.6)
    s.send(20)
    w.check('data reaches an orphan: RST; the firewall drops it too', 'CLOSED', 'ESTABLISHED',
            settle=0.6)


SILENT_EXPIRY = 'the end of SYN_SENT is silent; the application may also close() at any time'

SCENARIOS = (
    Scenario('refused', refused, 'connection refused (no listener): SYN -> RST'),
    Scenario('refused-ipv6', refused, 'connection refused over IPv6', version=6),
    Scenario('listen-close', listen_close,
             'CLOSED -> LISTEN -> CLOSED of a listening socket, then a refused connection'),
    Scenario('syn-unanswered', syn_unanswered,
             'SYN to a black hole, tcp_syn_retries=3: SYNs at 0 1 2 3 4 5 7 11 s, end at 19 s',
             SILENT_EXPIRY, slow=20),
    Scenario('syn-unanswered-then-connected', syn_unanswered_then_connected,
             'SYN to a black hole; later another attempt succeeds',
             SILENT_EXPIRY),
    Scenario('syn-unanswered-doubling', syn_unanswered_doubling,
             'SYN to a black hole, tcp_syn_linear_timeouts=0, tcp_syn_retries=2: SYNs at 0, 1, 3 s',
             SILENT_EXPIRY),
    Scenario('syn-user-timeout', syn_user_timeout, 'TCP_USER_TIMEOUT of 1.5 s ends SYN_SENT',
             SILENT_EXPIRY),
    Scenario('syn-closed', syn_closed,
             'SYN_SENT closed by the application; the late SYN-ACK gets RST; SYN_RCVD -> LISTEN'),
    Scenario('icmp-unreachable', icmp(ICMP_UNREACHABLE, HOST),
             'SYN answered by ICMP host unreachable: SYN_SENT -> CLOSED'),
    Scenario('icmp-port-unreachable', icmp(ICMP_UNREACHABLE, PORT),
             'SYN answered by ICMP port unreachable'),
    Scenario('icmp-prohibited', icmp(ICMP_UNREACHABLE, PROHIBITED),
             'SYN answered by ICMP administratively prohibited'),
    Scenario('icmp-time-exceeded', icmp(ICMP_TIME_EXCEEDED, 0),
             'SYN answered by ICMP time exceeded (routing loop)'),
    Scenario('icmp6-unreachable', icmp(ICMP6_UNREACHABLE, 3, 6),
             'SYN answered by ICMPv6 address unreachable', version=6),
    Scenario('icmp-established', icmp_established,
             'ICMP unreachable about an ESTABLISHED connection: ignored'),
    Scenario('firewall-reset', firewall('reject with tcp reset', 'RST by the firewall'),
             'host firewall rejects the SYN by RST'),
    Scenario('firewall-icmp', firewall('reject', 'ICMP by the firewall'),
             'host firewall rejects the SYN by ICMP'),
    Scenario('firewall-drop-later', firewall_drop_later,
             'host firewall drops after the capture point',
             'both captures show delivery, only the missing reaction tells'),
)
