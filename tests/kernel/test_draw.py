#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""tests/run kernel --random: draws, runs and scores, and the score can tell right from wrong."""
import csv
import os
import pathlib
import stat
import subprocess
import sys
import tempfile
import unittest

import draw
from randlab import outcomes, tables

SEED, COUNT, LONGEST = 1, 4, '6'
HERE = pathlib.Path(__file__).resolve().parent

# A tool that knows the truth, which may be spoiled.
ORACLE = '''#!/usr/bin/python3
import csv, pathlib, sys
capture = pathlib.Path(sys.argv[-1])
wrong = {'ESTABLISHED': 'CLOSE_WAIT'} if %r else {}
print('stream client server endpoint state basis possible from to frame cause'.replace(' ', '\\t'))
rows = {}
for row in csv.DictReader(open(capture.parent / 'truth.tsv'), delimiter='\\t'):
    rows.setdefault((row['client'], row['server']), []).append(row)
for stream, (pair, of_pair) in enumerate(rows.items()):
    for end in 'client', 'server':
        for row in of_pair:
            state = wrong.get(row[end + '_state'], row[end + '_state'])
            said = end, state, 'proven', state, row['t_from'], row['t_to'], 1, '-'
            print(stream, *pair, *said, sep='\\t')
'''


def run(*arguments):
    """Run draw.py; returns what it prints."""
    done = subprocess.run(
        [sys.executable, '-B', HERE / 'draw.py', *map(str, arguments)],
        capture_output=True,
        encoding='utf-8',
        timeout=300,
        check=False,
    )
    if done.returncode:
        raise AssertionError(
            'draw.py: exit status %d\n%s%s' % (done.returncode, done.stdout, done.stderr)
        )
    return done.stdout


@unittest.skipIf(draw.why_not(), draw.why_not())
class Draw(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.batch = pathlib.Path(cls.folder.name) / 'batch'
        cls.printed = run(SEED, COUNT, '--longest', LONGEST, '--keep', cls.batch)

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    def tool(self, wrong):
        path = pathlib.Path(self.folder.name) / ('wrong' if wrong else 'right')
        path.write_text(ORACLE % wrong)
        path.chmod(path.stat().st_mode | stat.S_IXUSR)
        return str(path)

    def score(self, tool):
        """{(where): (strict, set)} of complete captures."""
        views = {'hindsight': (tool, 'hindsight')}
        found, failures = outcomes.of_batch(self.batch, views, os.cpu_count())
        self.assertEqual(failures, [])
        of_batch = tables.Score(outcomes.index(self.batch), found, failures)
        return {
            where: tables.interval(
                of_batch.accuracy('hindsight', outcomes.is_clean, where), tables.share(0)
            )[0]
            for where in tables.WHERE
        }

    def test_there_is_truth(self):
        index = outcomes.index(self.batch)
        complete = [folder for folder in index if outcomes.is_clean(folder)]
        self.assertGreaterEqual(len(complete), COUNT - 1, self.printed)
        for folder in index:
            with open(self.batch / folder / 'truth.tsv', encoding='utf-8') as lines:
                rows = list(csv.DictReader(lines, delimiter='\t'))
            self.assertTrue(rows, folder)
            for row in rows:
                self.assertGreaterEqual(float(row['t_to']) - float(row['t_from']), 0.0079)
                self.assertTrue(
                    {row['client_state'], row['server_state']} <= set(draw.score.STATES)
                )
        for folder in complete:
            calls = (self.batch / folder / 'calls.tsv').read_text()
            self.assertIn('connect', calls)

    def test_a_second_reader_saw_the_same(self):
        self.assertRegex(
            self.printed,
            r'of [1-9]\d* samples of a second reader \(/proc/net/tcp\) inside rows 0 differ',
        )

    def test_all_tables_are_printed(self):
        for title in (
            'Complete captures',
            'By number of troubles',
            'By capture',
            'Calibration, complete captures, live',
        ):
            self.assertIn('## ' + title, self.printed)
        self.assertRegex(self.printed, r'\nall +near +%d +\d' % COUNT)

    def test_truth_scores_a_hundred_percent(self):
        self.assertEqual(self.score(self.tool(False)), dict.fromkeys(tables.WHERE, 1))

    def test_a_wrong_tool_scores_worse(self):
        for where, strict in self.score(self.tool(True)).items():
            self.assertLess(strict, 0.9, where)

    def test_two_tools_side_by_side(self):
        printed = run(
            '--score', self.batch, '--tool', self.tool(False), '--against', self.tool(True)
        )
        self.assertRegex(printed, r'complete +hindsight +near +%d +\+\d' % COUNT)
        self.assertRegex(printed, r'\nall +near .* 100\.00 .*\n +against +near ')

    def test_a_tool_that_fails_is_told(self):
        with self.assertRaisesRegex(AssertionError, 'FAILED'):
            run('--score', self.batch, '--tool', 'sh -c "exit 3"')


if __name__ == '__main__':
    unittest.main()
