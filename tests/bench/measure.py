# SPDX-License-Identifier: GPL-2.0-or-later
"""Time and memory of commands.

Time: hyperfine (of Debian), one run of each command in turn, again and again: load on the machine
meets all of them alike. Its CPU time is of all processes that the command has waited for.

Memory: in runs of their own, so that looking does not disturb the clock. Every few milliseconds all
processes of the command's session are asked for their resident pages. What counts is their own
memory (anonymous and shared memory, a page that several of them share once) plus the mapped files,
programs and libraries, of the process that has most of them. The peak of that sum is the result;
what the kernel caches of files is not in it. /usr/bin/time's figure, the resident set of the
largest process, is a floor.
"""
import collections
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
SAMPLE_SHARE = 20           # looking takes at most one part in so many of the time
SAMPLES_PER_RUN = 200       # of a long run, about
ROUNDS_OF_SLOW = 3          # a command that has run so often and
PATIENCE_S = 30             # taken so long does not run again
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


def time_in_turn(commands, capture, rounds, progress=lambda number: None):
    """Run each command once in a round. Returns {name: Figures}."""
    figures = {c.name: Figures() for c in commands}
    for number in range(1, rounds + 1):
        progress(number)
        for command in (c for c in commands if not enough(figures[c.name].wall)):
            wall, cpu = time_once(command, capture)
            figures[command.name].wall.append(wall)
            figures[command.name].cpu.append(cpu)
    return figures


def enough(walls):
    """Whether a slow command has run often enough."""
    return len(walls) >= ROUNDS_OF_SLOW and sum(walls) > PATIENCE_S


def time_once(command, capture):
    """One run under hyperfine: wall and CPU seconds."""
    path = pathlib.Path(stage.folder()) / 'hyperfine.json'
    words = ['hyperfine', '--shell=none', '--runs', '1', '--style', 'none', '--export-json',
             str(path),
             shlex.join(command.words(capture))]
    done = subprocess.run(words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, check=False,
                          **stage.options(command.plugin))
    if done.returncode != 0:
        raise RuntimeError('%s: %s' % (command.name, done.stdout.decode('utf-8', 'replace')))
    result = json.loads(path.read_text())['results'][0]
    return result['times'][0], result['user'] + result['system']


def watch(command, capture, limit=None):
    """One run with its memory watched; ended when it takes more than limit bytes. Returns Figures.
    """
    account = pathlib.Path(stage.folder()) / 'time.txt'
    words = ['/usr/bin/time', '-q', '-o', str(account), '-f',
             '%e %U %S %M'] + command.words(capture)
    child = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                             stderr=subprocess.PIPE,
                             start_new_session=True, **stage.options(command.plugin))
    peak, stopped = follow(child, limit)
    messages = child.stderr.read().decode('utf-8', 'replace')
    if stopped:
        return Figures(peak=[peak], note='ended at %.1f GB' % (peak / 1e9))
    if child.returncode != 0:
        raise RuntimeError('%s: exit status %d: %s'
                           % (command.name, child.returncode, messages[-500:]))
    wall, user, system, largest = (float(n) for n in account.read_text().split()[-4:])
    return Figures([wall], [user + system], [max(peak, int(largest) * KIB)], [int(largest) * KIB])


def follow(child, limit):
    """Watch a session until its leader ends. Returns the peak in bytes and whether it had to be
    ended.
    """
    peak, started = 0, time.monotonic()
    while child.poll() is None:
        began = time.monotonic()
        members = session(child.pid)
        peak = max(peak, resident(members))
        if limit and peak > limit:
            for pid in members:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            child.wait()
            return peak, True
        now = time.monotonic()
        time.sleep(max(SAMPLE_S, SAMPLE_SHARE * (now - began), (now - started) / SAMPLES_PER_RUN))
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


def resident(pids):
    """Memory that processes use together, in bytes: see above."""
    own, files = 0, [0]
    for pid in pids:
        pages = rollup(pid)
        own += pages['Pss_Anon'] + pages['Pss_Shmem']
        files.append(pages['Rss'] - pages['Anonymous'] - pages['Pss_Shmem'])
    return own + max(files)


def rollup(pid):
    """The rows of a process's smaps_rollup, in bytes; zeros when it has ended."""
    rows = collections.Counter()
    with contextlib.suppress(OSError), open('/proc/%d/smaps_rollup' % pid) as f:
        for line in f:
            words = line.split()
            if words[-1] == 'kB':
                rows[words[0].rstrip(':')] = int(words[1]) * KIB
    return rows
