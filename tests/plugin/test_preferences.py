# SPDX-License-Identifier: GPL-2.0-or-later
"""Preferences, and the protocol switched off."""
import unittest

import tshark as ts

CAPTURE = 'captures/article-client-closes.pcap'


def info(*args):
    """The packet list with the Info column only. Not -e _ws.col.info: Wireshark 4.4 fills that
    field before it calls post-dissectors."""
    return ts.lines(['-o', 'gui.column.format:"Info","%i"', *args], CAPTURE)


class ShowStates(unittest.TestCase):
    def test_off_unless_wanted(self):
        self.assertEqual(info(), info('--disable-protocol', 'tcpstate'))

    def test_states_are_appended(self):
        shown = info('-o', 'tcpstate.show_states:TRUE')
        self.assertTrue(shown[0].endswith(' {SYN_SENT/LISTEN}'), shown[0])
        self.assertEqual([line.rpartition(' {')[0] for line in shown], info())


class Model(unittest.TestCase):
    def test_every_value_is_accepted(self):
        for setting in ('time_wait:240', 'fin_wait_2:5', 'retries:rfc', 'retries:old-linux',
                        'vantage:client', 'vantage:server', 'vantage:middle'):
            ts.tshark(['-o', 'tcpstate.' + setting], CAPTURE, check=True)

    def test_change_reads_the_capture_anew(self):
        show = {'method': 'frames', 'params': {}}
        change = {'method': 'setconf', 'params': {'name': 'tcpstate.show_states', 'value': 'TRUE'}}
        before, _, after = ts.sharkd([show, change, show], CAPTURE)
        self.assertNotIn('{SYN_SENT/LISTEN}', str(before))
        self.assertIn('{SYN_SENT/LISTEN}', str(after))


class SetBack(unittest.TestCase):
    def test_the_same_states_as_before(self):
        """Every frame, after each preference was changed and set back, and in another order."""
        capture = 'captures/several.pcap'
        frames = [{'method': 'frame', 'params': {'frame': n, 'proto': True}} for n in range(1, 18)]

        def conf(name, value):
            return {'method': 'setconf', 'params': {'name': 'tcpstate.' + name, 'value': value}}
        calls = frames + [conf('time_wait', '240'), conf('vantage', 'server')] + frames + [
            conf('time_wait', '60'), conf('vantage', 'unknown')] + frames[::-1]
        answers = [answer['result'] for answer in ts.sharkd(calls, capture)]
        self.assertNotIn('err', answers[17])
        self.assertEqual(answers[:17], answers[-17:][::-1])


class SwitchedOff(unittest.TestCase):
    def test_no_output_and_tcp_unaffected(self):
        off = ts.tshark(['-V', '--disable-protocol', 'tcpstate'], CAPTURE, check=True).stdout
        self.assertEqual(off, ts.tshark(['-V'], CAPTURE, plugin=False, check=True).stdout)

    def test_tcp_switched_off(self):
        args = ['-V', '--disable-protocol', 'tcp']
        self.assertEqual(ts.tshark(args, CAPTURE, check=True).stdout,
                         ts.tshark(args, CAPTURE, plugin=False, check=True).stdout)

    def test_records_of_nothing(self):
        lines = ts.lines(['-q', '-z', 'tcpstate,records', '--disable-protocol', 'tcpstate'],
                         CAPTURE)
        self.assertEqual([line[0] for line in lines], ['H', 'Q', 'Z'])


if __name__ == '__main__':
    unittest.main()
