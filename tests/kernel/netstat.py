#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Compare tcpstory netstat --at with the kernels' own states (ss -tan), scenario by scenario.

    sudo tests/kernel/lab.py --out DIR && tests/kernel/netstat.py DIR [NAME...]

DIR holds a folder for each scenario, as lab.py makes them. Prints every answer that is not the
kernel's, with what the scenario says that no capture can tell (INDEX.tsv), then how many are. Such
answers count, too. Exit status 1 when fewer than LEAST of a hundred agree.
"""
import collections
import csv
import pathlib
import sys

sys.dont_write_bytecode = True
sys.path[:0] = [str(pathlib.Path(__file__).resolve().parent.parent / part)
                for part in ('lib', 'cli')]

import kernel_states                                    # noqa: E402


LEAST = 95


def undecidable(top):
    """What no capture can tell, by scenario."""
    index = pathlib.Path(top) / 'INDEX.tsv'
    if not index.exists():
        return {}
    with index.open(encoding='utf-8', newline='') as file:
        return {row['name']: row['undecidable'] for row in csv.DictReader(file, delimiter='\t')}


def folders(top, names):
    """The scenarios' folders that have a truth."""
    return [folder for folder in sorted(pathlib.Path(top).iterdir())
            if (folder / 'truth.tsv').exists() and (not names or folder.name in names)]


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    counts = collections.Counter()
    by_state = collections.defaultdict(collections.Counter)
    notes = undecidable(sys.argv[1])
    for folder in folders(sys.argv[1], sys.argv[2:]):
        for capture in sorted(folder.glob('*.pcap')):
            for answer in kernel_states.compare(str(capture), folder / 'truth.tsv'):
                counts[answer.verdict] += 1
                by_state[answer.kernel][answer.verdict] += 1
                if answer.verdict != 'agrees':
                    print('%s/%s %s at %.6f: %s -> %s is %s, netstat prints %s  [%s]' % (
                        folder.name, capture.stem, answer.verdict, answer.at, answer.local,
                        answer.foreign, answer.kernel, answer.netstat,
                        notes.get(folder.name) or '-'))
    print('%-12s %8s %8s %8s' % ('kernel', 'agrees', 'doubted', 'differs'))
    for state, of_state in sorted(by_state.items()):
        print('%-12s %8d %8d %8d' % (state, of_state['agrees'], of_state['doubted'],
                                     of_state['differs']))
    total = max(1, sum(counts.values()))
    print('%d answers: %.2f %% agree, %.2f %% differ with a question mark, %.2f %% without' % (
        total, 100 * counts['agrees'] / total, 100 * counts['doubted'] / total,
        100 * counts['differs'] / total))
    return 1 if 100 * counts['agrees'] < LEAST * total else 0


if __name__ == '__main__':
    sys.exit(main())
