#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""tcpstory extract: the packets of chosen connections, whole."""
import csv
import io
import os
import shutil
import subprocess
import sys
import unittest

import command
import tshark as ts
from command import Folder, capture, run

sys.path.insert(0, os.path.join(command.SOURCE_DIR, 'tests', 'plugin'))
from packets import (ACK, FRO, PSH, SYN, TO, Conversation, ether, icmp_error, ip4, ip6, tcp,
                     vlan, write_pcapng)  # noqa: E402

START = 1700000000 * 10 ** 9
MORE = 0x2000
# What the time after the last packet, or the number, says is not the same.
OTHERWISE = {'stream', 'client_last_heard', 'server_last_heard', 'client_state', 'server_state',
             'client_basis', 'server_basis', 'outcome', 'ending', 'anomalies'}


def rows(*args):
    done = run('list', '--format', 'csv', *args)
    assert done.status == 0, done
    return [{name: value for name, value in row.items() if name not in OTHERWISE}
            for row in csv.DictReader(io.StringIO(done.out))]


def comments(path):
    return ts.fields(path, 'frame.number', 'frame.comment', 'frame.interface_name')


def mixed(path):
    """Two connections on two interfaces, a datagram in fragments of each, an ICMP error, comments,
    and a packet of neither."""
    one, two = Conversation(40000), Conversation(50000)
    frames = []
    for n, c in enumerate((one, two)):
        frames += [(n, ether(ip4(s, d)), 'handshake of %d' % n) for d, s in c.handshake()]
    data = [c.segment(TO, PSH | ACK, b'x' * 40) for c in (one, two)]
    parts = [[ip4(s[32:], identification=7 + n, fragment=4),
              ip4(s[:32], identification=7 + n, fragment=MORE)] for n, s in enumerate(data)]
    frames += [(n, ether(vlan(5, parts[n][k]), 0x8100)) for k in (0, 1) for n in (0, 1)]
    frames.append((0, ether(ip4(icmp_error(3, 3, ip4(data[0][:8])), FRO, protocol=1)), 'an error'))
    frames.append((1, ether(ip4(icmp_error(3, 3, ip4(data[1][:8])), FRO, protocol=1))))
    frames.append((0, ether(bytes(28), 0x0806)))
    write_pcapng(path, [(START + n * 10 ** 6, *frame) for n, frame in enumerate(frames)],
                 ('left', 'right'), 'of a section')


@unittest.skipUnless(command.has_tshark(), 'needs tshark and the plugin')
class Extract(unittest.TestCase):
    def extract(self, folder, *args, status=0):
        path = folder.file('one.pcapng')
        done = run('extract', '-w', path, *args)
        self.assertEqual((done.status, done.err), (status, ''))
        os.chmod(folder.path, 0o755)
        return path

    def test_list_of_what_is_extracted(self):
        for name, *options in (('pile-close-wait.pcap', '--stream', '3,5-7'),
                               ('several.pcap', '--not', '--stream', '1'),
                               ('pile-close-wait.pcap', '--state', 'CLOSE_WAIT'),
                               ('icmp-unreachable.pcap',), ('ipv6.pcap', '--outcome', 'clean'),
                               ('refused.pcap', '--filter', 'tcp.flags.reset == 1'),
                               ('syn-flood.pcap', '--anomaly', 'A04')):
            with Folder() as folder, self.subTest(name, options=options):
                path = self.extract(folder, *options, capture(name))
                chosen = rows(*options, capture(name))
                self.assertTrue(chosen)
                self.assertEqual(rows(path), chosen)

    def test_everything_of_a_connection(self):
        with Folder() as folder:
            mixed(folder.file('mixed.pcapng'))
            path = self.extract(folder, '--port', '40000', folder.file('mixed.pcapng'))
            told = [(row[1:] + [''])[:2] for row in comments(path)]
            self.assertEqual(told, [['handshake of 0', 'left']] * 3 + [['', 'left']] * 2 +
                             [['an error', 'left']])
            self.assertEqual(ts.fields(path, 'ip.id', display_filter='ip.id == 7',
                                       args=['-o', 'ip.defragment:FALSE']), [['0x0007']] * 2)
            # The frames are what they were, to the last byte and nanosecond.
            times = ts.fields(path, 'frame.time_epoch', 'frame.len')
            self.assertEqual(times[3], ['1700000000.006000000', '66'])
            said = subprocess.run(['capinfos', '-k', '-I', path], stdout=subprocess.PIPE,
                                  check=True, text=True).stdout
            self.assertIn('of a section', said)
            self.assertIn('Number of interfaces in file: 2', said)

    def test_fragments_of_ipv6_that_come_late(self):
        """Of a key that is used again after a minute, only those that belong together."""
        c = Conversation(40000)
        other = tcp(50000, 8080, ACK, 1, 1, b'y' * 40)
        own = c.segment(TO, SYN) + bytes(40)

        def part(segment, offset, more):
            header = bytes((6, 0)) + (offset | more).to_bytes(2, 'big') + (99).to_bytes(4, 'big')
            return ether(ip6(header + segment, next_header=44), 0x86dd)
        frames = [part(own[:32], 0, 1), part(own[32:], 32, 0)]
        later = [part(other[:32], 0, 1), part(other[32:], 32, 0)]
        with Folder() as folder:
            path = folder.file('six.pcapng')
            write_pcapng(path, [(START + n, 0, f) for n, f in enumerate(frames)] +
                         [(START + 100 * 10 ** 9 + n, 0, f) for n, f in enumerate(later)])
            one = self.extract(folder, '--port', '40000', path)
            self.assertEqual([row[0] for row in comments(one)], ['1', '2'])

    def test_several_files(self):
        with Folder() as folder:
            whole = capture('pile-close-wait.pcap')
            for name, first, last in (('a.nsecpcap', 1, 40), ('b.pcapng', 41, 1000)):
                ts.make_capture('editcap', '-F', name.split('.')[1], '-r', whole,
                                folder.file(name), '%d-%d' % (first, last))
            parts = [folder.file(name) for name in ('b.pcapng', 'a.nsecpcap')]
            joined = self.extract(folder, '--quiet', '--join=sequence', '--stream', '2', *parts)
            self.assertEqual(rows(joined), rows('--stream', '2', whole))
            both = self.extract(folder, '--separate', *parts)
            self.assertEqual(len(comments(both)), len(comments(whole)))

    def test_what_is_lost_is_still_told(self):
        with Folder() as folder:
            path = self.extract(folder, os.path.join(command.DATA, 'lost-packets.pcapng'))
            self.assertIn('the capture lost 58,014 of 220,511 packets', run(path).out)

    def test_slow_way(self):
        """Where tshark reads the capture, it tells of the same packets."""
        name = {'TSHARK': shutil.which('tshark')}
        with Folder() as folder:
            path = folder.file('one.pcapng')
            done = run('extract', '--stream', '0', '-w', path, capture('icmp-unreachable.pcap'),
                       env=name)
            self.assertEqual((done.status, done.err), (0, ''))
            os.chmod(folder.path, 0o755)
            self.assertEqual([row[0] for row in ts.fields(path, 'icmp.type')], ['', '3'])

    def test_cut_capture(self):
        with Folder() as folder:
            with open(capture('several.pcap'), 'rb') as file:
                cut = folder.write('cut.pcap', file.read()[:-10])
            done = run('extract', '-w', folder.file('x.pcapng'), '-q', cut)
            self.assertEqual(done.status, 3)
            os.chmod(folder.path, 0o755)
            self.assertEqual(len(comments(folder.file('x.pcapng'))), 16)

    def test_usage(self):
        with Folder() as folder:
            path = folder.file('x.pcapng')
            done = run('extract', '-w', path, '--port', '1', capture('several.pcap'))
            self.assertEqual(done.status, 2)
            self.assertIn('nothing is written', done.err)
            with open(capture('several.pcap'), 'rb') as file:
                done = run('extract', '-w', path, '-', text=file.read())
            self.assertEqual(done.status, 2)
            self.assertIn('twice', done.err)
            done = run('extract', '-w', path, command.data('mixed.records'))
            self.assertEqual(done.status, 3)
            self.assertIn('no packet', done.err)
            self.assertFalse(os.path.exists(path))
            done = run('extract', '-w', capture('several.pcap'), capture('several.pcap'))
            self.assertEqual(done.status, 2)


if __name__ == '__main__':
    unittest.main()
