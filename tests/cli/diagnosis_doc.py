#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The causes in docs/user/diagnosis.md, from the table that tcpstory explain has too.

    diagnosis_doc.py            compares; exits 1 when they differ
    diagnosis_doc.py --write    writes them
"""
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import command

DOC = os.path.join(command.SOURCE_DIR, 'docs', 'user', 'diagnosis.md')
MARK = '<!-- causes -->\n'


def wanted():
    with open(DOC, encoding='utf-8') as file:
        text = file.read()
    causes = command.run('explain', '--markdown', 'incidents').out
    return text, text[:text.index(MARK)] + MARK + causes


def main():
    text, want = wanted()
    if sys.argv[1:] == ['--write']:
        with open(DOC, 'w', encoding='utf-8') as file:
            file.write(want)
        return 0
    if text != want:
        print('docs/user/diagnosis.md is out of date: %s --write' % sys.argv[0], file=sys.stderr)
        return 1
    return 0


if __name__ == '__main__':
    sys.exit(main())
