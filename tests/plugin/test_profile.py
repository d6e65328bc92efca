# SPDX-License-Identifier: GPL-2.0-or-later
"""The profile "TCP State": columns, colours, buttons, saved filters, macros, I/O graphs."""
import itertools
import os
import re
import unittest
import zipfile

import color_vision
import packets
import profile_files as profile
import state_colors
import tshark as ts
from test_registered import STATES

ARTICLE = 'captures/article-client-closes.pcap'
# Title and the longest text that is to be seen whole; Info takes what is left.
COLUMNS = {
    'No.': '1000000', 'Time': '12345.123456789', 'Source': '2001:db8:85a3::8a2e:370:7334',
    'Destination': '2001:db8:85a3::8a2e:370:7334', 'Protocol': 'TLSv1.3', 'Length': '65535',
    'Stream': '100000', 'States': 'ESTABLISHED / ESTABLISHED', 'Step': 'close 2+3/4',
    'Event': 'duplicate capture', 'Info': '',
}
PIXELS_PER_CHARACTER = 8        # of Wireshark's monospaced font at its first size
BUTTONS = {'Handshake', 'Closing', 'Changes'} | {'State//' + state for state in STATES} | {
    'Trouble//' + label for label in (
        'Half-open', 'Refused', 'Reset', 'Verdicts', 'Anomalies', 'Incidents')}

# What each rule is there for: capture and frame.
COLOURED = {
    'TCP refused': [('captures/refused.pcap', 2), ('captures/icmp-unreachable.pcap', 2)],
    'TCP reset': [('captures/reset-by-client.pcap', 8)],
    'TCP trouble': [('captures/fin-lost.pcap', 9), ('captures/forged-rst.pcap', 10)],
    'TCP half-open': [('captures/client-reboot-reconnect.pcap', 8)],
    'TCP opening': [(ARTICLE, 1), (ARTICLE, 2), (ARTICLE, 3)],
    'TCP closing': [(ARTICLE, 8), (ARTICLE, 9), (ARTICLE, 10)],
    'TCP closed': [(ARTICLE, 11)],
}


def frames(capture):
    return ts.sharkd([{'method': 'frames', 'params': {}}], capture,
                     profile=profile.NAME)[0]['result']


def matching(display_filter, capture):
    return [int(line) for line in ts.lines(
        ['-2', '-C', ts.use_profile(profile.NAME), '-Y', display_filter, '-T', 'fields', '-e',
         'frame.number'], capture)]


class Files(unittest.TestCase):
    def test_all_have_the_same_version(self):
        versions = set()
        for name in os.listdir(profile.FOLDER):
            with open(os.path.join(profile.FOLDER, name), encoding='utf-8') as file:
                versions.update(re.findall(r'^# Profile TCP State, version (\d+);', file.read()))
        self.assertEqual(len(versions), 1)

    def test_macros_of_old_and_new_wireshark_are_the_same(self):
        self.assertEqual([tuple(row) for row in profile.table('dfilter_macros')],
                         profile.pairs('dmacros'))

    def test_zip_has_the_same_files(self):
        with zipfile.ZipFile(os.path.join(ts.BUILD_DIR, 'plugin',
                                          'tcpstate-profile.zip')) as zipped:
            names = [name for name in zipped.namelist() if not name.endswith('/')]
            self.assertEqual({os.path.dirname(name) for name in names}, {profile.NAME})
            self.assertEqual(sorted(map(os.path.basename, names)),
                             sorted(os.listdir(profile.FOLDER)))
            for name in names:
                with open(os.path.join(profile.FOLDER, os.path.basename(name)), 'rb') as file:
                    self.assertEqual(zipped.read(name), file.read())


class Columns(unittest.TestCase):
    def test_titles(self):
        self.assertEqual(profile.columns(), list(COLUMNS))

    def test_wide_enough_for_long_captures_and_ipv6(self):
        self.assertEqual(len(profile.widths()), len(COLUMNS))
        for (title, text), width in zip(COLUMNS.items(), profile.widths()):
            with self.subTest(title):
                self.assertGreaterEqual(width, PIXELS_PER_CHARACTER * len(text) + 6)

    def test_wireshark_does_not_complain(self):
        done = ts.tshark(['-C', ts.use_profile(profile.NAME), '-c', '1'], ARTICLE, check=True)
        self.assertEqual(done.stderr, '')

    def test_values_of_a_connection(self):
        shown = [frame['c'][4:10] for frame in frames(ARTICLE)]
        self.assertEqual(shown[0], ['TCP', '74', '0', 'SYN_SENT / LISTEN', 'open 1/3', 'SYN'])
        self.assertEqual(shown[3][2:], ['0', 'ESTABLISHED / ESTABLISHED', '', 'data'])
        self.assertEqual(shown[7][2:], ['0', 'FIN_WAIT_1 / CLOSE_WAIT', 'close 1/4', 'FIN'])

    def test_no_value_is_missing_or_double(self):
        for capture in (ARTICLE, 'captures/several.pcap', 'captures/three-segment-close.pcap'):
            for frame in frames(capture):
                with self.subTest(capture=capture, frame=frame['num']):
                    stream, states, step, event = frame['c'][6:10]
                    self.assertRegex(stream, r'^\d+$')
                    client, server = states.split(' / ')
                    self.assertIn(client, STATES)
                    self.assertIn(server, STATES)
                    self.assertRegex(step, r'^((open|close) [1-4](\+[1-4])*/[34])?$')
                    self.assertRegex(event, r'^[^,]+$')


class Colours(unittest.TestCase):
    def test_chosen_frames(self):
        backgrounds = {name: back for name, _, back, _ in profile.own_colours()}
        self.assertEqual(set(backgrounds), set(COLOURED))
        for name, where in COLOURED.items():
            for capture, number in where:
                with self.subTest(name, capture=capture, frame=number):
                    self.assertEqual(frames(capture)[number - 1]['bg'], backgrounds[name])

    def test_established_has_the_colours_of_the_theme(self):
        for number in (4, 7):
            self.assertNotIn('bg', frames(ARTICLE)[number - 1])

    def test_other_frames_have_the_colours_of_the_default_profile(self):
        own = len(profile.own_colours())
        rules = {name: (back, fore) for name, _, back, fore in profile.colours()[own:]}
        path = os.path.join(ts.scratch(), 'arp-and-udp.pcap')
        packets.write_pcap(path, [
            packets.ether(bytes((0, 1, 8, 0, 6, 4, 0, 1)) + bytes(20), 0x0806),
            packets.ether(packets.ip4(packets.udp(40000, 40001, b'x'), protocol=17))])
        os.chmod(path, 0o644)
        found = [(frame['bg'], frame['fg']) for frame in frames(path)]
        self.assertEqual(found, [rules['ARP'], rules['UDP']])

    def test_text_is_readable(self):
        for name, _, back, fore in profile.own_colours():
            with self.subTest(name):
                self.assertGreaterEqual(color_vision.contrast(back, fore), 7)

    def test_backgrounds_can_be_told_apart(self):
        backgrounds = sorted(back for _, _, back, _ in profile.own_colours())
        for one, other in itertools.combinations(backgrounds, 2):
            for vision in color_vision.VISION:
                with self.subTest(vision, one=one, other=other):
                    self.assertGreater(color_vision.distance(one, other, vision), 10)


def all_filters():
    """(where, filter) of everything in the profile that is a display filter."""
    for label, expression in profile.buttons().items():
        yield 'button ' + label, expression
    for name, expression in profile.pairs('dfilters'):
        yield 'saved filter ' + name, expression
    for name, expression, _, _ in profile.colours():
        yield 'colour ' + name, expression
    for row in profile.table('io_graphs'):
        yield 'graph ' + row[1], row[2]
    for row in profile.table('plots'):
        yield 'plot ' + row[2], row[3]
    for name, text in profile.pairs('dmacros'):
        if text in STATES:      # a value: netstat's spelling of it
            yield 'macro ' + name, 'tcpstate.state == ${%s}' % name
            continue
        arguments = ';'.join(['ESTABLISHED', '1'][:len(set(re.findall(r'\$\d', text)))])
        yield 'macro ' + name, '${%s%s}' % (name, ':' + arguments if arguments else '')


class Filters(unittest.TestCase):
    def test_buttons_are_all_there(self):
        self.assertEqual(set(profile.buttons()), BUTTONS)

    def test_every_filter_is_valid(self):
        filters = list(all_filters())
        answers = ts.sharkd([{'method': 'check', 'params': {'filter': expression}}
                             for _, expression in filters], profile=profile.NAME)
        for (where, _), answer in zip(filters, answers):
            with self.subTest(where):
                self.assertEqual(answer.get('result'), {'status': 'OK'}, answer)

    def test_buttons_find_what_they_say(self):
        buttons = profile.buttons()
        for label, capture, expected in (
                ('Handshake', ARTICLE, [1, 2, 3]),
                ('Closing', ARTICLE, [8, 9, 10, 11]),
                ('State//FIN_WAIT_2', ARTICLE, [9]),
                ('Changes', ARTICLE, [1, 2, 3, 8, 9, 10, 11]),
                ('Trouble//Refused', ARTICLE, []),
                ('Trouble//Refused', 'captures/refused.pcap', [2]),
                ('Trouble//Refused', 'captures/icmp-unreachable.pcap', [2]),
                ('Trouble//Reset', 'captures/reset-by-client.pcap', [8]),
                ('Trouble//Verdicts', ARTICLE, []),
                ('Trouble//Verdicts', 'captures/icmp-unreachable.pcap', [2]),
                ('Trouble//Anomalies', ARTICLE, []),
                ('Trouble//Anomalies', 'captures/accept-queue-overflow.pcap',
                 [12, 14, 19, 22, 26]),
                ('Trouble//Incidents', 'captures/zero-window.pcap', [1]),
                ('Trouble//Half-open', ARTICLE, []),
                ('Trouble//Half-open', 'captures/client-reboot-reconnect.pcap', [8, 9])):
            with self.subTest(label, capture=capture):
                self.assertEqual(matching(buttons[label], capture), expected)

    def test_macros(self):
        self.assertEqual(matching('${enters:ESTABLISHED}', ARTICLE), [2, 3])
        self.assertEqual(matching('${leaves:ESTABLISHED}', ARTICLE), [8])
        self.assertEqual(matching('${longer_than:ESTABLISHED;1}', ARTICLE), [8])
        self.assertEqual(matching('${in_state:LAST_ACK}', ARTICLE), [10])

    def test_netstats_spelling(self):
        self.assertEqual(matching('tcpstate.client == ${FIN_WAIT1}', ARTICLE), [8])
        self.assertEqual(matching('tcpstate.state == ${FIN_WAIT2}', ARTICLE), [9])
        self.assertEqual(matching('tcpstate.server == ${SYN_RECV}', ARTICLE), [2])


class Graphs(unittest.TestCase):
    def test_rows_have_the_columns_of_4_0(self):
        for row in profile.table('io_graphs'):
            self.assertEqual(len(row), 9)
            self.assertRegex(row[3], '^#[0-9A-F]{6}$')

    def test_what_is_in_a_state_is_drawn(self):
        fields = {row[6] for row in profile.table('io_graphs') if row[5] == 'MAX(Y Field)'}
        self.assertIn('tcpstate.count.close_wait', fields)
        self.check_fields(fields)

    def test_plots_of_4_6(self):
        """Enabled, number of the plot, name, filter, colour, style, field, factor."""
        rows = profile.table('plots')
        self.assertEqual({len(row) for row in rows}, {8})
        self.assertEqual([row[6] for row in rows[:2]], ['tcpstate.client', 'tcpstate.server'])
        self.check_fields({row[6] for row in rows})

    def test_a_state_has_its_colour(self):
        """That of tcpstory's pictures and pages."""
        colors = {state: '#' + color.upper()
                  for state, (color, _) in state_colors.palette().items()}
        drawn = [(match[1], row[place]) for name, title, place in
                 (('io_graphs', 1, 3), ('plots', 2, 4)) for row in profile.table(name)
                 if (match := re.fullmatch(r'(?:In|Enter|Ends in) (\w+)', row[title]))]
        self.assertGreater(len(drawn), 10)
        self.assertEqual(drawn, [(state, colors[state]) for state, _ in drawn])

    def check_fields(self, fields):
        answers = ts.sharkd([{'method': 'check', 'params': {'field': field}} for field in fields])
        self.assertEqual([answer.get('result') for answer in answers],
                         [{'status': 'OK'}] * len(fields))


if __name__ == '__main__':
    unittest.main()
