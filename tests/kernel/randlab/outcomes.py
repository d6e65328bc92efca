# SPDX-License-Identifier: GPL-2.0-or-later
"""Scores a batch: what tools say of each capture beside what the kernels had.

A tool is a command that prints `TOOL timeline --format tsv [--live] CAPTURE` as tcpstory does.
Rows of connections of which a capture holds no segment are left out: nothing can be said of them.
"""
import collections
import concurrent.futures
import csv
import shlex
import struct
import subprocess

import score
from tcplab import pcap

from . import naive, truth

TIMEOUT_S = 300

# The claims of one capture about one end: folder, vantage, near, far or middle.
Marks = collections.namedtuple('Marks', 'folder vantage where claims')


def index(batch):
    """{folder: its line of INDEX.tsv}."""
    with open(batch / 'INDEX.tsv', encoding='utf-8', newline='') as lines:
        return {
            row['name']: row
            for row in csv.DictReader(lines, delimiter='\t', quoting=csv.QUOTE_NONE)
        }


def seed(folder):
    """The scenario of a folder: the unit of resampling."""
    return folder.partition('.')[0]


def is_clean(folder):
    """The folder holds captures as they were made."""
    return '.' not in folder


def ask(tool, view, capture):
    """What a tool says of a capture, see score.parse()."""
    run = subprocess.run(
        shlex.split(tool) + ['timeline', '--format', 'tsv', *score.VIEWS[view], str(capture)],
        timeout=TIMEOUT_S,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding='utf-8',
        check=False,
    )
    if run.returncode not in (0, 1):
        raise RuntimeError(
            '%s: %s: exit status %d: %s'
            % (tool, capture, run.returncode, run.stderr.strip()[-300:])
        )
    return score.parse(run.stdout)


def pairs(frames):
    """The pairs of ends of which there is a segment."""
    return {
        frozenset((segment.sender, segment.receiver))
        for _, _, segment in truth.segments(frames)
        if not segment.icmp
    }


def of_capture(folder, vantage, views):
    """{name: [Marks]} of one capture; views: {name: (tool or None for the naive machine, view)}."""
    capture = folder / (vantage + '.pcap')
    frames = [(t, raw) for t, raw, _ in pcap.read(capture)]
    seen = pairs(frames)
    rows = [
        row
        for row in score.rows((folder / 'truth.tsv').read_text())
        if frozenset((row['client'], row['server'])) in seen
    ]
    found = {}
    for name, (tool, view) in views.items():
        said = ask(tool, view, capture) if tool else naive.timeline(frames)
        found[name] = list(marks(folder.name, vantage, score.compare(rows, said)))
    return found


def marks(folder, vantage, claims):
    """Claims by where their end is; from the middle both are far."""
    by_where = collections.defaultdict(list)
    for claim in claims:
        by_where[
            'middle' if vantage == 'middle' else 'near' if claim.side == vantage else 'far'
        ].append(claim)
    for where, of_where in by_where.items():
        yield Marks(folder, vantage, where, of_where)


def of_batch(batch, views, jobs):
    """({name: [Marks]} of all captures, the failures of tools)."""
    captures = [
        (batch / folder, vantage)
        for folder in sorted(index(batch))
        for vantage in score.VANTAGES
        if (batch / folder / (vantage + '.pcap')).exists()
    ]
    found, failures = {name: [] for name in views}, []

    def job(capture):
        try:
            return of_capture(*capture, views)
        except (RuntimeError, ValueError, struct.error, subprocess.TimeoutExpired) as e:
            failures.append('%s/%s: %s' % (capture[0].name, capture[1], e))
            return {}

    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        for of_one in pool.map(job, captures):
            for name, some in of_one.items():
                found[name] += some
    return found, failures
