# SPDX-License-Identifier: GPL-2.0-or-later
"""What must hold for any capture (see corpus.py), over all of captures/ in one file."""
import os
import unittest

import corpus
import tshark as ts


def merged():
    """All captures of captures/, one after the other, in one file."""
    path = os.path.join(ts.scratch(), 'all.pcapng')
    if not os.path.exists(path):
        found = list(corpus.captures([os.path.join(ts.SOURCE_DIR, 'captures')]))
        ts.make_capture('mergecap', '-a', '-w', path, *found)
        os.chmod(path, 0o644)
    return path


class Invariants(unittest.TestCase):
    def check(self, check, *args):
        self.assertEqual(list(check(merged(), *args)), [])

    def test_one_pass_two_passes_and_random_access_agree(self):
        self.check(corpus.check_passes)

    def test_other_protocols_are_left_alone(self):
        self.check(corpus.check_off)

    def test_streams_are_those_of_tcp(self):
        self.check(corpus.check_stream)

    def test_record_stream_is_well_formed(self):
        self.check(corpus.check_records)


if __name__ == '__main__':
    unittest.main()
