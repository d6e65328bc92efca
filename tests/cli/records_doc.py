#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The tables of enumerations in docs/user/records.md, from the lists in the headers of plugin/core.

    records_doc.py            compares; exits 1 when they differ
    records_doc.py --write    writes them
"""
import os
import re
import sys

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'lib'))
from written_page import SOURCE_DIR, WrittenPage


def header(name):
    """The text with continued lines and adjacent string literals joined."""
    path = os.path.join(SOURCE_DIR, 'plugin', 'core', name)
    with open(path, encoding='utf-8') as file:
        return re.sub(r'"\s+"', '', re.sub(r'\\\n', ' ', file.read()))


def x_list(text, name):
    """The rows of `#define NAME(X) X(a, "b") X(c, "d")` as lists of arguments without quotes."""
    body = re.search(r'#define %s\(X\)(.*)' % name, text)[1]
    rows = re.findall(r'\bX\(((?:"[^"]*"|[^()"])*)\)', body)
    return [[quoted or plain for quoted, plain in re.findall(r'"([^"]*)"|([^\s,"]+)', row)]
            for row in rows]


def causes():
    """The events, explained where their rows of the transition table begin, and the others."""
    why = {name: ' '.join(text.replace('*', ' ').split()) for name, text in
           re.findall(r'/\* \w+: (\w+) -(.*?)\*/', header('tsm_fsm.def'), re.S)}
    events = [row[0] for row in x_list(header('tsm_fsm.h'), 'TSM_EVENT_LIST')]
    body = re.search(r'enum tsm_cause \{(.*?)\};', header('tsm_conn.h'), re.S)[1]
    others = re.findall(r'TSM_CAUSE_(\w+)\b[^/]*/\*\s*(.*?)\s*\*/', body)
    return [(name, why[name]) for name in events] + others


def table(title, rows):
    """rows: tuples of a name and, perhaps, a meaning; numbered from 0."""
    meanings = any(len(row) > 1 for row in rows)
    lines = ['### %s' % title, '', '| number | name |' + (' meaning |' if meanings else ''),
             '|---|---|' + ('---|' if meanings else '')]
    lines += ['| %d | %s |' % (number, ' | '.join(row)) for number, row in enumerate(rows)]
    return '\n'.join(lines) + '\n'


def tables():
    state, conn = header('tsm_state.h'), header('tsm_conn.h')
    basis = dict(re.findall(r'X\(\w+, "(\w+)"\)\s*/\*\s*(.*?)\s*\*/', state))
    return '\n'.join([
        table('State', [(row[0],) for row in x_list(state, 'TSM_STATE_LIST')]),
        table('Basis', list(basis.items())),
        table('Cause', causes()),
        table('Action', [(row[1],) for row in x_list(conn, 'TSM_ACTION_LIST')]),
        table('Call', [(row[1] or '(none)',) for row in x_list(conn, 'TSM_CALL_LIST')]),
        table('Note', [(row[1], row[3]) for row in x_list(conn, 'TSM_NOTE_LIST')]),
        table('Conn_state', x_list(header('tsm_flow.h'), 'TSM_CONN_STATE_LIST')),
    ])


PAGE = WrittenPage('records.md', '<!-- tables -->\n',
                   lambda: '\n' + tables())
wanted = PAGE.wanted

if __name__ == '__main__':
    sys.exit(PAGE.main())
