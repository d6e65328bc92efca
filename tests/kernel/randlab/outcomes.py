# SPDX-License-Identifier: GPL-2.0-or-later
"""Scores a batch: what tools say of each capture beside what the kernels had.

A tool is a command that prints `TOOL timeline --format tsv [--live] CAPTURE` as tcpstory does; with
`--join=taps` of the captures of both ends.
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

JOINED = 'joined'  # a vantage: the captures of both ends as one

# The claims of one capture about one end: folder, vantage, near, far, middle or joined.
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


def captures_of(folder, vantage):
    """Their paths."""
    sides = score.SIDES if vantage == JOINED else [vantage]
    return [folder / (side + '.pcap') for side in sides]


def ask(tool, view, captures):
    """What a tool says of a capture, or of those of both ends, see score.parse()."""
    options = [*score.VIEWS[view], *(['--join=taps'] if len(captures) > 1 else [])]
    run = subprocess.run(
        shlex.split(tool) + ['timeline', '--format', 'tsv', *options, *map(str, captures)],
        timeout=TIMEOUT_S,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding='utf-8',
        check=False,
    )
    if run.returncode not in (0, 1):
        raise RuntimeError(
            '%s: %s: exit status %d: %s'
            % (tool, captures[0], run.returncode, run.stderr.strip()[-300:])
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
    captures = captures_of(folder, vantage)
    frames = [(t, raw) for capture in captures for t, raw, _ in pcap.read(capture)]
    seen = pairs(frames)
    rows = [
        row
        for row in score.rows((folder / 'truth.tsv').read_text())
        if frozenset((row['client'], row['server'])) in seen
    ]
    found = {}
    for name, (tool, view) in views.items():
        if tool is None and vantage == JOINED:
            continue  # the naive machine takes one capture
        said = ask(tool, view, captures) if tool else naive.timeline(frames)
        found[name] = list(marks(folder.name, vantage, score.compare(rows, said)))
    return found


def marks(folder, vantage, claims):
    """Claims by where their end is; from the middle both are far, joined each for itself."""
    by_where = collections.defaultdict(list)
    for claim in claims:
        if vantage == JOINED:
            by_where[claim.side, JOINED].append(claim)
        elif vantage == 'middle':
            by_where[vantage, 'middle'].append(claim)
        else:
            by_where[vantage, 'near' if claim.side == vantage else 'far'].append(claim)
    for (of_vantage, where), of_where in by_where.items():
        yield Marks(folder, of_vantage, where, of_where)


def of_batch(batch, views, jobs):
    """({name: [Marks]} of all captures, the failures of tools)."""
    captures = [
        (batch / folder, vantage)
        for folder in sorted(index(batch))
        for vantage in (*score.VANTAGES, JOINED)
        if all(path.exists() for path in captures_of(batch / folder, vantage))
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
