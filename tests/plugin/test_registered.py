# SPDX-License-Identifier: GPL-2.0-or-later
"""What the plugin registers: the protocol, the fields of the contract, preferences, the tap."""
import unittest

import fields_doc
import tshark as ts

ENUM, UINT, BOOL = 'FT_UINT8', 'FT_UINT32', 'FT_BOOLEAN'
TEXT, FRAME, DURATION = 'FT_STRING', 'FT_FRAMENUM', 'FT_RELATIVE_TIME'

# The names that filters, profiles and scripts of users rely on.
CONTRACT = {
    'stream': UINT, 'state': ENUM, 'changed': BOOL, 'sender': ENUM, 'role_basis': ENUM,
    'states': TEXT, 'trouble': BOOL, 'refused': BOOL, 'reset': BOOL, 'half_open': BOOL,
    'open_step': ENUM, 'close_step': ENUM, 'step': TEXT, 'event': ENUM, 'call': TEXT,
    'phase': ENUM, 'opened_in': FRAME, 'closed_by': ENUM, 'previous_stream': UINT,
    'setup_time': DURATION, 'matching_fin': FRAME, 'previous_change': FRAME, 'next_change': FRAME,
    'analysis': 'FT_NONE',
}
for _side in ('client', 'server'):
    CONTRACT.update({
        _side: ENUM, _side + '.before': ENUM, _side + '.basis': ENUM, _side + '.possible': TEXT,
        _side + '.maybe': ENUM, _side + '.since': FRAME, _side + '.time_in_state': DURATION,
        _side + '.last_heard': DURATION, _side + '.last_heard_frame': FRAME,
    })
NUMBERS = {'open_step', 'close_step'}   # FT_UINT8 without names

STATES = '''UNKNOWN CLOSED LISTEN SYN_SENT SYN_RCVD ESTABLISHED FIN_WAIT_1 FIN_WAIT_2 CLOSE_WAIT
    CLOSING LAST_ACK TIME_WAIT'''.split()


class Registered(unittest.TestCase):
    def test_protocol_is_listed(self):
        names = [line.split('\t')[2] for line in fields_doc.glossary('protocols')]
        self.assertEqual(names.count('tcpstate'), 1)

    def test_fields_have_the_types_of_the_contract(self):
        found = {name: kind for name, kind, _, _ in fields_doc.registered()}
        for name, kind in CONTRACT.items():
            with self.subTest(name):
                self.assertEqual(found.get('tcpstate.' + name), kind)

    def test_every_field_is_explained_once(self):
        names = [name for name, _, _, _ in fields_doc.registered()]
        self.assertEqual(len(names), len(set(names)))
        for name, _, label, blurb in fields_doc.registered():
            with self.subTest(name):
                self.assertTrue(label and blurb)

    def test_enumerations_have_names(self):
        values = fields_doc.enumerations()
        for name, kind in CONTRACT.items():
            if kind == ENUM and name not in NUMBERS:
                with self.subTest(name):
                    self.assertIn('tcpstate.' + name, values)
        self.assertEqual(values['tcpstate.client'], list(enumerate(STATES)))

    def test_every_verdict_is_an_expert_item(self):
        names = {name for name, _, _, _ in fields_doc.registered()}
        severities = fields_doc.severities()
        self.assertGreater(len(severities), 15)
        for name in severities:
            self.assertIn('tcpstate.analysis.' + name, names)

    def test_preferences(self):
        names = {name for name, _, _ in fields_doc.preferences()}
        self.assertEqual(names, {'tcpstate.' + n for n in (
            'time_wait', 'fin_wait_2', 'retries', 'vantage', 'show_states', 'tcp_verdicts',
            'hindsight', 'view')})

    def test_everything_to_ask_for_is_in_the_help(self):
        done = ts.tshark(['-z', 'help'])
        listed = [line.strip() for line in (done.stdout + done.stderr).splitlines()]
        for name in ('', ',table', ',records', ',headers', ',states', ',outcomes', ',listeners'):
            self.assertIn('tcpstate' + name, [line.split(' ')[0] for line in listed])

    def test_page_of_fields_is_up_to_date(self):
        with open(fields_doc.PAGE, encoding='utf-8') as page:
            self.assertEqual(page.read(), fields_doc.page(),
                             'run tests/plugin/fields_doc.py --write')


if __name__ == '__main__':
    unittest.main()
