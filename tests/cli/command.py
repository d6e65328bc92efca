# SPDX-License-Identifier: GPL-2.0-or-later
"""Runs the command tcpstory for tests: run('list', 'x.pcap') -> Result(status, out, err).

TCPSTORY names the command, BUILD_DIR and SOURCE_DIR the trees; ctest sets them.
"""
import collections
import glob
import os
import shutil
import subprocess
import tempfile

SOURCE_DIR = os.path.abspath(os.environ.get(
    'SOURCE_DIR', os.path.join(os.path.dirname(__file__), '..', '..')))
BUILD_DIR = os.path.abspath(os.environ.get('BUILD_DIR', os.path.join(SOURCE_DIR, 'build')))
TCPSTORY = os.environ.get('TCPSTORY', os.path.join(BUILD_DIR, 'postproc', 'tcpstory'))
DATA = os.path.join(SOURCE_DIR, 'tests', 'cli', 'data')
CAPTURES = os.path.join(SOURCE_DIR, 'captures')

Result = collections.namedtuple('Result', 'status out err pid')


def environment(extra=None):
    """The environment of this process without what steers tcpstory; `extra` (a dict) wins, and None
    as a value removes."""
    env = {name: value for name, value in os.environ.items()
           if name not in ('TSHARK', 'WIRESHARK_PLUGIN_DIR', 'COLUMNS', 'NO_COLOR',
                           'CLICOLOR')}
    env.update(TZ='UTC', LC_ALL='C')
    for name, value in (extra or {}).items():
        env.pop(name, None)
        if value is not None:
            env[name] = value
    return env


def run(*args, stdin=subprocess.DEVNULL, text=None, env=None, cwd=None, command=TCPSTORY):
    """Runs the command. `text`: bytes for a pipe as standard input."""
    with subprocess.Popen([command, *args], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          stdin=subprocess.PIPE if text is not None else stdin,
                          env=environment(env), cwd=cwd) as process:
        out, err = process.communicate(text, timeout=120)
    return Result(process.returncode, out.decode('utf-8', 'backslashreplace'),
                  err.decode('utf-8', 'backslashreplace'), process.pid)


def temporary_folders(pid):
    """What the tcpstory with that process id has left behind, or uses."""
    return glob.glob(os.path.join(tempfile.gettempdir(), 'tcpstory-%d-*' % pid)) + \
        glob.glob('/tmp/tcpstory-%d-*' % pid)


def data(name):
    return os.path.join(DATA, name)


def data_bytes(name):
    with open(data(name), 'rb') as file:
        return file.read()


def capture(name):
    return os.path.join(CAPTURES, name)


def has_tshark():
    """Whether captures can be read here: tshark is installed, and the plugin is built beside."""
    return shutil.which('tshark') is not None and os.path.isdir(
        os.path.join(BUILD_DIR, 'plugin', 'wireshark'))


class Folder:
    """A temporary folder: `with Folder() as folder: path = folder.write('x', b'...')`."""

    def __enter__(self):
        self.path = tempfile.mkdtemp(prefix='tcpstory-cli-')
        return self

    def __exit__(self, *_):
        shutil.rmtree(self.path)

    def file(self, name):
        return os.path.join(self.path, name)

    def write(self, name, content):
        with open(self.file(name), 'wb') as file:
            file.write(content)
        return self.file(name)
