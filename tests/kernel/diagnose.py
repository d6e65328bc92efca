#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Make labelled troubles of real TCP; compare what tcpstory incidents says first with the label.

    tests/run diagnosis [--seed S] [--draws N] [LABEL...]
    tests/run diagnosis --score DIR        score a batch again that --keep has left

Each draw has random sizes and times, random healthy traffic beside the trouble, and is captured at
the client, at the server and in the middle. Prints the confusion matrix: right first, right among
the first two, what was said instead. Needs root and nftables; exit status 77 where it cannot run.
"""
import argparse
import collections
import functools
import json
import pathlib
import subprocess
import sys
import tempfile
import time
import traceback

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

import score  # noqa: E402
from diagnosis import HELD_OUT, LABELS
from diagnosis.labels import healthy  # noqa: E402
from diagnosis.place import Place  # noqa: E402
from randlab.talk import Dice  # noqa: E402
from tcplab import netns, pool  # noqa: E402
from tcplab.pcap import Capture  # noqa: E402

VANTAGES = ('client', 'middle', 'server')
CANNOT_RUN = 77
MAX_LAG_S, BUSY, FEW = 0.25, 'the machine is too busy', 4
ANSWER_S = 60


def arguments():
    p = argparse.ArgumentParser(description=__doc__,
                                formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument('label', metavar='LABEL', nargs='*', help='only these')
    p.add_argument('--seed', metavar='S', type=int, default=1)
    p.add_argument('--draws', metavar='N', type=int, default=20, help='of each label (default 20)')
    p.add_argument('--jobs', metavar='N', type=int, default=12, help='draws at a time (default 12)')
    p.add_argument('--keep', metavar='DIR', type=pathlib.Path, help='the captures stay here')
    p.add_argument('--score', metavar='DIR', type=pathlib.Path,
                   help='draw nothing, score this batch')
    p.add_argument('--misses', action='store_true', help='say which captures were answered wrongly')
    p.add_argument('--list', action='store_true', help='list the labels')
    return p.parse_args()


# ---- drawing ----

def draw(item, out):
    """Make the captures of a label and a seed; what went wrong, or ''."""
    name, seed = item
    label, dice = LABELS[name], Dice('%s %d' % (name, seed))
    try:
        place = Place(dice)
        place.spoil = lambda vantage, frames: frames
        if name != 'healthy':
            healthy(place, label.seconds - 1)
        place.wait(dice.uniform(0, 1))
        label.function(place)
        place.wait(place.began + label.seconds - time.monotonic())
        captures = place.finish()
        if place.wire.lag > MAX_LAG_S:
            return '%s: the wire was %.2f s late\n' % (BUSY, place.wire.lag)
    except Exception:  # one draw's failure is not the batch's
        return traceback.format_exc()
    folder = out / ('%s-%d' % item)
    folder.mkdir(parents=True)
    for vantage, capture in captures.items():
        if vantage in place.blind:
            continue
        spoilt = Capture()
        spoilt.frames = place.spoil(vantage, sorted(capture.frames))
        spoilt.write(folder / (vantage + '.pcap'))
    return ''


def draw_some(items, out, jobs):
    """Draws them, so many at a time; yields (item, what went wrong)."""
    items = sorted(items, key=lambda item: -LABELS[item[0]].seconds)
    for item, problem in pool.run(functools.partial(draw, out=out), items, jobs):
        if problem != '':
            yield item, problem or 'its process died'


def draw_all(names, seeds, out, jobs):
    """Draws; again, fewer at a time, what a busy machine has spoilt. Returns how many failed."""
    problems = list(draw_some([(name, seed) for name in names for seed in seeds], out, jobs))
    busy = [item for item, problem in problems if problem.startswith(BUSY)]
    if busy:
        print('again, as the machine was busy: %d draws' % len(busy), file=sys.stderr)
    failed = [one for one in problems if one[0] not in busy] + list(draw_some(busy, out, FEW))
    for item, problem in failed:
        print('%s %d: %s' % (*item, problem), file=sys.stderr)
    return len(failed)


# ---- scoring ----

Answer = collections.namedtuple('Answer', 'label seed vantage said')


def ask(capture):
    """Names and severities of the incidents, the first one first."""
    done = subprocess.run([score.ts.TCPSTORY, 'incidents', '--format', 'json', str(capture)],
                          capture_output=True, text=True, timeout=ANSWER_S, check=False)
    if done.returncode != 0:
        raise RuntimeError('%s: %s' % (capture, done.stderr))
    return [(one['name'], one['severity']) for one in json.loads(done.stdout)]


def answers(out):
    for folder in sorted(out.iterdir()):
        name, seed = folder.name.rsplit('-', 1)
        for vantage in VANTAGES:
            if (folder / (vantage + '.pcap')).exists():  # else nothing can be seen from there
                yield Answer(name, int(seed), vantage, ask(folder / (vantage + '.pcap')))


def told(answer):
    """What is said: of a trouble that is only worth knowing the infos, too."""
    info = LABELS[answer.label].info
    return [name for name, severity in answer.said if info or severity != 'info']


def place_of(answer):
    """1: the right cause is said first; 2: second; 0: neither."""
    for at, name in enumerate(told(answer)[:2], 1):
        if name in LABELS[answer.label].causes:
            return at
    return 0


def row(name, mine):
    """A line of the matrix, and how often each place came."""
    places = collections.Counter(place_of(a) for a in mine)
    wrong = collections.Counter((told(a) or ['nothing'])[0] for a in mine if place_of(a) != 1)
    by_vantage = ' '.join(
        '%3.0f' % (100 * sum(place_of(a) == 1 for a in mine if a.vantage == v) /
                   max(1, sum(a.vantage == v for a in mine))) for v in VANTAGES)
    line = '%-24s %3d  first %5.1f %%  (%s)  two %5.1f %%  %s' % (
        name, len(mine), 100 * places[1] / len(mine), by_vantage,
        100 * (places[1] + places[2]) / len(mine),
        ', '.join('%s %d' % pair for pair in wrong.most_common(4)))
    return line, places


def healthy_row(mine):
    false = [a for a in mine if told(a)]
    return '%-24s %3d captures, %d with a false incident: %s' % (
        'healthy', len(mine), len(false), ', '.join(sorted({told(a)[0] for a in false})))


def summary(title, counts):
    """counts: of each label how often each place came."""
    total = sum(counts, collections.Counter())
    n = sum(total.values())
    low = sum(one[1] < 0.75 * sum(one.values()) for one in counts)
    return '%s: %d labels, %d captures: right first %.1f %%, first two %.1f %%; below 75 %%: %d' % (
        title, len(counts), n, 100 * total[1] / n, 100 * (total[1] + total[2]) / n, low)


def report(found, misses):
    lines, counts = [], {}
    for name in LABELS:
        mine = [a for a in found if a.label == name]
        if mine and name == 'healthy':
            lines.append(healthy_row(mine))
        elif mine:
            line, counts[name] = row(name, mine)
            lines.append(line)
    held_out = [counts[name] for name in counts if name in HELD_OUT]
    tuned = [counts[name] for name in counts if name not in HELD_OUT]
    if tuned:
        lines.append(summary('labels', tuned))
    if held_out:
        lines.append(summary('labels written after the causes were frozen', held_out))
    if misses:
        lines += ['%s-%d/%s.pcap: %s' % (a.label, a.seed, a.vantage,
                                         ' '.join('%s:%s' % one for one in a.said))
                  for a in found
                  if (place_of(a) != 1 if a.label != 'healthy' else told(a))]
    return lines


def main():
    a = arguments()
    if a.list:
        print('\n'.join('%-24s %s' % (name, ' or '.join(label.causes)) for name,
                        label in LABELS.items()))
        return 0
    unknown = [name for name in a.label if name not in LABELS]
    if unknown:
        sys.exit('diagnose.py: no such label: ' + ' '.join(unknown))
    if not a.score and netns.why_not():
        print('diagnose.py: ' + netns.why_not(), file=sys.stderr)
        return CANNOT_RUN
    score.prepare()
    failed = 0
    with tempfile.TemporaryDirectory() as scratch:
        out = a.score or a.keep or pathlib.Path(scratch)
        if not a.score:
            out.mkdir(parents=True, exist_ok=True)
            failed = draw_all(a.label or list(LABELS), range(a.seed, a.seed + a.draws), out, a.jobs)
        found = [one for one in answers(out) if not a.label or one.label in a.label]
    print('\n'.join(report(found, a.misses)))
    return 1 if failed else 0


if __name__ == '__main__':
    sys.exit(main())
