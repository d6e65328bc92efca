# SPDX-License-Identifier: GPL-2.0-or-later
"""Workloads made with real sockets: nginx under wrk in two network namespaces, captured by tcpdump.

    http    short connections (one request each) and kept-alive ones (REQUESTS_KEPT each), mixed
    full    downloads of large files, every data segment of full size

Each has at least the asked number of segments. The namespaces have no names and end with this
process, no packet leaves them, and a capture from which tcpdump dropped a packet is not used.
"""
import contextlib
import os
import pathlib
import re
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / 'kernel'))

from tcplab.netns import Namespace                      # noqa: E402
from tcplab.nginx import nginx                          # noqa: E402

CLIENT, PORT = '10.9.0.1', 8080
# several, as a client has 64 k ports for each
SERVERS = tuple('10.9.0.%d' % n for n in range(2, 6))
REQUESTS_KEPT = 20
RING_KIB = 512 << 10
BURST_S = 1
SETTLE_S = 1.5               # longer than packets may stay in the ring before tcpdump gets them
FILE_BYTES = 8 << 20
FILE_BYTES_PER_S = 16 << 20

LOCATIONS = 'location = /large { limit_rate %d; }' % FILE_BYTES_PER_S


@dataclass(frozen=True)
class Load:
    """One wrk: whom it asks, for what and how. Several run at the same time."""
    server: str
    path: str
    connections: int
    headers: tuple = ()


@dataclass(frozen=True)
class Workload:
    name: str
    description: str
    loads: tuple


WORKLOADS = (
    Workload('http',
             'short connections of one request and kept-alive ones of %d requests, mixed'
             % REQUESTS_KEPT,
             tuple(Load(s, '/small', 8, ('Connection: close',)) for s in SERVERS)
             + (Load(SERVERS[0], '/small', 8),)),
    Workload('full', 'downloads of %d MiB in full-size segments' % (FILE_BYTES >> 20),
             (Load(SERVERS[0], '/large', 8),)),
)

# Made by generate.c: no kernel is asked, and nothing learns of it.
SCAN = '690,000 attempts of one host, half of which are refused and half are not answered'
SCAN_SEGMENTS = 1035000


def why_not():
    """Why workloads cannot be made here, or ''."""
    if os.geteuid() != 0:
        return 'needs root, to make network namespaces'
    missing = [p for p in ('nginx', 'wrk', 'tcpdump', 'ip', 'ethtool') if shutil.which(p) is None]
    return 'missing: ' + ', '.join(missing) if missing else ''


def make(workload, target, folder):
    """Write FOLDER/NAME.pcap with at least `target` segments, unless it is there and large enough.
    Returns its path.
    """
    path = pathlib.Path(folder) / (workload.name + '.pcap')
    if path.exists() and packet_count(path) >= target:
        return path
    if why_not():
        raise RuntimeError('the workload cannot be made: ' + why_not())
    part = path.with_suffix('.part')
    with contextlib.ExitStack() as stack:
        client, server = network(stack)
        web_server(stack, server, pathlib.Path(folder))
        with capture(client, part):
            generate(client, workload, target)
    part.chmod(0o644)
    part.rename(path)
    return path


def network(stack):
    """Two namespaces joined by a pair of devices that hand over segments as they would be on a
    wire.
    """
    here = os.open('/proc/self/ns/net', os.O_RDONLY | os.O_CLOEXEC)
    stack.callback(os.close, here)
    # connection tables of the usual size, unlike the laboratory's
    Namespace.nursery = here
    client, server = Namespace(False), Namespace(False)
    stack.callback(client.close)
    stack.callback(server.close)
    client.run(['ip', 'link', 'add', 'veth0', 'type', 'veth', 'peer', 'name', 'veth0', 'netns',
                '/proc/%d/fd/%d' % (os.getpid(), server.fd)])
    for namespace, addresses in ((client, (CLIENT,)), (server, SERVERS)):
        namespace.ip(*('address add %s/24 dev veth0' % a for a in addresses),
                     'link set veth0 mtu 1500 txqueuelen 10000 up')
        namespace.run(['ethtool', '-K', 'veth0', 'tso', 'off', 'gso', 'off', 'gro', 'off', 'rx',
                       'off', 'tx', 'off'])
    client.sysctl(ip_local_port_range='1024 65535')
    return client, server


def web_server(stack, namespace, folder):
    """nginx as nobody, ended when the stack unwinds."""
    home = folder / 'nginx'
    stack.callback(shutil.rmtree, home, ignore_errors=True)
    (home / 'files').mkdir(parents=True, exist_ok=True)
    (home / 'files' / 'small').write_text('hello\n' * 40)
    (home / 'files' / 'large').write_bytes(b'0123456789abcdef' * (FILE_BYTES // 16))
    stack.enter_context(nginx(namespace, str(home), PORT, LOCATIONS, REQUESTS_KEPT))


def end(process):
    """End a process that we started."""
    process.terminate()
    process.wait()


@contextlib.contextmanager
def capture(namespace, path):
    """tcpdump while the block runs; an error if it dropped a packet."""
    with namespace.inside():
        dump = subprocess.Popen(['tcpdump', '-n', '-i', 'veth0', '-B', str(RING_KIB), '-Z', 'root',
                                 '-w', str(path), 'tcp'],
                                stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    while 'listening on' not in (line := dump.stderr.readline()):
        if not line:
            raise RuntimeError('tcpdump does not start')
    try:
        yield
        wait_until_written(path)
    finally:
        dump.terminate()
        messages = dump.communicate()[1]
    counts = [int(n)
              for n in re.findall(r'(\d+) packets? (?:captured|received by filter|dropped by '
                                  r'kernel)', messages)]
    if len(counts) != 3 or counts[0] != counts[1] or counts[2] != 0:
        raise RuntimeError('tcpdump: ' + messages.strip())


def wait_until_written(path):
    """Wait until tcpdump has emptied its ring: the file grows no more."""
    size = -1
    while size != os.stat(path).st_size:
        size = os.stat(path).st_size
        time.sleep(SETTLE_S)


def generate(namespace, workload, target):
    """Bursts of all loads at once until the device has passed enough packets."""
    limit = 20 + target // 10000
    for _ in range(limit):
        with namespace.inside():
            running = [subprocess.Popen(command(load), stdin=subprocess.DEVNULL,
                                        stdout=subprocess.DEVNULL)
                       for load in workload.loads]
        for process in running:
            if process.wait() != 0:
                raise RuntimeError('wrk failed')
        if packets_passed(namespace) >= target + target // 100:
            return
    raise RuntimeError('%s: too few packets after %d bursts' % (workload.name, limit))


def command(load):
    """The command line of one wrk; a download lasts longer than a burst."""
    words = ['wrk', '-t', '1', '-c', str(load.connections), '-d', '%ds' % BURST_S]
    for header in load.headers:
        words += ['-H', header]
    return words + ['http://%s:%d%s' % (load.server, PORT, load.path)]


def packets_passed(namespace):
    """Packets that the device has sent and received."""
    with namespace.inside():
        counters = pathlib.Path('/proc/net/dev').read_text()
    row = re.search(r'veth0:(.*)', counters)[1].split()
    return int(row[1]) + int(row[9])


def packet_count(path):
    """Packets of a capture, by capinfos."""
    done = subprocess.run(['capinfos', '-c', '-M', '-T', '-r', str(path)], stdout=subprocess.PIPE,
                          stderr=subprocess.DEVNULL,
                          text=True, check=False)
    match = re.search(r'\t(\d+)\s*$', done.stdout)
    return int(match[1]) if match else 0
