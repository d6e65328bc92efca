# SPDX-License-Identifier: GPL-2.0-or-later
"""Captures of the benchmark's generator (tests/bench/generate.c)."""
import functools
import os
import subprocess

import tshark as ts


@functools.cache
def generator():
    """The program, built. Returns its path."""
    program = os.path.join(ts.scratch(), 'generate')
    source = os.path.join(ts.SOURCE_DIR, 'tests', 'bench', 'generate.c')
    subprocess.run(['cc', '-std=c11', '-D_GNU_SOURCE', '-O2', '-o', program, source], check=True)
    return program


def generated(name, segments, at_a_time, each):
    """A capture of connections of so many segments each. Returns its path."""
    capture = os.path.join(ts.scratch(), name + '.pcap')
    with open(capture, 'wb') as output:
        subprocess.run([generator(), '-n', str(segments), '-c', str(at_a_time), '-l', str(each)],
                       check=True, stdout=output)
    os.chmod(capture, 0o644)
    return capture
