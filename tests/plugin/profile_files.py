# SPDX-License-Identifier: GPL-2.0-or-later
"""Reads the files of the profile "TCP State" as Wireshark does."""
import csv
import os
import re

import tshark as ts

NAME = 'TCP State'
FOLDER = os.path.join(ts.SOURCE_DIR, 'plugin', 'profile', NAME)


def lines(name):
    """The lines of a file that are no comments."""
    with open(os.path.join(FOLDER, name), encoding='utf-8') as file:
        return [line.rstrip('\n') for line in file if line.strip() and not line.startswith('#')]


def table(name):
    """The rows of a file that Wireshark keeps as a table of quoted columns."""
    def unescape(text):
        return re.sub(r'\\x([0-9a-fA-F]{2})', lambda found: chr(int(found[1], 16)), text)
    return [[unescape(cell) for cell in row] for row in csv.reader(lines(name))]


def pairs(name):
    """Name and text of a file whose lines are `"name" text`."""
    return [re.fullmatch(r'"([^"]+)" (.+)', line).groups() for line in lines(name)]


def buttons():
    """Filter buttons: label -> filter."""
    return {label: expression for _, label, expression, _ in table('dfilter_buttons')}


def colours():
    """Colour rules in their order: (name, filter, background, foreground), colours as rrggbb."""
    def rgb(text):
        return ''.join('%02x' % (int(part) >> 8) for part in text.split(','))
    rules = [re.fullmatch(r'@([^@]+)@([^@]+)@\[(.+)\]\[(.+)\]', line).groups()
             for line in lines('colorfilters')]
    return [(name, expression, rgb(back), rgb(fore)) for name, expression, back, fore in rules]


def own_colours():
    """Those of segments that have a TCP state; after them come the rules of the Default profile."""
    return [rule for rule in colours() if not rule[1].startswith('!tcpstate && ')]


def widths():
    """Pixels of each column, in the order of columns()."""
    (line,) = [line for line in lines('recent') if line.startswith('column.width: ')]
    return [int(width) for width in line.partition(': ')[2].split(', ')[1::2]]


def columns():
    """Column titles in their order."""
    return re.findall(r'"([^"]+)", "[^"]+"', '\n'.join(lines('preferences')))
