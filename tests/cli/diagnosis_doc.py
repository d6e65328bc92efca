#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The causes in docs/user/diagnosis.md, from the table that tcpstory explain has too.

    diagnosis_doc.py            compares; exits 1 when they differ
    diagnosis_doc.py --write    writes them
"""
import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, '..', 'lib')]
import command
from written_page import WrittenPage


PAGE = WrittenPage('diagnosis.md', '<!-- causes -->\n',
                   lambda: command.run('explain', '--markdown', 'incidents').out)
wanted = PAGE.wanted

if __name__ == '__main__':
    sys.exit(PAGE.main())
