# SPDX-License-Identifier: GPL-2.0-or-later
"""Tables of a score, with 95 % intervals by bootstrap.

Scenarios are drawn again, each with all its captures.
Each capture weighs the same in percentages of accuracy. Calibration counts claims: one for each row
of the truth, end and capture.
"""
import collections
import random

import score

from .outcomes import JOINED, is_clean, seed

DRAWS = 1000
WHERE = ('near', 'far', 'middle', JOINED)
BASES = ('proven', 'presumed', 'timed', 'assumed', 'nothing')
IMPAIRED = ('late', 'early', 'gap', 'snap', 'oneway')

Table = collections.namedtuple('Table', 'title note columns rows')

COLUMNS = (
    '',
    'where',
    'scenarios',
    'strict',
    'set',
    'size',
    'live strict',
    'live set',
    'naive strict',
)
AGAINST = '  against'


def interval(sums, value):
    """(value of all, low, high); sums: a tuple of each scenario; value(): a ratio of totals."""
    dice, values = random.Random(1), []
    for _ in range(DRAWS):
        values.append(value([sum(column) for column in zip(*dice.choices(sums, k=len(sums)))]))
    values.sort()
    return (
        value([sum(column) for column in zip(*sums)]),
        values[int(DRAWS * 0.025)],
        values[int(DRAWS * 0.975) - 1],
    )


def by_scenario(items, tuple_of):
    """The sums of tuples of items (folder first), one for each scenario."""
    found = {}
    for item in items:
        one, new = found.get(seed(item[0])), tuple_of(item)
        found[seed(item[0])] = new if one is None else tuple(a + b for a, b in zip(one, new))
    return list(found.values())


def percent(bounds):
    return '%.2f [%.1f, %.1f]' % tuple(100 * x for x in bounds)


class Score:
    """The marks of all views of a batch; index: see outcomes.index()."""

    def __init__(self, index, found, failures):
        self.index, self.found, self.failures = index, found, failures
        self.means = {
            name: [(m.folder, m.where, *score.marks(m.claims)) for m in marks]
            for name, marks in found.items()
        }

    def accuracy(self, view, chosen, where):
        """[(strict, set, size, 1) of each scenario] of the folders for which chosen(folder)."""
        return by_scenario(
            (m for m in self.means[view] if m[1] == where and chosen(m[0])), lambda m: (*m[2:], 1)
        )

    def line(self, label, chosen, where):
        """A row for a group of folders, and one for the tool that it is compared with."""
        for suffix, shown in (('', label), (' against', AGAINST)):
            if 'hindsight' + suffix not in self.found:
                continue
            cells = [
                self.accuracy(view, chosen, where)
                for view in ('hindsight' + suffix, 'live' + suffix, 'naive')
            ]
            if not cells[0]:
                continue
            strict, inside = (percent(interval(cells[0], share(i))) for i in (0, 1))
            size = sum(s[2] for s in cells[0]) / sum(s[3] for s in cells[0])
            yield (
                shown,
                where,
                len(cells[0]),
                strict,
                inside,
                '%.2f' % size,
                percent(interval(cells[1], share(0))),
                percent(interval(cells[1], share(1))),
                percent(interval(cells[2], share(0))) if cells[2] and not suffix else '-',
            )

    def table(self, title, note, groups):
        """A table of accuracy; groups: (label, chosen)."""
        rows = [
            row
            for label, chosen in groups
            for where in WHERE
            for row in self.line(label, chosen, where)
        ]
        return Table(title, note, COLUMNS, rows)

    def troubles(self, folder):
        return self.index[folder]['troubles'].split('+')

    def all(self):
        """Every table."""
        yield self.table('Complete captures', '', [('all', is_clean)])
        if 'hindsight against' in self.found:
            yield self.difference()
        yield self.table(
            'By number of troubles',
            'complete captures',
            (
                (label, lambda f, n=n: is_clean(f) and self.number(f) == n)
                for n, label in enumerate(('ordinary', 'one', 'several'))
            ),
        )
        yield self.table(
            'By capture',
            'all that each capture is asked, beside the complete captures of the same scenarios',
            (row for kind in IMPAIRED for row in self.impaired(kind)),
        )
        yield self.calibration('complete', 'hindsight', is_clean)
        yield self.calibration('complete', 'live', is_clean)
        yield self.calibration('impaired', 'hindsight', lambda f: not is_clean(f))
        yield self.calibration('impaired', 'live', lambda f: not is_clean(f))
        kinds = sorted({t for folder in self.index for t in self.troubles(folder)} - {'ordinary'})
        yield self.table(
            'By trouble',
            'complete captures of scenarios that contain it',
            ((kind, lambda f, k=kind: is_clean(f) and k in self.troubles(f)) for kind in kinds),
        )

    def number(self, folder):
        """0, 1, or 2 for several troubles."""
        troubles = self.troubles(folder)
        return 0 if troubles == ['ordinary'] else min(2, len(troubles))

    def impaired(self, kind):
        """Two groups: the captures worse in this way, and the complete ones of their scenarios."""
        scenarios = {seed(folder) for folder, row in self.index.items() if row['capture'] == kind}
        yield kind, lambda f: f.endswith('.' + kind)
        yield kind + ', complete', lambda f: f in scenarios

    def difference(self):
        """The tool less the one it is compared with, on the same captures."""
        rows = []
        for view in ('hindsight', 'live'):
            for where in WHERE:
                for label, chosen in (
                    ('complete', is_clean),
                    ('impaired', lambda f: not is_clean(f)),
                ):
                    cells = self.paired(view, where, chosen)
                    if cells:
                        rows.append(
                            (label, view, where, len(cells))
                            + tuple(
                                '%+.2f [%+.2f, %+.2f]'
                                % tuple(100 * x for x in interval(cells, share(i)))
                                for i in (0, 1)
                            )
                        )
        return Table(
            'Difference to the tool compared with',
            'percentage points',
            ('captures', 'view', 'where', 'scenarios', 'strict', 'set'),
            rows,
        )

    def paired(self, view, where, chosen):
        """[(difference of strict, of set, 0, captures) of each scenario]."""
        items = [(m[0], m[2], m[3], 1) for m in self.means[view] if m[1] == where and chosen(m[0])]
        items += [
            (m[0], -m[2], -m[3], 0)
            for m in self.means[view + ' against']
            if m[1] == where and chosen(m[0])
        ]
        return by_scenario(items, lambda m: (m[1], m[2], 0, m[3]))

    def calibration(self, label, view, chosen):
        """How much of what is called proven, presumed, ... is right, or at least possible."""
        columns = [
            'basis',
            'where',
            'claims',
            'share',
            'right',
            'outside `possible`',
            'one state possible',
        ]
        rows = []
        for where in WHERE:
            claims = [
                (m.folder, c)
                for m in self.found[view]
                if m.where == where and chosen(m.folder)
                for c in m.claims
            ]
            for basis in BASES:
                some = [one for one in claims if one[1].basis == basis]
                if some:
                    rows.append(
                        (
                            basis,
                            where,
                            len(some),
                            '%.1f %%' % (100 * len(some) / len(claims)),
                            *calibrated(some),
                        )
                    )
        return Table(
            'Calibration, %s captures, %s' % (label, view), 'percent of claims', columns, rows
        )


def calibrated(claims):
    """Cells: right, outside the set, single-state sets."""
    sums = by_scenario(
        claims, lambda c: (c[1].want == c[1].got, not c[1].inside, c[1].size == 1, 1)
    )
    return [percent(interval(sums, share(i))) for i in (0, 1)] + [
        '%.1f' % (100 * share(2)([sum(x) for x in zip(*sums)]))
    ]


def share(i):
    """The i-th sum, divided by the number of captures or claims, which is the last."""
    return lambda sums: sums[i] / sums[-1] if sums[-1] else 0


def text(table):
    """A table for a terminal."""
    widths = [
        max(len(str(row[i])) for row in [table.columns, *table.rows])
        for i in range(len(table.columns))
    ]
    yield '## %s%s' % (table.title, ' (%s)' % table.note if table.note else '')
    for row in [table.columns, *table.rows]:
        yield '  '.join(
            str(cell).ljust(width) if i < 2 else str(cell).rjust(width)
            for i, (cell, width) in enumerate(zip(row, widths))
        ).rstrip()
    yield ''


def markdown(table):
    """A table for a document."""
    yield '### %s' % table.title
    yield ''
    if table.note:
        yield table.note[0].upper() + table.note[1:] + '.'
        yield ''
    for row in (table.columns, ['---'] * len(table.columns), *table.rows):
        yield '| ' + ' | '.join(str(cell).strip() for cell in row) + ' |'
    yield ''
