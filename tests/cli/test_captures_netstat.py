#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""netstat --at prints what the kernels' ss -tan showed when captures/ was made (captures/truth)."""
import collections
import glob
import os
import unittest

import command
import kernel_states

# what no capture can tell, and netstat says without a question mark
UNDECIDABLE = {
    'client-reboot-reconnect': 'a host that reboots says nothing',
    'late-start': 'the truth begins before the capture',
    'missing-fin': 'the FIN was taken out of the capture',
    'syn-flood': 'whoever forges an address has no socket',
}
LEAST = 0.92


@unittest.skipUnless(command.has_tshark(), 'needs tshark and the plugin')
class Kernel(unittest.TestCase):
    def test_agrees_with_the_kernel(self):
        verdicts = collections.Counter()
        for truth in sorted(glob.glob(command.capture('truth/*.tsv'))):
            name = os.path.basename(truth)[:-len('.tsv')]
            for answer in kernel_states.compare(command.capture(name + '.pcap'), truth):
                verdicts[answer.verdict] += 1
                with self.subTest(name, answer=answer):
                    self.assertTrue(answer.verdict != 'differs' or name in UNDECIDABLE)
        self.assertGreater(verdicts['agrees'], LEAST * sum(verdicts.values()), verdicts)
        self.assertGreater(verdicts['agrees'], 500)


if __name__ == '__main__':
    unittest.main()
