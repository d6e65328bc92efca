# SPDX-License-Identifier: GPL-2.0-or-later
"""Every scenario as a capture: right checksums, Wireshark's stream numbers, and the plugin says in
each segment what the engine says when it is fed directly. And messages for bad scenarios."""
from concurrent.futures import ThreadPoolExecutor
import glob
import os
import re
import subprocess
import unittest

import tshark as ts

FOLDER = os.path.join(ts.SOURCE_DIR, 'tests', 'scenarios')
TCPSTORY = os.path.join(ts.BUILD_DIR, 'postproc', 'tcpstory')
PROGRAM = os.path.join(ts.BUILD_DIR, 'tests', 'scenario')
STATES = ('UNKNOWN CLOSED LISTEN SYN_SENT SYN_RCVD ESTABLISHED FIN_WAIT_1 FIN_WAIT_2 CLOSE_WAIT '
          'CLOSING LAST_ACK TIME_WAIT').split()

# Settings of a scenario that are preferences of the plugin.
PREFERENCES = [
    (r'^vantage (\w+)$', 'tcpstate.vantage:%s'),
    (r'^model time_wait (\d+)$', 'tcpstate.time_wait:%s'),
    (r'^model fin_wait_2 (\d+)$', 'tcpstate.fin_wait_2:%s'),
    (r'^model linear_syns 0()$', 'tcpstate.retries:rfc%s'),
]


def scenario(*args):
    return subprocess.run([PROGRAM, *args], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          encoding='utf-8', check=False)


def preferences(path):
    with open(path, encoding='utf-8') as file:
        text = file.read()
    return [arg for pattern, name in PREFERENCES
            for value in re.findall(pattern, text, re.MULTILINE) for arg in ('-o', name % value)]


def capture_of(path):
    name = os.path.relpath(path, FOLDER).replace(os.sep, '-')
    capture = os.path.join(ts.scratch(), name + '.pcap')
    done = scenario('--pcap', capture, path)
    if done.returncode != 0:
        raise AssertionError(done.stdout)
    os.chmod(capture, 0o644)
    return capture


def engine_rows(path):
    """[frame, stream, client, server, step] of each segment, states as numbers."""
    rows = [line.split('\t')[:5] for line in scenario('--table', path).stdout.splitlines()]
    return [row[:2] + [str(STATES.index(name)) for name in row[2:4]] + row[4:] for row in rows]


def tshark_rows(path):
    """The same from the plugin, then tcp.stream and the states of both checksums (1 = good)."""
    options = ['-o', 'ip.check_checksum:TRUE', '-o', 'tcp.check_checksum:TRUE']
    return ts.fields(capture_of(path), 'frame.number', 'tcpstate.stream', 'tcpstate.client',
                     'tcpstate.server', 'tcpstate.step', 'tcp.stream', 'tcp.checksum.status',
                     'ip.checksum.status', display_filter='tcp && !icmp && !icmpv6',
                     args=options + preferences(path))


class Captures(unittest.TestCase):
    def check(self, path, rows):
        with open(path, encoding='utf-8') as file:
            text = file.read()
        # 1 = right; 2 = it cannot be verified, 0 = wrong
        checksums = ('1', '2') if ' cut ' in text else ('0', '1') if ' checksum ' in text else '1'
        self.assertEqual([row[:5] for row in rows], engine_rows(path))
        for row in rows:
            self.assertEqual(row[1], row[5], 'frame %s: stream' % row[0])
            self.assertIn(row[6], checksums, 'frame %s: TCP checksum' % row[0])
            self.assertIn(row[7], ('1', ''), 'frame %s: IP checksum' % row[0])

    def test_all(self):
        paths = sorted(glob.glob(os.path.join(FOLDER, '*', '*.scn')))
        self.assertGreater(len(paths), 80)
        ts.environment()                # prepares the folders that all threads use
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            for path, rows in zip(paths, pool.map(tshark_rows, paths)):
                with self.subTest(os.path.relpath(path, FOLDER)):
                    self.check(path, rows)


def judged(path):
    """The ids that tcpstory finds in the capture of a scenario, and those that it expects."""
    with open(path, encoding='utf-8') as file:
        text = file.read()
    expected = re.findall(r'^anomaly (.*)$', text, re.MULTILINE)[0]
    done = subprocess.run([TCPSTORY, 'anomalies', '--format', 'tsv', '--columns', 'id',
                           capture_of(path)], stdout=subprocess.PIPE, encoding='utf-8', check=True)
    return ' '.join(sorted(set(done.stdout.split()[1:]))) or 'none', expected


class Quality(unittest.TestCase):
    """What is known of a capture's quality comes from the plugin too: times, lengths, checksums."""

    def test_all(self):
        ts.environment()
        for path in sorted(glob.glob(os.path.join(FOLDER, 'anomaly', 'q*.scn'))):
            with open(path, encoding='utf-8') as file:
                if re.search('^vantage', file.read(), re.MULTILINE):
                    continue            # tcpstory does not set that preference
            with self.subTest(os.path.relpath(path, FOLDER)):
                self.assertEqual(*judged(path))


class Messages(unittest.TestCase):
    """A bad scenario: exit status 2, and a message with file, line, what was found."""

    def check(self, text, line, found):
        path = os.path.join(ts.scratch(), 'bad.scn')
        with open(path, 'w', encoding='utf-8') as file:
            file.write(text)
        done = scenario(path)
        self.assertEqual(done.returncode, 2, text)
        self.assertIn('%s:%d: ' % (path, line), done.stdout)
        self.assertIn(found, done.stdout)

    def test_lines(self):
        for text, found in [
                ('0 C > S X', '"X"'),
                ('0 C > S', 'flags'),
                ('0 C < S S', '"C"'),
                ('0 C > T S', '"T"'),
                ('0 C:99999 > S S', '"C:99999"'),
                ('0 C > S S 0:1(2)', '"0:1(2)"'),
                ('0 C > S S 0:0(x)', '"0:0(x)"'),
                ('0 C > S S ack', '"ack"'),
                ('0 C > S S ttl 256', '"256"'),
                ('0 C > S S bogus 1', '"bogus"'),
                ('0 C > S S cut 8', '"8"'),
                ('-1 C > S S', '"-1"'),
                ('0 C > S S checksum bad', '"bad"'),
                ('0 C > S S <mss>', '"mss"'),
                ('0 C > S S <mss 1460', '"<mss 1460"'),
                ('0 C > S S <what 1>', '"what 1"'),
                ('x C > S S', '"x"'),
                ('0 ICMP nothing C > S seq 0', '"nothing"'),
                ('0 ICMP unreachable C > S', 'seq NUMBER'),
                ('0 dup', '"dup"'),
                ('model time_wait', '"time_wait"'),
                ('model nothing 1', '"nothing"'),
                ('vantage above', '"above"'),
                ('isn C', '"C"'),
                ('host X 999.1.1.1', '"X"'),
                ('hindsight T CLOSED@0', '"T"'),
                ('hindsight C CLOSED', '"CLOSED"'),
                ('hindsight C CLOSED@x', '"CLOSED@x"'),
                ('0 C > S S | NOTASTATE', '"NOTASTATE"'),
                ('0 C > S S | CLOSED(sure)', '"(sure)"'),
                ('0 C > S S | CLOSED?{LISTEN}', '"{LISTEN}"'),
                ('0 C > S S | CLOSED{CLOSED', '"{CLOSED"'),
                ('0 C > S S | CLOSED?! -', '"CLOSED?!"'),
                ('0 C > S S | - - bogus', '"bogus"'),
                ('0 C > S S | - - +bogus', '"+bogus"'),
                ('0 C > S S | - - open', '"open"')]:
            with self.subTest(text):
                self.check('# Title.\n%s\n' % text, 2, found)

    def test_files(self):
        self.check('0 C > S S\n', 1, '"0 C > S S"')
        self.check('# Title.\n1 C > S S\n0.5 C > S S\n', 3, '"0.5"')
        self.assertEqual(scenario('/nonexistent.scn').returncode, 2)
        self.assertEqual(scenario().returncode, 2)

    def test_difference(self):
        path = os.path.join(ts.scratch(), 'wrong.scn')
        with open(path, 'w', encoding='utf-8') as file:
            file.write('# Wrong.\n0 C > S S | SYN_SENT TIME_WAIT open 2/3\n')
        done = scenario(path)
        self.assertEqual(done.returncode, 1)
        self.assertIn('wrong.scn:2: S: expected TIME_WAIT, got LISTEN(assumed)', done.stdout)
        self.assertIn('wrong.scn:2: open: expected 2/3, got 1/3', done.stdout)


if __name__ == '__main__':
    unittest.main()
