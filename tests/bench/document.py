# SPDX-License-Identifier: GPL-2.0-or-later
"""Writes the document and draws its plots."""
import shutil
import subprocess

import machine
import report
import scale
import workload

BUSY = 0.7                  # load average of others, above which wall times are doubtful

HEAD = """# How fast, and how much memory

Written by `tests/run bench`, not by hand.

%s
On %s.

Workloads are made with real sockets, nginx under wrk in two network namespaces, captured without a
dropped packet; the scan by tests/bench/generate.c.
%s

Every tool reads the same file from the page cache. Times are hyperfine's, of runs in turn; memory
is sampled in runs of its own: the resident pages of all processes of a command at a time, shared
ones once. tshark runs as an unprivileged user without preferences; argus and ra read no
configuration.
"""

PLOT = """set terminal svg size 720,420 font 'sans-serif,13' background 'white'
set output '%(path)s'
set logscale xy
set grid
set key left top
set format x '%%.0s%%c'
set format y '%%.0s%%c'
set xlabel 'segments'
set ylabel '%(label)s'
plot %(curves)s
"""


def write(path, parts):
    """parts: {name: (module, result)}."""
    described = [(w.name, w.description) for w in workload.WORKLOADS] + [('scan', workload.SCAN)]
    loads = '\n'.join('- %s: %s' % row for row in described)
    lines = (HEAD % (in_short(parts), machine.describe(), loads)).splitlines() + ['']
    for module, result in parts.values():
        lines += ['## ' + module.TITLE, ''] + module.describe(result) + [taken(result), '']
    lines += ['## Versions', '', ', '.join(' '.join(row) for row in machine.versions()) + '.']
    path.write_text('\n'.join(lines) + '\n')
    if 'scale' in parts:
        draw(path.parent / path.stem, parts['scale'][1])


def in_short(parts):
    """What `tcpstory report` takes, before all tables; '' when it was not measured."""
    if 'report' not in parts:
        return ''
    return '\n'.join(['In short: what `tcpstory report` takes, and what others take that tell of '
                      'connections:', '', *report.summary(parts['report'][1]), '',
                      'Memory goes with the number of connections, and a long one takes no more '
                      'than a short one; [scale.md](scale.md) says how to bound it.', ''])


def taken(result):
    """Of what source the figures of a part are, and what spoils them."""
    words = 'Commit %s, %.0f minutes, runs of each command: %d.' % (result['commit'],
                                                                    result['taken_s'] / 60,
                                                                    result['rounds'])
    if result['size'] != 1:
        words += ' **Workloads are %g of the full size.**' % result['size']
    if result['load'] > BUSY:
        words += (' **The machine was busy (load %.1f): ratios of CPU time say more than those of '
                  'wall time.**' % result['load'])
    return words


def draw(folder, result):
    """The plots of the scale, if gnuplot is there."""
    if shutil.which('gnuplot') is None:
        return
    folder.mkdir(exist_ok=True)
    plot(folder / 'time.svg', 'wall time, seconds', scale.series(result, 'wall'))
    plot(folder / 'memory.svg', 'peak memory, bytes', scale.series(result, 'peak'))


def plot(path, label, series):
    """One plot with a curve for each tool."""
    if not series:
        return
    curves, data = [], ''
    for tool, points in series.items():
        curves.append("'-' using 1:2 with linespoints linewidth 2 title '%s'" % tool)
        data += ''.join('%d %g\n' % point for point in sorted(points)) + 'e\n'
    subprocess.run(['gnuplot'],
                   input=PLOT % {'path': path, 'label': label, 'curves': ', '.join(curves)} + data,
                   text=True, check=True)
