#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Measures the plugin against plain tshark, and tcpstory against other tools, and writes
docs/user/performance.md.

Workloads of real sockets need root (network namespaces); with --work they are kept and used again.
What --only leaves out is taken from the last results in that folder.
"""
import argparse
import json
import os
import pathlib
import sys
import tempfile
import time
from dataclasses import dataclass

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

import annotate                                         # noqa: E402
import document                                         # noqa: E402
import generator                                        # noqa: E402
import machine                                          # noqa: E402
import records                                          # noqa: E402
import report                                           # noqa: E402
import scale                                            # noqa: E402
import stage                                            # noqa: E402
import workload                                         # noqa: E402

PARTS = {'report': report, 'annotate': annotate, 'records': records, 'scale': scale}
SEGMENTS = 1000000
QUICK_SIZE = 0.05
ROUNDS, QUICK_ROUNDS = 5, 1


@dataclass(frozen=True)
class Run:
    """What every part needs to know. size: of all workloads, 1 as in the document."""
    work: pathlib.Path
    size: float
    rounds: int

    def scaled(self, count):
        """A number of segments, at this size."""
        return max(int(count * self.size), 100)

    def say(self, text):
        """Progress, for who waits."""
        print('==> ' + text, file=sys.stderr, flush=True)

    def scan(self):
        """{'scan': path} of a scan, made when it is missing."""
        self.say('workload scan: ' + workload.SCAN)
        return {'scan': str(generator.make(self.work, self.scaled(workload.SCAN_SEGMENTS),
                                           kind='scan'))}

    def workloads(self):
        """{name: path} of the captures of real sockets, made when they are missing."""
        made = {}
        for each in workload.WORKLOADS:
            self.say('workload %s: %s' % (each.name, each.description))
            made[each.name] = str(workload.make(each, self.scaled(SEGMENTS), self.work))
        return made


def arguments():
    p = argparse.ArgumentParser(description=__doc__,
                                formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument('--quick', action='store_true',
                   help='small workloads and few runs, for development')
    p.add_argument('--only', metavar='PART', action='append', choices=PARTS,
                   help=' '.join(PARTS) + '; may be given again')
    p.add_argument('--render', action='store_true',
                   help='measure nothing, write the document from the results in DIR of --work')
    p.add_argument('--work', metavar='DIR',
                   help='keep workloads and results there (default: a temporary folder)')
    p.add_argument('--size', metavar='F', type=float,
                   help='size of the workloads, 1 = one million segments (--quick: %s)'
                   % QUICK_SIZE)
    p.add_argument('--rounds', metavar='N', type=int,
                   help='runs of each command (default %d, --quick: %d)' % (ROUNDS, QUICK_ROUNDS))
    p.add_argument('--out', metavar='FILE',
                   default=str(stage.SOURCE / 'docs' / 'user' / 'performance.md'),
                   help='the document (default docs/user/performance.md); plots go to a folder '
                        'beside it')
    return p.parse_args()


def measure(parts, run):
    """Run the parts; results are kept in the work folder, after each of them."""
    path = run.work / 'results.json'
    results = json.loads(path.read_text()) if path.exists() else {}
    for name in parts:
        began, load = time.time(), os.getloadavg()[0]
        results[name] = PARTS[name].run(run)
        results[name].update(taken_s=time.time() - began, commit=machine.commit(), size=run.size,
                             rounds=run.rounds, load=load)
        path.write_text(json.dumps(results, indent=1))
    return results


def main():
    a = arguments()
    with tempfile.TemporaryDirectory(prefix='tcpstory-bench-') as scratch:
        work = pathlib.Path(a.work or scratch).resolve()
        work.mkdir(parents=True, exist_ok=True)
        os.chmod(work, 0o755)           # measured programs are not root
        run = Run(work, a.size or (QUICK_SIZE if a.quick else 1), a.rounds
                  or (QUICK_ROUNDS if a.quick else ROUNDS))
        results = measure([] if a.render else a.only or list(PARTS), run)
        document.write(pathlib.Path(a.out),
                       {n: (PARTS[n], results[n]) for n in PARTS if n in results})
    return 0


if __name__ == '__main__':
    sys.exit(main())
