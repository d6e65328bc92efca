#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Draw random scenarios of real TCP, run them, and compare what is inferred with the truth.

    tests/run kernel --random SEED COUNT [OPTION...]      the scenarios of seeds SEED, SEED + 1, ...
    tests/run kernel --random --score DIR [OPTION...]     score a batch that --keep has left

Prints accuracy near, far, in the middle and joined (the captures of both ends as one), by kind of
trouble and by what the capture misses, with 95 % intervals, and how right it is to call a state
proven, presumed, timed or assumed. Needs root, iproute2 and nftables; exit status 77 where it
cannot run. All traffic stays inside namespaces that vanish with this program.
"""
import argparse
import functools
import os
import pathlib
import shutil
import signal
import sys
import tempfile
import time

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

import score  # noqa: E402
from randlab import outcomes, run, tables  # noqa: E402
from randlab.plan import Draft  # noqa: E402
from tcplab import netns, pool, truth  # noqa: E402

TOP = pathlib.Path(__file__).resolve().parent.parent.parent
DOCUMENT = TOP / 'docs' / 'user' / 'accuracy.md'
BEGIN, END = '<!-- random scenarios: begin -->', '<!-- random scenarios: end -->'
CANNOT_RUN, INTERRUPTED = 77, 130
FEW, SHORT_S = 20, 25
CAPTURES, ANSWER_S = 5, 0.04  # of a scenario, on average; a tool's answer about one
DRAWN = 'DRAWN'  # the file of a batch that says how it was drawn


def arguments():
    p = argparse.ArgumentParser(
        description=__doc__,
        usage=argparse.SUPPRESS,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    p.add_argument('seed', metavar='SEED', type=int, nargs='?')
    p.add_argument('count', metavar='COUNT', type=int, nargs='?')
    p.add_argument(
        '--keep', metavar='DIR', type=pathlib.Path, help='the batch stays in this new folder'
    )
    p.add_argument(
        '--score', metavar='DIR', type=pathlib.Path, help='draw nothing, score this batch'
    )
    p.add_argument(
        '--jobs', metavar='N', type=int, default=40, help='scenarios at a time (default 40)'
    )
    p.add_argument(
        '--longest',
        metavar='S',
        type=float,
        help='only scenarios that take at most so many seconds '
        '(default %d for less than %d scenarios)' % (SHORT_S, FEW),
    )
    p.add_argument('--no-impaired', action='store_true', help='only complete captures')
    p.add_argument(
        '--tool',
        metavar='CMD',
        default=score.ts.TCPSTORY,
        help='what is scored: CMD timeline --format tsv [--live] CAPTURE (default: the build)',
    )
    p.add_argument(
        '--against', metavar='CMD', help='another such tool, side by side on the same batch'
    )
    p.add_argument('--document', action='store_true',
                   help='write the tables into docs/user/accuracy.md')
    a = p.parse_args()
    if (a.score is None) == (a.count is None):
        p.error('needs either SEED and COUNT, or --score DIR')
    return a


def seeds(first, count, longest):
    """The next so many seeds whose scenarios are short enough, long ones first."""
    found, seed = [], first
    while len(found) < count:
        seconds = Draft(seed).seconds
        if seconds <= longest:
            found.append((seconds, seed))
        seed += 1
    return [seed for _, seed in sorted(found, reverse=True)]


def estimate(chosen, jobs):
    """About how many seconds it takes to run these and to score them."""
    ends = [0.0] * min(jobs, len(chosen))
    for seed in chosen:
        i = ends.index(min(ends))
        ends[i] += Draft(seed).seconds + 1
    return (
        max(ends) + pool.START_PAUSE_S * len(chosen),
        len(chosen) * CAPTURES * 2 * ANSWER_S / os.cpu_count(),
    )


def draw(a, out):
    """Run the scenarios and write the batch. Returns whether there is something to score."""
    longest = a.longest or (SHORT_S if a.count < FEW else float('inf'))
    chosen = seeds(a.seed, a.count, longest)
    print(
        '%d scenarios, %d at a time: about %.0f s, and then about %.0f s to score them'
        % (len(chosen), min(a.jobs, len(chosen)), *estimate(chosen, a.jobs)),
        flush=True,
    )
    began, index, same, different, left_out = time.monotonic(), [], 0, [], []
    play = functools.partial(run.play, out=out, impaired=not a.no_impaired)
    for seed, outcome in pool.run(play, chosen, a.jobs):
        outcome = outcome or run.Outcome([], 'its process died', 0, [])
        index += outcome.index
        same += outcome.same
        different += outcome.different
        if outcome.problem:
            left_out.append('left out: seed %d: %s' % (seed, outcome.problem))
    truth.table(out / 'INDEX.tsv', run.INDEX, sorted(index))
    (out / DRAWN).write_text('seed %d, Linux %s' % (a.seed, os.uname().release))
    print(
        '%.0f s: %d scenarios, %d rows of truth; of %d samples of a second reader '
        '(/proc/net/tcp) inside rows %d differ'
        % (
            time.monotonic() - began,
            sum(line[3] == 'none' for line in index),
            sum(line[7] for line in index),
            same + len(different),
            len(different),
        )
    )
    print('\n'.join(different + left_out), flush=True)
    return bool(index)


def scored(batch, a):
    """The Score of a batch."""
    views = {view: (a.tool, view) for view in score.VIEWS} | {'naive': (None, 'hindsight')}
    if a.against:
        views |= {view + ' against': (a.against, view) for view in score.VIEWS}
    return tables.Score(outcomes.index(batch), *outcomes.of_batch(batch, views, os.cpu_count()))


def document(batch, of_batch):
    """Replace the section of docs/user/accuracy.md between the marks."""
    drawn = batch / DRAWN
    how = drawn.read_text() if drawn.exists() else 'origin unknown'
    complete = sum(outcomes.is_clean(folder) for folder in of_batch.index)
    lines = [
        '%d random scenarios (%s), and %d worse captures of them.'
        % (complete, how, len(of_batch.index) - complete),
        '',
    ]
    for table in of_batch.all():
        lines += tables.markdown(table)
    text = DOCUMENT.read_text(encoding='utf-8')
    before, rest = text.split(BEGIN)
    DOCUMENT.write_text(
        '%s%s\n%s%s%s' % (before, BEGIN, '\n'.join(lines), END, rest.split(END)[1]),
        encoding='utf-8',
    )


def report(batch, a):
    """Score a batch and print. Returns the exit status."""
    of_batch = scored(batch, a)
    for table in of_batch.all():
        print('\n'.join(tables.text(table)))
    for failure in of_batch.failures:
        print('FAILED', failure)
    if a.document and not of_batch.failures:
        document(batch, of_batch)
    return 1 if of_batch.failures else 0


def why_not():
    """Why nothing can be drawn here, or ''."""
    return netns.why_not() or ('' if shutil.which('nft') else 'nftables is missing')


def main():
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    a = arguments()
    if a.score:
        return report(a.score, a)
    if why_not():
        print('draw.py: ' + why_not(), file=sys.stderr)
        return CANNOT_RUN
    if a.keep and a.keep.exists():
        sys.exit('draw.py: %s exists' % a.keep)
    with tempfile.TemporaryDirectory(prefix='tcpstory-random-') as scratch:
        out = a.keep or pathlib.Path(scratch)
        out.mkdir(parents=True, exist_ok=True)
        return report(out, a) if draw(a, out) else 1


if __name__ == '__main__':
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
