# SPDX-License-Identifier: GPL-2.0-or-later
"""What was measured with: the machine, the tools, the state of the source."""
import os
import pathlib
import platform
import re
import shutil
import subprocess

import stage

PACKAGES = ('tshark', 'tcptrace', 'argus-server', 'argus-client', 'hyperfine', 'time', 'valgrind',
            'nfdump', 'nginx-light', 'nginx', 'wrk', 'tcpdump', 'gnuplot-nox')


def commit():
    """The commit of the source, marked when files differ from it."""
    if shutil.which('git') is None:
        return 'unknown'
    git = ['git', '-C', str(stage.SOURCE), '-c', 'safe.directory=' + str(stage.SOURCE)]
    found = subprocess.run(git + ['describe', '--always', '--dirty', '--exclude=*'],
                           capture_output=True, text=True, check=False)
    return found.stdout.strip() or 'unknown'


def versions():
    """Rows of package and version."""
    query = subprocess.run(['dpkg-query', '-W', '-f', '${Package} ${Version} ${db:Status-Status}\n',
                            *PACKAGES], capture_output=True,
                           text=True, check=False)
    return [line.split()[:2] for line in query.stdout.splitlines() if line.endswith(' installed')]


def describe():
    """One line about the machine."""
    cpu = re.search(r'model name\s*: (.*)', pathlib.Path('/proc/cpuinfo').read_text())
    memory = re.search(r'MemTotal: *(\d+) kB', pathlib.Path('/proc/meminfo').read_text())
    return '%s, %d cores, %.0f GB of memory, Linux %s, %s' % (
        cpu[1] if cpu else platform.machine(), os.cpu_count(), int(memory[1]) * 1024 / 1e9,
        platform.release(), distribution())


def distribution():
    found = re.search(r'PRETTY_NAME="(.*)"', pathlib.Path('/etc/os-release').read_text())
    return found[1] if found else platform.system()
