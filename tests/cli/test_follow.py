#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""tcpstory list --follow prints each connection when it ends, while its input goes on."""
import ctypes
import os
import select
import signal
import socket
import subprocess
import unittest

import command
import tshark as ts
from command import capture, data, data_bytes, run

TIMEOUT_S = 60
COLUMNS = ['--format', 'tsv', '--columns', 'stream,start,client,server,opening,ending,first,'
           'client_state,server_state,client_basis,server_basis,duration,setup,client_bytes,'
           'server_bytes,client_segments,server_segments,client_retrans,server_retrans,syns,'
           'conn_state,history,community_id']
HEADER = data_bytes('article.records').splitlines(True)[0]


def live(path):
    return ts.tshark(['-n', '-q', '-l', '-z', 'tcpstate,records,live'], path, check=True,
                     text=False).stdout


def sorted_rows(text):
    header, *rows = text.splitlines()
    return [header, *sorted(rows)]


def next_line(stream):
    """The next line of an unbuffered stream; '' when none comes."""
    ready, _, _ = select.select([stream], [], [], TIMEOUT_S)
    return stream.readline().decode() if ready else ''


class Follower:
    """A tcpstory list --follow with a pipe as input."""

    def __init__(self, *arguments):
        self.process = subprocess.Popen(
            [command.TCPSTORY, 'list', '--follow', *arguments, '-'], stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=command.environment(), bufsize=0)

    def write(self, text):
        self.process.stdin.write(text)
        self.process.stdin.flush()

    def line(self):
        return next_line(self.process.stdout)

    def end(self):
        out, err = self.process.communicate(timeout=TIMEOUT_S)
        return self.process.returncode, out.decode(), err.decode()


def connections(first, last):
    """Records of clean connections as the plugin prints them live, each ended before the next."""
    for n in range(first, last):
        port = 1024 + n % 60000
        start = 1000000000 * n
        yield ('S\t%d\t%d\t%d\t0a090001\t%d\t0a090002\t80\t1\t-\n'
               'C\t%d\t0\t%d\t1\t%d\t1\t3\t0\t8\t1\n'
               'C\t%d\t1\t%d\t1\t%d\t1\t2\t3\t4\t0\n'
               'C\t%d\t0\t%d\t2\t%d\t2\t1\t0\t2\t13\n'
               'E\t%d\t%d\t%d\t-1\t0\t1\t0\t1\t1\t0\t0\t1\t0\t0\t0\n' % (
                   n, start, n + 1, port, n, start, start, n, start, start, n, start + 5,
                   start + 5, n, start, start + 5)).encode()


class Records(unittest.TestCase):
    """Without tshark: a pipe that grows."""

    def test_a_row_when_a_connection_ends(self):
        follower = Follower('--format', 'tsv', '--columns', 'stream,client_state')
        one, two = connections(0, 2)
        follower.write(HEADER + one)
        self.assertEqual([follower.line(), follower.line()],
                         ['stream\tclient_state\n', '0\tCLOSED\n'])
        follower.write(two)
        self.assertEqual(follower.line(), '1\tCLOSED\n')
        follower.write(b'Q\t2\t0\t5\t2\t0\t0\t0\t0\t0\t0\nZ\n')
        self.assertEqual(follower.end(), (0, '', ''))

    def test_open_ones_at_the_end(self):
        """Also when the input is cut short."""
        one, = connections(0, 1)
        done = run('list', '--follow', '--format', 'tsv', '--columns', 'stream,client_state', '-',
                   text=HEADER + one[:one.index(b'E\t')])
        self.assertEqual((done.status, done.out), (3, 'stream\tclient_state\n0\tCLOSED\n'))
        self.assertIn('partial', done.err)

    def test_a_stream_that_begins_again(self):
        one, = connections(0, 1)
        done = run('list', '--follow', '--columns', 'stream', '-',
                   text=HEADER + one + one + b'Q\t2\t0\t5\t2\t0\t0\t0\t0\t0\t0\nZ\n')
        self.assertEqual((done.status, done.err), (0, ''))
        self.assertEqual(done.out.split(), ['stream', '0', '0'])

    def test_interrupt_lets_the_writer_end(self):
        follower = Follower('--columns', 'stream')
        one, two = connections(0, 2)
        follower.write(HEADER + one)
        follower.line()
        follower.process.send_signal(signal.SIGINT)
        follower.write(two + b'Q\t2\t0\t5\t2\t0\t0\t0\t0\t0\t0\nZ\n')
        status, out, err = follower.end()
        self.assertEqual((status, out.split(), err), (0, ['0', '1'], ''))

    def test_memory_is_bounded(self):
        """Ten times as many connections that have ended take no more memory."""
        def peak(n):
            follower = Follower('--format', 'tsv', '-o', '/dev/null')
            follower.write(HEADER)
            for start in range(0, n, 1000):
                follower.write(b''.join(connections(start, start + 1000)))
            follower.process.stdin.close()
            _, status, usage = os.wait4(follower.process.pid, 0)
            follower.process.returncode = status
            follower.process.stdout.close()
            follower.process.stderr.close()
            return usage.ru_maxrss
        self.assertLess(peak(50000), peak(5000) + 2000)

    def test_what_needs_all_rows(self):
        for arguments in (['--sort', 'stream'], ['--top', '3'], ['--since', '1'],
                          ['--anomaly', 'syn_unanswered'],
                          ['--format', 'prometheus']):
            with self.subTest(arguments):
                done = run('list', '--follow', *arguments, data('article.records'))
                self.assertEqual(done.status, 2)
                self.assertIn('not with --follow', done.err)


@unittest.skipUnless(command.has_tshark(), 'needs tshark and the plugin')
class Captures(unittest.TestCase):
    def test_the_same_rows(self):
        """When no connection goes on after its end, --follow says what list says, in other order.
        """
        for name in ('several.pcap', 'article-client-closes.pcap', 'pile-close-wait.pcap',
                     'syn-unanswered.pcap', 'ipv6.pcap'):
            with self.subTest(name):
                whole = run('list', *COLUMNS, capture(name)).out
                for done in (run('list', '--follow', *COLUMNS, capture(name)),
                             run('list', '--follow', *COLUMNS, '-', text=live(capture(name)))):
                    self.assertEqual((done.status, done.err), (0, ''))
                    self.assertEqual(sorted_rows(done.out), sorted_rows(whole))


CLONE_NEWNET = 0x40000000
UNPRIVILEGED = ['setpriv', '--reuid', str(ts.NOBODY), '--regid', str(ts.NOBODY), '--clear-groups',
                '--inh-caps', '+net_raw,+net_admin', '--ambient-caps', '+net_raw,+net_admin']


def own_network():
    """Moves this process to a network of its own, with a loopback; whether that is allowed here."""
    libc = ctypes.CDLL(None, use_errno=True)
    return os.geteuid() == 0 and libc.unshare(CLONE_NEWNET) == 0 and subprocess.run(
        ['ip', 'link', 'set', 'lo', 'up'], check=False).returncode == 0


@unittest.skipUnless(command.has_tshark(), 'needs tshark and the plugin')
class Live(unittest.TestCase):
    def setUp(self):
        if not own_network():
            self.skipTest('NOT TESTED: capturing needs root and network namespaces')

    def start_tshark(self):
        """A tshark that captures on the loopback, once it does so."""
        process = subprocess.Popen(
            [*UNPRIVILEGED, 'tshark', '-n', '-i', 'lo', '-q', '-l', '-z', 'tcpstate,records,live'],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=ts.environment(True),
            cwd=ts.unprivileged_folder('home'), text=True)
        self.addCleanup(process.kill)
        while True:
            line = process.stderr.readline()
            if 'Capture started' in line:
                return process
            if line == '':
                self.skipTest('NOT TESTED: tshark cannot capture here')

    def test_real_sockets(self):
        """Rows come while tshark captures, and Ctrl-C ends both politely."""
        writer = self.start_tshark()
        follower = subprocess.Popen(
            [command.TCPSTORY, 'list', '--follow', '--format', 'tsv', '--columns',
             'stream,server,outcome', '-'], stdin=writer.stdout, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, bufsize=0)
        writer.stdout.close()
        with socket.create_server(('127.0.0.1', 9502)) as server:
            for _ in range(2):
                with socket.create_connection(('127.0.0.1', 9502)) as client:
                    server.accept()[0].close()
                    client.recv(1)
            open_one = socket.create_connection(('127.0.0.1', 9502))
            lines = [next_line(follower.stdout) for _ in range(3)]
        self.assertEqual(lines, ['stream\tserver\toutcome\n', '0\t127.0.0.1:9502\tclean\n',
                                 '1\t127.0.0.1:9502\tclean\n'])
        for process in (writer, follower):
            process.send_signal(signal.SIGINT)
        out, err = follower.communicate(timeout=TIMEOUT_S)
        open_one.close()
        self.assertIn(b'2\t127.0.0.1:9502\t', out)
        self.assertEqual((follower.returncode, err), (0, b''))
        writer.communicate(timeout=TIMEOUT_S)


if __name__ == '__main__':
    unittest.main()
