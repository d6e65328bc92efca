#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Compares what two builds print: compare.py OLD_BUILD NEW_BUILD [CAPTURE...]

Every verb in every format that the old build lists, and the plugin's subtree, records and tables in
tshark, over the captures (those of captures/ unless some are named). Prints each difference, and at
the end how many outputs were compared; exits 1 when any differs. A verb or a format that only the
new build has is not compared.
"""
import concurrent.futures
import difflib
import glob
import os
import re
import shutil
import sqlite3
import subprocess
import sys
import tempfile

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
TIMEOUT_S = 300
MOST_LINES = 12

# What a verb needs besides the capture.
ARGUMENTS = {
    'show': ['0'],
    'netstat': ['--at', 'end'],
    'sockstat': ['--interval', '1'],
}
TWICE = ('diff',)               # takes two captures
WITHOUT_CAPTURE = ('explain',)
VIEWS = {'timeline': [[], ['--live']], 'report': [[], ['--utc']]}

TSHARK = [
    ['-O', 'tcpstate', '-V'],
    ['-q', '-z', 'tcpstate,records'],
    ['-q', '-z', 'tcpstate'],
    ['-q', '-z', 'tcpstate,outcomes'],
]


def capture_output(argv, stdin=subprocess.DEVNULL, env=None, user=None):
    done = subprocess.run(argv, stdin=stdin, capture_output=True, timeout=TIMEOUT_S, env=env,
                          cwd='/', user=user, check=False)
    return done.returncode, done.stdout, done.stderr


def tool(build):
    return os.path.join(build, 'postproc', 'tcpstory')


def listed(build, verb):
    """The formats of a verb's help; text alone when it lists none."""
    _, out, _ = capture_output([tool(build), verb, '--help'])
    section = out.decode().split('Formats:\n', 1)
    found = re.findall(r'^  (\S+) ', section[1].split('\n\n')[0], re.M) if len(section) > 1 else []
    return found or ['text']


def verbs(build):
    _, out, _ = capture_output([tool(build), '--help'])
    table = out.decode().split('usage:', 1)[1].split('\n\n')[1]
    return re.findall(r'^  ([a-z]+) {2,}', table, re.M)


def dump(path):
    """A database as text, or nothing when there is none."""
    if not os.path.exists(path):
        return b''
    with sqlite3.connect(path) as database:
        text = '\n'.join(database.iterdump())
    os.unlink(path)
    return text.encode()


def told(build, argv, name):
    """What the command prints in that format, its errors and status."""
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, 'x.sqlite')
        extra = ['-o', path] if name == 'sqlite' else []
        status, out, err = capture_output([tool(build)] + argv + ['--format', name] + extra)
        return status, out + dump(path), err.replace(folder.encode(), b'FOLDER')


def told_by_tshark(build, args, capture, home):
    """As tshark prints it with the build's plugin; unprivileged, as root it would ignore it."""
    env = {'PATH': os.environ.get('PATH', '/usr/bin:/bin'), 'TZ': 'UTC', 'LC_ALL': 'C',
           'HOME': home,
           'WIRESHARK_PLUGIN_DIR': os.path.join(build, 'plugin', 'wireshark')}
    user = 'nobody' if os.geteuid() == 0 else None
    with open(capture, 'rb') as stdin:
        return capture_output(['tshark', '-n', '-r', '-'] + args, stdin, env, user)


def jobs_of(build, captures, home):
    """Pairs (name, function of a build): all that is compared."""
    for word in ('CLOSE_WAIT', 'A41', 'Q4', 'close'):
        yield 'explain ' + word, lambda b, w=word: capture_output([tool(b), 'explain', w])
    yield '--help', lambda b: capture_output([tool(b), '--help'])
    yield '--man', lambda b: capture_output([tool(b), '--man'])
    for verb in verbs(build):
        yield verb + ' --help', lambda b, v=verb: capture_output([tool(b), v, '--help'])
        yield verb + ' --schema', lambda b, v=verb: capture_output([tool(b), v, '--schema'])
        if verb in WITHOUT_CAPTURE:
            continue
        for capture in captures:
            for name in listed(build, verb):
                for view in VIEWS.get(verb, [[]]):
                    argv = [verb] + ARGUMENTS.get(verb, []) + view
                    argv += [capture] * (2 if verb in TWICE else 1)
                    yield ('%s --format %s' % (' '.join(argv), name),
                           lambda b, a=argv, f=name: told(b, a, f))
    if shutil.which('tshark'):
        for capture in captures:
            for args in TSHARK:
                yield ('tshark %s -r %s' % (' '.join(args), capture),
                       lambda b, a=args, c=capture: told_by_tshark(b, a, c, home))


def differences(old, new):
    if old == new:
        return []
    lines = ['status %d, then %d' % (old[0], new[0])] if old[0] != new[0] else []
    for before, after in zip(old[1:], new[1:]):
        lines += difflib.unified_diff(before.decode(errors='replace').splitlines(),
                                      after.decode(errors='replace').splitlines(), lineterm='', n=0)
    return lines


def main():
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    old, new = map(os.path.abspath, sys.argv[1:3])
    captures = [os.path.abspath(path) for path in sys.argv[3:]]
    captures = captures or sorted(glob.glob(os.path.join(TOP, 'captures', '*.pcap*')))
    for build in (old, new):
        if not os.access(tool(build), os.X_OK):
            sys.exit('compare.py: no tcpstory in %s: build it first' % build)
    different = 0
    with tempfile.TemporaryDirectory() as home, concurrent.futures.ThreadPoolExecutor(
            os.cpu_count()) as pool:
        os.chmod(home, 0o755)
        jobs = list(jobs_of(old, captures, home))
        for (name, _), lines in zip(jobs, pool.map(
                lambda job: differences(job[1](old), job[1](new)), jobs)):
            if lines:
                different += 1
                print('%s\n    %s' % (name, '\n    '.join(lines[:MOST_LINES])))
                if len(lines) > MOST_LINES:
                    print('    ... %d lines more' % (len(lines) - MOST_LINES))
    print('%d outputs compared, %d differ' % (len(jobs), different))
    return 1 if different or not jobs else 0


if __name__ == '__main__':
    sys.exit(main())
