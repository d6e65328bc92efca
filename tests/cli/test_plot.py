#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""tcpstory show --plot: sequence numbers over time."""
import collections
import csv
import io
import os
import struct
import sys
import unittest
import xml.etree.ElementTree as xml

import command
from command import Folder, capture, run

sys.path.insert(0, os.path.join(command.SOURCE_DIR, 'tests', 'plugin'))
from packets import ACK, FRO, PSH, TO, Conversation, ether, ip4, write_pcap  # noqa: E402

SVG = '{http://www.w3.org/2000/svg}'


def plot(path, *options):
    done = run('show', '0', '--plot', *options, path)
    assert (done.status, done.err) == (0, ''), done
    return xml.fromstring(done.out)


def with_sack(segment, *blocks):
    """The segment with those blocks of sequence numbers as its options (RFC 2018 3)."""
    options = b'\x01\x01\x05' + bytes([2 + 8 * len(blocks)])
    options += b''.join(struct.pack('!II', *block) for block in blocks)
    return segment[:12] + bytes([(20 + len(options)) // 4 << 4]) + segment[13:] + options


def lossy():
    """Segments of 1000 octets: the second is lost, and comes again twice; what the client answers
    has the blocks that a receiver sends, the newest first."""
    talk = Conversation(20000, 80)
    frames = list(talk.handshake())
    first = talk.next[FRO]

    def at(*thousands):
        return tuple(first + 1000 * n for n in thousands)

    def answer(*blocks):
        frames.append((TO, with_sack(talk.segment(TO, ACK), *blocks)))

    data = [(FRO, talk.segment(FRO, PSH | ACK, bytes(1000))) for _ in range(5)]
    talk.next[FRO], = at(1)
    frames += [data[0], (TO, talk.segment(TO, ACK)), data[2]]
    answer(at(2, 3))
    frames.append(data[4])
    answer(at(4, 5), at(2, 3))
    frames += [data[1], data[3]]
    talk.next[FRO], = at(5)
    frames += [(TO, talk.segment(TO, ACK)), data[1]]
    answer(at(1, 2))
    return [ether(ip4(segment, way)) for way, segment in frames]


@unittest.skipUnless(command.has_tshark(), 'needs tshark and the plugin')
class Plot(unittest.TestCase):
    def words(self, svg):
        return collections.Counter(text.text for text in svg.iter(SVG + 'text'))

    def test_what_is_drawn(self):
        for name in ('retransmission-death-later.pcap', 'zero-window.pcap', 'ipv6.pcap',
                     'late-start.pcap'):
            with self.subTest(name):
                row, = csv.DictReader(io.StringIO(run(
                    'list', '--stream', '0', '--format', 'csv', '--columns',
                    'client_retrans,server_retrans,client_segments,server_segments',
                    capture(name)).out))
                svg = plot(capture(name))
                words = self.words(svg)
                self.assertEqual(words['R'],
                                 int(row['client_retrans']) + int(row['server_retrans']))
                for side in ('client', 'server'):
                    self.assertEqual(words['Sequence numbers of the ' + side],
                                     int(row[side + '_segments']) > 0)
                shapes = collections.Counter(line.get('class') for line in svg.iter(SVG + 'line'))
                self.assertGreater(shapes['line acked'], 1)
                self.assertGreater(shapes['line window'], 1)

    def test_sack_blocks(self):
        with Folder() as folder:
            write_pcap(folder.file('x.pcap'), lossy())
            svg = plot(folder.file('x.pcap'))
        self.assertEqual(self.words(svg)['SACK'], 1)
        legend, *bars = sorted((line for line in svg.iter(SVG + 'line')
                                if line.get('class') == 'line sacked'),
                               key=lambda line: line.get('y1') == line.get('y2'), reverse=True)
        self.assertEqual(legend.get('y1'), legend.get('y2'))
        data = sorted((line for line in svg.iter(SVG + 'line')
                       if line.get('x1') == line.get('x2') and line.get('class') == 'line'),
                      key=lambda line: float(line.get('x1')))
        # Each bar is as high as the data that came beyond the hole, or twice.
        ends = {(line.get('y1'), line.get('y2')) for line in data}
        self.assertEqual(len(bars), 3)
        for bar in bars:
            self.assertEqual(bar.get('x1'), bar.get('x2'))
            self.assertIn((bar.get('y1'), bar.get('y2')), ends | {self.again(svg)})
        low = sorted(float(bar.get('y1')) for bar in bars)  # y grows downwards
        self.assertAlmostEqual(low[1] - low[0], 2 * (low[2] - low[1]), delta=0.05)

    def again(self, svg):
        """The ends of what was sent again last."""
        *_, last = (line for line in svg.iter(SVG + 'line')
                    if line.get('class') == 'line bad' and line.get('x1') == line.get('x2'))
        return last.get('y1'), last.get('y2')

    def test_inside_its_frame(self):
        svg = plot(capture('zero-window.pcap'))
        width, height = float(svg.get('width')), float(svg.get('height'))
        for line in svg.iter(SVG + 'line'):
            for name, most in (('x1', width), ('x2', width), ('y1', height), ('y2', height)):
                self.assertTrue(0 <= float(line.get(name)) <= most, xml.tostring(line))

    def test_usage(self):
        done = run('show', '0', '--plot', '--format', 'csv', capture('ipv6.pcap'))
        self.assertEqual(done.status, 2)
        self.assertIn('--plot is a picture', done.err)
        with command.Folder() as folder:
            self.assertEqual(run('show', '0', '--plot', '-o', folder.file('x.svg'),
                                 capture('ipv6.pcap')).status, 0)
            with open(folder.file('x.svg'), encoding='utf-8') as file:
                self.assertIn('Sequence numbers over time', file.read())


if __name__ == '__main__':
    unittest.main()
