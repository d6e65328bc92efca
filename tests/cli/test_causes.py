#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Causes of incidents: for each a conversation that has it, and a near one that has not."""
import os
import subprocess
import unittest

import command
from test_incidents import incidents

SHAKE = """+{gap} C:{port} > S:80 S 0:0(0) <mss 1460,sackOK,ws 7>
+.010 S:80 > C:{port} S. 0:0(0) ack 1 <mss 1460,sackOK,ws 7>
+.001 C:{port} > S:80 . 1:1(0) ack 1
"""
ASK = '+.001 C:{port} > S:80 P. 1:101(100) ack 1\n'
TAKE = '+.011 S:80 > C:{port} . 1:1(0) ack 101\n'
ANSWER = """+.012 S:80 > C:{port} P. 1:201(200) ack 101
+.001 C:{port} > S:80 . 101:101(0) ack 201
"""
WELL = SHAKE + ASK + ANSWER


def each(text, ports, gap=.01):
    """The text once for each port."""
    return ''.join(text.format(port=port, gap=gap) for port in ports)


def aligned(text, ports, begin=0):
    """The text's lines, whose times are from the start, for all ports at the same times."""
    lines = [(float(line.split()[0]) + begin, line.split(None, 1)[1])
             for line in text.strip().split('\n')]
    return ''.join('%.4f %s\n' % (at + n / 1000, rest.format(port=port))
                   for at, rest in lines for n, port in enumerate(ports))


OLD, NEW = range(1001, 1005), range(2001, 2005)
AGAIN = '{} C:{{port}} > S:80 P. 101:201(100) ack 201\n'
IN_VAIN = ''.join(AGAIN.format(at) for at in (0, .2, .6, 1.4, 3))
LATER_WELL = """0 C:{port} > S:80 S 0:0(0)
.010 S:80 > C:{port} S. 0:0(0) ack 1
.020 C:{port} > S:80 . 1:1(0) ack 1
.030 C:{port} > S:80 P. 1:101(100) ack 1
.040 S:80 > C:{port} P. 1:201(200) ack 101
.050 C:{port} > S:80 . 101:101(0) ack 201
"""
ONE_GOES_ON = """3.1 C:1005 > S:80 P. 101:201(100) ack 201
3.2 S:80 > C:1005 P. 201:301(100) ack 201
3.3 C:1005 > S:80 . 201:201(0) ack 301
"""
GOES = LATER_WELL + '1 C:{port} > S:80 F. 101:101(0) ack 201\n'
UNHEARD_SYNS = each('+.05 C:{port} > S:81 S 0:0(0)\n', range(3001, 3007))
HEARD_SYNS = each(SHAKE.replace('+{gap}', '+.2') + ASK + ANSWER, range(3001, 3007)).replace(
    ':80', ':81')
FORGOT = each('+.01 C:{port} > S:80 P. 101:201(100) ack 201\n+.01 S:80 > C:{port} R 201:201(0)\n',
              OLD)
FIN = '+.005 S:80 > C:{port} F. 1:1(0) ack 1\n+.001 C:{port} > S:80 . 1:1(0) ack 2\n'
GREETS = '+.002 S:80 > C:{port} P. 1:21(20) ack 1\n+.001 S:80 > C:{port} F. 21:21(0) ack 1\n'
UNHEARD = """+.01 C:{port} > S:80 S 0:0(0)
+.001 S:80 > C:{port} S. 0:0(0) ack 1
+1 C:{port} > S:80 S 0:0(0)
+.001 S:80 > C:{port} S. 0:0(0) ack 1
+2 C:{port} > S:80 S 0:0(0)
+.001 S:80 > C:{port} S. 0:0(0) ack 1
"""
DRIP = ''.join('{:.1f} C:{{{{port}}}} > S:80 P. {}:{}({}) ack {{ack}}\n'.format(
    2 * n, 1 + 10 * n, 11 + 10 * n, 10) for n in range(4))
ECHO = '1 S:80 > C:{port} P. 1:11(10) ack 11\n'
HALF_CLOSE = '+.001 C:{port} > S:80 F. 101:101(0) ack 1\n'
HOSTS = ''.join('host H{0} 198.51.100.{0}\n'.format(n) for n in range(1, 41))
SYNS = ''.join('+.01 H{} > S:80 S 0:0(0)\n'.format(n) for n in range(1, 41))
FLOOD = HOSTS + SYNS + each(WELL, OLD, 4)
FEW = HOSTS + ''.join(SYNS.splitlines(True)[:8]) + each(WELL, OLD, 4)
STRIPPED = WELL.replace('ack 1 <mss 1460,sackOK,ws 7>', 'ack 1 <mss 1460>')

LOST = WELL.replace(ASK, ASK + '+.3 C:{port} > S:80 P. 1:101(100) ack 1\n')
ABORTED = SHAKE + ASK + '+.011 S:80 > C:{port} R. 1:1(0) ack 101\n'
NO = '+.01 C:{port} > S:80 S 0:0(0)\n+.001 S:80 > C:{port} R. 0:0(0) ack 1\n'
ALONE = SHAKE + ASK + ANSWER + ''.join('+%s S:80 > C:{port} P. 201:301(100) ack 101\n' % gap
                                       for gap in (1, .2, .4, .8, 1.6, 3.2))


EARLY = """0.000 C:1001 > S:80 S 0:100(100) <mss 1460,tfo>
+.010 S:80 > C:1001 S. 0:0(0) ack 1
+.010 C:1001 > S:80 . 1:1(0) ack 1
"""
LATE_DATA = '+.001 C:1001 > S:80 P. 1:101(100) ack 1\n+.01 S:80 > C:1001 P. 1:201(200) ack 101\n'


def no_way(services):
    """A router that knows no way to any of them."""
    return ''.join('+.01 C:1001 > S:{0} S 0:0(0)\n+.001 ICMP unreachable C:1001 > S:{0} seq 0\n'
                   .format(port) for port in range(80, 80 + services))


def vanish(hosts):
    """Clients that talk, and then get something again and again without an answer."""
    numbers = range(1, hosts + 1)
    return ''.join('host H%d 198.51.100.%d\n' % (n, n) for n in numbers) + ''.join(
        ALONE.format(gap=1, port=1000).replace('C:', 'H%d:' % n) for n in numbers)


# What it shows, the conversation, incidents at warning and above.
TROUBLES = (
    ('closed before anything was said', each(SHAKE + FIN, OLD), ['turned_away']),
    ('a word, and then the close', each(SHAKE + GREETS, OLD), []),
    ('what was open is dead, what began later is well',
     each(WELL, OLD) + aligned(IN_VAIN, OLD, 1) + aligned(LATER_WELL, NEW, 5), ['state_lost']),
    ('one that was open goes on',
     each(WELL, (1005, *OLD)) + aligned(IN_VAIN.replace('3 C', '3.05 C'), OLD[:3], 1)
     + aligned(ONE_GOES_ON, [0], 2) + aligned(LATER_WELL, NEW, 6), []),
    ('SYNs again although they are answered', each(UNHEARD, OLD), ['answers_dropped']),
    ('the answer was late, and the client came', each(UNHEARD + ASK, OLD), []),
    ('nobody is answered any more',
     each(WELL, OLD) + each(SHAKE + ASK + TAKE, NEW) + each(SHAKE, [3001], 9), ['server_hangs']),
    ('nobody ever was', each(SHAKE + ASK + TAKE, NEW) + each(SHAKE, [3001], 9), []),
    ('many requests in drips', each(SHAKE, range(1001, 1013)) + aligned(
        DRIP.format(ack=1), range(1001, 1013), 1), ['slow_requests']),
    ('a server that echoes', each(SHAKE, range(1001, 1013)) + aligned(
        DRIP.format(ack=1).split('\n')[0] + '\n' + ECHO
        + '\n'.join(DRIP.format(ack=11).split('\n')[1:]), range(1001, 1013), 1), []),
    ('reset instead of an answer to who has closed its half',
     each(SHAKE + ASK + HALF_CLOSE + '+.011 S:80 > C:{port} R. 1:1(0) ack 102\n', OLD),
     ['server_aborts']),
    ('reset after the answer', each(
        WELL + '+.001 C:{port} > S:80 F. 101:101(0) ack 201\n'
        + '+.011 S:80 > C:{port} R. 201:201(0) ack 102\n', OLD), []),
    ('SYNs of many that do not come again', FLOOD, ['syn_flood']),
    ('SYNs of a few that do not come again', FEW, ['syns_limited']),
    ('others are granted more', each(WELL, OLD) + each(STRIPPED, NEW), ['options_stripped']),
    ('nobody is granted more', each(STRIPPED, OLD), []),
    ('a silence that a reset ends is no outage',
     each(WELL, OLD) + aligned(IN_VAIN, OLD, 1) + aligned('0 S:80 > C:{port} R 201:201(0)', OLD, 5),
     ['peer_restarted']),
    ('SYNs got no answer while the host restarted',
     each(WELL, OLD) + UNHEARD_SYNS + FORGOT + HEARD_SYNS, ['peer_restarted']),
    ('SYNs got no answer, and nobody forgot', each(WELL, OLD) + UNHEARD_SYNS + HEARD_SYNS,
     ['syns_limited']),
    ('all that were open ended at one moment',
     aligned(GOES, OLD) + aligned(GOES, [2001], 2) + aligned(GOES, [2002], 4),
     ['clients_stopped']),
    ('at another moment nearly as many', aligned(GOES, OLD) + aligned(GOES, [2001, 2002], 2), []),
    ('a few of few lost data', each(WELL, range(2001, 2005)) + each(LOST, OLD), ['packet_loss']),
    ('a few of many lost data', each(WELL, range(2001, 2041)) + each(LOST, OLD), ['packet_loss']),
    ('a few of many lost data, and more were reset',
     each(WELL, range(2001, 2021)) + each(LOST, OLD) + each(ABORTED, range(3001, 3013)),
     ['server_aborts']),
    ('answers and refuses by turns', each(WELL, OLD) + each(NO, [3001, 3002]) + each(WELL, NEW)
     + each(NO, [3003]), ['answers_by_turns']),
    ('stopped, and started again', each(WELL, OLD) + each(NO, [3001, 3002, 3003]) + each(WELL, NEW),
     ['service_stopped']),
    ('no way to three services', no_way(3), ['rejected_on_the_way']),
    ('no way to two services', no_way(2), ['rejected_on_the_way'] * 2),
    ('a capture that begins with a FIN says nothing of the other end',
     '0.000 C > S F. 1:1(0) ack 1\n+.010 S > C . 1:1(0) ack 2\n' + each(WELL, [2001], 70), []),
    ('a client that has closed, and a server that does not',
     SHAKE.format(gap=0, port=1001) + '+.01 C:1001 > S:80 F. 1:1(0) ack 1\n'
     + '+.010 S:80 > C:1001 . 1:1(0) ack 2\n' + each(WELL, [2001], 70), ['server_does_not_close']),
    ('data in the SYN is answered without it', EARLY + LATE_DATA, []),
    ('data in the SYN is not answered', EARLY.split('\n')[0] + '\n+1 C:1001 > S:80 S 0:0(0)\n'
     + EARLY.split('\n', 1)[1] + LATE_DATA, ['fast_open_blackhole']),
    ('three clients vanish one after the other', vanish(3), ['client_gone']),
    ('two clients vanish one after the other', vanish(2), ['client_gone', 'client_gone']),
)

LARGE = SHAKE + ASK + '+.012 S:80 > C:{port} . 1:1449(1448) ack 101\n'
DSACK = '+.001 C:{port} > S:80 . 101:101(0) ack 1449 <sack 1:1449>\n'

TOLD_AGAIN = '+1 S:80 > C:{port} S. 0:0(0) ack 1\n+.001 C:{port} > S:80 . 1:1(0) ack 1\n'
WAIT = '+2 C:{port} > S:80 P. 1:101(100) ack 1\n' + ANSWER
DEFERRED = each(SHAKE + TOLD_AGAIN + ASK + ANSWER, OLD)

# The same at info.
BOTH_SIDES = """host V 10.9.0.9
isn C {isn}
isn V 7777
isn S 7777
0.000 C:1 > V:80 S 0:0(0) <ts 1000 0>
+.0001 C:1 > S:80 S 0:0(0) <ts {ts} 0>
+.0001 S:80 > C:1 S. 0:0(0) ack 1
+.0001 V:80 > C:1 S. 0:0(0) ack 1
+.010 C:1 > V:80 . 1:1(0) ack 1
+.0001 C:1 > S:80 . 1:1(0) ack 1
"""
FULL = ('+.01 C:{port} > S:80 P. 1:1001(1000) ack 1\n'
        '+.01 S:80 > C:{port} P. 1:1001(1000) ack 1\n'
        '+.01 C:{port} > S:80 . 1001:1001(0) ack 1001 win 0\n'
        '+.01 S:80 > C:{port} . 1001:1001(0) ack 1001 win 0\n')
MIDDLE = '+.01 C:{port} > S:80 P. 1:101(100) ack 1\n+.01 S:80 > C:{port} P. 1:201(200) ack 101\n'
PROBES = each('+.01 C:{port} > S:81 FPU 0:0(0)\n+.001 S:81 > C:{port} R. 0:0(0) ack 1\n',
              range(3001, 3005))
REOPENS = '+2 C:{port} > S:80 . 1001:1001(0) ack 1001 win 64240\n'
STAYS = '+2 S:80 > C:{port} . 1001:1001(0) ack 1001 win 0\n'
ON_LOOPBACK = 'host C 127.0.0.1\nhost S 127.0.0.1\n'

# As captured at the sender: its peer has the second of two segments, and then both.
OVERTAKEN = ''.join(
    '+.03 S:80 > C:{{port}} . {0}:{1}(1000) ack 101\n'
    '+.0001 S:80 > C:{{port}} . {1}:{2}(1000) ack 101\n'
    '+.011 C:{{port}} > S:80 . 101:101(0) ack {0} <sack {1}:{2}>\n'
    '+.001 C:{{port}} > S:80 . 101:101(0) ack {2}\n'.format(n, n + 1000, n + 2000)
    for n in range(201, 8201, 2000))
SENT_AGAIN = OVERTAKEN.replace('+.001 C', '+.03 C')


FINDINGS = (
    ('data comes twice within a host', ON_LOOPBACK + each(LARGE + DSACK, OLD), 'duplication',
     False),
    ('what was captured began before', each(MIDDLE, OLD), 'late_start', True),
    ('a scanner probes, and finds a port closed', PROBES + NO.format(port=1001), 'port_scan', True),
    ('two odd segments', ''.join(PROBES.splitlines(True)[:4]), 'port_scan', False),
    ('a scanner probes', each(MIDDLE, OLD[:2]) + PROBES, 'late_start', False),
    ('a receiver tells of holes that fill by themselves', each(WELL + OVERTAKEN, OLD),
     'reordering', True),
    ('they fill as late as what is sent again', each(WELL + SENT_AGAIN, OLD), 'reordering', False),
    ('before and after a NAT', BOTH_SIDES.format(isn=4444, ts=1000), 'both_sides_of_nat', True),
    ('another SYN to another host',
     BOTH_SIDES.format(isn=4444, ts=9000).replace('V 7777', 'V 8888'), 'both_sides_of_nat', False),
    ('both windows stay closed', each(SHAKE + FULL + STAYS, [1001]), 'both_write_none_reads', True),
    ('one of them opens again', each(SHAKE + FULL + REOPENS, [1001]), 'both_write_none_reads',
     False),
    ('SYN-ACKs come again until data comes', DEFERRED, 'accept_deferred', True),
    ('others wait for longer, and theirs do not', DEFERRED + each(SHAKE + WAIT, range(2001, 2009)),
     'accept_deferred', False),
    ('others wait, but not for longer',
     DEFERRED + each(SHAKE + WAIT.replace('+2 ', '+.9 '), range(2001, 2009)), 'accept_deferred',
     True),
    ('the receiver has twice what was sent once', each(LARGE + DSACK, OLD), 'duplication', True),
    ('it has it once', each(LARGE, OLD), 'duplication', False),
    ('longer than the maximum', each(LARGE.replace('1449(1448)', '4345(4344)'), OLD), 'offload',
     True),
    ('as long as the maximum', each(LARGE, OLD), 'offload', False),
)


@unittest.skipUnless(command.has_tshark(), 'needs tshark and the plugin')
class Causes(unittest.TestCase):
    def made(self, folder, what, text):
        """The capture of a conversation."""
        tool = os.path.join(command.BUILD_DIR, 'tests', 'scenario')
        path = folder.file('x.pcap')
        script = folder.write('x.scn', ('# %s\n%s' % (what, text)).encode())
        subprocess.run([tool, '--pcap', path, script], check=True, capture_output=True)
        return path

    def ask(self, what, text, *options):
        with command.Folder() as folder:
            return incidents(self.made(folder, what, text), *options)

    def names(self, *asked):
        return [one['name'] for one in self.ask(*asked)]

    def test_troubles(self):
        for what, text, want in TROUBLES:
            with self.subTest(what):
                self.assertEqual(self.names(what, text, '--min-severity', 'warning'), want)

    def test_says_who(self):
        """What befell several clients says how many; what is one client's names it."""
        found = self.ask('vanish', vanish(3))[0]
        self.assertIn('3 clients of 192.0.2.2 are gone', found['explanation'])
        self.assertEqual((found['connections'], found['client']), (3, '*'))
        closed = SHAKE + ASK + '+.1 S:80 > C:{port} P. 1:201(200) ack 101\n' + \
            '+.001 C:{port} > S:80 . 101:101(0) ack 201 win 0\n' + \
            '+20 C:{port} > S:80 . 101:101(0) ack 201\n'
        found = self.ask('closed window', each(closed, OLD))
        self.assertIn('the application at 192.0.2.1 does not read', found[0]['explanation'])

    def test_explains_what_belongs_to_it(self):
        """Clients that give up: that each did is no finding beside it."""
        waits = SHAKE + ASK + TAKE + '+3 C:{port} > S:80 F. 101:101(0) ack 1\n' \
            + '+.010 S:80 > C:{port} F. 1:1(0) ack 102\n+.001 C:{port} > S:80 . 102:102(0) ack 2\n'
        found = self.ask('patience', each(waits, OLD))
        self.assertEqual([one['name'] for one in found], ['client_gives_up'])
        self.assertIn('A56', found[0]['anomalies'])

    def test_made_up_numbers(self):
        """What a program wrote with sequence numbers of 0 repeats nothing."""
        zero = """0.000 C:{0} > S:80 S 0:0(0)
+.003 S:80 > C:{0} S. 0:0(0) ack 0
+.003 C:{0} > S:80 . 0:0(0) ack 0
+.003 C:{0} > S:80 P. 0:58(58) ack 0
+.003 S:80 > C:{0} P. 0:21(21) ack 0
+.003 C:{0} > S:80 F. 0:0(0) ack 0
"""
        again = '+.3 C:{port} > S:80 P. 1:101(100) ack 1\n'
        with command.Folder() as folder:
            told = command.run('report', self.made(folder, 'made up', zero.format(1001))).out
            self.assertIn('1 connection has numbers that no TCP makes', told)
            self.assertNotIn('retransmission', told.split('How they')[0])
            told = command.run('report', self.made(folder, 'repeated', each(
                SHAKE + ASK + again + ANSWER, [1001]))).out
            self.assertIn('1 segment was a retransmission', told)
            self.assertNotIn('no TCP makes', told)

    def test_icmp_tells_what(self):
        """The sentence says whether packets go in a circle, or a firewall rejects."""
        for kind, words in (('time-exceeded', 'go round in a circle'),
                            ('unreachable', 'know no way to'), ('prohibited', 'rejects SYNs')):
            with self.subTest(kind):
                text = each('+{gap} C:{port} > S:80 S 0:0(0)\n+.001 ICMP ' + kind
                            + ' C:{port} > S:80 seq 0\n', OLD)
                self.assertIn(words, self.ask(kind, text)[0]['explanation'])

    def test_icmp_tells_the_mtu(self):
        """Inside a connection the type of the error is told, and what the next hop takes."""
        big = '+.010 S:80 > C:{port} P. 1:1461(1460) ack 101\n'
        error = '+.001 ICMP %s S:80 > C:{port} seq 1%s\n'
        smaller = '+.001 S:80 > C:{port} P. 1:1361(1360) ack 101\n'
        for kind, mtu, words in (('too-big', ' mtu 1400', 'type 3, code 4'),
                                 ('too-big', ' mtu 1400', 'MTU is 1,400'),
                                 ('too-big', '', 'too large for the path (largest'),
                                 ('prohibited', '', 'type 3, code 13 quotes')):
            with self.subTest(words), command.Folder() as folder:
                found = command.run('anomalies', '--format', 'json', self.made(
                    folder, 'too big', each(SHAKE + ASK + big + error % (kind, mtu) + smaller,
                                            [1001])))
                self.assertIn(words, found.out)

    def test_lonely_probe(self):
        """One probe that nobody answers may be made up: A23 is no warning."""
        probe, answer = '0.000 C > S FPU 0:0(0)\n', '+.010 S > C R. 0:0(0) ack 1\n'
        for text, there in ((probe, False), (probe + answer, True)):
            with self.subTest(text), command.Folder() as folder:
                found = command.run('anomalies', '--format', 'tsv', '--min-severity', 'warning',
                                    self.made(folder, 'a probe', text)).out
                self.assertEqual('A23' in found, there)

    def test_no_network_within_a_host(self):
        """What is asked of a path is not asked where there is none."""
        for hosts, network in (('', True), (ON_LOOPBACK, False)):
            with self.subTest(hosts):
                found = self.ask('lost', hosts + each(LOST, range(1001, 1011)))
                self.assertEqual(found[0]['name'], 'packet_loss')
                self.assertEqual('mtr' in found[0]['check'], network)

    def test_reset_after_the_close(self):
        """A server that resets, also after a FIN, does one thing: that is told once."""
        late = SHAKE + '+.001 C:{port} > S:80 F. 1:1(0) ack 1\n' + \
            '+.01 S:80 > C:{port} R. 1:1(0) ack 2\n'
        found = self.ask('resets', each(ABORTED, range(1001, 1009)) + each(late, range(2001, 2005)))
        self.assertEqual([one['name'] for one in found], ['server_aborts'])
        self.assertEqual(found[0]['explained'], 12)

    def test_about_what_shows_it(self):
        """SYNs are dropped and answers are slow: the queue is about those, and not about the one
        whose SYN-ACK came again, too few to show anything."""
        dropped = ('0 C:{port} > S:80 S 0:0(0)\n1 C:{port} > S:80 S 0:0(0)\n'
                   '1.01 S:80 > C:{port} S. 0:0(0) ack 1\n1.02 C:{port} > S:80 . 1:1(0) ack 1\n'
                   '1.03 C:{port} > S:80 P. 1:101(100) ack 1\n'
                   '1.04 S:80 > C:{port} . 1:1(0) ack 101\n'
                   '6 S:80 > C:{port} P. 1:201(200) ack 101\n'
                   '6.1 C:{port} > S:80 . 101:101(0) ack 201\n')
        again = ('0 C:{port} > S:80 S 0:0(0)\n0.01 S:80 > C:{port} S. 0:0(0) ack 1\n'
                 '0.02 C:{port} > S:80 . 1:1(0) ack 1\n0.03 C:{port} > S:80 P. 1:101(100) ack 1\n'
                 '0.24 C:{port} > S:80 P. 1:101(100) ack 1\n'
                 '1.02 S:80 > C:{port} S. 0:0(0) ack 1\n1.03 C:{port} > S:80 . 101:101(0) ack 1\n'
                 '1.7 C:{port} > S:80 P. 1:101(100) ack 1\n'
                 '1.71 S:80 > C:{port} . 1:1(0) ack 101\n'
                 '6.2 S:80 > C:{port} P. 1:201(200) ack 101\n'
                 '6.3 C:{port} > S:80 . 101:101(0) ack 201\n')
        lines = sorted((aligned(dropped, range(1001, 1013)) + aligned(again, [2001], .02)
                        ).splitlines(True), key=lambda line: float(line.split()[0]))
        found = self.ask('queue', ''.join(lines))
        self.assertEqual((found[0]['name'], found[0]['severity'], found[0]['connections']),
                         ('accept_queue_full', 'error', 12))

    def test_findings(self):
        for what, text, name, there in FINDINGS:
            with self.subTest(what):
                self.assertEqual(name in self.names(what, text), there)


if __name__ == '__main__':
    unittest.main()
