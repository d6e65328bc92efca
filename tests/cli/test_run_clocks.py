#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A RUN of taps whose clocks differ: found by merge from what each file was mapped to, corrected,
and said, as in one capture."""
import re
import unittest

import command
from command import Folder, run
from test_clocks import (COLUMNS, FRO, MS, START, TO, US, S, rows, rules, traffic, write,
                         write_pcapng)
from test_runs import VERBS, make_run

HOUR = 3600 * S
SKEWS = {'0': lambda ns: 0, '50 us': lambda ns: 50 * US, '1 ms': lambda ns: MS,
         '1 s': lambda ns: S, '1 s behind': lambda ns: -S, '1 h': lambda ns: HOUR,
         '+50 ppm': lambda ns: MS + (ns - START) * 50 // 10 ** 6,
         '-50 ppm': lambda ns: MS - (ns - START) * 50 // 10 ** 6}
LINES = ('list', '--format', 'csv', '--columns', COLUMNS, '--sort', 'client')


@unittest.skipUnless(command.has_tshark(), 'needs tshark and the plugin')
class RunClocks(unittest.TestCase):
    maxDiff = None

    def setUp(self):
        self.packets = traffic()
        self.pieces_name = self.folder.file('piece_0.pcapng') + ' to piece_2.pcapng (3 files)'

    def run(self, result=None):
        with Folder() as self.folder:
            return super().run(result)

    def tap(self, name, packets, late=lambda ns: 0):
        """A file of one tap."""
        path = self.folder.file(name)
        write_pcapng(path, [(ns + late(ns), 0, frame) for ns, _, frame in packets])
        return path

    def check(self, path, place, verbs=VERBS):
        for verb in verbs:
            one, many = run(*verb, path), run(*verb, place)
            named = many.out.replace(self.pieces_name, path)
            self.assertEqual(named, one.out, verb)
            self.assertEqual(many.status, one.status, verb)

    def test_interfaces(self):
        """The interfaces of one capture, and of a capture in three pieces."""
        for name, late in SKEWS.items():
            with self.subTest(skew=name):
                path = write(self.folder.file('%s.pcapng' % name), self.packets, late)
                place = self.folder.file('run ' + name)
                self.assertEqual(make_run([path], 3, place), 0)
                self.check(path, place, VERBS if name == '-50 ppm' else VERBS[:4])
                self.assertEqual('clocks of its taps differ' in run('report', place).out,
                                 name != '0')

    def test_pieces(self):
        moved = sorted((ns + (0 if way == TO else MS), 0 if way == TO else 1, frame)
                       for ns, way, frame in self.packets)
        whole, place = self.folder.file('whole.pcapng'), self.folder.file('run')
        write_pcapng(whole, moved, ('left', 'right'))
        files = []
        for i in range(3):
            files.append(self.folder.file('piece_%d.pcapng' % i))
            write_pcapng(files[i], moved[i * 300:(i + 1) * 300],
                         ('left', 'right'))
        self.assertEqual(make_run(files, 4, place), 0)
        self.check(whole, place, (LINES, *VERBS[4:8]))

    def test_roles(self):
        """Nobody kept the interfaces apart."""
        path = write(self.folder.file('one.pcapng'), self.packets, lambda ns: 400 * US, 1)
        place = self.folder.file('run')
        self.assertEqual(make_run([path], 3, place), 0)
        self.check(path, place)
        self.assertIn("that of the servers' segments", run('report', place).out)

    def test_files(self):
        """A file of each tap: as when both are one capture."""
        for name, late in SKEWS.items():
            if name == '1 h':
                continue
            with self.subTest(skew=name):
                right = rows(write(self.folder.file('right.pcapng'), self.packets))
                files = [self.tap('a.pcapng', [p for p in self.packets if p[1] == TO]),
                         self.tap('b.pcapng', [p for p in self.packets if p[1] == FRO], late)]
                place = self.folder.file('files ' + name)
                self.assertEqual(make_run(files, 3, place), 0)
                self.assertEqual(rows(place), right)
                self.assertFalse(rules(place) & {'A45', 'Q3', 'Q12'})
                told = ' '.join(run('report', place).out.split())
                said = re.search('clocks of its taps differ: that of [^ ]*[ab].pcapng', told)
                self.assertEqual(said is not None, name != '0', told)

    def test_short(self):
        """Captures of a tenth of a second overlap, too."""
        packets = traffic(2)
        files = [self.tap('a.pcapng', [p for p in packets if p[1] == TO]),
                 self.tap('b.pcapng', [p for p in packets if p[1] == FRO], lambda ns: MS)]
        self.assertEqual(make_run(files, 3, self.folder.file('run')), 0)
        self.assertIn('b.pcapng is 1 ms ahead',
                      ' '.join(run('report', self.folder.file('run')).out.split()))

    def test_copies(self):
        """Both taps have all packets. An hour apart, their files do not overlap in time."""
        for name, late in SKEWS.items():
            with self.subTest(skew=name):
                both = [(ns + (US if way == TO else 0), way, frame)
                        for ns, way, frame in self.packets]
                files = [self.tap('a%d.pcapng' % i, part) for i, part in
                         enumerate((self.packets[:300], self.packets[300:]))]
                files.append(self.tap('b.pcapng', both, lambda ns, late=late: late(ns) - US // 2))
                place = self.folder.file('copies ' + name)
                self.assertEqual(make_run(files, 3, place), 0)
                told = run('report', place).out
                self.assertEqual('clocks of its taps differ' in told, name != '0', told)
                self.assertFalse(rules(place) & {'A45', 'Q3', 'Q12'})
                lines = run(*LINES, place).out
                if name == '0':
                    right = lines
                self.assertEqual(lines, right)

    def test_no_one_offset(self):
        path = write(self.folder.file('set.pcapng'), self.packets,
                     lambda ns: (ns // (100 * MS) % 3 - 1) * 30 * MS)
        place = self.folder.file('run')
        self.assertEqual(make_run([path], 3, place), 0)
        self.check(path, place)
        self.assertIn('Q12', rules(place))


if __name__ == '__main__':
    unittest.main()
