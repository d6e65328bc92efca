# SPDX-License-Identifier: GPL-2.0-or-later
"""Memory that the plugin takes beside tshark's, for each segment of short connections."""
import unittest

import tshark as ts
from generated import generated

SEGMENTS, AT_A_TIME, EACH = 100000, 300, 12
MOST_BYTES = 60


# Prints the peak of a command's memory in KiB.
PEAK = """
import resource, subprocess, sys
subprocess.run(sys.argv[1:], check=True, stdout=subprocess.DEVNULL)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
"""


def peak(capture, *args, plugin):
    """The peak of tshark's memory in bytes."""
    done = ts.run_unprivileged(['python3', '-c', PEAK, 'tshark', '-n', *args, '-r', capture],
                               plugin=plugin)
    return int(done.stdout) * 1024


class Memory(unittest.TestCase):
    def test_single_pass_keeps_no_frame_that_was_shown(self):
        capture = generated('short', SEGMENTS, AT_A_TIME, EACH)
        more = (peak(capture, '-q', '-z', 'tcpstate', plugin=True)
                - peak(capture, '-q', '-z', 'icmp,srt', plugin=False)) / SEGMENTS
        self.assertLess(more, MOST_BYTES)


if __name__ == '__main__':
    unittest.main()
