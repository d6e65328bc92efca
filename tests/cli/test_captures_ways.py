#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The two ways of reading a capture tell the same: frames by tcpstory-frames, or all by tshark."""
import glob
import os
import shutil
import signal
import struct
import subprocess
import sys
import time
import unittest

import command
import tshark as ts
from command import Folder, capture, run, temporary_folders

sys.path.insert(0, os.path.join(command.SOURCE_DIR, 'tests', 'plugin'))
import test_awkward as awkward  # noqa: E402
from packets import (ACK, FRO, PSH, SYN, TO, A4, B4, Conversation, ether, ip4, ip6, udp, vlan,
                     write_pcap)  # noqa: E402

VERBS = (['report'], ['list', '--format', 'json'], ['timeline', '--format', 'tsv'],
         ['timeline', '--live', '--format', 'tsv'], ['anomalies', '--format', 'json'])
SLL, SLL2, RAW, IPV4, IPV6 = 113, 276, 101, 228, 229      # link types of tcpdump.org
NOBODY = 65534


def conversation(port, wrap):
    """A handshake, data in both directions, and a close, as frames."""
    c = Conversation(port)
    segments = [*c.handshake(), (TO, c.segment(TO, PSH | ACK, b'request')),
                (FRO, c.segment(FRO, PSH | ACK, b'answer' * 50)), (TO, c.segment(TO, ACK | 1)),
                (FRO, c.segment(FRO, ACK | 1)), (TO, c.segment(TO, ACK))]
    return [wrap(direction, segment) for direction, segment in segments]


def sll(payload, protocol=0x0800, device=1):
    return struct.pack('!HHH8sH', 0, device, 6, bytes(8), protocol) + payload


def sll2(payload, protocol=0x0800, device=1):
    return struct.pack('!HHIHBB8s', protocol, 0, 1, device, 0, 6, bytes(8)) + payload


def with_options(payload, direction):
    """An IPv4 packet with a NOP option of four bytes."""
    packet = bytearray(ip4(payload, direction))
    packet[0] = 0x46
    packet[2:4] = struct.pack('!H', len(packet) + 4)
    return bytes(packet[:20]) + bytes((1, 1, 1, 1)) + bytes(packet[20:])


def longer_than_the_frame(payload, direction):
    packet = bytearray(ip4(payload, direction))
    packet[2:4] = struct.pack('!H', len(packet) + 100)
    return bytes(packet)


def no_length(payload, direction):
    """As captured where the network card cuts large segments: total length 0."""
    packet = bytearray(ip4(payload, direction))
    packet[2:4] = bytes(2)
    return bytes(packet)


# One capture each: link type, frames
ETHERNET = {
    'plain': lambda d, t: ether(ip4(t, d)),
    'IPv6': lambda d, t: ether(ip6(t, d), 0x86dd),
    'padded': lambda d, t: ether(ip4(t, d)) + bytes(40),
    'tagged': lambda d, t: ether(vlan(0xe007, ip4(t, d)), 0x8100),
    'tagged twice': lambda d, t: ether(vlan(7, vlan(8, ip4(t, d)), 0x8100), 0x8100),
    'tagged IPv6': lambda d, t: ether(vlan(7, ip6(t, d), 0x86dd), 0x8100),
    'tag only': lambda d, t: ether(b'\0\7', 0x8100),
    'options': lambda d, t: ether(with_options(t, d)),
    'longer': lambda d, t: ether(longer_than_the_frame(t, d)),
    'no length': lambda d, t: ether(no_length(t, d)),
    'wrong version': lambda d, t: ether(ip4(t, d), 0x86dd),
    'length, not type': lambda d, t: ether(ip4(t, d), 0x0400),
    'other type': lambda d, t: ether(ip4(t, d), 0x0801),
    'ARP': lambda d, t: ether(bytes(28), 0x0806),
    'DNS': lambda d, t: ether(ip4(udp(5000, 53, t), d, 17)),
    'NTP and a lower port': lambda d, t: ether(ip4(udp(19, 123, t), d, 17)),
    'other UDP': lambda d, t: ether(ip4(udp(5000, 6000, t), d, 17)),
    'UDP cut': lambda d, t: (ether(ip4(udp(5000, 53, t), d, 17)), 14 + 20 + 3),
    'IGMP': lambda d, t: ether(ip4(bytes(8), d, 2)),
    'neighbours': lambda d, t: ether(ip6(bytes((135, 0, 0, 0)) + bytes(20), d, 58), 0x86dd),
    'listeners': lambda d, t: ether(ip6(bytes((58, 0, 5, 2, 0, 0, 1, 0, 143, 0, 0, 0)) + bytes(4),
                                        d, 0), 0x86dd),
    'redirect': lambda d, t: ether(ip6(bytes((137, 0, 0, 0)) + bytes(36) +
                                       bytes((4, 10)) + bytes(6) + ip6(t, d), d, 58), 0x86dd),
    'cut in Ethernet': lambda d, t: (ether(ip4(t, d)), 10),
    'cut in IP': lambda d, t: (ether(ip4(t, d)), 14 + 12),
    'cut in TCP': lambda d, t: (ether(ip4(t, d)), 14 + 20 + 18),
    'cut in data': lambda d, t: (ether(ip4(t, d)), 14 + 20 + 22),
    'cut in IPv6': lambda d, t: (ether(ip6(t, d), 0x86dd), 14 + 30),
    'nothing': lambda d, t: (ether(ip4(t, d)), 0),
}
LINKS = {
    'sll': (SLL, lambda d, t: sll(ip4(t, d))),
    'sll-ipv6': (SLL, lambda d, t: sll(ip6(t, d), 0x86dd, 772)),
    'sll-gre': (SLL, lambda d, t: sll(ip4(t, d), 0x0800, 778)),
    'sll-cut': (SLL, lambda d, t: (sll(ip4(t, d)), 15)),
    'sll2': (SLL2, lambda d, t: sll2(ip4(t, d))),
    'sll2-tun': (SLL2, lambda d, t: sll2(ip6(t, d), 0x86dd, 65534)),
    'raw4': (RAW, lambda d, t: ip4(t, d)),
    'raw6': (RAW, lambda d, t: ip6(t, d)),
    'raw-ppp': (RAW, lambda d, t: b'\x45\xff\x03' + ip4(t, d)[3:]),
    'ipv4': (IPV4, lambda d, t: ip4(t, d)),
    'ipv6': (IPV6, lambda d, t: ip6(t, d)),
    'ipv4-is-6': (IPV4, lambda d, t: ip6(t, d)),
}


def sampled(frame):
    """A datagram of sFlow (version 5, sflow.org) with a raw header of a frame."""
    raw = struct.pack('!IIII', 1, len(frame) + 4, 4, len(frame)) + frame + bytes(-len(frame) % 4)
    sample = struct.pack('!IIIIIIII', 1, 3, 256, 256, 0, 1, 2, 1) + struct.pack(
        '!II', 1, len(raw)) + raw
    return struct.pack('!II4sIIII', 5, 1, bytes((192, 0, 2, 9)), 0, 1, 1000, 1) + struct.pack(
        '!II', 1, len(sample)) + sample


def synthetic():
    """The path of each capture that is made here."""
    everything = [frame for n, wrap in enumerate(ETHERNET.values())
                  for frame in conversation(50000 + n, wrap)]
    yield awkward.write('ways-ethernet', everything)
    for name, (linktype, wrap) in LINKS.items():
        yield awkward.write('ways-' + name, conversation(51000, wrap), linktype=linktype)
    yield awkward.capture(*awkward.SCENES)


def edited(name, path, *arguments):
    """The path of a capture that editcap makes of another."""
    new = os.path.join(ts.scratch(), 'ways-%s-%s' % (name, os.path.basename(path)))
    ts.make_capture('editcap', *arguments, path, new)
    os.chmod(new, 0o644)
    return new


def merged(paths):
    """All in one pcapng, with an interface for each."""
    path = os.path.join(ts.scratch(), 'ways-merged.pcapng')
    ts.make_capture('mergecap', '-I', 'none', '-a', '-w', path, *paths)
    os.chmod(path, 0o644)
    return path


@unittest.skipUnless(command.has_tshark(), 'needs tshark and the plugin')
class Ways(unittest.TestCase):
    maxDiff = None

    def check(self, path):
        records = ts.tshark(['-n', '-q', '-z', 'tcpstate,records'], path, check=True,
                            text=False).stdout
        for verb in VERBS:
            with self.subTest(path=os.path.basename(path), verb=verb):
                wanted = run(*verb, '-', text=records)
                done = run(*verb, path)
                self.assertEqual((done.status, done.err), (wanted.status, ''))
                self.assertEqual(done.out.replace(path, 'standard input'), wanted.out)

    def test_captures(self):
        for path in sorted(glob.glob(capture('*.pcap*'))):
            self.check(path)

    def test_synthetic(self):
        paths = list(synthetic())
        for path in paths:
            self.check(path)
        self.check(merged(paths))

    def test_samples_are_hearsay(self):
        """What a switch tells of segments that it saw is neither captured nor quoted by ICMP."""
        frames = [ether(ip4(udp(5000, 6343, sampled(frame)), protocol=17))
                  for frame in conversation(50000, lambda d, t: ether(ip4(t, d)))]
        path = awkward.write('ways-sflow', frames)
        self.check(path)
        told = run('report', path).out
        self.assertIn('There is no TCP in it', told)
        self.assertNotIn('quoted', told)
        needed = ('frame.number', 'frame.time_epoch', 'frame.protocols', 'ip.src', 'ip.dst',
                  'tcp.srcport', 'tcp.dstport', 'tcp.seq_raw', 'tcp.ack_raw', 'tcp.flags',
                  'tcp.window_size_value', 'tcp.len')
        fields = ts.tshark(['-n', '-T', 'fields', '-E', 'header=y', *(
            word for name in needed for word in ('-e', name))], path, check=True,
                           text=False).stdout
        self.assertEqual(run('list', '--format', 'tsv', '-', text=fields).out.count('\n'), 1)

    def test_cut_captures(self):
        """Each frame captured up to some byte only."""
        paths = sorted(glob.glob(capture('*.pcap')))
        for n, length in enumerate((20, 34, 40, 54, 60, 66, 80)):
            self.check(edited('cut%d' % length, paths[n % len(paths)], '-s', str(length)))

    def test_broken_captures(self):
        """Bytes changed at random, with seeds that do not change."""
        awkward_one = awkward.capture(*awkward.SCENES)
        for seed, path in enumerate(sorted(glob.glob(capture('*.pcap')))[::4] + [awkward_one] * 4):
            self.check(edited('broken%d' % seed, path, '-E', '0.02', '--seed', str(seed)))

    def test_one_connection(self):
        """All segments of a connection, and moments named by frames."""
        path = capture('article-client-closes.pcap')
        for arguments in (['show', '0'], ['netstat', '--at', '#5'], ['list', '--until', '#4']):
            wanted = run(*arguments, path, env={'TSHARK': shutil.which('tshark')})
            self.assertEqual(run(*arguments, path)[:3], wanted[:3])


    def test_jobs(self):
        """One processor or all: nothing but time differs. The awkward one needs a tshark, too."""
        for path in (capture('several.pcap'), awkward.capture(*awkward.SCENES)):
            for arguments in (['report'], ['timeline', '--format', 'tsv']):
                wanted = run(*arguments, path)
                for jobs in ('1', '2', '1000'):
                    self.assertEqual(run(*arguments, '--jobs', jobs, path)[:3], wanted[:3])


@unittest.skipUnless(command.has_tshark(), 'needs tshark and the plugin')
class CutTails(unittest.TestCase):
    """Frames that end before their IP packets do, which nothing but IP's length tells: a tap took
    the last 4 bytes for Ethernet's checksum."""

    @staticmethod
    def rows(cut, wrap):
        with Folder() as folder:
            path = folder.file('x.pcap')
            write_pcap(path, [frame[:len(frame) - cut] for frame in conversation(40000, wrap)])
            return run('list', '--format', 'csv', '--columns', 'opening,ending,client_state,'
                       'server_state,client_bytes,server_bytes,client_retrans', path).out

    def test_told_as_cut(self):
        for version, wrap in (('IPv4', ETHERNET['plain']), ('IPv6', ETHERNET['IPv6'])):
            with self.subTest(version):
                whole = self.rows(0, wrap)
                self.assertIn('connected,clean,TIME_WAIT,CLOSED,7,300,0', whole)
                self.assertEqual(self.rows(4, wrap), whole)


@unittest.skipUnless(command.has_tshark(), 'needs tshark and the plugin')
class WhoReads(unittest.TestCase):
    """Simple frames need no tshark; others are read by the tshark that is there."""

    def run_with_tshark(self, path, script):
        """Sets self.asked to what the script leaves in the file "asked" beside it."""
        with Folder() as folder:
            os.chmod(folder.path, 0o777)
            fake = folder.write('tshark', b'#!/bin/sh\n' + script)
            os.chmod(fake, 0o755)
            done = run('list', path, env={'PATH': folder.path + ':' + os.environ['PATH']})
            self.asked = ''
            if os.path.exists(folder.file('asked')):
                with open(folder.file('asked'), encoding='ascii') as file:
                    self.asked = file.read()
        return done

    def test_what_tshark_is_asked(self):
        """One tshark for the frames that need dissection, and for headers only. Of each capture
        that is made here, so that none of them is compared with itself."""
        for path in synthetic():
            done = self.run_with_tshark(path, b'printf "%s\\n" "$*" >> "${0%/*}/asked"\n'
                                              b'exec /usr/bin/tshark "$@"\n')
            self.assertEqual((done.status, done.err), (0, ''))
            self.assertIn(self.asked, ('', '-n -q -z tcpstate,headers2 -r -\n'), path)

    def test_plain(self):
        done = self.run_with_tshark(capture('article-client-closes.pcap'), b'exit 7\n')
        self.assertEqual((done.status, done.err), (0, ''))
        self.assertIn('10.9.0.2:9502', done.out)

    def test_broken_tshark(self):
        """Frames that need it: then its trouble is told."""
        done = self.run_with_tshark(awkward.capture('tunnels'), b'echo "no luck" >&2\nexit 7\n')
        self.assertEqual((done.status, done.out), (4, ''))
        self.assertIn('no luck', done.err)

    def test_tshark_that_stops(self):
        done = self.run_with_tshark(awkward.capture('tunnels'), b'exec head -c 200 /dev/zero\n')
        self.assertEqual(done.status, 4)
        self.assertEqual(temporary_folders(done.pid), [])


@unittest.skipUnless(command.has_tshark(), 'needs tshark and the plugin')
class Process(unittest.TestCase):
    """While tcpstory-frames reads: it is stopped, so that there is time to look."""

    def setUp(self):
        self.path = os.path.join(ts.scratch(), 'ways-big.pcap')
        if not os.path.exists(self.path):
            c = Conversation(52000)
            frames = [ether(ip4(t, d)) for d, t in c.handshake()]
            frames += [ether(ip4(c.segment(TO, PSH | ACK, b'x' * 1000)))] * 60000
            write_pcap(self.path, frames, step_us=1)
        self.wanted = run('list', '-', text=ts.tshark(
            ['-n', '-q', '-z', 'tcpstate,records'], self.path, check=True, text=False).stdout).out
        self.process = subprocess.Popen([command.TCPSTORY, 'list', self.path],
                                        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                                        env=command.environment())
        self.child = self.stop_reader()

    def tearDown(self):
        if self.process.poll() is None:
            self.process.terminate()
        self.process.communicate()

    def stop_reader(self):
        """The process id of the tcpstory-frames that our process started, in the middle of its
        work.
        """
        children = '/proc/%d/task/%d/children' % (self.process.pid, self.process.pid)
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            with open(children, encoding='ascii') as file:
                for pid in file.read().split():
                    with open('/proc/%s/comm' % pid, encoding='ascii') as comm:
                        if comm.read().strip() == 'tcpstory-frames':
                            os.kill(int(pid), signal.SIGSTOP)
                            return int(pid)
        self.fail('no tcpstory-frames was seen')

    def status(self, name):
        with open('/proc/%d/status' % self.child, encoding='ascii') as file:
            return [line.split()[1:] for line in file if line.startswith(name + ':')][0]

    def test_reader_is_never_root(self):
        if os.geteuid() == 0:
            self.assertEqual(set(self.status('Uid') + self.status('Gid')), {str(NOBODY)})
            self.assertEqual(self.status('Groups'), [])
            self.assertEqual(int(self.status('CapEff')[0], 16), 0)
        self.assertEqual(self.status('NoNewPrivs'), ['1'])

    def test_interrupt_tells_what_was_read(self):
        self.process.send_signal(signal.SIGINT)
        _, err = self.process.communicate(timeout=20)
        self.assertEqual(self.process.returncode, 3)
        self.assertIn('interrupted', err)

    def test_signals_end_both(self):
        self.process.send_signal(signal.SIGTERM)
        _, err = self.process.communicate(timeout=20)
        self.assertEqual((self.process.returncode, err), (-signal.SIGTERM, ''))
        self.assertFalse(os.path.exists('/proc/%d' % self.child))

    def test_reader_crashes(self):
        """Then tshark reads all of it, and that is told."""
        os.kill(self.child, signal.SIGKILL)
        out, err = self.process.communicate(timeout=60)
        self.assertEqual(self.process.returncode, 0)
        self.assertEqual(err,
                         'tcpstory: %s: warning: tcpstory-frames, which reads frames, has died; '
                              'tshark has read all instead\n' % self.path)
        self.assertEqual(out, self.wanted)

    def test_goes_on(self):
        os.kill(self.child, signal.SIGCONT)
        out, err = self.process.communicate(timeout=60)
        self.assertEqual((self.process.returncode, err, out), (0, '', self.wanted))


if __name__ == '__main__':
    unittest.main()
