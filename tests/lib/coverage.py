#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Which lines of the engine and of the readers were executed: coverage.py BUILD [--lines]

BUILD was compiled with --coverage, and its tests have run. A line counts once, though several
programs have it. --lines names those that were not executed. Exits with 1 below the goal.
"""
import collections
import gzip
import json
import os
import subprocess
import sys
import tempfile

GOAL = 90                       # percent, of each folder
FOLDERS = ('plugin/core', 'postproc/readers')


def counted(build):
    """The .gcda files of the libraries and programs that are measured."""
    for folder, _, names in os.walk(build):
        for name in names:
            if name.endswith('.gcda'):
                yield os.path.join(folder, name)


def executed(build, source_dir):
    """{file: {line: how often}}"""
    lines = collections.defaultdict(collections.Counter)
    with tempfile.TemporaryDirectory() as scratch:
        for path in counted(build):
            subprocess.run(['gcov', '--json-format', path], cwd=scratch, check=True,
                           stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            for name in os.listdir(scratch):
                with gzip.open(os.path.join(scratch, name)) as file:
                    take(json.load(file), build, source_dir, lines)
                os.unlink(os.path.join(scratch, name))
    return lines


def take(report, build, source_dir, lines):
    for file in report['files']:
        path = os.path.normpath(os.path.join(report['current_working_directory'], file['file']))
        name = os.path.relpath(path, source_dir)
        if name.startswith(FOLDERS) and not path.startswith(build + os.sep):
            for line in file['lines']:
                lines[name][line['line_number']] += line['count']


def percent(counts):
    return 100 * sum(count > 0 for count in counts) / len(counts) if counts else 0.0


def main():
    build = os.path.realpath(sys.argv[1])
    lines = executed(build, os.path.realpath(os.path.join(os.path.dirname(__file__), '..', '..')))
    below = 0
    for folder in FOLDERS:
        names = sorted(name for name in lines if name.startswith(folder + '/'))
        for name in names:
            print('%5.1f %%  %s' % (percent(lines[name].values()), name))
            if '--lines' in sys.argv:
                print('         ' + ' '.join(str(n) for n, count in sorted(lines[name].items())
                                             if count == 0))
        all_lines = [count for name in names for count in lines[name].values()]
        print('%5.1f %%  of %d lines of %s\n' % (percent(all_lines), len(all_lines), folder))
        below += percent(all_lines) < GOAL
    sys.exit(below > 0)


if __name__ == '__main__':
    main()
