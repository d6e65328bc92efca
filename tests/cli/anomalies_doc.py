#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The rules in docs/user/anomalies.md, from the table that tcpstory explain has too.

    anomalies_doc.py            compares; exits 1 when they differ
    anomalies_doc.py --write    writes them
"""
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import command

DOC = os.path.join(command.SOURCE_DIR, 'docs', 'user', 'anomalies.md')
MARK = '<!-- rules -->\n'


def wanted():
    with open(DOC, encoding='utf-8') as file:
        text = file.read()
    return text, text[:text.index(MARK)] + MARK + command.run('explain', '--markdown').out


def main():
    text, want = wanted()
    if sys.argv[1:] == ['--write']:
        with open(DOC, 'w', encoding='utf-8') as file:
            file.write(want)
        return 0
    if text != want:
        print('docs/user/anomalies.md is out of date: %s --write' % sys.argv[0], file=sys.stderr)
        return 1
    return 0


if __name__ == '__main__':
    sys.exit(main())
