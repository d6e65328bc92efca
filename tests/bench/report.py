# SPDX-License-Identifier: GPL-2.0-or-later
"""The report path: `tcpstory report`, end to end, against other tools on the same capture."""
import statistics
from dataclasses import asdict

import commands
import measure
import stage
import table
from measure import Figures

TITLE = 'The report path'
WATCHES = 2                 # runs whose memory is watched, of commands that are not slow
TOLERANCE = 1e-4            # argus leaves out a few packets in a million


def run(context):
    """Figures of all tools on all workloads."""
    return {'workloads': {name: compare(context, name, path)
                          for name, path in context.workloads().items()}}


def compare(context, name, path):
    tools = commands.tcpstory_ways() + commands.installed([commands.TCPTRACE,
                                                           commands.CONVERSATIONS, commands.ARGUS,
                                                           commands.CAPINFOS])
    seen = {tool: packets_seen(line, path) for tool, line in commands.PACKETS_SEEN.items()}
    figures = measure.time_in_turn(tools, path, context.rounds,
                                   lambda n: context.say('report, %s, round %d' % (name, n)))
    context.say('report, %s, memory' % name)
    for tool in tools:
        for _ in range(1 if measure.enough(figures[tool.name].wall)
                       else min(WATCHES, context.rounds)):
            watched = measure.watch(tool, path)
            figures[tool.name].peak += watched.peak
            figures[tool.name].largest += watched.largest
    return {'seen': seen, 'lines': {t.name: t.line for t in tools},
            'connections': connections(path),
            'figures': {tool: asdict(f) for tool, f in figures.items()}}


def packets_seen(line, path):
    """The number that a line of PACKETS_SEEN prints, or None."""
    text = stage.shell(line.replace('{file}', path).replace('{tcpstory}',
                                                            stage.tcpstory())).strip().splitlines()
    return int(text[-1]) if text and text[-1].strip().isdigit() else None


def connections(path):
    """Connections of a capture, as tcptrace counts them."""
    text = stage.shell("tcptrace -n -l %s | sed -n 's/^\\([0-9]*\\) TCP connections traced.*/\\1/p'"
                       % path).strip()
    return int(text) if text.isdigit() else None


# ---- the document ----

def describe(result):
    """Markdown of a result."""
    lines = ['`tcpstory report FILE` against other tools: wall time and CPU time of all their '
             'processes, peak memory of all their '
             'processes at a time. Output goes to /dev/null. Medians; least values in brackets. Of '
             'argus\'s wall time, about a second is '
             'waiting: it takes that for a capture of any size.', '']
    for name, compared in result['workloads'].items():
        lines += section(name, compared)
    return lines + command_lines(next(iter(result['workloads'].values())))


def section(name, compared):
    figures = {tool: Figures(**f) for tool, f in compared['figures'].items()}
    rows = [[tool, spread(f.wall), spread(f.cpu), table.megabytes(f.median('peak')),
             seen_by(compared['seen'], tool)]
            for tool, f in figures.items()]
    lines = ['### %s: %s segments, %s connections'
             % (name, table.grouped(compared['seen']['capinfos']),
                table.grouped(compared['connections'])),
             '']
    lines += table.markdown(('', ' wall s', ' CPU s', ' peak MB', ' packets seen'), rows) + ['']
    return lines + table.markdown(table.GOAL_COLUMNS + (' by CPU time',), goals(figures)) + ['']


def goals(figures):
    rows = []
    for tool, one_job in (('tcpstory', False), ('tcpstory --jobs 1', True)):
        if tool in figures:
            rows += goals_of(tool, figures, one_job)
        else:
            rows.append([tool, '-', '', 'this build has no such option', ''])
    return rows


def goals_of(tool, figures, one_job):
    """Rows of goals: ratios of the medians of runs in turn, and for times those of CPU time beside
    them.
    """
    def of(other, name):
        return table.ratio(figures[tool].median(name), figures.get(other, Figures()).median(name))
    rows = []
    for other, wanted in (('tcptrace', 0.5 if one_job else 0.3), ('tshark conv,tcp', 0.15),
                          ('argus and ra', 1)):
        if other == 'tcptrace' or not one_job:
            rows.append(table.goal('%s: wall, of %s' % (tool, other), of(other, 'wall'), wanted)
                        + [table.seconds(of(other, 'cpu'))])
    rows.append(table.goal('%s: memory, of tcptrace' % tool, of('tcptrace', 'peak'), 0.3 if one_job
                           else 0.5) + [''])
    return rows


def seen_by(seen, tool):
    """How many packets a tool has seen; marked when some are missing."""
    count = seen.get(tool, seen['tcpstory'] if tool.startswith('tcpstory') else None)
    if count is None:
        return 'unknown'
    missing = abs(seen['capinfos'] - count) > TOLERANCE * seen['capinfos']
    return table.grouped(count) + (' (**not all**)' if missing else '')


def spread(values):
    return '%.2f (%.2f)' % (statistics.median(values), min(values)) if values else '-'


def command_lines(compared):
    lines = ['The commands:', '']
    for line in compared['lines'].values():
        lines.append('    '
                     + line.replace('{file}', 'FILE').replace(line.split()[0],
                                                              line.split()[0].rsplit('/', 1)[-1],
                                                              1))
    return lines + ['']
