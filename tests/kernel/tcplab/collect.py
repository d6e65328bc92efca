# SPDX-License-Identifier: GPL-2.0-or-later
"""The captures that the project keeps: which scenario and vantage each comes from, and their table.
"""
import pathlib
import shutil

LIMIT = 100_000
FOLDER = pathlib.Path(__file__).resolve().parents[3] / 'captures'

# name, what it shows; the scenario of the same name made it, at the client unless a vantage is
# named
CAPTURES = (
    ('article-client-closes',
     'the founding article: port 9502, 7 bytes there, 18 back; the client closes; TIME_WAIT is the '
     'last state'),
    ('article-server-closes', 'the same, the server closes: TIME_WAIT is the server\'s'),
    ('article-loopback',
     'the same on 127.0.0.1, as the article captured it; checksums are left to the device'),
    ('ipv6', 'the same over IPv6'),
    ('refused', 'connection refused: SYN, RST'),
    ('syn-unanswered', 'SYN to a black hole: retried at 1 2 3 4 5 7 11 s, given up at 19 s'),
    ('syn-unanswered-then-connected',
     'the same, shorter; the capture goes on and a later attempt succeeds'),
    ('icmp-unreachable', 'SYN answered by ICMP host unreachable'),
    ('fastopen', 'TCP Fast Open: the second connection has data in its SYN'),
    ('simultaneous-open', 'SYN crosses SYN'),
    ('third-ack-lost', 'third ACK lost on the way: the SYN-ACK is repeated'),
    ('accept-queue-overflow',
     'the accept queue overflows: one client is connected to nothing, its data gets RST at last'),
    ('syn-flood', 'forty forged SYNs, an honest client must wait', 'server'),
    ('close-wait-leak', 'the server never closes: CLOSE_WAIT leaks, a late write gets RST'),
    ('half-close-data', 'the client shuts down its sending side, the server goes on'),
    ('three-segment-close', 'FIN, FIN+ACK, ACK'),
    ('simultaneous-close', 'FINs cross: CLOSING, TIME_WAIT on both sides'),
    ('fin-lost', 'the client\'s FIN is lost and repeated'),
    ('last-ack-lost', 'the last ACK is lost: the FIN is repeated and ACKed again'),
    ('port-reuse', 'a new SYN on the same ports reopens TIME_WAIT'),
    ('reset-by-client', 'abort by the client: RST'),
    ('close-unread', 'close() with unread data: RST instead of FIN'),
    ('forged-rst', 'a forged RST, in the window but not exact: challenge ACK, the connection lives',
     'server'),
    ('zero-window', 'the receiver\'s window closes, probes, it opens again'),
    ('keepalive-vanished', 'the client vanishes, keep-alive probes of the server give up with RST',
     'server'),
    ('retransmission-death', 'the server vanishes with data outstanding: retransmissions, silence'),
    ('retransmission-death-later', 'the same; the capture goes on with another connection'),
    ('pile-fin-wait-1', '20 clients vanish, the server closes: FIN_WAIT_1 pile-up', 'server'),
    ('pile-close-wait', '20 clients close, the server does not: CLOSE_WAIT pile-up', 'server'),
    ('pile-time-wait', '20 short connections: TIME_WAIT pile-up'),
    ('several', 'four connections at once, each ends differently'),
    ('client-reboot-reconnect',
     'the client reboots and reconnects from the same port: challenge ACK, RST, SYN again'),
    ('late-start', 'the capture begins on an open connection'),
    ('missing-fin', 'the first FIN is not in the capture'),
    ('middle-lost-before', 'capture in the middle of the wire, a FIN is lost before it', 'middle'),
)

HEAD = """# Captures

Real TCP of Linux, made by `tests/kernel/lab.py --captures` (one file: `tests/kernel/lab.py
--captures NAME`; as root). Initial sequence numbers and times differ each time, so the files are
made once and kept. The client is 10.9.0.1 or fd00:9::1, the server 10.9.0.2 or fd00:9::2. Vantage:
on whose host the capture was made. truth/NAME.tsv holds the states that the kernels had meanwhile
(columns: tests/kernel/README.md).

| file | what it shows | vantage | made by |
|---|---|---|---|
"""


def scenario_names():
    """The scenarios that make captures."""
    return [row[0] for row in CAPTURES]


def vantage(row):
    return row[2] if len(row) > 2 else 'client'


def collect(out, names):
    """Copy what the scenarios of these names have made; write the table."""
    (FOLDER / 'truth').mkdir(parents=True, exist_ok=True)
    for row in CAPTURES:
        if row[0] in names:
            _copy(pathlib.Path(out) / row[0], row)
    lines = ('| %s.pcap | %s | %s | `tests/kernel/lab.py --captures %s` |\n'
             % (row[0], row[1], vantage(row), row[0]) for row in CAPTURES)
    (FOLDER / 'README.md').write_text(HEAD + ''.join(lines))


def _copy(folder, row):
    source = folder / (vantage(row) + '.pcap')
    if source.stat().st_size >= LIMIT:
        raise SystemExit('%s is larger than %d bytes' % (source, LIMIT))
    shutil.copyfile(source, FOLDER / (row[0] + '.pcap'))
    shutil.copyfile(folder / 'truth.tsv', FOLDER / 'truth' / (row[0] + '.tsv'))
