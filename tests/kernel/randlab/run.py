# SPDX-License-Identifier: GPL-2.0-or-later
"""Plays the scenario of a seed and writes its folders, in the format of tests/kernel/README.md.

NAME holds the captures as they were made, NAME.KIND the same run as a worse capture shows it.
"""
import signal
import traceback
from collections import namedtuple

from tcplab.pcap import Capture
from tcplab.truth import CALL_COLUMNS, COLUMNS, seconds, table

from . import truth, worse
from .actors import Programmes
from .plan import Draft
from .stage import Stage

GRACE_S = 90
INDEX = 'name seed troubles capture captureinfo seconds conns checkpoints description'.split()

# Lines of INDEX.tsv, why the run is left out or '', and what verify() found.
Outcome = namedtuple('Outcome', 'index problem same different')


def play(seed, out, impaired):
    """Run the scenario in this process, which ends with it."""
    draft = Draft(seed)
    signal.alarm(int(draft.seconds) + GRACE_S)
    try:
        stage = Stage(draft)
        Programmes(stage).run()
        stage.finish()
        if stage.problems or stage.lost():
            raise truth.Unusable((stage.problems or ['the captures lack frames'])[0])
        return keep(stage, out, impaired)
    except truth.Unusable as e:
        return Outcome([], str(e), 0, [])
    except Exception:  # one scenario's failure is not the batch's
        return Outcome([], traceback.format_exc(), 0, [])


def keep(stage, out, impaired):
    """Write the folders of a run."""
    draft, rows = stage.draft, truth.rows(stage)
    captures = {
        vantage: [
            (t, raw) for t, _, segment in truth.segments(capture.frames) for raw in (segment.raw,)
        ]
        for vantage, capture in stage.captures.items()
    }
    if not rows:
        raise truth.Unusable('nothing was quiet')
    index = [write(out, draft, captures, rows)]
    calls = (
        (seconds(row[0]), *(str(value).replace('\n', ' ') for value in row[1:]))
        for row in sorted(stage.truth.rows)
    )
    table(out / draft.name / 'calls.tsv', CALL_COLUMNS, calls)
    if impaired and draft.capture != 'none':
        index += write_worse(out, draft, captures, rows)
    return Outcome(index, '', *truth.verify(stage, rows))


def write_worse(out, draft, captures, rows):
    """The folder of the worse capture, unless nothing can be asked of it."""
    found, known, done, kept = worse.impair(draft, captures, rows)
    known = list(known)
    if known and found['client'] and found['server']:
        return [write(out, draft, found, known, (draft.capture, done, kept))]
    return []


def write(out, draft, captures, rows, capture=('none', '', worse.KEPT)):
    """A folder; returns its line of INDEX.tsv."""
    kind, done, kept = capture
    name = draft.name if kind == 'none' else '%s.%s' % (draft.name, kind)
    folder = out / name
    folder.mkdir(parents=True)
    for vantage, frames in captures.items():
        one = Capture()
        one.frames, one.snap = frames, kept
        one.write(folder / (vantage + '.pcap'))
    table(
        folder / 'truth.tsv',
        COLUMNS,
        (
            (seconds(row.start), seconds(row.stop), 0, 0, *row.pair, row.client, row.server, '')
            for row in rows
        ),
    )
    return (
        name,
        draft.seed,
        '+'.join(draft.troubles) or 'ordinary',
        kind,
        done,
        '%.1f' % draft.seconds,
        len(draft.connections),
        len(rows),
        draft.description,
    )
