#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Checks which header each source file includes: layering.py SOURCE_DIR

Each folder is a row of FOLDERS: which other folders' headers its files may include, and which
system headers they may not. Among the files of the products, NAME.c and NAME.h being one, includes
must not run in a circle. Prints each offending line and each circle; exits 1 if there is any.
"""
import collections
import os
import re
import sys

INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*(?:<([^>]+)>|"([^"]+)")')
SOURCES = ('.c', '.h', '.def')

# What the command is made of, from the ground up: the floors of postproc/CMakeLists.txt.
CORE = ('plugin/core',)
BASE = CORE + ('postproc/base',)
PROCESS = BASE + ('postproc/process',)
STORY = BASE + ('postproc/story',)
FORMATS = BASE + ('postproc/formats',)
SCALE = BASE + ('postproc/scale',)
READERS = STORY + ('postproc/process', 'postproc/scale', 'postproc/readers')
HOST = STORY + ('postproc/host',)
RULES = STORY + ('postproc/rules',)
CAUSES = RULES + ('postproc/causes',)
REPORT = CAUSES + ('postproc/report',)
TABLES = REPORT + ('postproc/formats', 'postproc/tables')
EXPORTS = TABLES + ('postproc/exports',)
LIVE = REPORT + ('postproc/live',)
CLI = EXPORTS + ('postproc/process', 'postproc/scale', 'postproc/readers', 'postproc/host',
                 'postproc/live', 'postproc/cli')

LIBC_WITHOUT_IO = frozenset('''assert.h float.h inttypes.h limits.h stdalign.h stdarg.h stdbool.h
    stddef.h stdint.h stdlib.h string.h'''.split())


def not_libc(name):
    return None if name in LIBC_WITHOUT_IO else 'the core may include only %s' % ' '.join(
        sorted(LIBC_WITHOUT_IO))


def without(*libraries):
    """A rule on system headers: none of these libraries'."""
    heads = {
        'wireshark': r'(wireshark|epan|wsutil|wiretap)/|config\.h$|ws_version\.h$',
        'dissectors': r'epan/|config\.h$',
        'jansson': r'jansson\.h$',
        'sqlite': r'sqlite3\.h$',
        'cjson': r'(cjson/)?cJSON\.h$',
    }

    def rule(name):
        for library in libraries:
            if re.match(heads[library], name):
                return 'this folder may not know %s' % library
        return None
    return rule


TEXT_ONLY = without('wireshark', 'jansson', 'sqlite', 'cjson')
WITH_JSON = without('wireshark', 'sqlite', 'cjson')

# Folder, the folders whose headers it may include besides its own, the rule on system headers.
FOLDERS = [
    ('plugin/core', (), not_libc),
    ('plugin', REPORT, without('jansson', 'sqlite', 'cjson')),
    ('postproc/base', CORE, TEXT_ONLY),
    ('postproc/process', BASE, TEXT_ONLY),
    ('postproc/story', BASE, TEXT_ONLY),
    ('postproc/formats', BASE, WITH_JSON),
    ('postproc/scale', BASE, WITH_JSON),
    ('postproc/readers', PROCESS + STORY + SCALE, without('wireshark', 'jansson', 'sqlite')),
    ('postproc/host', STORY, TEXT_ONLY),
    ('postproc/rules', STORY, TEXT_ONLY),
    ('postproc/causes', RULES, TEXT_ONLY),
    ('postproc/report', CAUSES, TEXT_ONLY),
    ('postproc/tables', REPORT + FORMATS, WITH_JSON),
    ('postproc/exports', TABLES, without('wireshark', 'cjson')),
    ('postproc/live', REPORT, TEXT_ONLY),
    ('postproc/cli', EXPORTS + READERS + HOST + LIVE, WITH_JSON),
    ('postproc/frames', CORE, without('dissectors', 'jansson', 'sqlite', 'cjson')),
    ('postproc', CLI, TEXT_ONLY),
    ('tests/unit', CLI, without('wireshark')),
    ('tests/scenarios', CLI, without('wireshark')),
]


class Tree:
    """The source files of all folders, by folder and by name."""

    def __init__(self, root):
        self.root = root
        self.files = []  # (folder, path)
        self.named = collections.defaultdict(dict)  # name -> {folder: path}
        for folder, _, _ in FOLDERS:
            deep = folder.startswith('tests/')
            for place, folders, names in os.walk(os.path.join(root, folder)):
                folders[:] = sorted(folders) if deep else []
                for name in sorted(names):
                    if name.endswith(SOURCES):
                        path = os.path.join(place, name)
                        self.files.append((folder, path))
                        self.named[name][folder] = path

    def includes(self, path):
        """Line number, text, system header, header of our own."""
        with open(path, encoding='utf-8') as source:
            for number, line in enumerate(source, 1):
                found = INCLUDE.match(line)
                if found:
                    yield number, line.strip(), found[1], found[2]


def resolve(tree, folder, allowed, name):
    """The path of a header of ours, and what is wrong with it; both None when it is not ours."""
    places = tree.named.get(os.path.basename(name), {})
    for place in (folder,) + allowed:
        if place in places:
            return places[place], None
    if not places:
        return None, 'there is no such header of ours' if folder in CORE else None
    return None, 'it is of %s, which %s may not include' % (' and '.join(sorted(places)), folder)


def unit(path):
    return os.path.splitext(path)[0]


def circles(edges):
    """The strongly connected parts of more than one node (Tarjan)."""
    order, low, stack, found = {}, {}, [], []

    def visit(node):
        order[node] = low[node] = len(order)
        stack.append(node)
        for other in sorted(edges.get(node, ())):
            if other not in order:
                visit(other)
                low[node] = min(low[node], low[other])
            elif other in stack:
                low[node] = min(low[node], order[other])
        if low[node] == order[node]:
            part = [stack.pop()]
            while part[-1] != node:
                part.append(stack.pop())
            if len(part) > 1:
                found.append(sorted(part))

    for node in sorted(edges):
        if node not in order:
            visit(node)
    return found


def check_file(tree, folder, path, edges):
    """The faults of a file's includes; adds what it includes to edges."""
    _, allowed, rule = next(row for row in FOLDERS if row[0] == folder)
    for number, line, system, own in tree.includes(path):
        where = '%s:%d: %s: ' % (os.path.relpath(path, tree.root), number, line)
        if system:
            reason = rule(system)
        else:
            header, reason = resolve(tree, folder, allowed, own)
            # What a folder keeps to itself in NAME_internal.h belongs to all of its files.
            if header and unit(header) != unit(path) and not header.endswith('_internal.h'):
                edges[unit(path)].add(unit(header))
            if not header and not reason:
                reason = rule(own)
        if reason:
            yield where + reason


def main():
    tree = Tree(sys.argv[1])
    edges = collections.defaultdict(set)
    faults = 0
    counts = collections.Counter()
    for folder, path in tree.files:
        counts[folder] += 1
        for fault in check_file(tree, folder, path, edges):
            faults += 1
            print(fault)
    found = circles({node: others for node, others in edges.items()
                     if not os.path.relpath(node, tree.root).startswith('tests')})
    for part in found:
        print('includes run in a circle: %s' % ', '.join(os.path.relpath(p, tree.root)
                                                        for p in part))
    for folder, _, _ in FOLDERS:
        print('%-18s %3d files' % (folder, counts[folder]))
        faults += not counts[folder]
    print('%d files, %d forbidden includes, %d circles' % (len(tree.files), faults, len(found)))
    return 1 if faults or found else 0


if __name__ == '__main__':
    sys.exit(main())
