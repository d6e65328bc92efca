#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The verb incidents: causes, what they explain, every format, and that clean captures have none.

How often the cause is right: tests/run diagnosis."""
import contextlib
import json
import os
import re
import shutil
import sqlite3
import subprocess
import unittest

import command
import diagnosis_doc
import prometheus
import test_anomalies


def incidents(*asked):
    result = command.run('incidents', '--format', 'json', *asked)
    assert result.status == 0, result.err
    return json.loads(result.out)


class Doc(unittest.TestCase):
    def test_is_up_to_date(self):
        text, want = diagnosis_doc.wanted()
        self.assertEqual(text, want, 'run tests/cli/diagnosis_doc.py --write')


class Causes(unittest.TestCase):
    def test_explains_known_anomalies(self):
        """Every id that a cause says it explains is a rule's."""
        listed = command.run('explain').out
        rules = {line.split()[0] for line in listed.splitlines() if line.startswith('    ')}
        causes = sorted(word for word in rules if word[0] == 'D' and word[1:].isdigit())
        self.assertGreaterEqual(len(causes), 5)
        for cause in causes:
            entry = ' '.join(command.run('explain', cause).out.split())
            explained = entry.split('Explains: ')[1].split(' Cure')[0].split()
            self.assertLessEqual(set(explained), rules | {'none'}, cause)

    def test_unknown(self):
        result = command.run('explain', 'accept_queue_ful')
        self.assertIn("did you mean 'accept_queue_full'?", result.err)

    def test_markdown_page(self):
        self.assertEqual(command.run('explain', '--markdown', 'incident').status, 2)


@unittest.skipUnless(command.has_tshark(), 'needs tshark and the plugin')
class Captures(unittest.TestCase):
    def test_refused(self):
        found = incidents(command.capture('refused.pcap'))
        self.assertEqual([one['id'] for one in found], ['D02'])
        self.assertEqual(found[0]['anomalies'], ['A02'])
        self.assertEqual(found[0]['server'], '10.9.0.2:9999')
        report = command.run('report', command.capture('refused.pcap')).out
        self.assertIn('What happened', report)
        self.assertNotIn('Other anomalies', report)

    def test_evidence(self):
        """What held is told, also of a cause that needs one clue of several."""
        shown = command.run('incidents', command.capture('icmp-unreachable.pcap')).out
        self.assertIn('Evidence: ICMP', shown)
        for name in ('syn-flood', 'syn-unanswered', 'refused', 'icmp-unreachable'):
            text = command.run('incidents', command.capture(name + '.pcap')).out
            shown = re.findall('Evidence: (.*?)\n    [A-Z]', text, re.DOTALL)
            self.assertTrue(shown, name)
            for clues in (' '.join(one.split()).split('; ') for one in shown):
                self.assertEqual(len(clues), len(set(clues)), name)
                self.assertNotIn('', clues, name)

    def test_clean_captures_have_none(self):
        for name in test_anomalies.CLEAN:
            with self.subTest(name):
                found = incidents(command.capture(name + '.pcap'), '--min-severity', 'warning')
                self.assertEqual([one['name'] for one in found], [])

    def test_files_that_are_one_capture(self):
        """The client closes in the first file, the server in the second: nobody leaves it open."""
        if shutil.which('editcap') is None:
            self.skipTest('needs editcap')
        with command.Folder() as folder:
            script = folder.write('x.scn', b'''# Closed in two files.
0.000 C > S S
+.010 S > C S.
+.010 C > S .
+.010 C > S F.
+.010 S > C .
+70 S > C F.
+.010 C > S .
''')
            whole, parts = folder.file('x.pcap'), [folder.file(name) for name in ('a', 'b')]
            subprocess.run([os.path.join(command.BUILD_DIR, 'tests', 'scenario'), '--pcap', whole,
                            script], check=True, capture_output=True)
            for part, frames in zip(parts, ('1-5', '6-9')):
                subprocess.run(['editcap', '-r', whole, part, frames], check=True,
                               capture_output=True)
            ids = [[one['id'] for one in incidents(*files)]
                   for files in ((whole,), parts, ('--separate', *parts))]
            self.assertEqual(ids[1], ids[0])

    def test_fail_on(self):
        path = command.capture('refused.pcap')
        self.assertEqual(command.run('incidents', '--fail-on', 'warning', path).status, 1)
        self.assertEqual(command.run('incidents', '--fail-on', 'error', path).status, 0)

    def test_formats(self):
        path = command.capture('refused.pcap')
        for form in ('tsv', 'csv', 'ndjson', 'html'):
            self.assertIn('D02', command.run('incidents', '--format', form, path).out, form)
        families = prometheus.parse(command.run('report', '--format', 'prometheus', path).out)
        samples = families['tcpstory_incidents'].samples
        self.assertEqual([dict(labels)['id'] for labels, value in samples.items() if value],
                         ['D02'])
        with command.Folder() as folder:
            command.run('report', '-o', folder.file('x.sqlite'), path)
            db = sqlite3.connect(folder.file('x.sqlite'))
            self.assertEqual(db.execute('SELECT id, connections FROM incidents').fetchall(),
                             [('D02', 1)])
            self.assertEqual(db.execute('SELECT stream FROM incident_connections').fetchall(),
                             [(0,)])
            db.close()

    def test_text_fits(self):
        for name in ('syn-flood', 'accept-queue-overflow', 'several', 'refused'):
            result = command.run('incidents', command.capture(name + '.pcap'))
            self.assertLessEqual(max(map(len, result.out.splitlines())), 100)


OPEN = """0.000 C:{0} > S:80 S 0:0(0)
+.010 S:80 > C:{0} S. 0:0(0) ack 1
+.010 C:{0} > S:80 . 1:1(0) ack 1
"""
TALK = OPEN.format(1001) + """+.001 C:1001 > S:80 P. 1:101(100) ack 1
+.010 S:80 > C:1001 P. 1:201(200) ack 101
+.010 C:1001 > S:80 . 101:101(0) ack 201
"""


def repeats(line, *gaps):
    return ''.join('+%s %s\n' % (gap, line) for gap in gaps)


# What it shows, the conversation, incidents at warning and above.
HEADS = (
    ('nothing shows that small segments pass',
     repeats('C:1001 > S:80 P. 1:649(648) ack 1', 0, .2, .4, .8, 1.6, 3.2), []),
    ('the peer speaks, and a smaller segment got through',
     TALK + '+.001 C:1001 > S:80 P. 101:201(100) ack 201\n'
     + repeats('S:80 > C:1001 . 201:1649(1448) ack 201', .01, .2, .4, .8, 1.6, 3.2)
     + '+1 C:1001 > S:80 P. 201:211(10) ack 201\n'
     + repeats('S:80 > C:1001 . 201:1649(1448) ack 211', .1, .8), ['mtu_black_hole']),
    ('a last word at once, as of TLS',
     TALK + """+.2 S:80 > C:1001 F. 201:201(0) ack 101
+.001 C:1001 > S:80 P. 101:132(31) ack 202
+.010 S:80 > C:1001 R 202:202(0)
""", []),
    ('a request to a server that has closed',
     TALK + """+.2 S:80 > C:1001 F. 201:201(0) ack 101
+.001 C:1001 > S:80 . 101:101(0) ack 202
+.4 C:1001 > S:80 P. 101:201(100) ack 202
+.010 S:80 > C:1001 R 202:202(0)
""", ['writes_after_close']),
    ('the answer comes when the client has given up',
     OPEN.format(1001) + """+.001 C:1001 > S:80 P. 1:101(100) ack 1
+.010 S:80 > C:1001 . 1:1(0) ack 101
+10 C:1001 > S:80 F. 101:101(0) ack 1
+.010 S:80 > C:1001 . 1:1(0) ack 102
+5 S:80 > C:1001 P. 1:201(200) ack 102
+.010 C:1001 > S:80 R 102:102(0)
""", []),
    ('farewells cross',
     TALK + """+2 C:1001 > S:80 P. 101:111(10) ack 201
+.020 S:80 > C:1001 P. 201:231(30) ack 111
+.001 S:80 > C:1001 F. 231:231(0) ack 111
+.001 C:1001 > S:80 P. 111:142(31) ack 231
+.010 S:80 > C:1001 R 232:232(0)
""", []),
    ('a request crosses the close of an idle connection',
     TALK + """+3 C:1001 > S:80 P. 101:201(100) ack 201
+.001 S:80 > C:1001 F. 201:201(0) ack 101
+.001 C:1001 > S:80 . 201:201(0) ack 202
+.010 S:80 > C:1001 R 202:202(0)
""", ['keep_alive_race']),
    ('SYNs were lost, and the host was heard afterwards',
     repeats('C:1001 > S:80 S 0:0(0)', 0, 1, 2) + repeats('C:1002 > S:80 S 0:0(0)', .1, 1, 2)
     + OPEN.format(1003).replace('0.000', '+1') + '+5 wait\n', []),
    ('the host was heard, and no more',
     OPEN.format(1003) + '+1 C:1001 > S:80 S 0:0(0)\n+.1 C:1002 > S:80 S 0:0(0)\n'
     + repeats('C:1001 > S:80 S 0:0(0)', 1, 2) + repeats('C:1002 > S:80 S 0:0(0)', .1, 4),
     ['host_gone']),
    ('the client has closed before it is silent',
     TALK + """+.1 C:1001 > S:80 F. 101:101(0) ack 201
+.01 S:80 > C:1001 . 201:201(0) ack 102
""" + repeats('S:80 > C:1001 F. 201:201(0) ack 102', 1, .2, .4, .8, 1.6, 3.2), []),
    ('the client is silent without a close',
     TALK + repeats('S:80 > C:1001 P. 201:301(100) ack 101', 1, .2, .4, .8, 1.6, 3.2),
     ['client_gone']),
)


def peers(talk, port):
    """8 hosts answer, talk to the client if asked to, and close; then 20 refuse, one of them twice.
    port(n): of whom."""
    text = ''.join('host H%d 192.0.2.%d\n' % (n, n) for n in range(1, 29)) + '0.0 wait\n'
    for n in range(1, 29):
        client, server = 'C:%d' % (2000 + n), 'H%d:%d' % (n, port(n))
        ways = {'c': '%s > %s' % (client, server), 's': '%s > %s' % (server, client)}
        lines = ['c S 0:0(0)', 's S. 0:0(0) ack 1', 'c . 1:1(0) ack 1']
        if talk:
            lines += ['c P. (100)', 's P. (100)', 'c .']
        lines += ['c F.', 's F.', 'c .']
        if n > 8:
            lines = ['c S 0:0(0)', 's R. 0:0(0) ack 1']
        text += ''.join('+.010 %s %s\n' % (ways[line[0]], line[2:]) for line in lines)
    again = 'C:2100 > H28:%d' % (port(28) + 1), 'H28:%d > C:2100' % (port(28) + 1)
    return text + '+.1 %s S 0:0(0)\n+.1 %s R. 0:0(0) ack 1\n+5 wait\n' % again


def dropped(client, server):
    """Six connections are opened by their second SYN, and then all goes well."""
    text = 'host A %s\nhost B %s\n0.0 wait\n' % (client, server)
    for n in range(1, 9):
        ways = ('A:%d > B:7000' % (3000 + n), 'B:7000 > A:%d' % (3000 + n))
        text += '+.001 %s S 0:0(0)\n' % ways[0] + ('+1 %s S 0:0(0)\n' % ways[0]) * (n > 2)
        for way, line in ((1, 'S. 0:0(0) ack 1'), (0, '. 1:1(0) ack 1'), (0, 'P. (10)'),
                          (1, 'P. (10)'), (0, 'F.'), (1, 'F.'), (0, '.')):
            text += '+.0001 %s %s\n' % (ways[way], line)
    return text


HEADS += (
    ('hosts with ports of their own, of which many answer: peer-to-peer',
     peers(True, lambda n: 20000 + 17 * n), []),
    ('likewise, but nothing is said to those that answer',
     peers(False, lambda n: 20000 + 17 * n), ['host_scan']),
    ('likewise, but all on one port', peers(True, lambda n: 6346), ['host_scan']),
    ('likewise, but those that answer are the services of all the world',
     peers(True, lambda n: (80, 443)[n % 2] if n <= 8 else 20000 + 17 * n), ['host_scan']),
    ('SYNs are lost on the way', dropped('192.0.2.1', '192.0.2.2'), ['syns_limited']),
    ('there is no way', dropped('127.0.0.1', '127.0.0.1'), ['syns_dropped_within']),
    ('likewise, by another address of the host', dropped('127.0.0.1', '127.0.0.2'),
     ['syns_dropped_within']),
    ('likewise, by its own address', dropped('192.0.2.1', '192.0.2.1'), ['syns_dropped_within']),
)

def closed(repeated, answered=True):
    """Twelve requests and answers; of so many connections the client's FIN comes again."""
    text = ''
    for n in range(12):
        client, server = 'C:%d > S:80' % (1001 + n), 'S:80 > C:%d' % (1001 + n)
        text += OPEN.format(1001 + n).replace('0.000', '+.1' if n else '0.000')
        text += '+.001 %s P. (100)\n+.010 %s P. (200)\n+.010 %s .\n' % (client, server, client)
        fin = '%s F. 101:101(0) ack 201' % client
        text += repeats(fin, .01, *([.25, .5] if n < repeated else []))
        if answered or n >= repeated:
            text += '+.010 %s F.\n+.010 %s .\n' % (server, client)
    return text + '+5 wait\n'


HEADS += (
    ('FINs are lost as data are', closed(3), ['packet_loss']),
    ('one FIN of many is lost', closed(1), []),
    ('FINs are repeated until they are given up', closed(3, False), []),
)

# Kinds that no incident explains, as the report has them.
ORDERS = (
    ('what befell more comes first',
     repeats('C:1001 > S:80 S 0:0(0)', 0, 1, 2) + """+.010 S:80 > C:1001 S. 0:0(0) ack 1
+.010 C:1001 > S:80 . 1:1(0) ack 1
""" + ''.join('+.1 C:%d > S:81 S 0:0(0)\n' % port
              + repeats('S:81 > C:%d S. 0:0(0) ack 1' % port, .01, 1, 2, 4, 8)
              for port in (1002, 1003)), ['A05', 'A04']),
    ('of as many the first of the catalogue',
     repeats('C:1001 > S:80 S 0:0(0)', 0, 1, 2) + """+.010 S:80 > C:1001 S. 0:0(0) ack 1
+.010 C:1001 > S:80 . 1:1(0) ack 1
+.1 C:1002 > S:81 S 0:0(0)
""" + repeats('S:81 > C:1002 S. 0:0(0) ack 1', .01, 1, 2, 4, 8), ['A04', 'A05']),
)


@contextlib.contextmanager
def drawn(title, text):
    """The path of the capture that a scenario is."""
    tool = os.path.join(command.BUILD_DIR, 'tests', 'scenario')
    with command.Folder() as folder:
        path = folder.file('x.pcap')
        script = folder.write('x.scn', ('# %s\n%s' % (title, text)).encode())
        subprocess.run([tool, '--pcap', path, script], check=True, capture_output=True)
        yield path


@unittest.skipUnless(command.has_tshark(), 'needs tshark and the plugin')
class Heads(unittest.TestCase):
    def test_what_is_left(self):
        for what, text, want in ORDERS:
            with self.subTest(what), drawn(what, text) as path:
                told = re.findall('^warning  (A..)', command.run('report', path).out, re.MULTILINE)
                self.assertEqual(told, want)

    def test_what_is_said_first(self):
        for what, text, want in HEADS:
            with self.subTest(what), drawn(what, text) as path:
                found = incidents(path, '--min-severity', 'warning')
                self.assertEqual([one['name'] for one in found], want)


if __name__ == '__main__':
    unittest.main()
