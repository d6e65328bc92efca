#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Run scenarios of real TCP in network namespaces and keep captures, kernel states and socket
calls.

Each scenario has a folder in DIR: client.pcap, server.pcap (middle.pcap), truth.tsv and calls.tsv;
DIR/INDEX.tsv lists them. Needs root (CAP_NET_ADMIN, CAP_SYS_ADMIN). All traffic stays inside
namespaces that the lab makes and that vanish with it.
"""
import argparse
import functools
import pathlib
import sys
import tempfile
import time

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

import scenarios                                        # noqa: E402
import score                                            # noqa: E402
from tcplab import collect, edges, model, netns, pool   # noqa: E402

WAITS_S = 60
FEW = 3
CANNOT_RUN = 77
INDEX_COLUMNS = 'name description vantages scripted_peer checkpoints undecidable'.split()


def arguments():
    p = argparse.ArgumentParser(description=__doc__,
                                formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument('--out', metavar='DIR',
                   help='where the folders go (default: a temporary folder, removed at the end)')
    p.add_argument('--jobs', metavar='N', type=int, default=12,
                   help='scenarios at a time (default 12)')
    p.add_argument('--list', action='store_true', help='list the scenarios and do nothing')
    p.add_argument('--captures', action='store_true', help='make the files of captures/ anew')
    p.add_argument('--edges', action='store_true',
                   help='say which scenario shows which edge of RFC 9293 figure 5, and require all')
    p.add_argument('--score', action='store_true',
                   help='compare what tcpstory infers with the kernels (needs a build: tests/run '
                        'kernel)')
    p.add_argument('name', nargs='*', help='only these scenarios')
    return p.parse_args()


def chosen(names):
    """The scenarios of these names, slow ones first."""
    known = {s.name: s for s in scenarios.ALL}
    unknown = [n for n in names if n not in known]
    if unknown:
        sys.exit('lab.py: no such scenario: ' + ' '.join(unknown))
    picked = [known[n] for n in names] if names else list(scenarios.ALL)
    return sorted(picked, key=lambda s: -s.slow)


def play(scenario, out):
    """Run a scenario. Returns (failure or '', moves, checkpoints, seconds)."""
    began = time.monotonic()
    return model.play(scenario, out) + (time.monotonic() - began,)


def run_all(picked, out, jobs):
    """Run scenarios, so many at a time, those that only wait for a minute not counted.

    Yields (scenario, failure, moves, checkpoints, seconds) as they end.
    """
    def weight(scenario):
        return scenario.slow < WAITS_S
    for scenario, outcome in pool.run(functools.partial(play, out=out), picked, jobs, weight):
        yield (scenario,) + (outcome or ('its process died', [], 0, 0.0))


def write_index(out, done):
    """DIR/INDEX.tsv: a line for each scenario."""
    with open(pathlib.Path(out) / 'INDEX.tsv', 'w') as f:
        f.write('\t'.join(INDEX_COLUMNS) + '\n')
        for scenario, checkpoints in sorted(done, key=lambda d: d[0].name):
            vantages = ','.join(sorted(p.stem
                                       for p in (pathlib.Path(out) / scenario.name).glob('*.pcap')))
            f.write('\t'.join((scenario.name, scenario.description, vantages, scenario.scripted
                               or '-', str(checkpoints),
                               scenario.undecidable)) + '\n')


def run_once(picked, out, jobs, moves, done):
    """Run and print a line for each; adds to moves and done. Returns the scenarios that failed."""
    failed = []
    for scenario, failure, seen, checkpoints, seconds in run_all(picked, out, jobs):
        if failure:
            failed.append(scenario)
        moves[scenario.name], done[scenario.name] = seen, (scenario, checkpoints)
        print('%-4s %-32s %5.1f s %s'
              % ('FAIL' if failure else 'ok', scenario.name, seconds, failure), flush=True)
    return failed


def run(picked, out, jobs, want_edges):
    """Run, try again what has failed (the machine may have been busy), report. Returns the number
    of failures.
    """
    moves, done, began = {}, {}, time.monotonic()
    failed = run_once(picked, out, jobs, moves, done)
    if failed:
        print('again:')
        failed = run_once(failed, out, FEW, moves, done)
    write_index(out, done.values())
    failures = len(failed)
    if want_edges:
        lines, complete = edges.report(moves)
        print('\n'.join(lines))
        failures += not complete
    print('%d scenarios, %d failures, %.1f s' % (len(done), failures, time.monotonic() - began))
    return failures


def report_score(out, picked):
    """Print what tcpstory made of the captures. Returns how many anomalies it missed."""
    print('\n'.join(score.score_folder(out, {s.name for s in picked})))
    missing = list(score.missing_anomalies(out, [s for s in picked if s.shows]))
    for line in missing:
        print(line)
    return len(missing)


def main():
    a = arguments()
    if a.list:
        for s in scenarios.ALL:
            print('%-32s %s' % (s.name, s.description))
        return 0
    if netns.why_not():
        print('lab.py: ' + netns.why_not(), file=sys.stderr)
        return CANNOT_RUN
    picked = chosen(a.name or (collect.scenario_names() if a.captures else []))
    if a.score:
        score.prepare()
    with tempfile.TemporaryDirectory() as scratch:
        out = a.out or scratch
        pathlib.Path(out).mkdir(parents=True, exist_ok=True)
        failures = run(picked, out, a.jobs, a.edges)
        if a.score:
            failures += report_score(out, picked)
        if a.captures and not failures:
            collect.collect(out, {s.name for s in picked})
    return 1 if failures else 0


if __name__ == '__main__':
    sys.exit(main())
