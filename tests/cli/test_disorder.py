#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Segments of a connection that a network card with several queues stored some microseconds too
early or late: the order of the capture is another one than on the wire, and nothing else may be
told than of the capture in order."""
import csv
import os
import random
import subprocess
import unittest

import command

DRAWS = 40                  # of each conversation
GAP_US, SHIFT_US = 60, 70   # between two segments; by which one may be stored early or late
COLUMNS = ('opening', 'ending', 'client_state', 'server_state', 'client_bytes', 'server_bytes',
           'client_retrans', 'server_retrans')

OPENING = ('> S 0:0(0)', '< S. 0:0(0) ack 1', '> . 1:1(0) ack 1', '> P. 1:101(100) ack 1',
           '< . 1:1(0) ack 101', '< P. 1:401(400) ack 101', '> . 101:101(0) ack 401')
CONVERSATIONS = {
    'the client closes': OPENING + (
        '> F. 101:101(0) ack 401', '< F. 401:401(0) ack 102', '> . 102:102(0) ack 402'),
    'the client closes, four segments': OPENING + (
        '> F. 101:101(0) ack 401', '< . 401:401(0) ack 102', '< F. 401:401(0) ack 102',
        '> . 102:102(0) ack 402'),
    'the server closes': OPENING + (
        '< F. 401:401(0) ack 101', '> F. 101:101(0) ack 402', '< . 402:402(0) ack 102'),
}


def in_order(segments):
    return [(n * GAP_US, segment) for n, segment in enumerate(segments)]


def in_disorder(segments, draw):
    """Stored within SHIFT_US of when they came, the SYN first: it begins the connection."""
    times = [0] + [n * GAP_US + draw.randint(-SHIFT_US, SHIFT_US) for n in range(1, len(segments))]
    return [(max(0, us), segment) for us, segment in sorted(zip(times, segments),
                                                            key=lambda pair: pair[0])]


def scenario(conversations):
    """Each on a port of its own, one every second."""
    lines = ['# drawn']
    for number, segments in enumerate(conversations):
        for place, (us, segment) in enumerate(segments):
            ends = ('C:%d' % (20000 + number), 'S:80')
            sender, receiver = ends if segment[0] == '>' else ends[::-1]
            lines.append('%.6f %s > %s %s' % (number + 1 + (us + place) / 1e6, sender, receiver,
                                              segment[2:]))
    return '\n'.join(lines) + '\n'


@unittest.skipUnless(command.has_tshark(), 'needs tshark and the plugin')
class Disorder(unittest.TestCase):
    def told(self, conversations):
        """Of each its row of the list, and the ids of anomalies in the capture."""
        tool = os.path.join(command.BUILD_DIR, 'tests', 'scenario')
        with command.Folder() as folder:
            path = folder.file('x.pcap')
            script = folder.write('x.scn', scenario(conversations).encode())
            subprocess.run([tool, '--pcap', path, script], check=True, capture_output=True)
            rows = csv.DictReader(command.run('list', '--format', 'csv', '--columns',
                                              ','.join(COLUMNS), path).out.splitlines())
            found = csv.DictReader(command.run('anomalies', '--format', 'csv',
                                               path).out.splitlines())
            return ([[row[name].rstrip('?') for name in COLUMNS] for row in rows],
                    sorted({row['id'] for row in found}))

    def test_order_is_no_matter(self):
        draw = random.Random(11)
        for name, segments in CONVERSATIONS.items():
            with self.subTest(name):
                (want,), none = self.told([in_order(segments)])
                self.assertEqual((want[:2], none), (['connected', 'clean'], []))
                drawn = [in_disorder(segments, draw) for _ in range(DRAWS)]
                rows, found = self.told(drawn)
                for conversation, row in zip(drawn, rows):
                    self.assertEqual(row, want, conversation)
                self.assertLessEqual(set(found), {'Q12'})     # of the capture, and true


if __name__ == '__main__':
    unittest.main()
