#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""tests/run diagnosis: draws, scores, and the score can tell right from wrong."""
import pathlib
import subprocess
import sys
import tempfile
import unittest

import diagnose
from diagnosis import LABELS
from diagnose import Answer

HERE = pathlib.Path(__file__).resolve().parent


def answer(label, *said, vantage='client'):
    return Answer(label, 1, vantage, [tuple(one.split(':')) for one in said])


class Score(unittest.TestCase):
    def test_places(self):
        self.assertEqual(diagnose.place_of(answer('outage', 'outage:error', 'packet_loss:warning')),
                         1)
        self.assertEqual(diagnose.place_of(answer('outage', 'packet_loss:warning', 'outage:error')),
                         2)
        self.assertEqual(diagnose.place_of(answer('outage', 'packet_loss:warning')), 0)
        self.assertEqual(diagnose.place_of(answer('outage')), 0)

    def test_info_counts_only_where_the_truth_is_one(self):
        self.assertEqual(diagnose.place_of(answer('outage', 'reordering:info', 'outage:error')), 1)
        self.assertEqual(diagnose.place_of(answer('reordering', 'packet_loss:warning',
                                                  'reordering:info')), 2)

    def test_healthy(self):
        lines = diagnose.report([answer('healthy', 'reordering:info'),
                                 answer('healthy', 'outage:error')], False)
        self.assertIn('2 captures, 1 with a false incident: outage', lines[0])

    def test_causes_exist(self):
        """Each label's right answers are causes that tcpstory knows."""
        listed = subprocess.run([diagnose.score.ts.TCPSTORY, 'explain'], capture_output=True,
                                text=True, check=True).stdout.split()
        for name, label in LABELS.items():
            self.assertLessEqual(set(label.causes), set(listed), name)
        self.assertGreaterEqual(len(LABELS), 25)


@unittest.skipIf(diagnose.netns.why_not(), diagnose.netns.why_not())
class Draw(unittest.TestCase):
    def test_four_labels(self):
        with tempfile.TemporaryDirectory() as folder:
            done = subprocess.run(
                [sys.executable, '-B', HERE / 'diagnose.py', '--draws', '1', '--keep',
                 folder + '/x',
                 'healthy', 'service_not_running', 'one_way', 'port_scan'],
                capture_output=True, text=True, timeout=120, check=False)
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertIn('3 labels, 9 captures: right first 100.0 %', done.stdout)
            self.assertIn('3 captures, 0 with a false incident', done.stdout)


if __name__ == '__main__':
    unittest.main()
