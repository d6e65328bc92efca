#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""How well do the inferred states match what the kernels had? Compares `tcpstory timeline` with the
truth of the laboratory.

    tests/kernel/score.py DIR [NAME...]      of a folder that `lab.py --out DIR` made

Compared is at the middle of every interval in which nothing was in flight. Every scenario and
vantage point weighs the same in the percentages; the matrices count intervals. strict: the state is
the kernel's; set: the kernel's state is possible; size: how many are. LISTEN, CLOSED and "no
socket" count as CLOSED; UNKNOWN matches nothing. Uses SOURCE_DIR and BUILD_DIR as the other tests
do.
"""
import argparse
import collections
import concurrent.futures
import csv
import io
import os
import pathlib
import subprocess
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / 'lib'))

import tshark as ts                                     # noqa: E402

STATES = ('SYN_SENT SYN_RCVD ESTABLISHED FIN_WAIT_1 FIN_WAIT_2 CLOSE_WAIT CLOSING LAST_ACK '
          'TIME_WAIT CLOSED UNKNOWN').split()
VANTAGES = 'client server middle'.split()
SIDES = 'client server'.split()
VIEWS = {'hindsight': [], 'live': ['--live']}

Interval = collections.namedtuple('Interval', 'stream start stop state possible basis')
NOTHING_SAID = Interval(-1, 0, 0, 'CLOSED', {'CLOSED'}, 'nothing')
# beside the kernel's state, `want`
Claim = collections.namedtuple('Claim', 'side want got inside size basis')


def rows(text):
    return csv.DictReader(io.StringIO(text), delimiter='\t', quoting=csv.QUOTE_NONE)


def plain(state):
    """A listening socket is not the connection's own: both kernels and we may call it CLOSED."""
    return 'CLOSED' if state == 'LISTEN' else state


def seconds(text):
    return float('inf') if text == '-' else float(text)


def parse(timeline):
    """{(address, other address): [Interval]} of what `tcpstory timeline --format tsv` printed."""
    found = collections.defaultdict(list)
    for r in rows(timeline):
        local, remote = (r['client'], r['server']) if r['endpoint'] == 'client' else (r['server'],
                                                                                      r['client'])
        possible = {plain(state) for state in (r['state'], *r['possible'].split(','))}
        found[local,
              remote].append(Interval(int(r['stream']), seconds(r['from']), seconds(r['to']),
                                      plain(r['state']), possible,
                                             r['basis']))
    for of_one in found.values():
        of_one.sort(key=lambda i: i[:2])
    return found


def intervals(records, view):
    """What tcpstory infers from a record stream, see parse()."""
    run = subprocess.run([ts.TCPSTORY, 'timeline', '--format', 'tsv', *VIEWS[view], '-'],
                         input=records,
                         capture_output=True, encoding='utf-8', check=False)
    if run.returncode not in (0, 1):
        raise RuntimeError('tcpstory: ' + run.stderr.strip())
    return parse(run.stdout)


def said_at(of_one, t):
    """What we say of an endpoint at a time; a later stream on the same addresses and ports wins."""
    for interval in reversed(of_one):
        if interval.start <= t < interval.stop:
            return interval
    return NOTHING_SAID


def compare(truth, found):
    """A Claim for each end and interval that counts."""
    for r in truth:
        if r['in_flight_to_server'] != '0' or r['in_flight_to_client'] != '0':
            continue
        t = (float(r['t_from']) + float(r['t_to'])) / 2
        for side, local, remote in (('client', r['client'], r['server']),
                                    ('server', r['server'], r['client'])):
            want = plain(r[side + '_state'])
            if want != '-':
                said = said_at(found.get((local, remote), []), t)
                yield Claim(side, want, said.state, want in said.possible, len(said.possible),
                            said.basis)


def score(folder, vantage):
    """{view: claims} of one capture."""
    with open(folder / (vantage + '.pcap'), 'rb') as capture:
        records = ts.tshark(['-q', '-z', 'tcpstate,records'], capture).stdout
    truth = list(rows((folder / 'truth.tsv').read_text()))
    return {view: list(compare(truth, intervals(records, view))) for view in VIEWS}


def anomalies(capture, options):
    """The ids of the anomalies that tcpstory names in a capture."""
    run = subprocess.run([ts.TCPSTORY, 'anomalies', '--format', 'tsv', *options, str(capture)],
                         capture_output=True,
                         encoding='utf-8', check=False)
    return {r['id'] for r in rows(run.stdout)}


def missing_anomalies(out, scenarios):
    """A line for each scenario whose anomaly is named in neither capture."""
    for scenario in scenarios:
        wanted, *options = scenario.shows.split()
        folder = pathlib.Path(out) / scenario.name
        named = set().union(*(anomalies(folder / (side + '.pcap'), options) for side in SIDES))
        if wanted not in named:
            others = ', '.join(sorted(named)) or 'nothing'
            yield f'{scenario.name}: {wanted} is not named, but {others}'


def marks(claims):
    """(strict, set, size): the share of right states, of sets that hold the kernel's, and the mean
    size of sets.
    """
    return (sum(c.want == c.got for c in claims) / len(claims),
            sum(c.inside for c in claims) / len(claims),
            sum(c.size for c in claims) / len(claims))


class Tally:
    """What all captures amount to, for one view."""

    def __init__(self):
        # near or far -> (strict, set, size) of each capture
        self.marks = collections.defaultdict(list)
        self.matrix = collections.defaultdict(collections.Counter)

    def add(self, vantage, claims):
        for where in ('near', 'far'):
            mine = [c for c in claims if (c.side == vantage) == (where == 'near')]
            if mine:
                self.marks[where].append(marks(mine))
        for claim in claims:
            self.matrix[vantage, claim.side][claim.want, claim.got] += 1

    def summary(self, where):
        of_all = self.marks[where]
        strict, of_set, size = (sum(m[i] for m in of_all) / len(of_all) for i in range(3))
        return (
            f'{where:4} strict {100 * strict:6.2f} %  set {100 * of_set:6.2f} %  size {size:.2f}'
                f'  all right in {sum(m[0] == 1 for m in of_all)} of {len(of_all)}')


def matrix_lines(title, counts):
    """A matrix without the rows and columns that are empty."""
    want = [s for s in STATES if any(k[0] == s for k in counts)]
    got = [s for s in STATES if any(k[1] == s for k in counts)]
    yield title
    yield '  %-12s' % 'kernel' + ''.join('%12s' % s for s in got)
    for w in want:
        yield '  %-12s' % w + ''.join('%12s' % (counts[w, g] or '.') for g in got)


def report(tallies):
    """Lines for people."""
    for view, tally in tallies.items():
        for where in sorted(tally.marks, reverse=True):
            yield f'{view:9} {tally.summary(where)}'
    for vantage in VANTAGES:
        for side in SIDES:
            counts = tallies['hindsight'].matrix.get((vantage, side))
            if counts:
                where = 'near' if vantage == side else 'far'
                yield ''
                yield from matrix_lines(
                    f'{side} ({where}), captured at the {vantage}; columns: inferred, hindsight',
                    counts)


def prepare():
    """Complain now if tcpstory or the plugin is missing; call it before threads do."""
    ts.environment()
    if not os.path.exists(ts.TCPSTORY):
        raise FileNotFoundError('no %s: build it first' % ts.TCPSTORY)


def score_folder(out, names=()):
    """Score every capture below a folder; returns the lines of the report."""
    jobs = [(folder, vantage) for folder in sorted(pathlib.Path(out).iterdir()) if not names
            or folder.name in names
            for vantage in VANTAGES if (folder / (vantage + '.pcap')).exists()]
    if not jobs:
        raise SystemExit('score.py: no capture in %s: make some with lab.py --out' % out)
    tallies = {view: Tally() for view in VIEWS}
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for (_, vantage), claims in zip(jobs, pool.map(lambda job: score(*job), jobs)):
            for view, tally in tallies.items():
                tally.add(vantage, claims[view])
    return report(tallies)


def main():
    p = argparse.ArgumentParser(description=__doc__,
                                formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument('dir', metavar='DIR')
    p.add_argument('name', nargs='*', help='only these scenarios')
    a = p.parse_args()
    prepare()
    print('\n'.join(score_folder(a.dir, a.name)))
    return 0


if __name__ == '__main__':
    sys.exit(main())
