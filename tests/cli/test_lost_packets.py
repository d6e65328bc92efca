#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A pcapng tells how many packets its interfaces lost: so does the report."""
import os
import unittest

import command


class LostPackets(unittest.TestCase):
    def test_report(self):
        result = command.run(os.path.join(command.DATA, 'lost-packets.pcapng'))
        self.assertIn('  the capture lost 58,014 of 220,511 packets (26 %)\n', result.out)

    def test_nothing_lost(self):
        result = command.run(os.path.join(command.CAPTURES, 'several.pcap'))
        self.assertNotIn('the capture lost', result.out)


if __name__ == '__main__':
    unittest.main()
