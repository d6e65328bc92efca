# SPDX-License-Identifier: GPL-2.0-or-later
"""What the kernels had: intervals of constant states and constant traffic, socket calls, and the
moves that were seen.
"""
from dataclasses import dataclass, field

COLUMNS = ('t_from t_to in_flight_to_server in_flight_to_client client server client_state '
           'server_state label').split()
CALL_COLUMNS = 't endpoint socket call args result'.split()


@dataclass
class Track:
    """The interval that is going on for one connection, and what happened on the wire since the
    last poll.
    """
    start: int
    states: tuple = None
    flight: tuple = (0, 0)
    pending: list = field(default_factory=list)


class Truth:
    """Collects polls and segments into rows.

    A row claims only what two polls agree on: it ends at the last poll that saw its states (or at a
    segment between two polls that agree) and the next begins at the first poll that saw others.
    Segments in flight are those of the row's connection.
    """

    def __init__(self, scripted=None):
        self.absent = tuple('-' if side == scripted else 'CLOSED' for side in ('client', 'server'))
        self.tracks, self.rows, self.calls, self.moves = {}, [], [], []
        self.last_poll = 0
        self.last_states = {}
        self.checkpoints = 0

    def segment(self, key, t, flight):
        """A segment of this connection crossed a TAP."""
        track = self.tracks.get(key)
        if track is None:
            track = self.tracks[key] = Track(t)
        track.pending.append((max(t, self.last_poll), flight))

    def poll(self, t, states):
        """The kernels' states at this time. Returns True if one has changed."""
        changed = states != self.last_states
        keys = (set(states) | set(self.tracks)) if changed else [k for k, v in self.tracks.items()
                                                                 if v.pending or v.states is None]
        for key in keys:
            self._update(key, t, states.get(key, self.absent))
        self.last_poll, self.last_states = t, states
        return changed

    def checkpoint(self, label, t_from, t_to):
        """A labelled row for each connection."""
        self.checkpoints += 1
        for key, track in self.tracks.items():
            if track.states is not None:
                self._row(t_from, max(t_to, t_from + 1000), key, track, label)

    def call(self, t, endpoint, socket, call, args, result):
        """A socket call."""
        self.calls.append((t, endpoint, socket, call, args, result))

    def finish(self):
        """End the intervals that are going on."""
        for key, track in self.tracks.items():
            self._emit(key, track, self.last_poll)

    def write(self, folder, shift=None, claim=True):
        """Write truth.tsv and calls.tsv; `shift` maps the real time to that of a capture whose
        clock was set.

        Without a claim truth.tsv is empty: no row can be told by its time.
        """
        shift = shift or (lambda t: t)
        rows = [(shift(r[0]), shift(r[1])) + r[2:] for r in sorted(self.rows) if claim]
        table(folder / 'truth.tsv', COLUMNS,
              ((seconds(r[0]), seconds(r[1])) + r[2:] for r in rows if r[1] > r[0]))
        table(folder / 'calls.tsv', CALL_COLUMNS,
              ((seconds(shift(c[0])),) + c[1:] for c in self.calls))

    def _update(self, key, t, new):
        track = self.tracks.get(key)
        if track is None:
            track = self.tracks[key] = Track(t)
        if track.states is None:
            self._move(key, t, self.absent, new)
            track.start = t
        elif new == track.states:
            self._split(key, track)
        else:
            self._emit(key, track, self.last_poll)
            self._move(key, t, track.states, new)
            track.start = t
        if track.pending:
            track.flight = track.pending[-1][1]
        track.states, track.pending = new, []

    def _split(self, key, track):
        for t, flight in sorted(track.pending, key=lambda event: event[0]):
            self._emit(key, track, t)
            track.start, track.flight = t, flight

    def _move(self, key, t, old, new):
        for side, a, b in zip(('client', 'server'), old, new):
            if a != b:
                self.moves.append((t, key, side, a, b))

    def _emit(self, key, track, end):
        if track.states is not None and end > track.start:
            self._row(track.start, end, key, track, '')

    def _row(self, start, end, key, track, label):
        self.rows.append((start, end) + track.flight + key + track.states + (label,))


def seconds(ns):
    """Nanoseconds as the tables print times."""
    return '%d.%06d' % (ns // 10**9, ns % 10**9 // 1000)


def table(path, columns, rows):
    """Write a table with a line of headings."""
    with open(path, 'w') as f:
        f.write('\t'.join(columns) + '\n')
        for row in rows:
            f.write('\t'.join(str(v) for v in row) + '\n')
