# SPDX-License-Identifier: GPL-2.0-or-later
"""What must hold for any capture (see corpus.py), over all of captures/ in one file."""
import os
import unittest

import corpus
import tshark as ts
import views


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

    def check_each(self, check):
        """One by one: in the merged file the clock goes back, and rows of no length are not told.
        """
        for capture in corpus.captures([os.path.join(ts.SOURCE_DIR, 'captures')]):
            with self.subTest(os.path.basename(capture)):
                self.assertEqual(list(check(capture)), [])

    def test_plugin_timeline_and_list_agree(self):
        self.check_each(views.check_views)

    def test_states_fit_the_last_segment_of_each_end(self):
        self.check_each(views.check_senders)


if __name__ == '__main__':
    unittest.main()
