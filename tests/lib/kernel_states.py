# SPDX-License-Identifier: GPL-2.0-or-later
"""Does `tcpstory netstat --at TIME` print what the kernels' own `ss -tan` showed then?

A truth (docs in tests/kernel/README.md) says from when to when two kernels had which states. Asked
at the middle of its rows, netstat should have the same rows: a socket in that state, none for
CLOSED. Asked is where nothing is on the wire, for then both hosts have seen what the capture shows.
"""
import collections
import csv

import command
from tshark import tshark

# ss and our engine name them as RFC 9293 does, netstat as it always has
NETSTAT = {'SYN_RCVD': 'SYN_RECV', 'FIN_WAIT_1': 'FIN_WAIT1', 'FIN_WAIT_2': 'FIN_WAIT2'}
MOST_MOMENTS = 12
SHORTEST_S = 0.002

# agrees: the same state. doubted: another one, with a question mark. differs: another one, said to
# be certain.
Answer = collections.namedtuple('Answer', 'verdict at local foreign kernel netstat')


def moments(truth):
    """Rows of a truth to ask about: each labelled one, and the longest of the others."""
    with open(truth, encoding='utf-8', newline='') as file:
        rows = list(csv.DictReader(file, delimiter='\t'))
    still = [row for row in rows
             if row['in_flight_to_server'] == row['in_flight_to_client'] == '0']
    lasting = [row for row in still
               if float(row['t_to']) - float(row['t_from']) >= SHORTEST_S or row['label']]
    lasting.sort(key=lambda row: (not row['label'], float(row['t_from']) - float(row['t_to'])))
    return lasting[:MOST_MOMENTS]


def sockets(records, at):
    """What netstat prints: (local, foreign) -> [(state, certain)]."""
    done = command.run('netstat', '--at', '%.6f' % at, '-', text=records)
    assert done.status == 0, done.err
    found = collections.defaultdict(list)
    for line in done.out.splitlines()[2:]:
        words = line.split()
        found[words[3], words[4]].append((words[5], words[6:7] != ['?']))
    return found


def judge(kernel, rows):
    """One end: the kernel's state against the rows that netstat has for it."""
    wanted = NETSTAT.get(kernel, kernel)
    states = [state for state, _ in rows] or ['CLOSED']
    if wanted in states:
        return 'agrees'
    return 'differs' if all(certain for _, certain in rows) else 'doubted'


def compare(capture, truth):
    """Asks at several moments; yields an Answer for each end whose state is known."""
    records = tshark(['-q', '-z', 'tcpstate,records'], capture, check=True, text=False).stdout
    for row in moments(truth):
        at = (float(row['t_from']) + float(row['t_to'])) / 2
        found = sockets(records, at)
        client, server = (row[end].replace('[', '').replace(']', '')
                          for end in ('client', 'server'))
        for ends, kernel in (((client, server), row['client_state']),
                             ((server, client), row['server_state'])):
            if kernel != '-':
                rows = found[ends]
                yield Answer(judge(kernel, rows), at, *ends, kernel,
                             '/'.join(state for state, _ in rows) or 'none')
