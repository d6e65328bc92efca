# SPDX-License-Identifier: GPL-2.0-or-later
"""Tables of Markdown, and rows that compare a figure with the wanted one."""


def markdown(columns, rows):
    """Lines of a table; columns whose head begins with a space are aligned to the right."""
    marks = ['---:' if c.startswith(' ') else '---' for c in columns]
    return ['| ' + ' | '.join(str(cell).strip() for cell in row) + ' |'
            for row in [columns, marks] + list(rows)]


def goal(what, value, wanted, at_least=False, unit='', digits=2):
    """A row of a table of goals: what, measured, wanted, met or not."""
    if value is None:
        return [what, '-', '', 'not measured']
    met = value >= wanted if at_least else value <= wanted
    sign = '>=' if at_least else '<='
    return [what, '%.*f%s' % (digits, value, unit), '%s %g%s' % (sign, wanted, unit), 'met' if met
            else '**not met**']


GOAL_COLUMNS = ('goal', ' measured', ' wanted', '')


def ratio(value, base):
    """value / base, or None without both."""
    return value / base if value is not None and base else None


def megabytes(count):
    """Bytes in MB, or a dash."""
    return '-' if count is None else '%.1f' % (count / 1e6)


def seconds(value):
    """Seconds with two digits, or a dash."""
    return '-' if value is None else '%.2f' % value


def grouped(number):
    """A count with commas, or a dash."""
    return '-' if number is None else '{:,}'.format(number)
