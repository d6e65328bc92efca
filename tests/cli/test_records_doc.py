#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""docs/user/records.md tells the enumerations and columns that the code has."""
import re
import unittest

import command
import records_doc


class RecordsDoc(unittest.TestCase):
    def test_enumerations(self):
        text, want = records_doc.wanted()
        self.assertEqual(text, want, 'run tests/cli/records_doc.py --write')

    def test_columns(self):
        """A record of the hand-written streams has as many columns as the page says."""
        text, _ = records_doc.wanted()
        documented = {}
        for letter, body in re.findall(r'^### (\w): .*?\n(.*?)(?=^#)', text, re.S | re.M):
            rows = re.findall(r'^\| ([\d, ]+) \|', body, re.M)
            documented[letter] = int(rows[-1].split(',')[-1]) if rows else 1
        for line in command.data_bytes('mixed.records').decode().splitlines():
            columns = line.split('\t')
            self.assertEqual(len(columns), documented[columns[0]], line)


if __name__ == '__main__':
    unittest.main()
