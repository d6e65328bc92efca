#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Known captures: what is right, what is said, verdict.

    tests/run cases FOLDER

FOLDER has captures whose names begin as the first words of CASES, those of corpora in a folder of
that name. Each row is a kind of mistake that was made once: what must be said, what must not. A
case whose capture is not there is left out. The last line counts; exit status 1 if one is wrong.
"""
import glob
import json
import os
import sys
from collections import namedtuple

import command

# Words that the report, or the row that `options` ask for, must have; and must not have.
Case = namedtuple('Case', 'name right says never options', defaults=((), ('report',)))
LIST = ('list', '--format', 'tsv', '--columns')

RESENT = ('segments were retransmissions', 'segment was a retransmission')

CASES = (
    Case('k01', 'data repeated without an answer; not "one direction only"',
         ('repeated the same data 5 times',), ('Q2',)),
    Case('k02', 'the printer does not answer what is repeated', ('A31',)),
    Case('k03', 'nothing was sent again', (), ('is sent again', 'A31')),
    Case('k04', 'bytes that fill a hole count', ('2541\t40764',), (),
         (*LIST, 'client_bytes,server_bytes')),
    Case('k05', 'the answer by-passed the NAT', ('D33',), ('A15', 'A01', 'ping ')),
    Case('k06', 'one connection on both sides of a NAT', ('1 connection is in the capture twice',),
         ('editcap -d',)),
    Case('k07', 'NAT and time stamps; the host is up', ('D32',), ('A01', 'ping ')),
    Case('k08', 'somebody else reset, once told', ('D30', 'A36'), ('A38',)),
    Case('k09', 'idle connections are cut', ('D29',), ('A27',)),
    Case('k10', 'large packets vanish', ('D25',), ('is close() missing',)),
    Case('k11', 'opened and closed, nothing lost', ('clean',), ('Q3', *RESENT)),
    Case('k12', 'both write, neither reads', ('D72',), ('2 connections',)),
    Case('k13', 'window probes are no retransmissions', ('D62',), RESENT),
    Case('k14', 'somebody else reset', ('D30',), ('A37', 'A27')),
    Case('k15', 'the server answers and resets', ('D34',)),
    Case('k16', 'the clients spoke at last: open', ('ESTABLISHED\tSYN_RCVD\topen',), ('CLOSED',),
         (*LIST, 'client_state,server_state,ending')),
    Case('k17', 'RST 200 us after the SYN-ACK', ('RST after 200 us',), ('300 us',),
         ('anomalies',)),
    Case('k18', 'made by a program', ('Q11',), RESENT),
    Case('k19', 'the client waited for 30 s and gave up', ('for 30 s',), ('A40',)),
    Case('k20', 'the client aborted; the later RST is nothing', ('A38',), ('A36',)),
    Case('k21', 'one direction only, no unanswered SYN', ('D80',), ('A01', 'timed_out')),
    Case('corpora/01', 'no answer was captured; nobody gave up', ('silent',), ('timed_out',)),
    Case('corpora/02', 'bytes that fill a hole count', ('0\t200',), (),
         (*LIST, 'client_bytes,server_bytes')),
    Case('corpora/03', 'a plain SYN inside a connection', (), ('A23',)),
    Case('corpora/04', 'nothing was captured for 365 d', ('Q14',), ('A41', 'error')),
    Case('corpora/05', 'the FIN beyond a hole was acknowledged', ('clean',), ('A45',)),
    Case('corpora/06', 'three attempts, as Zeek has them',
         ('\tREJ\tT\tT\t0\tSr\t1\t40\t1\t40',), (),
         ('list', '--format', 'zeek')),
    Case('corpora/07', 'the client did not read', ('D63',), ('No anomalies',)),
    Case('corpora/08', 'four SYNs, four answers', ('A13',), ('A15',)),
    Case('corpora/09', 'CLOSE_WAIT is not known across files', (), ('A41',)),
)


def said(case, paths):
    """What tcpstory answers; the columns' names, which list prints, left out."""
    done = command.run(case.options[0], *case.options[1:], *paths)
    text = ' '.join(done.out.split()) if case.options[0] in ('report', 'anomalies') else done.out
    return text if done.status == 0 else done.err


def first_said(paths):
    """The first incident, or the rules that speak."""
    told = json.loads(command.run('incidents', '--format', 'json', *paths).out)
    hits = json.loads(command.run('anomalies', '--format', 'json', *paths).out)
    rules = sorted({hit['id'] for hit in hits})
    return ' '.join([one['id'] + ' ' + one['name'] for one in told[:1]] or rules) or 'nothing'


def faults(case, text):
    return (['not said: ' + words for words in case.says if words not in text]
            + ['said: ' + words for words in case.never if words in text])


def main(arguments):
    if len(arguments) != 1 or not os.path.isdir(arguments[0]):
        sys.exit(__doc__)
    counts = [0, 0]
    for case in CASES:
        paths = sorted(glob.glob(os.path.join(arguments[0], case.name + '*.pcap*')))
        if not paths:
            continue
        wrong = faults(case, said(case, paths))
        counts[bool(wrong)] += 1
        print('%-10s  %-56s  %-34s  %s' % (case.name, case.right, first_said(paths)[:34],
                                           '; '.join(wrong) or 'right'))
    print('%d right, %d wrong' % tuple(counts))
    return 1 if counts[1] else 0


if __name__ == '__main__':
    sys.exit(main(sys.argv[1:]))
