# SPDX-License-Identifier: GPL-2.0-or-later
"""Time and memory of commands.

Time: hyperfine (of Debian), one run of each command in turn, again and again: load on the machine meets all of them alike. Its
CPU time is of all processes that the command has waited for.

Memory: in runs of their own, so that looking does not disturb the clock. Every process of the command's session is asked for its
proportional set size (PSS) every few milliseconds: pages that two of them share count once. The peak of the sum is the result;
the kernel's page cache is not in it. /usr/bin/time's figure, the resident set of the largest process, is kept beside it.
"""
import contextlib
import json
import os
import pathlib
import shlex
import signal
import statistics
import subprocess
import time
from dataclasses import dataclass, field

import stage

SAMPLE_S = 0.005
SAMPLE_SHARE = 4            # looking takes at most one part in so many of the time
KIB = 1024


@dataclass
class Figures:
    """What is measured of one command, a value for each run. Seconds and bytes."""
    wall: list = field(default_factory=list)
    cpu: list = field(default_factory=list)
    peak: list = field(default_factory=list)
    largest: list = field(default_factory=list)
    note: str = ''

    def median(self, name):
        values = getattr(self, name)
        return statistics.median(values) if values else None


@dataclass(frozen=True)
class Command:
    """A line of shell with the capture's path in place of {file}; plugin: tshark finds ours."""
    name: str
    line: str
    plugin: bool = True

    def words(self, capture):
        line = self.line.replace('{file}', shlex.quote(str(capture)))
        return ['sh', '-c', line if '|' in line else 'exec ' + line]


def time_in_turn(commands, capture, rounds):
    """Run each command once in a round. Returns {name: Figures}."""
    figures = {c.name: Figures() for c in commands}
    for _ in range(rounds):
        for command in commands:
            wall, cpu = time_once(command, capture)
            figures[command.name].wall.append(wall)
            figures[command.name].cpu.append(cpu)
    return figures


def time_once(command, capture):
    """One run under hyperfine: wall and CPU seconds."""
    path = pathlib.Path(stage.folder()) / 'hyperfine.json'
    words = ['hyperfine', '--shell=none', '--runs', '1', '--style', 'none', '--export-json', str(path),
             shlex.join(command.words(capture))]
    done = subprocess.run(words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False,
                          **stage.options(command.plugin))
    if done.returncode != 0:
        raise RuntimeError('%s: %s' % (command.name, done.stdout.decode('utf-8', 'replace')))
    result = json.loads(path.read_text())['results'][0]
    return result['times'][0], result['user'] + result['system']


def watch(command, capture, limit=None):
    """One run with its memory watched; ended when it takes more than limit bytes. Returns Figures."""
    account = pathlib.Path(stage.folder()) / 'time.txt'
    words = ['/usr/bin/time', '-q', '-o', str(account), '-f', '%e %U %S %M'] + command.words(capture)
    child = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                             start_new_session=True, **stage.options(command.plugin))
    peak, stopped = follow(child, limit)
    messages = child.stderr.read().decode('utf-8', 'replace')
    if stopped:
        return Figures(peak=[peak], note='ended at %.1f GB' % (peak / 1e9))
    if child.returncode != 0:
        raise RuntimeError('%s: exit status %d: %s' % (command.name, child.returncode, messages[-500:]))
    wall, user, system, largest = (float(n) for n in account.read_text().split()[-4:])
    return Figures([wall], [user + system], [peak], [int(largest) * KIB])


def follow(child, limit):
    """Watch a session until its leader ends. Returns the peak in bytes and whether it had to be ended."""
    peak = 0
    while child.poll() is None:
        began = time.monotonic()
        members = session(child.pid)
        peak = max(peak, sum(proportional_set(pid) for pid in members))
        if limit and peak > limit:
            for pid in members:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            child.wait()
            return peak, True
        time.sleep(max(SAMPLE_S, SAMPLE_SHARE * (time.monotonic() - began)))
    return peak, False


def session(leader):
    """The processes of a session."""
    members = []
    for name in os.listdir('/proc'):
        if name.isdigit():
            with contextlib.suppress(OSError, ValueError):
                if os.getsid(int(name)) == leader:
                    members.append(int(name))
    return members


def proportional_set(pid):
    """A process's PSS in bytes; 0 when it has ended."""
    with contextlib.suppress(OSError):
        with open('/proc/%d/smaps_rollup' % pid) as f:
            for line in f:
                if line.startswith('Pss:'):
                    return int(line.split()[1]) * KIB
    return 0
