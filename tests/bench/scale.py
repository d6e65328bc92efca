# SPDX-License-Identifier: GPL-2.0-or-later
"""Scale: time and memory of `tcpstory report` over 1 to 100 million segments, crowds of connections
and floods.
"""
import pathlib
import re
from dataclasses import dataclass

import commands
import generator
import measure
import stage
import table

TITLE = 'Scale'
MILLION = 1000000
MEMORY_SHARE = 0.5          # of what is available; a command that takes more is ended
BUDGET_S = 900              # a size that would take longer is left out
BOUND = 100000              # --max-connections
LINEAR = 1.25               # time per segment may grow by this factor, with ten times the segments


@dataclass(frozen=True)
class Step:
    """One capture. Segments and concurrency are those at size 1; others: the other tools run, too.
    """
    kind: str
    segments: int
    concurrency: int = 1000
    length: int = 20
    generated: str = 'http'
    others: bool = False
    bounded: bool = False


STEPS = (
    Step('growing', MILLION, others=True),
    Step('growing', 10 * MILLION, others=True),
    Step('growing', 100 * MILLION),
    Step('crowd', 10 * MILLION, MILLION, bounded=True),
    Step('flood', MILLION, generated='flood', bounded=True),
    Step('flood', 10 * MILLION, generated='flood', bounded=True),
)
OTHERS = (commands.TCPTRACE, commands.ARGUS)


def run(context):
    """A row for each step and tool: {kind, tool, segments, connections, wall, cpu, peak, note}."""
    rows, rates = [], {}
    for step in STEPS:
        rows += run_step(context, step, rates)
    return {'rows': rows, 'bound': bound(context)}


def bound(context):
    return max(int(BOUND * context.size), 10)


def run_step(context, step, rates):
    segments = context.scaled(step.segments)
    tools = tools_of(context, step)
    rows = [{'kind': step.kind, 'tool': t.name, 'segments': segments,
             'connections': segments if step.generated == 'flood'
             else min(segments, context.scaled(step.concurrency))}
            for t in tools]
    notes = [left_out(context, row, step, rates) for row in rows]
    if all(notes):
        return [dict(row, note=note) for row, note in zip(rows, notes)]
    path = generator.make(context.work, segments, context.scaled(step.concurrency), step.length,
                          step.generated)
    try:
        for row, note, tool in zip(rows, notes, tools):
            context.say('scale, %s, %d segments, %s' % (step.kind, segments, tool.name))
            row.update({'note': note} if note else run_tool(tool, path))
            if row.get('wall'):
                rates[step.generated, tool.name] = row['wall'] / segments
    finally:
        path.unlink()
    return rows


def left_out(context, row, step, rates):
    """Why a run cannot be made, or ''. How long it takes is expected from the last one of its kind.
    """
    if not generator.room_for(context.work, row['segments']):
        return 'left out: no room on the disk'
    wanted_s = rates.get((step.generated, row['tool']), 0) * row['segments']
    return 'left out: would take %d minutes' % (wanted_s / 60) if wanted_s > BUDGET_S else ''


def run_tool(tool, path):
    """The figures of one run, for its row."""
    try:
        figures = measure.watch(tool, path, MEMORY_SHARE * available())
    except RuntimeError as e:
        return {'note': 'failed: ' + ' '.join(str(e).split())[:80]}
    return {name: (getattr(figures, name) or [None])[0]
            for name in ('wall', 'cpu', 'peak')} | {'note': figures.note}


def tools_of(context, step):
    tools = [commands.tcpstory()]
    if step.bounded and stage.tcpstory_has('--max-connections'):
        tools.append(commands.tcpstory('--max-connections %d' % bound(context),
                                       'tcpstory, bounded'))
    return tools + (commands.installed(OTHERS) if step.others else [])


def available():
    """Memory that is free or can be freed, in bytes."""
    found = re.search(r'MemAvailable: *(\d+) kB', pathlib.Path('/proc/meminfo').read_text())
    return int(found[1]) * measure.KIB


# ---- the document ----

def describe(result):
    """Markdown of a result."""
    rows = [[r['kind'], table.grouped(r['segments']), table.grouped(r['connections']), r['tool'],
             table.seconds(r.get('wall')),
             table.seconds(r.get('cpu')), per_million(r), table.megabytes(r.get('peak')), r['note']]
            for r in result['rows']]
    lines = ['Captures of generate.c. *growing* and *crowd*: connections of 20 segments, segments '
             'of different connections mixed by '
             'chance, so many open at a time; *flood*: one SYN from each address. One run each, '
             'with its memory watched. *bounded*: '
             'with `--max-connections %d`.' % result['bound'], '']
    if not any('bounded' in r['tool'] for r in result['rows']):
        lines += ['This build has no `--max-connections`: memory is not bounded.', '']
    lines += table.markdown(('', ' segments', ' connections at a time', '', ' wall s', ' CPU s',
                             ' CPU s per million', ' peak MB', ''),
                            rows) + ['']
    lines += table.markdown(table.GOAL_COLUMNS, [linear(result['rows'])]) + ['']
    return lines + ['![Time over segments](performance/time.svg)',
                    '![Memory over segments](performance/memory.svg)', '']


def per_million(row):
    return table.seconds(row['cpu'] / row['segments'] * MILLION) if row.get('cpu') else '-'


def linear(rows):
    """The goal that time grows as segments do: the two largest of the growing captures."""
    done = [r for r in rows if r['tool'] == 'tcpstory' and r.get('cpu') and r['kind'] == 'growing']
    if len(done) < 2:
        return table.goal('CPU time per segment', None, LINEAR)
    less, more = (r['cpu'] / r['segments'] for r in done[-2:])
    return table.goal('CPU time per segment, with %s segments of that with %s'
                      % tuple(table.grouped(r['segments']) for r in done[:-3:-1]),
                      table.ratio(more, less), LINEAR)


def series(result, value):
    """{tool: [(segments, value)]} of the growing captures, for a plot."""
    lines = {}
    for row in result['rows']:
        if row['kind'] == 'growing' and row.get(value):
            lines.setdefault(row['tool'], []).append((row['segments'], row[value]))
    return lines
