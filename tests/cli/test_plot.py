#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""tcpstory show --plot: sequence numbers over time."""
import collections
import csv
import io
import unittest
import xml.etree.ElementTree as xml

import command
from command import capture, run

SVG = '{http://www.w3.org/2000/svg}'


def plot(path, *options):
    done = run('show', '0', '--plot', *options, path)
    assert (done.status, done.err) == (0, ''), done
    return xml.fromstring(done.out)


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
