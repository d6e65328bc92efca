#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""tcpstory live: lines, a screen on a terminal of our own, what Prometheus scrapes; and real
sockets on a loopback of our own, captured by dumpcap."""
import fcntl
import json
import os
import pty
import re
import select
import signal
import socket
import struct
import subprocess
import sys
import termios
import time
import unittest
import urllib.error
import urllib.request

import jsonschema

import command
import tshark as ts
from command import Folder, capture, run
from test_follow import own_network
from test_follow_findings import HEADER, refused

sys.path.insert(0, os.path.join(command.SOURCE_DIR, 'tests', 'plugin'))
from packets import ACK, FRO, PSH, SYN, tcp     # noqa: E402
from test_follow_findings import frame          # noqa: E402

TIMEOUT_S = 30


def opened(at_s, port):
    """Handshake and a request that nobody acknowledges."""
    return frame(at_s, tcp(port, 8080, SYN, seq=100)) + \
        frame(at_s, tcp(8080, port, SYN | ACK, seq=500, ack=101), FRO) + \
        frame(at_s, tcp(port, 8080, ACK, seq=101, ack=501)) + \
        frame(at_s, tcp(port, 8080, PSH | ACK, seq=101, ack=501, data=b'GET /'))


def free_port():
    with socket.create_server(('127.0.0.1', 0)) as server:
        return server.getsockname()[1]


def wait_for(condition, what):
    deadline = time.monotonic() + TIMEOUT_S
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError('no ' + what)
        time.sleep(0.05)


@unittest.skipUnless(command.has_tshark(), 'needs tshark and the plugin')
class Lines(unittest.TestCase):
    def test_a_capture(self):
        """Not a terminal: lines, and incidents as they are known."""
        done = run('live', '--utc', '--interval', '1', '-', text=HEADER + b''.join(
            refused(at, 40000 + at) for at in range(5)) + opened(6, 50000))
        self.assertEqual((done.status, done.err), (0, ''))
        self.assertRegex(done.out, r'warning  D02 .*')
        self.assertRegex(done.out.splitlines()[-1],
                         r'^2026-09-21 14:13:26  open 1 \(ESTABLISHED 2\); .*; 6 connections$')

    def test_json_lines(self):
        """Each is an object that the schema allows, and there before the input ends."""
        args = ('live', '--format', 'ndjson', '--interval', '1')
        text = HEADER + b''.join(refused(at, 40000 + at) for at in range(5)) + opened(6, 50000)
        schema = json.loads(run('live', '--schema').out)
        with subprocess.Popen([command.TCPSTORY, *args, '-'], stdin=subprocess.PIPE,
                              stdout=subprocess.PIPE, env=command.environment()) as live:
            live.stdin.write(text + frame(9, tcp(50000, 8080, ACK, seq=101, ack=501)))
            live.stdin.flush()
            lines = [json.loads(live.stdout.readline()) for _ in range(2)]
            live.stdin.close()
            lines += map(json.loads, live.stdout)
        self.assertEqual(live.returncode, 0)
        for line in lines:
            jsonschema.validate(line, schema)
        self.assertIn('D02', [line['incident']['id'] for line in lines if 'incident' in line])
        last = lines[-1]['status']
        self.assertEqual((last['open'], last['begun'], last['sockets'], last['ended']),
                         (1, 6, {'ESTABLISHED': 2}, {'refused': 5}))

    def test_a_file_of_json_lines(self):
        with Folder() as folder:
            for name, kind in (('x.ndjson', '{'), ('x.log', 'w')):
                path = folder.file(name)
                self.assertEqual(run('live', '-o', path, capture('refused.pcap')).status, 0)
                with open(path, encoding='utf-8') as file:
                    self.assertEqual(file.read(1), kind)

    def test_a_file_for_prometheus(self):
        with Folder() as folder:
            path = folder.file('tcpstory.prom')
            done = run('live', '--prometheus', path, capture('pile-close-wait.pcap'))
            self.assertEqual((done.status, done.err), (0, ''))
            with open(path, encoding='ascii') as file:
                text = file.read()
            self.assertEqual(os.listdir(folder.path), ['tcpstory.prom'])
        self.assertRegex(text, r'\ntcpstory_live_sockets\{state="CLOSE_WAIT"\} \d+\n')
        for line in text.splitlines():
            self.assertRegex(line, r'^(# (HELP|TYPE) tcpstory_live_\w+ .+|'
                                   r'tcpstory_live_\w+(\{[^}]+\})? [0-9.e+]+)$')

    def test_totals_are_those_of_now(self):
        """Not those of the last look at findings, which may be seconds ago."""
        with Folder() as folder:
            path = folder.file('tcpstory.prom')
            run('live', '--prometheus', path, '-', text=HEADER + b''.join(
                opened(6 + n / 10, 50000 + n) for n in range(5)))
            with open(path, encoding='ascii') as file:
                text = file.read()
        self.assertIn('\ntcpstory_live_segments_total 20\n', text)
        self.assertIn('\ntcpstory_live_frames_total 20\n', text)

    def test_usage(self):
        for arguments, words in (
                (['-i', 'lo', 'x.pcap'], 'not both'), (['a.pcap', 'b.pcap'], 'one capture'),
                (['--prometheus', ':0', '-'], 'neither FILE nor'),
                (['--prometheus', 'localhost:9000', '-'], 'neither FILE nor'),
                (['--interval', '0', '-'], 'interval'),
                (['--format', 'csv', '-'], 'text, ndjson here')):
            with self.subTest(arguments):
                done = run('live', *arguments, text=HEADER)
                self.assertEqual(done.status, 2)
                self.assertIn(words, done.err)

    def test_a_file_that_cannot_be_written(self):
        done = run('live', '--prometheus', '/nonexistent/x.prom', capture('refused.pcap'))
        self.assertEqual(done.status, 5)


class Terminal:
    """tcpstory live on a terminal of our own, with a pipe as standard input."""

    def __init__(self, *arguments, rows=24, columns=110):
        reader, self.input = os.pipe()
        waits, go = os.pipe()
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.read(waits, 1)
            os.dup2(reader, 0)
            os.closerange(3, 256)
            env = command.environment({'TERM': 'xterm', 'LINES': None, 'COLUMNS': None})
            os.execve(command.TCPSTORY, [command.TCPSTORY, 'live', *arguments, '-'], env)
        self.before = termios.tcgetattr(self.fd)
        self.seen = ''
        self.resize(rows, columns)
        os.write(go, b'x')
        for fd in (reader, waits, go):
            os.close(fd)

    def resize(self, rows, columns):
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, struct.pack('HHHH', rows, columns, 0, 0))

    def write(self, data):
        os.write(self.input, data)

    def key(self, keys):
        self.seen = ''
        os.write(self.fd, keys.encode())

    def read(self):
        """Takes what was drawn; False at the end."""
        if not select.select([self.fd], [], [], 0.1)[0]:
            return True
        try:
            self.seen += os.read(self.fd, 65536).decode()
        except OSError:
            return False
        return True

    def wait_for(self, pattern):
        """Until it is on the screen; curses moves over what is there, so all is drawn anew."""
        deadline = time.monotonic() + TIMEOUT_S
        while not re.search(pattern, self.seen):
            os.write(self.fd, b'\x0c')
            if not self.read() or time.monotonic() > deadline:
                raise AssertionError('%r is not in %r' % (pattern, self.seen[-3000:]))

    def end(self):
        """Its exit status as waitpid() has it; the terminal must be as it was."""
        while self.read() and os.waitid(os.P_PID, self.pid, os.WEXITED | os.WNOHANG |
                                        os.WNOWAIT) is None:
            pass
        after = termios.tcgetattr(self.fd)
        self.read()
        status = os.waitpid(self.pid, 0)[1]
        os.close(self.fd)
        os.close(self.input)
        if after != self.before:
            raise AssertionError('the terminal is not as it was')
        return status


@unittest.skipUnless(command.has_tshark(), 'needs tshark and the plugin')
class Screen(unittest.TestCase):
    def start(self, *arguments, **size):
        terminal = Terminal(*arguments, **size)
        terminal.write(HEADER + b''.join(refused(at, 40000 + at) for at in range(5)) +
                       opened(6, 50000) + opened(8, 50001))
        terminal.wait_for(r'10\.0\.0\.1:50001(.|\n)*an ACK of the server')
        return terminal

    def leave(self, terminal):
        terminal.key('q')
        status = terminal.end()
        self.assertEqual(status, 0)
        self.assertIn('\x1b[?1049l', terminal.seen)

    def test_screen(self):
        terminal = self.start()
        self.assertIn('D02', terminal.seen)
        self.assertRegex(terminal.seen, 'ESTABLISHED 4')
        terminal.key('s')
        terminal.wait_for('sort: age')
        terminal.key('\r')
        terminal.wait_for(r'Stream 5: .*50000')
        terminal.key('\x1b')
        terminal.wait_for('Client state')
        terminal.key('i')
        terminal.wait_for('Nothing listens')
        terminal.key('i')
        terminal.wait_for('Client state')
        terminal.key('h')
        terminal.wait_for('PgUp, PgDn')
        terminal.key('h')
        self.leave(terminal)

    def test_filter(self):
        terminal = self.start()
        terminal.key('/')
        terminal.wait_for('Filter: ')
        terminal.key(':50000\r')
        terminal.wait_for('filter: :50000')
        terminal.key('p')
        terminal.wait_for('PAUSED')
        terminal.key('p')
        terminal.write(opened(10, 50002))
        terminal.wait_for('in all 8')
        self.assertNotIn('50002', terminal.seen)
        self.leave(terminal)

    def test_resize(self):
        terminal = self.start()
        for rows, columns in ((6, 40), (2, 10), (40, 150)):
            terminal.seen = ''
            terminal.resize(rows, columns)
            terminal.wait_for('q quit' if columns > 10 else r'\x1b\[')
        self.leave(terminal)

    def test_interrupts(self):
        """Ctrl-C ends it in order; a signal ends it with the terminal given back."""
        terminal = self.start()
        terminal.key('\x03')
        status = terminal.end()
        self.assertTrue(os.WIFEXITED(status))
        self.assertIn('\x1b[?1049l', terminal.seen)
        terminal = self.start()
        os.kill(terminal.pid, signal.SIGTERM)
        status = terminal.end()
        self.assertTrue(os.WIFSIGNALED(status))
        self.assertIn('\x1b[?1049l', terminal.seen)

    def test_the_end(self):
        """The writer ends: so does the screen, and a last line is told."""
        terminal = self.start()
        os.close(terminal.input)
        terminal.input = os.open('/dev/null', os.O_RDONLY)
        self.assertEqual(terminal.end(), 0)
        self.assertRegex(terminal.seen, r'7 connections\r\n$')


@unittest.skipUnless(command.has_tshark(), 'needs tshark and the plugin')
class Capturing(unittest.TestCase):
    def setUp(self):
        if not own_network():
            self.skipTest('NOT TESTED: capturing needs root and network namespaces')

    def scrape(self, port, path='/metrics'):
        with urllib.request.urlopen('http://127.0.0.1:%d%s' % (port, path), timeout=5) as answer:
            return answer.read().decode()

    def test_real_sockets(self):
        port = free_port()
        process = subprocess.Popen(
            [command.TCPSTORY, 'live', '-i', 'lo', '-f', 'tcp port 9502', '--interval', '0.5',
             '--prometheus', ':%d' % port], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            env=command.environment(), text=True)
        self.addCleanup(process.kill)
        with socket.create_server(('127.0.0.1', 9502)) as server:
            time.sleep(1)
            ends = []

            def seen():
                ends.append((socket.create_connection(('127.0.0.1', 9502)), server.accept()[0]))
                time.sleep(0.3)
                return 'state="ESTABLISHED"} 0' not in self.scrape(port)
            wait_for(seen, 'connection')
            with self.assertRaises(urllib.error.HTTPError):
                self.scrape(port, '/other')
            ends[-1][0].close()
            wait_for(lambda: 'state="CLOSE_WAIT"} 1' in self.scrape(port), 'CLOSE_WAIT')
            for sock in [sock for pair in ends for sock in pair]:
                sock.close()
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=TIMEOUT_S)
        self.assertEqual((process.returncode, err), (0, ''), out)
        self.assertRegex(out, r'CLOSE_WAIT 1')

    def test_without_rights(self):
        """Who may not capture is told how to get the right."""
        nobody = str(ts.NOBODY)
        done = subprocess.run(['setpriv', '--reuid', nobody, '--regid', nobody, '--clear-groups',
                               command.TCPSTORY, 'live', '-i', 'lo'], capture_output=True,
                              env=command.environment(), text=True, check=False)
        if done.returncode == 126:
            self.skipTest('NOT TESTED: another user may not run tcpstory here')
        self.assertEqual(done.returncode, 3, done.stderr)
        self.assertIn('dpkg-reconfigure wireshark-common', done.stderr)

    def test_no_such_interface(self):
        done = run('live', '-i', 'nosuch0')
        self.assertEqual(done.status, 3)
        self.assertIn('nosuch0', done.err)


if __name__ == '__main__':
    unittest.main()
