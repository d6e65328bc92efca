# SPDX-License-Identifier: GPL-2.0-or-later
"""What the whole capture says: anomalies, incidents, states in hindsight; in a second pass only."""
import decimal
import json
import os
import subprocess
import unittest

import tshark as ts
import views
from views import STATES

ARTICLE = 'captures/article-client-closes.pcap'
QUEUE = 'captures/accept-queue-overflow.pcap'
CAPTURES = ('accept-queue-overflow', 'pile-close-wait', 'syn-flood', 'retransmission-death',
            'several', 'forged-rst', 'late-start', 'icmp-unreachable')


def tcpstory(verb, capture, *args):
    return json.loads(subprocess.run(
        [ts.TCPSTORY, verb, '--format', 'json', *args, os.path.join(ts.SOURCE_DIR, capture)],
        check=True, stdout=subprocess.PIPE, encoding='utf-8').stdout)


def twice(capture, *names, display_filter=None, args=()):
    return ts.fields(capture, *names, display_filter=display_filter, args=['-2', *args])


class Anomalies(unittest.TestCase):
    def test_on_the_frames_that_tcpstory_names(self):
        for name in CAPTURES:
            capture = 'captures/%s.pcap' % name
            hits = tcpstory('anomalies', capture)
            expected = {(frame, hit['id']) for hit in hits for frame in hit['frames']}
            found = {(int(frame), each) for frame, ids in twice(
                capture, 'frame.number', 'tcpstate.anomaly', display_filter='tcpstate.anomaly')
                     for each in ids.split(',')}
            with self.subTest(name):
                self.assertLessEqual(expected, found)
                # The rest: those without evidence, which are shown where something last came.
                without = {hit['id'] for hit in hits if not hit['frames']}
                self.assertLessEqual({each for _, each in found - expected}, without)

    def test_filter_by_identifier(self):
        capture = 'captures/pile-close-wait.pcap'
        (hit,) = [hit for hit in tcpstory('anomalies', capture) if hit['id'] == 'A41']
        self.assertEqual(twice(capture, 'frame.number',
                               display_filter='tcpstate.anomaly == "A41"'),
                         [[str(frame)] for frame in hit['frames']])
        self.assertEqual(twice(capture, 'frame.number',
                               display_filter='tcpstate.anomaly == "A42"'), [])

    def test_every_one_is_an_expert_item_once(self):
        for capture in (QUEUE, 'captures/zero-window.pcap', 'captures/syn-unanswered.pcap'):
            text = ts.tshark(['-2', '-q', '-z', 'expert'], capture, check=True).stdout
            found = [*tcpstory('anomalies', capture), *tcpstory('incidents', capture)]
            self.assertTrue(found)
            for hit in found:
                with self.subTest(capture, hit=hit['id']):
                    rows = [line.split() for line in text.splitlines()
                            if '  %s %s: ' % (hit['id'], hit['name']) in line]
                    self.assertEqual([row[0] for row in rows], ['1'])

    def test_cause_and_cure_are_in_the_tree(self):
        text = ts.tshark(['-2', '-O', 'tcpstate', '-Y', 'tcpstate.anomaly.is_warning'], QUEUE,
                         check=True).stdout
        self.assertIn('[Anomaly: A33 Only the client is connected: 10.9.0.1:45660 ', text)
        self.assertIn('[Likely cause: the accept queue is full', text)
        self.assertIn("[Check: on the server: ss -lnt 'sport = :8080'", text)
        text = ts.tshark(['-2', '-O', 'tcpstate', '-Y', 'tcpstate.incident == "D62"'],
                         'captures/zero-window.pcap', check=True).stdout
        self.assertIn('[Incident: D62 ', text)
        self.assertIn('[Do: ', text)

    def test_a_clean_connection_has_none(self):
        self.assertEqual(twice(ARTICLE, 'frame.number', display_filter='tcpstate.incident || '
                               'tcpstate.anomaly.severity > 0'), [])


class Hindsight(unittest.TestCase):
    def test_states_are_those_of_the_timeline(self):
        for name in ('forged-rst', 'accept-queue-overflow', 'several', 'late-start'):
            capture = 'captures/%s.pcap' % name
            intervals = views.intervals_of(os.path.join(ts.SOURCE_DIR, capture))
            for frame, time, stream, *states in twice(
                    capture, 'frame.number', 'frame.time_epoch', 'tcpstate.stream',
                    'tcpstate.client.hindsight', 'tcpstate.server.hindsight'):
                row = views.Row(int(frame), decimal.Decimal(time), int(stream), *[None] * 4)
                with self.subTest(name, frame=frame):
                    self.assertEqual([STATES[int(state)] for state in states],
                                     [views.believed_at(intervals[row.stream, side], row).state
                                      for side in views.SIDES])

    def test_final_states_and_outcome_are_those_of_the_list(self):
        for name in CAPTURES:
            capture = 'captures/%s.pcap' % name
            listed = {}
            for row in tcpstory('list', capture):
                outcome = [row['opening']['outcome'], row['closing']['how'] or '-']
                listed[str(row['stream'])] = [
                    *(row['final'][side]['state'] for side in ('client', 'server')),
                    ','.join(word for word in outcome if word != '-')]
            found = {stream: [STATES[int(client)], STATES[int(server)], outcome]
                     for stream, client, server, outcome in twice(
                         capture, 'tcpstate.stream', 'tcpstate.client.final',
                         'tcpstate.server.final', 'tcpstate.outcome', display_filter='tcpstate')}
            with self.subTest(name):
                self.assertEqual(found, listed)

    def test_live_fields_stay_as_they_are(self):
        for capture in (QUEUE, 'captures/forged-rst.pcap'):
            names = ('tcpstate.client', 'tcpstate.server', 'tcpstate.states',
                     'tcpstate.client.possible')
            self.assertEqual(twice(capture, *names, 'tcpstate.outcome')[3][:4],
                             ts.fields(capture, *names)[3])

    def test_preference_chooses_what_the_column_and_the_sentence_show(self):
        names = ('tcpstate.states', 'tcpstate.server', 'tcpstate.server.hindsight')
        self.assertEqual(twice(QUEUE, *names)[11], ['ESTABLISHED / ESTABLISHED', '5', '4'])
        view = ['-o', 'tcpstate.view:hindsight']
        self.assertEqual(twice(QUEUE, *names, args=view)[11],
                         ['ESTABLISHED / SYN_RCVD', '5', '4'])
        text = ts.tshark(['-2', *view, '-O', 'tcpstate', '-Y', 'frame.number == 12'], QUEUE,
                         check=True).stdout
        self.assertIn('in hindsight client ESTABLISHED, server SYN_RCVD, open 3/3', text)


COUNTED = ('SYN_SENT SYN_RCVD ESTABLISHED FIN_WAIT_1 FIN_WAIT_2 CLOSE_WAIT CLOSING LAST_ACK '
           'TIME_WAIT').split()
COUNTS = ['tcpstate.count.' + state.lower() for state in COUNTED]


class Counts(unittest.TestCase):
    def test_loaded_they_are_those_of_the_timeline_at_each_frame(self):
        for name in ('pile-close-wait', 'pile-time-wait', 'forged-rst'):
            capture = 'captures/%s.pcap' % name
            intervals = views.intervals_of(os.path.join(ts.SOURCE_DIR, capture)).values()
            for frame, time, *counts in twice(capture, 'frame.number', 'frame.time_epoch', *COUNTS,
                                              display_filter='tcpstate')[::7]:
                row = views.Row(int(frame), decimal.Decimal(time), *[None] * 5)
                at = [views.believed_at(of_end, row) for of_end in intervals]
                states = [interval.state for interval in at if interval]
                with self.subTest(name, frame=frame):
                    self.assertEqual([int(count) for count in counts],
                                     [states.count(state) for state in COUNTED])

    def test_in_a_single_pass_they_are_live(self):
        capture = 'captures/accept-queue-overflow.pcap'
        name = 'tcpstate.count.syn_rcvd'
        self.assertEqual(ts.fields(capture, name)[11], ['0'])   # as the third ACK was sent
        self.assertEqual(twice(capture, name)[11], ['1'])       # which was not accepted

    def test_timers_count_in_a_single_pass_too(self):
        """An end in TIME_WAIT, and 100 s later a segment of somebody else."""
        folder = ts.scratch()
        parts = [os.path.join(ts.SOURCE_DIR, ARTICLE), os.path.join(folder, 'later.pcap')]
        end = float(ts.fields(ARTICLE, 'frame.time_epoch')[-1][0])
        start = float(ts.fields('captures/refused.pcap', 'frame.time_epoch')[0][0])
        ts.make_capture('editcap', '-t', '%.6f' % (end + 100 - start),
                        os.path.join(ts.SOURCE_DIR, 'captures/refused.pcap'), parts[1])
        both = os.path.join(folder, 'both.pcap')
        ts.make_capture('mergecap', '-w', both, *parts)
        os.chmod(both, 0o644)
        for rows in (ts.fields(both, COUNTS[-1]), twice(both, COUNTS[-1])):
            self.assertEqual([row[0] for row in rows[10:]], ['1', '0', '0'])

    def test_a_graph_of_them(self):
        capture = 'captures/pile-close-wait.pcap'
        text = ts.tshark(['-q', '-z', 'io,stat,0.1,MAX(%s)%s' % (COUNTS[5], COUNTS[5])], capture,
                         check=True).stdout
        rows = [line.split('|')[2].strip() for line in text.splitlines() if '<>' in line]
        self.assertEqual(rows, ['0', '10', '19', '20'])


class WhenItIsKnown(unittest.TestCase):
    def test_absent_in_a_single_pass(self):
        names = ('tcpstate.outcome', 'tcpstate.client.final', 'tcpstate.anomaly')
        self.assertEqual({cell for row in ts.fields(QUEUE, *names) for cell in row}, {''})

    def test_preference(self):
        for value, known in (('asked', True), ('always', True), ('never', False)):
            rows = twice(ARTICLE, 'tcpstate.outcome', args=['-o', 'tcpstate.hindsight:' + value])
            self.assertEqual(rows[0], ['connected,clean' if known else ''])

    def test_by_any_way_of_asking(self):
        column = '"O","%Cus:tcpstate.outcome:0:R"'
        for args in (['-V'], ['-T', 'json'], ['-T', 'pdml'], ['-O', 'tcpstate'],
                     ['-o', 'gui.column.format:' + column]):
            with self.subTest(args):
                self.assertIn('clean', ts.tshark(['-2', *args], ARTICLE, check=True).stdout)

    def test_sharkd(self):
        frame = {'method': 'frame', 'params': {'frame': 12, 'proto': True}}
        frames = {'method': 'frames', 'params': {'filter': 'tcpstate.anomaly == "A33"'}}
        change = {'method': 'setconf', 'params': {'name': 'tcpstate.time_wait', 'value': '90'}}
        answers = ts.sharkd([frame, frames, change, frame, frames], QUEUE)
        self.assertIn('fake_established', str(answers[0]))
        self.assertEqual([row['num'] for row in answers[1]['result']], [12, 14, 19, 22, 26])
        self.assertIn('fake_established', str(answers[3]))
        self.assertEqual(answers[1]['result'], answers[4]['result'])

    def test_read_filter(self):
        """-R drops frames after the first pass: what is known of the others is of all of them."""
        rows = twice(ARTICLE, 'tcpstate.outcome', args=['-R', 'tcp.len > 0'])
        self.assertEqual(rows, [['connected,clean']] * 2)


if __name__ == '__main__':
    unittest.main()
