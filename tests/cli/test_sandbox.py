#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""What who reads a capture could do if it were taken over; and how the programs are built."""
import os
import re
import shutil
import subprocess
import sys
import time
import unittest

import command
import tshark as ts

sys.path.insert(0, os.path.join(command.SOURCE_DIR, 'tests', 'plugin'))
from packets import ACK, PSH, TO, Conversation, ether, ip4, write_pcap  # noqa: E402

READER = os.path.join(command.BUILD_DIR, 'tests', 'broken_reader')
FRAMES = command.TCPSTORY + '-frames'
SANITIZED = 'LD_PRELOAD' in os.environ


class Sandbox(unittest.TestCase):
    def test_broken_reader(self):
        with open('/dev/zero', 'rb') as zero:
            done = subprocess.run([READER, '/etc/passwd'], stdin=zero, stdout=subprocess.PIPE,
                                  check=False, text=True)
        if done.returncode == 77:
            self.skipTest('this kernel has no filters of system calls')
        could = dict(line.split(': ') for line in done.stdout.splitlines())
        self.assertEqual(len(could), 11)
        self.assertEqual({thing for thing, how in could.items() if how == 'done'},
                         {'read the capture', 'allocate'})


@unittest.skipUnless(command.has_tshark(), 'needs tshark and the plugin')
@unittest.skipIf(SANITIZED, 'sanitizers make calls of their own')
class Children(unittest.TestCase):
    def seccomp(self, arguments, name, stdin=None, env=None):
        """The mode of seccomp of the child of that name, while it works. 2 = a filter."""
        with subprocess.Popen([command.TCPSTORY, *arguments], stdin=stdin or subprocess.DEVNULL,
                              stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                              env=command.environment(env)) as process:
            try:
                return self.look(process.pid, name)
            finally:
                process.kill()

    def look(self, pid, name):
        deadline = time.monotonic() + 30
        found = None
        while time.monotonic() < deadline and found != '2':
            with open('/proc/%d/task/%d/children' % (pid, pid), encoding='ascii') as file:
                children = file.read().split()
            for child in children:
                try:
                    with open('/proc/%s/status' % child, encoding='ascii') as file:
                        status = file.read()
                except OSError:
                    continue
                if re.search(r'^Name:\t%s$' % name[:15], status, re.M):
                    found = re.search(r'^Seccomp:\t(\d)', status, re.M)[1]
                    filters = re.search(r'^Seccomp_filters:\t(\d+)', status, re.M)
                    self.most = max(self.most, int(filters[1]) if filters else 0)
        return found

    def setUp(self):
        self.most = 0

    def test_frames(self):
        path = os.path.join(ts.scratch(), 'sandbox-big.pcap')
        c = Conversation(52000)
        frames = [ether(ip4(t, d)) for d, t in c.handshake()]
        write_pcap(path, frames + [ether(ip4(c.segment(TO, PSH | ACK, b'x' * 1000)))] * 30000)
        self.assertEqual(self.seccomp(['list', path], 'tcpstory-frames'), '2')

    def test_tshark(self):
        read_end, write_end = os.pipe()
        os.write(write_end, b'\xd4\xc3\xb2\xa1' + bytes(400))
        try:
            self.assertEqual(self.seccomp(['list', '-'], 'tshark', read_end,
                                          {'TSHARK': shutil.which('tshark')}), '2')
        finally:
            os.close(read_end)
            os.close(write_end)


def readelf(*arguments):
    return subprocess.run(['readelf', '-W', *arguments], check=True, stdout=subprocess.PIPE,
                          stderr=subprocess.DEVNULL, text=True).stdout


@unittest.skipUnless(shutil.which('readelf'), 'needs readelf')
@unittest.skipIf(SANITIZED, 'another build')
class Hardened(unittest.TestCase):
    """What checksec looks for."""
    PLUGIN = os.path.join(command.BUILD_DIR, 'plugin', 'tcpstate.so')

    def test_programs_and_plugin(self):
        for path in (command.TCPSTORY, FRAMES, self.PLUGIN):
            with self.subTest(os.path.basename(path)):
                segments, dynamic = readelf('-l', path), readelf('-d', path)
                self.assertIn('GNU_RELRO', segments)
                self.assertRegex(dynamic, r'BIND_NOW|\bNOW\b')            # full RELRO
                self.assertRegex(segments, r'GNU_STACK\s+(0x0+\s+){3}0x0+\s+0x0+\s+RW\s')
                self.assertIn('DYN (', readelf('-h', path))              # position-independent
                self.assertNotRegex(dynamic, 'RPATH|RUNPATH|TEXTREL')

    def test_stack_and_calls_are_checked(self):
        for path in (command.TCPSTORY, self.PLUGIN):
            symbols = readelf('-s', path)
            self.assertIn('__stack_chk_fail', symbols)
        self.assertRegex(readelf('-s', command.TCPSTORY), r'__\w+_chk@')  # FORTIFY_SOURCE

    def test_control_flow(self):
        if 'x86' not in os.uname().machine:
            self.skipTest('x86 only')
        for path in (command.TCPSTORY, FRAMES, self.PLUGIN):
            code = subprocess.run(['objdump', '-d', path], check=True, stdout=subprocess.PIPE,
                                  text=True).stdout
            self.assertGreater(code.count('endbr64'), 8)


if __name__ == '__main__':
    unittest.main()
