#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The rules in docs/user/anomalies.md, from the table that tcpstory explain has too.

    anomalies_doc.py            compares; exits 1 when they differ
    anomalies_doc.py --write    writes them
"""
import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, '..', 'lib')]
import command
from written_page import WrittenPage


PAGE = WrittenPage('anomalies.md', '<!-- rules -->\n',
                   lambda: command.run('explain', '--markdown').out)
wanted = PAGE.wanted

if __name__ == '__main__':
    sys.exit(PAGE.main())
