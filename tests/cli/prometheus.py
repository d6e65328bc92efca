# SPDX-License-Identifier: GPL-2.0-or-later
"""A strict parser of Prometheus' text format, version 0.0.4.

parse(text) -> {family: Family(type, help, samples)}; samples: {((label, value), ...): float}
Source: https://prometheus.io/docs/instrumenting/exposition_formats/. Stricter than Prometheus: each
family has HELP, then TYPE, then its samples, all in one place; raises ValueError otherwise.
"""
import collections
import re

Family = collections.namedtuple('Family', 'type help samples')

NAME = re.compile(r'[a-zA-Z_:][a-zA-Z0-9_:]*')
LABEL = re.compile(r'([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\["\\n])*)"(,|$)')
TYPES = ('counter', 'gauge', 'histogram', 'summary', 'untyped')
ESCAPES = {'\\\\': '\\', '\\"': '"', '\\n': '\n'}


def unescape(text):
    return re.sub(r'\\["\\n]', lambda match: ESCAPES[match.group()], text)


def parse_labels(text):
    labels = []
    place = 0
    while place < len(text):
        match = LABEL.match(text, place)
        if not match:
            raise ValueError('bad label at %r' % text[place:])
        labels.append((match.group(1), unescape(match.group(2))))
        place = match.end()
    names = [name for name, _ in labels]
    if len(set(names)) != len(names):
        raise ValueError('a label twice: %r' % text)
    return tuple(labels)


def parse_sample(line):
    match = re.fullmatch(r'([^{ ]+)(?:\{(.*)\})? (\S+)( -?[0-9]+)?', line)
    if not match or not NAME.fullmatch(match.group(1)):
        raise ValueError('bad sample: %r' % line)
    return match.group(1), parse_labels(match.group(2) or ''), float(match.group(3))


def parse_comment(line):
    match = re.fullmatch(r'# (HELP|TYPE) (%s) (.+)' % NAME.pattern, line)
    if not match:
        raise ValueError('neither HELP nor TYPE: %r' % line)
    return match.groups()


def parse(text):
    if not text.endswith('\n'):
        raise ValueError('the last line has no end')
    families = {}
    current = None              # name of the family that has its TYPE
    helped = None               # name and text of a HELP that waits for its TYPE
    for line in text[:-1].split('\n'):
        if line.startswith('#'):
            kind, name, rest = parse_comment(line)
            if kind == 'HELP':
                if name in families or helped:
                    raise ValueError('HELP in the wrong place: %r' % line)
                helped = name, rest
            elif not helped or helped[0] != name or rest not in TYPES:
                raise ValueError('TYPE in the wrong place, or unknown: %r' % line)
            else:
                families[name] = Family(rest, unescape(helped[1]), {})
                current, helped = name, None
            continue
        name, labels, value = parse_sample(line)
        if name != current or helped:
            raise ValueError('not within its family: %r' % line)
        if labels in families[name].samples:
            raise ValueError('a sample twice: %r' % line)
        families[name].samples[labels] = value
    if helped:
        raise ValueError('HELP without TYPE: %s' % helped[0])
    return families
