# SPDX-License-Identifier: GPL-2.0-or-later
"""The report path: `tcpstory report`, end to end, against other tools on the same capture.

All tools run in turn, again and again, and a figure is compared with those of its own turn: a load
on the machine that comes and goes meets both.
"""
import re
import statistics
from dataclasses import asdict

import commands
import generator
import measure
import stage
import table
from measure import Figures

TITLE = 'The report path'
WATCHES = 2                 # runs whose memory is watched, of commands that are not slow
TOLERANCE = 1e-4            # argus leaves out a few packets in a million
MIB = 1 << 20

# What is wanted: of nfpcapd's CPU time, of tcptrace's, of our own CPU time as wall time when two
# cores are there, and MiB.
WANTED = {
    'http': {'nfpcapd': 1.0, 'tcptrace': 0.5, 'cores': 0.6, 'peak': 100},
    'full': {'nfpcapd': 0.6, 'tcptrace': 0.5},
    'scan': {'nfpcapd': 1.5, 'tcptrace': 0.5, 'cores': 0.6, 'peak': 300},
}


def run(context):
    """Figures of all tools on all workloads."""
    return {'workloads': {name: compare(context, name, path)
                          for name, path in (context.workloads() | context.scan()).items()}}


def compare(context, name, path):
    tools = commands.tcpstory_ways() + commands.installed(
        [commands.nfpcapd(), commands.ARGUS, commands.TCPTRACE, commands.CONVERSATIONS,
         commands.CAPINFOS]) + [commands.floor()]
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
    for place, value in (('{file}', path), ('{tcpstory}', stage.tcpstory()),
                         ('{floor}', generator.program('floor')),
                         ('{flows}', stage.folder('flows'))):
        line = line.replace(place, value)
    text = stage.shell(line).strip().splitlines()
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
             'processes, peak memory of all their processes at a time. Output goes to /dev/null, '
             "nfpcapd's to files. Medians; least values in brackets. Of argus's wall time, about a "
             'second is waiting: it takes that for a capture of any size. *floor*: a loop that '
             'reads the file and touches each TCP header (tests/bench/floor.c).', '',
             "*tcpstory's, of it*: tcpstory's time as a multiple of the other's in the same turn, "
             'the median of all turns, with the least and the most of them in brackets.', '']
    for name, compared in result['workloads'].items():
        lines += section(name, compared)
    return lines + command_lines(next(iter(result['workloads'].values())))


BESIDE = ('nfpcapd', 'argus and ra', 'tcptrace', 'tshark conv,tcp')


def summary(result):
    """What a reader wants to know first: a line of Markdown for each workload."""
    lines = []
    for name, compared in result['workloads'].items():
        figures = {tool: Figures(**f) for tool, f in compared['figures'].items()}
        ours = figures['tcpstory']
        beside = ['%s by %s' % (('%.2g s' % figures[tool].median('wall')), tool)
                  for tool in BESIDE if tool in figures and figures[tool].wall]
        lines.append('- **%s**, %s segments in %s connections: %.2g s and %s MB; %s'
                     % (name, table.grouped(compared['seen']['capinfos']),
                        table.grouped(compared['connections']), ours.median('wall'),
                        table.megabytes(ours.median('peak')), ', '.join(beside)))
    return lines


def section(name, compared):
    figures = {tool: Figures(**f) for tool, f in compared['figures'].items()}
    ours = figures['tcpstory']
    rows = [[tool, spread(f.wall), spread(f.cpu), table.megabytes(f.median('peak')),
             seen_by(compared['seen'], tool)]
            + ['' if f is ours else in_turn(ours.cpu, f.cpu),
               '' if f is ours else in_turn(ours.wall, f.wall)]
            for tool, f in figures.items()]
    lines = ['### %s: %s segments, %s connections'
             % (name, table.grouped(compared['seen']['capinfos']),
                table.grouped(compared['connections'])),
             '']
    lines += table.markdown(('', ' wall s', ' CPU s', ' peak MB', ' packets seen',
                             " tcpstory's CPU, of it", " tcpstory's wall, of it"), rows) + ['']
    return lines + table.markdown(table.GOAL_COLUMNS, goals(WANTED[name], figures)) + ['']


def ratios(ours, others):
    """Ours as multiples of another's in the same turns."""
    return [mine / other for mine, other in zip(ours, others) if other > 0]


def in_turn(ours, others):
    """The median of the ratios, with the least and the most."""
    found = ratios(ours, others)
    return '%.2f (%.2f to %.2f)' % (statistics.median(found), min(found), max(found)) if found \
        else '-'


def goals(wanted, figures):
    ours = figures['tcpstory']
    rows = []
    for other in ('nfpcapd', 'tcptrace'):
        found = ratios(ours.cpu, figures.get(other, Figures()).cpu)
        rows.append(table.goal('CPU time, of ' + other,
                               statistics.median(found) if found else None, wanted[other]))
    if 'cores' in wanted:
        rows.append(table.goal('wall time, of CPU time: both cores work',
                               statistics.median(ratios(ours.wall, ours.cpu)), wanted['cores']))
    if 'peak' in wanted:
        rows.append(table.goal('memory', (ours.median('peak') or 0) / MIB, wanted['peak'],
                               unit=' MiB', digits=0))
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


def as_typed(line):
    """A command without the paths of this machine."""
    program = line.split()[0]
    line = re.sub(r'-w /\S+', '-w FOLDER', line.replace('{file}', 'FILE'))
    return line.replace(program, program.rsplit('/', 1)[-1], 1)


def command_lines(compared):
    lines = ['The commands:', '']
    lines += ['    ' + as_typed(line) for line in compared['lines'].values()]
    return lines + ['']
