#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""How far tcpstory's conn.log agrees with Zeek's, column by column, and where it does not.

    zeek_compare.py CONN.LOG CAPTURE          a log that Zeek wrote of the capture: zeek -C -r
    CAPTURE zeek_compare.py --traces DIR ROWS.TSV     rows of many logs: a column `trace` names the
    capture below
                                              DIR, `uid` the connection; `stock` 0 = not Zeek's
                                              defaults

Rows of the same addresses and ports are paired so that they agree best, as logs may be sorted
differently. Rows of UDP, of unknown addresses, and repeated ones (the same uid, history and bytes)
do not count, and neither do cells that are unknown ("?").
"""
import argparse
import collections
import csv
import os
import sys

import command

TUPLE = ('id.orig_h', 'id.orig_p', 'id.resp_h', 'id.resp_p')
COLUMNS = ('conn_state', 'history', 'orig_bytes', 'resp_bytes', 'missed_bytes', 'orig_pkts',
           'resp_pkts', 'duration')


def read_log(text):
    """The TCP rows of a conn.log."""
    names, rows = [], []
    for line in text.splitlines():
        if line.startswith('#fields\t'):
            names = line.split('\t')[1:]
        elif line and not line.startswith('#'):
            rows.append(dict(zip(names, line.split('\t'))))
    return [row for row in rows if row['proto'] == 'tcp']


def read_rows(path, traces):
    """By capture: what Zeek logged of it with its default settings, each row once."""
    wanted, seen = collections.defaultdict(list), set()
    with open(path, encoding='utf-8') as file:
        for row in csv.DictReader(file, delimiter='\t', quoting=csv.QUOTE_NONE):
            key = tuple(row[name] for name in ('trace', 'uid', 'history', 'orig_bytes') + TUPLE)
            if row['stock'] == '1' and row['count'] == '1' and row['id.orig_h'] != '?' and \
                    row['conn_state'] not in ('-', '') and key not in seen:
                seen.add(key)
                wanted[os.path.join(traces, row['trace'])].append(row)
    return wanted


def agreement(theirs, ours):
    return sum(theirs[name] == ours.get(name) for name in COLUMNS if name in theirs)


def pair(theirs, ours):
    """Pairs of rows, the best first; what has no counterpart is paired with {}."""
    left = list(ours)
    for row in sorted(theirs, key=lambda row: -max([agreement(row, own) for own in left] or [0])):
        own = max(left, key=lambda own: agreement(row, own), default={})  # pylint: disable=W0640
        if own:
            left.remove(own)
        yield row, own


def by_tuple(rows):
    found = collections.defaultdict(list)
    for row in rows:
        found[tuple(row[name] for name in TUPLE)].append(row)
    return found


def compare(capture, theirs, total, good):
    ours = by_tuple(read_log(command.run('list', '--format', 'zeek', capture).out))
    for key, rows in by_tuple(theirs).items():
        for row, own in pair(rows, ours[key]):
            for name in COLUMNS:
                if row.get(name, '?') in ('?', ''):
                    continue
                total[name] += 1
                good[name] += row[name] == own.get(name)
                if row[name] != own.get(name):
                    print('%s %s:%s > %s:%s %s: Zeek %s, tcpstory %s' % (
                        (os.path.basename(capture),) + key +
                        (name, row[name], own.get(name, 'has no row'))))


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--traces', metavar='DIR')
    parser.add_argument('log')
    parser.add_argument('capture', nargs='?')
    options = parser.parse_args()
    total, good = collections.Counter(), collections.Counter()

    if options.traces:
        wanted = read_rows(options.log, options.traces)
    elif options.capture:
        with open(options.log, encoding='utf-8') as file:
            wanted = {options.capture: read_log(file.read())}
    else:
        parser.error('CAPTURE or --traces is missing')
    for capture, rows in sorted(wanted.items()):
        if os.path.exists(capture):
            compare(capture, rows, total, good)
    for name in COLUMNS:
        print('%-13s%d of %d, %.1f %%' % (name, good[name], total[name],
                                         100 * good[name] / max(total[name], 1)))
    return 0 if total else 1


if __name__ == '__main__':
    sys.exit(main())
