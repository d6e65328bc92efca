# SPDX-License-Identifier: GPL-2.0-or-later
"""The annotating path: what tshark (and with it the GUI) needs more with the plugin than without.
"""
import callgrind
import measure
import table
import workload
from measure import Command

TITLE = 'The annotating path'
FEW, MANY = 20000, 60000    # packets that callgrind counts
PACKETS = 400000            # whose memory is measured

# Each way without and with the plugin. The first one asks for nothing of the plugin, so that it has
# nothing to do.
WAYS = (('summary', ('tshark -n -c {count} -r {file}',) * 2),
        ('states, single pass', ('tshark -n -q -z icmp,srt -c {count} -r {file}',
                                 'tshark -n -q -z tcpstate -c {count} -r {file}')),
        ('two passes, as the GUI', ('tshark -n -2 -c {count} -r {file}',) * 2))
COUNTED = WAYS[:2]          # the ways whose instructions are counted


def pair(lines):
    """The commands without and with the plugin."""
    return Command('tshark', lines[0], plugin=False), Command('tshark with plugin', lines[1])


def run(context):
    """Instructions and memory, without and with the plugin."""
    return {'workloads': {name: overhead(context, name, path)
                          for name, path in context.workloads().items()}}


def overhead(context, name, path):
    few, many = context.scaled(FEW), context.scaled(MANY)
    counts = {}
    for way, lines in COUNTED:
        context.say('annotate, %s, instructions, %s' % (name, way))
        counts[way] = [callgrind.per_packet(c, path, few, many) for c in pair(lines)]
    packets = min(context.scaled(PACKETS), workload.packet_count(path))
    memory = {}
    for way, lines in WAYS:
        context.say('annotate, %s, memory, %s' % (name, way))
        memory[way] = [measure.watch(c, path).median('peak')
                       for c in pair([line.replace('{count}', str(packets)) for line in lines])]
    return {'instructions': counts, 'memory': memory, 'packets': packets,
            'connections': streams(path, packets)}


def streams(path, packets):
    """Connections among the first packets."""
    text = measure.stage.shell('tshark -n -c %d -r %s -T fields -e tcp.stream | sort -n | tail -n 1'
                               % (packets, path), plugin=False)
    last = text.strip().splitlines()[-1:]
    return int(last[0]) + 1 if last and last[0].isdigit() else None


# ---- the document ----

def describe(result):
    """Markdown of a result."""
    lines = ['tshark with the plugin against the same tshark without it (WIRESHARK_PLUGIN_DIR '
             'names an empty folder), both in the same '
             'environment. *summary* is `tshark -n -r FILE`, which asks for nothing of the plugin; '
             '*states, single pass* is `tshark -n -q -z tcpstate -r FILE` against `-z icmp,srt`, '
             'which has nothing to do; '
             '*two passes, as the GUI* is `tshark -n -2 -r FILE`. Instructions are by callgrind, '
             'between the first and the last of the packets '
             'counted, so that starting is not in them. Memory is the difference of the peaks.', '']
    goals, rows = [], []
    for name, found in result['workloads'].items():
        for way, (plain, plugin) in found['instructions'].items():
            rows.append(['%s, %s' % (name, way), '%.1f k' % (plain / 1e3),
                         '%.1f k' % (plugin / 1e3)])
            goals.append(table.goal('%s: instructions, more than plain, %s' % (name, way),
                                    100 * (plugin / plain - 1), 5, unit=' %'))
        for way, (before, after) in found['memory'].items():
            goals.append(table.goal('%s: memory per segment, %s' % (name, way),
                                    (after - before) / found['packets'], 16, unit=' B'))
    lines += table.markdown(('instructions per packet', ' tshark', ' with plugin'), rows) + ['']
    lines += table.markdown(table.GOAL_COLUMNS, goals) + ['']
    return lines + [sentence(name, found) for name, found in result['workloads'].items()] + ['']


def sentence(name, found):
    """What the memory of a workload is made of."""
    before, after = next(iter(found['memory'].values()))
    words = '- %s: %d segments of %s connections' % (name, found['packets'], found['connections'])
    if found['connections']:
        words += ', so %d B for each connection' % ((after - before) / found['connections'])
    return words + '; tshark itself takes %s MB.' % table.megabytes(before)
