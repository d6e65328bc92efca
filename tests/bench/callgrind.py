# SPDX-License-Identifier: GPL-2.0-or-later
"""Instruction counts by valgrind's callgrind: they do not depend on the load of the machine."""
import re
import shlex
import subprocess

import stage


def instructions(command, capture):
    """How many instructions a command (of one process) executes."""
    words = shlex.split(command.line.replace('{file}', shlex.quote(str(capture))))
    done = subprocess.run(['valgrind', '--tool=callgrind', '--callgrind-out-file=/dev/null']
                          + words,
                          stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                          stderr=subprocess.PIPE, check=False,
                          **stage.options(command.plugin))
    found = re.search(r'Collected : (\d+)', done.stderr.decode('utf-8', 'replace'))
    if done.returncode != 0 or found is None:
        raise RuntimeError('callgrind: %s: %s'
                           % (command.name, done.stderr.decode('utf-8', 'replace')[-500:]))
    return int(found[1])


def per_packet(command, capture, few, many):
    """Instructions per packet between the first `few` and the first `many`: what starting costs is
    not in it.

    command: has a place {count} for the number of packets."""
    counts = []
    for packets in (few, many):
        line = command.line.replace('{count}', str(packets))
        counts.append(instructions(type(command)(command.name, line, command.plugin), capture))
    return (counts[1] - counts[0]) / (many - few)
