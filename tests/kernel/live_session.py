#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A session of tcpstory live, netstat and sockets beside the kernels' own ss, at the same moments.

    sudo tests/kernel/live_session.py [--load SECONDS [--rate N]]

Two hosts in network namespaces: nginx, a server that leaks CLOSE_WAIT, a client that vanishes, a
firewall that forgets. Prints Markdown (docs/user/live.md has a run of it). With --load nginx is
asked N times a second instead, each time by a connection of its own, and the memory of live is
printed over time. Needs a build (BUILD_DIR names it) and nginx.
"""
import argparse
import collections
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request

sys.dont_write_bytecode = True
HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / 'cli')]

import command                                          # noqa: E402
from tcplab import netns, pairs                         # noqa: E402
from tcplab.nginx import nginx                          # noqa: E402

STATES = ('SYN_SENT SYN_RCVD ESTABLISHED FIN_WAIT_1 FIN_WAIT_2 CLOSE_WAIT CLOSING LAST_ACK '
          'TIME_WAIT').split()
KERNEL = {'ESTAB': 'ESTABLISHED', 'SYN-RECV': 'SYN_RCVD'}
NETSTAT = {'SYN_RECV': 'SYN_RCVD', 'FIN_WAIT1': 'FIN_WAIT_1', 'FIN_WAIT2': 'FIN_WAIT_2'}
WEB, LEAK, FORGET, PORT = 80, 8081, 8082, 9717
REQUEST = b'GET / HTTP/1.0\r\n\r\n'
LOCATIONS = 'location / { return 200 "hello"; }'
MOMENTS = ((3, 'as it begins'), (12, 'the client has vanished, the firewall has forgotten'),
           (75, 'a minute later'))


class Live:
    """A tcpstory live on the client's device, scraped there."""

    def __init__(self, pair, *arguments):
        self.namespace = pair.namespaces[pairs.CLIENT]
        self.out = tempfile.TemporaryFile('w+')
        with self.namespace.inside():
            self.process = subprocess.Popen(
                [command.TCPSTORY, 'live', '-i', 'eth0', '--interval', '5', '--prometheus',
                 ':%d' % PORT, *arguments], stdout=self.out, stderr=subprocess.STDOUT)
        time.sleep(1.5)

    def scrape(self):
        """The families as {text before the value: value}."""
        with self.namespace.inside():
            with urllib.request.urlopen('http://127.0.0.1:%d/metrics' % PORT, timeout=10) as got:
                lines = got.read().decode().splitlines()
        return {line.rsplit(' ', 1)[0]: float(line.rsplit(' ', 1)[1])
                for line in lines if not line.startswith('#')}

    def end(self):
        self.process.send_signal(signal.SIGINT)
        self.process.wait(60)
        self.out.seek(0)
        return self.out.read()


def kernel_counts(pair):
    """Sockets of both hosts by state, but those of the scraping."""
    counts = collections.Counter()
    for side in (pairs.CLIENT, pairs.SERVER):
        for line in pair.ask(side, 'ss', '-tanH').splitlines():
            state, _, _, local = line.split()[:4]
            if state != 'LISTEN' and not local.startswith('127.'):
                counts[KERNEL.get(state, state.replace('-', '_'))] += 1
    return counts


def live_counts(families):
    found = (re.match(r'tcpstory_live_sockets\{state="(\w+)"\}', name) for name in families)
    return {match[1]: int(families[match[0]]) for match in found if match}


def netstat_counts(path, at_s):
    done = command.run('netstat', '--counts', '--at', '%.3f' % at_s, path)
    pairs_of = (line.split() for line in done.out.splitlines())
    return {NETSTAT.get(state, state): int(n) for n, state in pairs_of}


class Troubles:
    """What happens between the two hosts."""

    def __init__(self, pair):
        self.pair, self.kept = pair, []
        self.listeners = {port: pair.listen(port, backlog=64) for port in (LEAK, FORGET)}
        self.over = threading.Event()

    def web(self):
        """Short connections: the server answers and closes."""
        while not self.over.is_set():
            with self.pair.connect(WEB) as client:
                client.sendall(REQUEST)
                while client.recv(4096):
                    pass
            time.sleep(0.1)

    def begin(self):
        for _ in range(8):
            client, server = self.pair.open(self.listeners[LEAK])
            client.close()
            self.kept.append(server)
        self.vanished = self.pair.open(self.listeners[FORGET])
        self.forgotten = self.pair.open(self.listeners[FORGET])
        self.kept += [self.pair.open(self.listeners[FORGET]) for _ in range(3)]

    def forget(self):
        """The path of two connections is gone; one end of each goes on."""
        ports = ','.join(str(ends[0].getsockname()[1]) for ends in (self.vanished, self.forgotten))
        self.pair.drop(pairs.SERVER, 'input', 'tcp sport { %s }' % ports)
        self.pair.drop(pairs.CLIENT, 'input', 'tcp dport { %s }' % ports)
        self.vanished[1].sendall(b'are you there?')
        self.forgotten[0].sendall(b'hello?')


def print_table(rows):
    states = [state for state in STATES if any(state in counts for _, counts in rows)]
    print('| | %s |' % ' | '.join(states))
    print('|---|%s' % ('---|' * len(states)))
    for name, counts in rows:
        print('| %s | %s |' % (name, ' | '.join(str(counts.get(state, 0)) for state in states)))
    print()


def session(pair, folder):
    for namespace in pair.namespaces:  # tables of the laboratory are small
        namespace.sysctl(tcp_max_tw_buckets=100000)
    live = Live(pair)
    path = os.path.join(folder, 'all.pcapng')
    with pair.namespaces[pairs.CLIENT].inside():
        dumpcap = subprocess.Popen(['dumpcap', '-q', '-i', 'eth0', '-w', path],
                                   stderr=subprocess.DEVNULL)
    time.sleep(1)
    troubles = Troubles(pair)
    troubles.begin()
    web = threading.Thread(target=troubles.web)
    web.start()
    began, taken = time.monotonic(), []
    for at_s, name in MOMENTS:
        while time.monotonic() - began < at_s:
            time.sleep(0.05)
        taken.append((name, time.time(), kernel_counts(pair), live_counts(live.scrape())))
        if at_s == MOMENTS[0][0]:
            troubles.forget()
    lists = [(host, pair.ask(side, 'ss', '-tanoep'))
             for host, side in (('server', pairs.SERVER), ('client', pairs.CLIENT))]
    time.sleep(0.3)
    troubles.over.set()
    web.join()
    dumpcap.send_signal(signal.SIGINT)
    dumpcap.wait(20)
    for name, at_s, kernel, seen in taken:
        print('%s (+%.0f s):\n' % (name[0].upper() + name[1:], at_s - taken[0][1]))
        print_table((('ss, both hosts', kernel), ('live', seen),
                     ('netstat --at', netstat_counts(path, at_s))))
    print('What live said:\n\n```\n%s```\n' % live.end())
    for host, text in lists:
        done = command.run('sockets', '--ss', '-', path, text=text.encode())
        print('sockets, with ss -tanoep of the %s:\n\n```\n%s%s```\n' % (host, done.out, done.err))


# ---- load ----

ASK = '''
import socket, sys, time
address, rate = sys.argv[1], float(sys.argv[2])
due = time.monotonic()
while True:
    due += 1 / rate
    time.sleep(max(due - time.monotonic(), 0))
    try:
        with socket.socket() as c:
            c.bind((address, 0))
            c.connect(('10.9.0.2', 80))
            c.sendall(b'GET / HTTP/1.0\\r\\n\\r\\n')
            while c.recv(4096):
                pass
    except OSError:
        pass
'''
ASKING = tuple('10.9.0.%d' % n for n in range(10, 14))  # several: the ports of one are soon used up


def start(namespace, *arguments):
    with namespace.inside():
        return subprocess.Popen([sys.executable, '-c', *arguments], stderr=subprocess.DEVNULL)


def load(pair, seconds, rate):
    """`rate` connections a second, and the memory of live every so often."""
    pair.namespaces[pairs.CLIENT].ip(*('addr add %s/24 dev eth0' % address for address in ASKING))
    pair.namespaces[pairs.CLIENT].sysctl(tcp_tw_reuse=1, ip_local_port_range='1024 65000')
    live = Live(pair, '-f', 'tcp', '-o', '/dev/null')
    busy = [start(pair.namespaces[pairs.CLIENT], ASK, address, str(rate / len(ASKING)))
            for address in ASKING]
    began = time.monotonic()
    print('| s | connections | new/s | segments | evicted | live, MB | behind, s |')
    print('|---|---|---|---|---|---|---|')
    last = (began, 0)
    while time.monotonic() - began < seconds:
        time.sleep(max(seconds / 24, 1))
        got = live.scrape()
        now, begun = time.monotonic(), got['tcpstory_live_begun_total']
        print('| %.0f | %.0f | %.0f | %.0f | %.0f | %.0f | %.1f |' % (
            now - began, begun, (begun - last[1]) / (now - last[0]),
            got['tcpstory_live_segments_total'], got['tcpstory_live_evicted_total'],
            got['tcpstory_live_resident_memory_bytes'] / 1e6,
            time.time() - got['tcpstory_live_capture_time_seconds']), flush=True)
        last = (now, begun)
    for process in busy:
        process.terminate()
        process.wait()
    live.end()


def main():
    p = argparse.ArgumentParser(description=__doc__,
                                formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument('--load', metavar='SECONDS', type=float)
    p.add_argument('--rate', metavar='N', type=float, default=2000)
    a = p.parse_args()
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's "&" has it ignored
    if netns.why_not():
        sys.exit('live_session.py: ' + netns.why_not())
    if shutil.which('nginx') is None:
        sys.exit('live_session.py: nginx is missing (package nginx-light)')
    pair = pairs.Pair()
    pair.namespaces[pairs.SERVER].sysctl(ip_unprivileged_port_start=0)
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        home = os.path.join(folder, 'nginx')
        with nginx(pair.namespaces[pairs.SERVER], home, WEB, LOCATIONS):
            if a.load:
                load(pair, a.load, a.rate)
            else:
                session(pair, folder)


if __name__ == '__main__':
    main()
