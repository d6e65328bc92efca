# SPDX-License-Identifier: GPL-2.0-or-later
"""Memory that the plugin takes beside tshark's, for each segment of short connections."""
import os
import subprocess
import unittest

import tshark as ts

SEGMENTS, AT_A_TIME, EACH = 100000, 300, 12
MOST_BYTES = 60


def make_capture():
    """Connections of EACH segments, by the benchmark's generator. Returns the path."""
    program = os.path.join(ts.scratch(), 'generate')
    capture = os.path.join(ts.scratch(), 'short.pcap')
    source = os.path.join(ts.SOURCE_DIR, 'tests', 'bench', 'generate.c')
    subprocess.run(['cc', '-std=c11', '-D_GNU_SOURCE', '-O2', '-o', program, source], check=True)
    with open(capture, 'wb') as output:
        subprocess.run([program, '-n', str(SEGMENTS), '-c', str(AT_A_TIME), '-l', str(EACH)],
                       check=True, stdout=output)
    os.chmod(capture, 0o644)
    return capture


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
        capture = make_capture()
        more = (peak(capture, '-q', '-z', 'tcpstate', plugin=True)
                - peak(capture, '-q', '-z', 'icmp,srt', plugin=False)) / SEGMENTS
        self.assertLess(more, MOST_BYTES)


if __name__ == '__main__':
    unittest.main()
