# SPDX-License-Identifier: GPL-2.0-or-later
"""Where and as whom everything is measured: tests/lib/tshark.py's unprivileged user, in its empty
HOME and plain environment.

tcpstory and the plugin are copied first, so that a build meanwhile changes nothing. Nothing
personal is read: no ~/.rarc, no Wireshark preferences.
"""
import functools
import os
import pathlib
import shutil
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / 'lib'))

import tshark as lib                                    # noqa: E402

SOURCE = pathlib.Path(lib.SOURCE_DIR)


@functools.cache
def tcpstory():
    """The path of our copy of the command; what it runs to read captures is beside it."""
    copy = os.path.join(lib.scratch(), 'tcpstory')
    for suffix in ('', '-frames'):
        shutil.copyfile(lib.TCPSTORY + suffix, copy + suffix)
        os.chmod(copy + suffix, 0o755)
    return copy


@functools.cache
def tcpstory_has(option, verb='report'):
    """Whether this build's verb knows an option."""
    return option in output([tcpstory(), verb, '--help'])


def options(plugin=True):
    """Keyword arguments for subprocess: user, folder and environment."""
    chosen = {'cwd': lib.unprivileged_folder('home'), 'env': lib.environment(plugin)}
    if lib.is_root():
        chosen.update(user=lib.NOBODY, group=lib.NOBODY, extra_groups=[])
    return chosen


def folder(name='out'):
    """A folder that measured programs may write to."""
    return lib.unprivileged_folder(name)


def output(command, plugin=True):
    """What a command prints; an empty text if it fails to start."""
    try:
        done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT,
                              check=False, **options(plugin))
    except OSError:
        return ''
    return done.stdout.decode('utf-8', 'replace')


def shell(line, plugin=True):
    """What a line of shell prints."""
    return output(['sh', '-c', line], plugin)
