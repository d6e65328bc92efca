# SPDX-License-Identifier: GPL-2.0-or-later
"""The bench's own programs in C, and captures made by generate.c, for what takes too long with real
sockets.
"""
import functools
import os
import pathlib
import shutil
import subprocess

import stage

SOURCES = pathlib.Path(__file__).resolve().parent
BYTES_PER_SEGMENT = 100     # upper bound, headers of pcap included
FLAGS = ['-std=c11', '-D_GNU_SOURCE', '-O2', '-Wall', '-Wextra', '-Werror']


@functools.cache
def program(name='generate'):
    """The path of a program of ours, built when first asked for."""
    path = os.path.join(stage.lib.scratch(), name)
    subprocess.run(['cc', *FLAGS, '-o', path, str(SOURCES / (name + '.c'))], check=True)
    os.chmod(path, 0o755)
    return path


def room_for(folder, segments):
    """Whether a capture of so many segments leaves space on the disk."""
    return shutil.disk_usage(folder).free > 1.2 * segments * BYTES_PER_SEGMENT


def make(folder, segments, concurrency=1000, length=20, kind='http'):
    """Write a capture, unless it is there; the caller removes it. Returns its path."""
    path = pathlib.Path(folder) / ('generated-%s-%d-%d-%d.pcap' % (kind, segments, concurrency,
                                                                   length))
    if path.exists():
        return path
    try:
        with open(path, 'wb') as f:
            subprocess.run([program(), '-n', str(segments), '-c', str(concurrency), '-l',
                            str(length), '-k', kind], stdout=f, check=True)
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    path.chmod(0o644)
    return path
