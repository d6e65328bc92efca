#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""What argus says of the same connections: docs/user/columns.md has what differs, and why.

    tests/cli/argus_compare.py [CAPTURE...]

Prints for each column how many ends are the same, and those that are not. Of Debian's argus-server
and argus-client only the programs are needed; where systemd runs, their package starts argus, so
tests do not install it. Needs a build; BUILD_DIR names it.
"""
import collections
import csv
import io
import os
import shutil
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True

import command                                          # noqa: E402

CAPTURES = ('article-client-closes', 'pile-close-wait', 'several', 'retransmission-death',
            'zero-window', 'ipv6', 'half-close-data', 'refused')
SIDES = ('client', 'server')
# Our column, argus's of the client and of the server, how far they may be apart (it rounds).
PAIRS = (('segments', ('SrcPkts', 'DstPkts'), 0), ('bytes', ('SAppBytes', 'DAppBytes'), 0),
         ('rtt_handshake', ('SynAck', 'AckDat'), 2e-6), ('ttl', ('sTtl', 'dTtl'), 0),
         ('window_max', ('SrcWin', 'DstWin'), 0), ('retrans', ('SrcRetra', 'DstRetra'), 0))
FIELDS = ('saddr sport daddr dport spkts dpkts sappbytes dappbytes synack ackdat sttl dttl swin '
          'dwin sretrans dretrans').split()


def of_argus(path):
    """(client, server): its row; those that it has several rows of are merged."""
    with tempfile.TemporaryDirectory() as folder:
        flows = os.path.join(folder, 'flows')
        subprocess.run(['argus', '-AJRZ', '-r', path, '-w', flows], check=True,
                       stderr=subprocess.DEVNULL)
        out = subprocess.run(['racluster', '-nu', '-c', ',', '-r', flows, '-s', *FIELDS, '--',
                              'tcp'], check=True, stdout=subprocess.PIPE, text=True).stdout
    for row in csv.DictReader(io.StringIO(out)):
        yield tuple((row[host], row[port]) for host, port in (('SrcAddr', 'Sport'),
                                                              ('DstAddr', 'Dport'))), row


def of_ours(path):
    columns = ['%s_%s' % (side, name) for side in SIDES
               for name in ('host', 'port', *(pair[0] for pair in PAIRS))]
    done = command.run('list', '--format', 'csv', '--columns', ','.join(columns), path)
    assert done.status == 0, done.err
    for row in csv.DictReader(io.StringIO(done.out)):
        yield tuple((row[side + '_host'], row[side + '_port']) for side in SIDES), row


def number(text):
    return float(text) if text not in ('', '-') else 0


def compare(path, counts):
    theirs, ours = dict(of_argus(path)), dict(of_ours(path))
    for ends in ours.keys() | theirs.keys():
        if ends not in ours or ends not in theirs:
            print('%s: %s only %s' % (os.path.basename(path), ends,
                                      'ours' if ends in ours else 'of argus'))
            continue
        for name, there, tolerance in PAIRS:
            for side, column in zip(SIDES, there):
                if column not in theirs[ends]:
                    continue
                own, other = ours[ends]['%s_%s' % (side, name)], theirs[ends][column]
                same = abs(number(own) - number(other)) <= tolerance
                counts[name, same] += 1
                if not same:
                    print('%s: %s of %s: %s_%s %s, %s %s' % (
                        os.path.basename(path), side, ends, side, name, own, column, other))


def main():
    if shutil.which('argus') is None or shutil.which('racluster') is None:
        sys.exit('argus_compare.py: argus and racluster are needed (argus-server, argus-client)')
    counts = collections.Counter()
    for path in sys.argv[1:] or [command.capture(name + '.pcap') for name in CAPTURES]:
        compare(path, counts)
    for name, _, _ in PAIRS:
        print('%s: %d ends are the same, %d are not' % (name, counts[name, True],
                                                        counts[name, False]))


if __name__ == '__main__':
    main()
