#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The parts of the random laboratory that need no namespaces."""
import collections
import pathlib
import sys
import types
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

from randlab import naive, tables, truth, worse  # noqa: E402
from randlab.plan import IMPAIRMENTS, Draft  # noqa: E402
from randlab.stage import Change  # noqa: E402
from randlab.troubles import TROUBLES  # noqa: E402
from randlab.wire import Flight, timestamp  # noqa: E402
from tcplab import packet  # noqa: E402
from tcplab.pcap import Capture  # noqa: E402

MS = 1_000_000
CLIENT, SERVER = ('10.9.0.1', 40000), ('10.9.0.2', 80)
PAIR = ('10.9.0.1:40000', '10.9.0.2:80')


def segment(to, flags, seq, ack=0, payload=b'', options=b''):
    """A segment as it is parsed from a frame."""
    (src, sport), (dst, dport) = (CLIENT, SERVER) if to == 'server' else (SERVER, CLIENT)
    new = packet.Segment(
        src, dst, sport, dport, packet.flag_bits(flags), seq, ack, payload=payload, options=options
    )
    return packet.parse(packet.build(new, to))


def stage(flights, changes, looks, end):
    """A stage that has finished; flights: (to, flags, sent, arrived)."""
    made = types.SimpleNamespace(end_ns=end, captures={'client': Capture(), 'server': Capture()})
    made.wire = types.SimpleNamespace(flights=[])
    made.poller = types.SimpleNamespace(
        changes=changes, looks={side: [(t, t) for t in looks] for side in ('client', 'server')}
    )
    number = collections.Counter()
    for to, flags, sent, arrived in flights:
        one = segment(to, flags, number[to])
        made.wire.flights.append(Flight(to, number[to], one, sent, arrived))
        number[to] += 1
        made.captures['client' if to == 'server' else 'server'].note(sent, one.raw)
        if arrived:
            made.captures[to].note(arrived, one.raw)
    return made


class Plan(unittest.TestCase):
    def test_a_seed_fixes_the_plan(self):
        self.assertEqual(vars(Draft(7)).keys(), vars(Draft(7)).keys())
        for seed in range(50):
            a, b = vars(Draft(seed)), vars(Draft(seed))
            self.assertEqual(
                {k: v for k, v in a.items() if k != 'dice'},
                {k: v for k, v in b.items() if k != 'dice'},
            )

    def test_every_trouble_and_worse_capture_is_drawn(self):
        drafts = [Draft(seed) for seed in range(1500)]
        self.assertEqual({t for d in drafts for t in d.troubles}, set(TROUBLES))
        self.assertEqual({d.capture for d in drafts}, set(IMPAIRMENTS))
        ordinary = sum(not d.troubles for d in drafts) / len(drafts)
        self.assertAlmostEqual(ordinary, 0.5, delta=0.05)
        self.assertTrue(all(3 <= d.seconds < 70 and d.description for d in drafts))


class Truth(unittest.TestCase):
    def test_a_row_is_quiet_and_was_looked_at(self):
        change = Change('client', PAIR, 0, 1 * MS, 'SYN_SENT')
        run = stage([('server', 'S', 1 * MS, 20 * MS)], [change], [0, 30 * MS, 60 * MS], 50 * MS)
        self.assertEqual(truth.rows(run), [(20 * MS, 50 * MS, PAIR, 'SYN_SENT', 'CLOSED')])
        run.poller.looks['server'] = [(0, 0)]
        self.assertEqual(truth.rows(run), [])

    def test_nothing_is_claimed_while_a_segment_is_on_its_way(self):
        for arrived in (None, 300 * MS):
            run = stage([('server', 'S', 1 * MS, None)], [], range(0, 100 * MS, MS), 90 * MS)
            run.wire.flights[0].arrived = arrived
            self.assertEqual(truth.rows(run), [])
        run.wire.flights[0].arrived = 0  # lost
        self.assertEqual(len(truth.rows(run)), 1)

    def test_nothing_is_claimed_while_a_state_changes(self):
        change = Change('server', PAIR[::-1], 30 * MS, 60 * MS, 'LAST_ACK')
        run = stage([('client', 'A', 1 * MS, 2 * MS)], [change], range(0, 100 * MS, MS), 90 * MS)
        self.assertEqual(
            [(row.start, row.stop, row.server) for row in truth.rows(run)],
            [(2 * MS, 30 * MS, 'CLOSED'), (60 * MS, 90 * MS, 'LAST_ACK')],
        )

    def test_a_capture_that_is_not_what_was_sent(self):
        run = stage(
            [('server', 'S', 1 * MS, 2 * MS), ('server', 'A', 5 * MS, 6 * MS)], [], [0], 50 * MS
        )
        run.captures['client'].frames.reverse()
        self.assertRaises(truth.Unusable, truth.rows, run)

    def test_the_second_reader(self):
        row = truth.Row(10 * MS, 50 * MS, PAIR, 'ESTABLISHED', 'CLOSE_WAIT')
        sample = types.SimpleNamespace(
            side='server', began=20 * MS, ended=21 * MS, states={PAIR[::-1]: 'CLOSE_WAIT'}
        )
        made = types.SimpleNamespace(samples=[sample])
        self.assertEqual(truth.verify(made, [row]), (1, []))
        sample.states = {}
        self.assertEqual(len(truth.verify(made, [row])[1]), 1)


class Worse(unittest.TestCase):
    def test_each_kind(self):
        frames = [
            (n * MS, segment(to, 'A', n).raw) for n in range(100) for to in ('client', 'server')
        ]
        captures = {vantage: frames for vantage in ('client', 'server', 'middle')}
        rows = [truth.Row(20 * MS, 60 * MS, PAIR, 'ESTABLISHED', 'ESTABLISHED')]
        for kind in set(IMPAIRMENTS) - {'none'}:
            draft = types.SimpleNamespace(seed=1, capture=kind)
            found, known, done, kept = worse.impair(draft, captures, rows)
            self.assertTrue(done, kind)
            self.assertEqual(kept < worse.KEPT, kind == 'snap')
            self.assertEqual(
                any(len(some) < len(frames) for some in found.values()), kind != 'snap', kind
            )
            for row in known:
                self.assertTrue(rows[0].start <= row.start < row.stop <= rows[0].stop)


class Naive(unittest.TestCase):
    def test_a_connection(self):
        talk = [
            ('server', 'S', 0, 0),
            ('client', 'SA', 0, 1),
            ('server', 'A', 1, 1),
            ('server', 'FA', 1, 1),
            ('client', 'FA', 1, 2),
            ('server', 'A', 2, 2),
        ]
        said = naive.timeline([(n * MS, segment(*one).raw) for n, one in enumerate(talk)])
        self.assertEqual(
            [i.state for i in said[PAIR]],
            ['SYN_SENT', 'ESTABLISHED', 'FIN_WAIT_1', 'TIME_WAIT', 'CLOSED'],
        )
        self.assertEqual(
            [i.state for i in said[PAIR[::-1]]],
            ['CLOSED', 'SYN_RCVD', 'ESTABLISHED', 'CLOSE_WAIT', 'LAST_ACK', 'CLOSED'],
        )


class Figures(unittest.TestCase):
    def test_interval(self):
        self.assertEqual(tables.interval([(1, 1)] * 10, tables.share(0)), (1, 1, 1))
        value, low, high = tables.interval([(1, 1)] * 50 + [(0, 1)] * 50, tables.share(0))
        self.assertEqual(value, 0.5)
        self.assertAlmostEqual(low, 0.4, delta=0.04)
        self.assertAlmostEqual(high, 0.6, delta=0.04)

    def test_timestamp(self):
        option = b'\x01\x01\x08\x0a\x00\x00\x00\x07\x00\x00\x00\x00'
        self.assertEqual(timestamp(segment('server', 'A', 0, options=option)), 7)
        self.assertIsNone(timestamp(segment('server', 'A', 0, options=b'\x08\x01')))


if __name__ == '__main__':
    unittest.main()
