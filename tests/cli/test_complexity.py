#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""What a capture costs grows with its length and with nothing else, whoever made it: instructions
of `tcpstory report`, by callgrind, at N, 2 N and 4 N frames of each attack."""
import os
import re
import shutil
import struct
import subprocess
import unittest

import command
from attacks import ATTACKS
from command import Folder

N = int(os.environ.get('TCPSTORY_COMPLEXITY_N', '500'))
GROWTH = 1.3  # of the instructions for a frame, from N to 4 N, without what an empty capture takes
RAW_IP = 101


def write(path, packets):
    with open(path, 'wb') as file:
        file.write(struct.pack('<IHHiIII', 0xa1b2c3d4, 2, 4, 0, 0, 65535, RAW_IP))
        for i, packet in enumerate(packets):
            file.write(struct.pack('<IIII', 1790000000 + i // 1000, i % 1000 * 1000, len(packet),
                                   len(packet)) + packet)


def instructions(path):
    """How many the report takes; who reads the frames is another process and is not counted."""
    done = subprocess.run(['valgrind', '--tool=callgrind', '--callgrind-out-file=/dev/null',
                           command.TCPSTORY, 'report', path],
                          capture_output=True, check=False, env=command.environment())
    found = re.search(rb'Collected : (\d+)', done.stderr)
    assert done.returncode == 0 and found, done.stderr.decode()
    return int(found.group(1))


@unittest.skipUnless(command.has_tshark(), 'needs tshark and the plugin')
@unittest.skipUnless(shutil.which('valgrind'), 'needs valgrind')
@unittest.skipIf('LD_PRELOAD' in os.environ, 'sanitizers and valgrind exclude each other')
class Complexity(unittest.TestCase):
    def cost(self, folder, attack, n):
        path = folder.file('x.pcap')
        packets = ATTACKS[attack](n)
        write(path, packets)
        return (instructions(path) - self.empty) / len(packets)

    def test_attacks(self):
        with Folder() as folder:
            write(folder.file('empty.pcap'), [])
            self.empty = instructions(folder.file('empty.pcap'))
            for attack in ATTACKS:
                with self.subTest(attack):
                    costs = [self.cost(folder, attack, n) for n in (N, 2 * N, 4 * N)]
                    if os.environ.get('TCPSTORY_COMPLEXITY_SHOW'):
                        print('%-17s' % attack, *('%8.0f' % cost for cost in costs), flush=True)
                    self.assertLessEqual(max(costs[1:]) / costs[0], GROWTH, costs)


if __name__ == '__main__':
    unittest.main()
