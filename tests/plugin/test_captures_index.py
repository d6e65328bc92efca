# SPDX-License-Identifier: GPL-2.0-or-later
"""captures/README.md has a row for each capture, each row has its capture, and a late start has no
SYN.
"""
import os
import re
import unittest

import tshark as ts

CAPTURES = os.path.join(os.environ['SOURCE_DIR'], 'captures')


def rows():
    """The names in the first column of the table of captures/README.md."""
    with open(os.path.join(CAPTURES, 'README.md'), encoding='utf-8') as readme:
        return set(re.findall(r'^\|\s*`?([\w.-]+\.pcap)`?\s*\|', readme.read(), re.M))


def files(folder=CAPTURES, suffix='.pcap'):
    return {name for name in os.listdir(folder) if name.endswith(suffix)}


class Index(unittest.TestCase):
    def test_rows_and_files(self):
        self.assertGreater(len(files()), 20)
        self.assertEqual(rows(), files())

    def test_truths_belong_to_captures(self):
        names = {name[:-len('.tsv')] for name in files(os.path.join(CAPTURES, 'truth'), '.tsv')}
        self.assertLessEqual(names, {name[:-len('.pcap')] for name in files()})

    def test_sizes(self):
        for name in sorted(files()):
            self.assertLess(os.path.getsize(os.path.join(CAPTURES, name)), 100_000, name)

    def test_late_start(self):
        path = os.path.join(CAPTURES, 'late-start.pcap')
        self.assertEqual(ts.fields(path, 'frame.number', display_filter='tcp.flags.syn == 1'), [])


if __name__ == '__main__':
    unittest.main()
