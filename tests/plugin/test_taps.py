# SPDX-License-Identifier: GPL-2.0-or-later
"""What -z tcpstate,... prints: the record stream, the table for people, the error for the rest."""
import os
import unittest

import tshark as ts

CAPTURE = 'captures/article-client-closes.pcap'


def records(*args, capture=CAPTURE, option='tcpstate,records', **options):
    done = ts.tshark(['-q', '-z', option, *args], capture, **options)
    return [line.split('\t') for line in done.stdout.splitlines()], done


def of_kind(lines, kind):
    return [line for line in lines if line[0] == kind]


class Records(unittest.TestCase):
    def test_begins_with_the_header_and_ends_with_the_end(self):
        lines, done = records(check=True)
        self.assertEqual(lines[0][:2], ['H', 'tcpstate'])
        self.assertRegex(lines[0][2], r'^\d+$')
        self.assertEqual(lines[-1], ['Z'])
        self.assertEqual(done.stderr, '')

    def test_capture_counts_frames_of_any_kind(self):
        frames = len(ts.lines([], CAPTURE))
        lines, _ = records()
        (capture,) = of_kind(lines, 'Q')
        self.assertEqual(capture[1], str(frames))
        self.assertEqual(capture[4:], [str(frames), *['0'] * 6])

    def test_segments_without_effect_are_left_out_unless_wanted(self):
        some = of_kind(records()[0], 'G')
        every = of_kind(records(option='tcpstate,records,segments')[0], 'G')
        self.assertEqual(len(every), len(ts.lines(['-Y', 'tcp'], CAPTURE)))
        self.assertLess(len(some), len(every))
        self.assertEqual([line for line in every if line in some], some)

    def test_one_stream(self):
        capture = 'captures/several.pcap'
        every = records(capture=capture, option='tcpstate,records,segments')[0]
        some, done = records(capture=capture, option='tcpstate,records,segments,stream=2')
        self.assertEqual(done.stderr, '')
        self.assertEqual(some, [line for line in every if line[0] in 'HSQZ' or line[1] == '2'])
        self.assertGreater(len(of_kind(some, 'G')), 3)

    def test_each_stream_has_a_start_and_totals(self):
        lines, _ = records(capture='captures/several.pcap')
        streams = ts.fields('captures/several.pcap', 'tcp.stream', display_filter='tcp')
        numbers = sorted({row[0] for row in streams}, key=int)
        self.assertEqual([line[1] for line in of_kind(lines, 'S')], numbers)
        self.assertEqual([line[1] for line in of_kind(lines, 'E')], numbers)

    def test_read_from_standard_input(self):
        with open(os.path.join(ts.SOURCE_DIR, CAPTURE), 'rb') as capture:
            piped, done = records(capture=capture)
        self.assertEqual(done.returncode, 0)
        self.assertEqual(piped, records()[0])

    def test_cut_short_capture_still_ends_well(self):
        with open(os.path.join(ts.SOURCE_DIR, CAPTURE), 'rb') as capture:
            content = capture.read()[:-30]
        path = os.path.join(ts.scratch(), 'cut.pcap')
        with open(path, 'wb') as capture:
            capture.write(content)
        os.chmod(path, 0o644)
        lines, done = records(capture=path)
        self.assertNotEqual(done.returncode, 0)
        self.assertEqual(lines[-1], ['Z'])
        self.assertEqual(len(of_kind(lines, 'E')), 1)

    def test_no_capture_no_records(self):
        done = ts.tshark(['-q', '-z', 'tcpstate,records', '-r', '/nonexistent'])
        self.assertEqual(done.stdout, '')


class Table(unittest.TestCase):
    def test_counts_ends_and_visits(self):
        for option in ('tcpstate', 'tcpstate,table'):
            text = ts.tshark(['-q', '-z', option], CAPTURE, check=True).stdout
            rows = {line.split()[0]: line.split()[1:] for line in text.splitlines()
                    if line and line.split()[0].isupper()}
            self.assertEqual(rows['TIME_WAIT'], ['1', '0', '1', '0'])
            self.assertEqual(rows['CLOSED'], ['0', '1', '0', '1'])
            self.assertEqual(rows['ESTABLISHED'], ['0', '0', '1', '1'])
            self.assertIn('1 connection; 11 TCP segments in 11 frames', text)
            self.assertIn('-z tcpstate,states has them in hindsight', text)

    def test_together_with_records_and_other_taps(self):
        text = ts.tshark(['-q', '-z', 'tcpstate', '-z', 'tcpstate,records', '-z', 'io,phs'],
                         CAPTURE, check=True).stdout
        self.assertIn('TIME_WAIT', text)
        self.assertIn('\nZ\n', '\n' + text)
        self.assertIn('Protocol Hierarchy Statistics', text)


class Unknown(unittest.TestCase):
    def test_unknown_option_is_named(self):
        for option in ('tcpstate,', 'tcpstate,record', 'tcpstate,records,all', 'tcpstates'):
            done = ts.tshark(['-q', '-z', option], CAPTURE)
            self.assertEqual(done.returncode, 1, option)
            self.assertIn(option, done.stderr)
            self.assertEqual(done.stdout, '')

    def test_the_same_twice(self):
        done = ts.tshark(['-q', '-z', 'tcpstate,records', '-z', 'tcpstate,records,segments'],
                         CAPTURE)
        self.assertEqual(done.returncode, 1)
        self.assertIn('once', done.stderr)


if __name__ == '__main__':
    unittest.main()
