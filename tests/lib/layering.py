#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Checks which header each source file includes: layering.py SOURCE_DIR

Each folder is a row of RULES. The core knows only itself and libc headers that do no input or
output; the command knows nothing of libwireshark. Prints each offending line; exits 1 if any.
"""
import os
import re
import sys

INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*(?:<([^>]+)>|"([^"]+)")')

LIBC_WITHOUT_IO = frozenset('''assert.h float.h inttypes.h limits.h stdalign.h stdarg.h stdbool.h
    stddef.h stdint.h stdlib.h string.h'''.split())


def core(system, own, folder):
    if system:
        return None if system in LIBC_WITHOUT_IO else 'the core may include only %s' % ' '.join(
            sorted(LIBC_WITHOUT_IO))
    if os.path.dirname(own) or not os.path.exists(os.path.join(folder, own)):
        return 'the core may include only its own headers'
    return None


def no_wireshark(system, own, _folder):
    name = system or own
    if re.match(r'(wireshark|epan|wsutil|wiretap)/', name) or name in ('config.h', 'ws_version.h'):
        return 'only the plugin may know libwireshark'
    return None


def only_wiretap(system, own, _folder):
    name = system or own
    if re.match(r'epan/', name) or name == 'config.h':
        return 'the reader of captures may know libwiretap, not the dissectors'
    return None


def no_glue(system, own, _folder):
    name = os.path.basename(system or own)
    if name.startswith('packet-tcpstate'):
        return 'the command may use plugin/core, not the plugin'
    return None


RULES = [
    ('plugin/core', [core]),
    ('postproc', [no_wireshark, no_glue]),
    ('postproc/frames', [only_wiretap, no_glue]),
    ('tests/unit', [no_wireshark]),
    ('tests/scenarios', [no_wireshark]),
]


def sources(top, others):
    """The source files below top, but those below another folder of RULES."""
    for folder, folders, names in os.walk(top):
        folders[:] = sorted(f for f in folders if os.path.join(folder, f) not in others)
        for name in sorted(names):
            if name.endswith(('.c', '.h', '.def')):
                yield folder, os.path.join(folder, name)


def main():
    root = sys.argv[1]
    files = faults = 0
    for part, rules in RULES:
        others = [os.path.join(root, other) for other, _ in RULES if other != part]
        for folder, path in sources(os.path.join(root, part), others):
            files += 1
            with open(path, encoding='utf-8') as source:
                for number, line in enumerate(source, 1):
                    found = INCLUDE.match(line)
                    reasons = [r(found[1], found[2], folder) for r in rules] if found else []
                    for reason in filter(None, reasons):
                        faults += 1
                        print('%s:%d: %s: %s' % (os.path.relpath(path, root), number,
                                                 line.strip(), reason))
    print('%d files, %d forbidden includes' % (files, faults))
    return 1 if faults or not files else 0


if __name__ == '__main__':
    sys.exit(main())
