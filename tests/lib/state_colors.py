# SPDX-License-Identifier: GPL-2.0-or-later
"""The colour of each state: of pictures, pages, and graphs in Wireshark's profile."""
import os
import re

PALETTE = os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', '..', 'postproc', 'base',
                       'palette.c')


def palette():
    """State -> its colour and that of text on it, rrggbb."""
    with open(PALETTE, encoding='utf-8') as file:
        rows = re.findall(r'\[TSM_(\w+)\] = \{"#(\w+)", (\w+)\}', file.read())
    return {state: (color, {'BLACK': '000000', 'WHITE': 'ffffff'}[ink])
            for state, color, ink in rows}
