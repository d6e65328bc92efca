#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Checks the scripts and the style of pages with eslint and prettier: lint.py SOURCE_DIR

They are for development only, as npm has them: `npm install` in postproc/page. Without them nothing
is checked, which is said (exit status 77).
"""
import os
import subprocess
import sys


def main():
    folder = os.path.join(sys.argv[1], 'postproc', 'page')
    tools = os.path.join(folder, 'node_modules', '.bin')
    if not all(os.path.exists(os.path.join(tools, name)) for name in ('eslint', 'prettier')):
        print('SKIPPED, NOT CHECKED: no eslint and prettier; npm install in postproc/page')
        return 77
    return subprocess.run(['npm', 'run', '--silent', 'check'], cwd=folder, check=False).returncode


if __name__ == '__main__':
    sys.exit(main())
