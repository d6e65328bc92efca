#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Pictures: tcpstory show -o x.svg, sockstat -o x.svg, and the colours that they have."""
import itertools
import os
import re
import unittest
import xml.etree.ElementTree as tree

import color_vision
import state_colors
from command import SOURCE_DIR, Folder, capture, data, has_tshark, run, data_bytes

SVG = '{http://www.w3.org/2000/svg}'
STATE = re.compile(r'\b(LISTEN|SYN_SENT|SYN_RCVD|ESTABLISHED|FIN_WAIT_[12]|CLOSE_WAIT|CLOSING|'
                   r'LAST_ACK|TIME_WAIT|CLOSED|UNKNOWN)\b')


class Colors(unittest.TestCase):
    def test_all_can_be_told_apart(self):
        colors = {state: color for state, (color, _) in state_colors.palette().items()}
        self.assertEqual(len(colors), 12)
        for sight in color_vision.VISION:
            for one, other in itertools.combinations(colors, 2):
                apart = color_vision.distance(colors[one], colors[other], sight)
                self.assertGreater(apart, 20, (sight, one, other))

    def test_text_on_them_can_be_read(self):
        for state, (color, ink) in state_colors.palette().items():
            self.assertGreater(color_vision.contrast(color, ink), 4.0, state)


def drawn(*arguments):
    """The picture that tcpstory writes, as a tree."""
    with Folder() as folder:
        path = folder.file('x.svg')
        done = run(*arguments[:-1], '-o', path, arguments[-1])
        if (done.status, done.err) != (0, ''):
            raise AssertionError(done)
        return tree.parse(path).getroot()


def texts(picture):
    return [''.join(text.itertext()) for text in picture.iter(SVG + 'text')]


class Ladder(unittest.TestCase):
    def test_it_says_what_the_text_says(self):
        for stream, name in (('0', 'window.records'), ('3', 'refuted.records')):
            text = run('show', stream, data(name)).out
            picture = texts(drawn('show', stream, data(name)))
            told = {word for line in text.splitlines()[3:] for word in STATE.findall(line)}
            self.assertEqual(told, {word for cell in picture for word in STATE.findall(cell)})
            for frame in re.findall(r'^ *\d+\.\d{6} +(\d+)  ', text, re.M):
                self.assertIn(frame, picture)

    def test_what_is_not_certain_is_hatched(self):
        picture = drawn('show', '3', data('refuted.records'))
        doubts = [cell for cell in texts(picture) if cell.endswith('?') and STATE.match(cell)]
        hatched = [box for box in picture.iter(SVG + 'rect') if box.get('fill') == 'url(#hatch)']
        self.assertTrue(doubts)
        self.assertEqual(len(hatched), len(doubts))

    def test_one_capture_only(self):
        done = run('show', '0', '--format', 'svg', data('refuted.records'), data('window.records'))
        self.assertEqual((done.status, done.out), (2, ''))
        self.assertIn('a picture is of one capture', done.err)

    @unittest.skipUnless(has_tshark(), 'needs tshark and the plugin')
    def test_long_ones_say_what_is_left_out(self):
        picture = texts(drawn('show', '0', '--every', capture('zero-window.pcap')))
        with_frames = [cell for cell in picture if re.fullmatch(r'\d+', cell)]
        rest = re.search(r'and (\d+) more segments', ' '.join(picture))
        every = run('show', '0', '--every', capture('zero-window.pcap')).out
        lines = len(re.findall(r'^ *\d+\.\d{6} +\d+  ', every, re.M))
        self.assertEqual(len(with_frames) + (int(rest[1]) if rest else 0), lines)


class States(unittest.TestCase):
    def test_areas_are_the_states_that_occur(self):
        for name in ('article.records', 'mixed.records', 'leak.records'):
            head, *rows = [line.split('\t') for line in run(
                'sockstat', '--interval', '0.01', '--format', 'tsv', data(name)
            ).out.splitlines()]
            names = {'tcp-tw': 'TIME_WAIT', 'estab': 'ESTABLISHED', 'synsent': 'SYN_SENT',
                     'synrcvd': 'SYN_RCVD', 'finw1': 'FIN_WAIT_1', 'finw2': 'FIN_WAIT_2',
                     'clwait': 'CLOSE_WAIT', 'lastack': 'LAST_ACK', 'closing': 'CLOSING',
                     'unknown': 'UNKNOWN'}
            there = {names[column] for i, column in enumerate(head) if column in names and
                     any(row[i] != '0' for row in rows)}
            picture = drawn('sockstat', '--interval', '0.01', data(name))
            areas = {area.find(SVG + 'title').text for area in picture.iter(SVG + 'polygon')}
            self.assertEqual(areas, there)

    def test_two_captures_are_two_panels(self):
        with Folder() as folder:
            path = folder.file('x.svg')
            run('sockstat', '-o', path, data('article.records'), data('mixed.records'))
            self.assertEqual(len([text for text in texts(tree.parse(path).getroot())
                                  if text.endswith('.records')]), 2)

    def test_no_connection(self):
        self.assertEqual(list(drawn('sockstat', data('no-tcp.records')).iter(SVG + 'polygon')), [])


class Hostile(unittest.TestCase):
    def test_names_are_text(self):
        for name in ('"><script>alert(1)</script>', '</title></svg>&', 'a\u202eb\x1b[31m'):
            with Folder() as folder:
                path = folder.write(name.replace('/', '|'), data_bytes('refuted.records'))
                for verb in (['show', '3'], ['sockstat']):
                    picture = drawn(*verb, path)
                    self.assertFalse(list(picture.iter(SVG + 'script')))
                    self.assertNotRegex(''.join(texts(picture)), '[\u202e\x1b]')


if __name__ == '__main__':
    unittest.main()
