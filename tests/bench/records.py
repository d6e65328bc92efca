# SPDX-License-Identifier: GPL-2.0-or-later
"""tcpstory itself, fed with a record stream from a file: speed on one core, and what its memory
depends on.
"""
import os
import pathlib
import subprocess

import commands
import generator
import measure
import stage
import table
from measure import Command

TITLE = 'Record stream'
CONNECTIONS = 20000
LENGTHS = (20, 200)         # segments of each connection
MEMORY_GROWS = 1.1          # at most, with ten times the segments of as many connections
VERBS = {'sockstat': 'reads, and judges nothing',
         'report': 'reads, and asks the rules about every connection'}


def run(context):
    """Records per second of the workload, and memory for short and long connections."""
    http = context.workloads()['http']
    result = {'speed': speed(context, http), 'memory': []}
    for length in LENGTHS:
        context.say('records, connections of %d segments' % length)
        connections = context.scaled(CONNECTIONS)
        path = generator.make(context.work, connections * length, min(100, connections), length)
        try:
            stream = record_stream(context, path)
            peak = measure.watch(one_core(), stream).median('peak')
        finally:
            path.unlink()
        result['memory'].append({'length': length, 'connections': connections,
                                 'records': count(stream), 'peak': peak})
        stream.unlink()
    return result


def one_core(verb='report'):
    return Command(verb, 'taskset -c 0 ' + commands.tcpstory(verb=verb).line)


def speed(context, capture):
    stream = record_stream(context, capture)
    context.say('records, speed')
    figures = measure.time_in_turn([one_core(verb) for verb in VERBS], stream, context.rounds)
    found = {'records': count(stream), 'bytes': os.path.getsize(stream),
             'verbs': {verb: {'wall': figures[verb].median('wall'),
                              'cpu': figures[verb].median('cpu'),
                              'peak': measure.watch(one_core(verb), stream).median('peak')}
                       for verb in VERBS}}
    stream.unlink()
    return found


def record_stream(context, capture):
    """The record stream of a capture, as a file in the work folder."""
    path = pathlib.Path(context.work) / 'records.tsv'
    with open(path, 'wb') as f:
        subprocess.run(['tshark', '-n', '-q', '-z', 'tcpstate,records', '-r', str(capture)],
                       stdout=f, stderr=subprocess.DEVNULL,
                       check=True, **stage.options())
    path.chmod(0o644)
    return path


def count(path):
    with open(path, 'rb') as f:
        return sum(1 for _ in f)


# ---- the document ----

def describe(result):
    """Markdown of a result."""
    speed_of, memory = result['speed'], result['memory']
    lines = ['`taskset -c 0 tcpstory VERB RECORDS`, the stream being a file that `tshark -q -z '
             'tcpstate,records` wrote of the workload '
             'http: %s records, %s MB.'
             % (table.grouped(speed_of['records']), table.megabytes(speed_of['bytes'])), '']
    verbs = [['%s: %s' % (verb, VERBS[verb]), table.seconds(of['wall']), table.seconds(of['cpu']),
              table.megabytes(of['peak'])]
             for verb, of in speed_of['verbs'].items()]
    lines += table.markdown(('', ' wall s', ' CPU s', ' peak MB'), verbs) + ['',
             'Memory must not grow with the segments of a connection:', '']
    rows = [[m['length'], m['connections'], m['records'], table.megabytes(m['peak'])]
            for m in memory]
    lines += table.markdown((' segments each', ' connections', ' records', ' peak MB'), rows) + ['']
    goals = [table.goal('%s: million records per second of CPU time' % verb,
                        speed_of['records'] / of['cpu'] / 1e6, 5, at_least=True)
             for verb, of in speed_of['verbs'].items()]
    goals += [table.goal('memory, long connections of short ones',
                         memory[1]['peak'] / memory[0]['peak'], MEMORY_GROWS)]
    return lines + table.markdown(table.GOAL_COLUMNS, goals) + ['']
