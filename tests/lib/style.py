#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Checks the style that CONTRIBUTING.md asks for: style.py CHECK SOURCE_DIR [BUILD_DIR]

    format      C is as clang-format 14 writes it
    columns     code has at most 100 columns, prose 120
    lengths     a C source has at most 600 lines, tables not counted
    functions   a C function has at most 60 lines, 6 parameters and 3 levels of blocks
                (clang-tidy 14; BUILD_DIR has compile_commands.json)
    duplicates  no six lines of code stand in two places
    headers     every header compiles alone, with the headers of its folder's floors only
    links       every file that a page links to, or names by its path from the root, is there

Prints each offence as FILE:LINE: what is wrong; exits 1 if there is any.
"""
import collections
import concurrent.futures
import os
import re
import subprocess
import sys

import layering

CODE_COLUMNS = 100
PROSE_COLUMNS = 120
FILE_LINES = 600
FUNCTION_LINES = 60
PARAMETERS = 6
LEVELS = 3
SAME_LINES = 6

C = ('.c', '.h')
CODE = C + ('.def', '.py', '.sh', '.js', '.cmake', '.bash')
GENERATED = re.compile(r'(?i)\b(written|made|generated) by\b|\bwrites this page\b')


def sources(root):
    """All files of ours, as paths below root; those of others are in folders vendor."""
    listed = subprocess.run(['git', '-C', root, 'ls-files', '-co', '--exclude-standard', '-z'],
                            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False)
    names = listed.stdout.decode().split('\0') if listed.returncode == 0 else []
    if not names:
        for place, folders, files in os.walk(root):
            folders[:] = [f for f in folders if not f.startswith(('.', 'build'))]
            names += [os.path.relpath(os.path.join(place, name), root) for name in files]
    return sorted(name for name in names if name and '/vendor/' not in name and
                  os.path.isfile(os.path.join(root, name)))


def lines_of(root, name):
    with open(os.path.join(root, name), encoding='utf-8', errors='replace') as text:
        return text.read().split('\n')


def is_code(root, name):
    if name.endswith(CODE) or os.path.basename(name) == 'CMakeLists.txt':
        return True
    if '.' in os.path.basename(name):
        return False
    with open(os.path.join(root, name), 'rb') as text:
        return text.read(2) == b'#!'


# ---- format ----

def check_format(root, names):
    formatter = os.environ.get('CLANG_FORMAT', 'clang-format-14')
    told = subprocess.run([formatter, '--dry-run'] + [n for n in names if n.endswith(C)], cwd=root,
                          stderr=subprocess.PIPE, universal_newlines=True, check=True).stderr
    for line in told.split('\n'):
        found = re.match(r'(.*?:\d+):\d+: warning: ', line)
        if found:
            yield '%s: not as clang-format 14 writes it' % found[1]


# ---- columns ----

def prose(lines):
    """(number, line) of what is neither a table nor a block of code; links without their targets.
    """
    fenced = False
    for number, line in enumerate(lines, 1):
        if line.lstrip().startswith('```'):
            fenced = not fenced
        elif not fenced and not line.startswith(('    ', '|')):
            yield number, re.sub(r'\]\([^)]*\)|https?://\S+', ']', line)


def check_columns(root, names):
    for name in names:
        if name.endswith('.md'):
            lines = lines_of(root, name)
            if GENERATED.search('\n'.join(lines[:8])):
                continue
            rows, most = prose(lines), PROSE_COLUMNS
        elif is_code(root, name):
            rows, most = enumerate(lines_of(root, name), 1), CODE_COLUMNS
        else:
            continue
        for number, line in rows:
            if len(line) > most:
                yield '%s:%d: %d columns, at most %d' % (name, number, len(line), most)


# ---- lengths ----


def outside_tables(lines):
    """The lines that are not the rows of a table: `... = {` to `};` at the margin."""
    inside = False
    for line in lines:
        inside = inside and not line.startswith('}')
        if not inside:
            yield line
        inside = inside or (line.endswith('= {') and line[:1] not in ('', ' ', '/'))


def check_lengths(root, names):
    for name in names:
        if name.endswith('.c'):
            count = sum(1 for _ in outside_tables(lines_of(root, name)[:-1]))
            if count > FILE_LINES:
                yield '%s:%d: %d lines, at most %d' % (name, FILE_LINES + 1, count, FILE_LINES)


# ---- functions ----

SIZES = {'LineThreshold': FUNCTION_LINES, 'ParameterThreshold': PARAMETERS,
         'StatementThreshold': 800, 'NestingThreshold': 1 + LEVELS}     # it counts the body, too
ASSERT_LEVELS = 2       # blocks that GLib's assertions are made of
FILES_AT_ONCE = 8       # by one clang-tidy
SIZE = re.compile(r"^(?P<place>\S+:\d+):\d+: warning: function '(?P<name>\w+)' exceeds .*|"
                  r'^\S+: note: (?P<size>.*\(threshold \d+\))|^(?P<error>.*error: .*)')


def tidy(root, names, build):
    """What clang-tidy 14 says of the sizes of functions in these sources and in our headers."""
    sizes = dict(SIZES)
    if names[0].startswith('tests/'):
        sizes['NestingThreshold'] += ASSERT_LEVELS
    options = ', '.join('{key: readability-function-size.%s, value: %d}' % size
                        for size in sizes.items())
    known = ['-p', build] if build else []
    done = subprocess.run(
        ['clang-tidy-14', '--quiet', '--checks=-*,readability-function-size',
         '--extra-arg=-w', '--extra-arg=-D_GNU_SOURCE',
         '--config={CheckOptions: [%s]}' % options, '--header-filter=%s/.*' % re.escape(root)] +
        known + [os.path.join(root, name) for name in names] + ([] if build else ['--']),
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False)
    return done.stdout.decode()


def check_functions(root, names, build=None):
    sources_of_c = [name for name in names if name.endswith('.c')]
    batches = [group[i:i + FILES_AT_ONCE]
               for group in ([n for n in sources_of_c if n.startswith('tests/')],
                             [n for n in sources_of_c if not n.startswith('tests/')])
               for i in range(0, len(group), FILES_AT_ONCE)]
    found = set()
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        for said in pool.map(lambda batch: tidy(root, batch, build), batches):
            place = None
            for match in filter(None, map(SIZE.match, said.split('\n'))):
                if match.group('error'):
                    found.add(match.group('error'))
                elif match.group('name'):
                    place = '%s: %s()' % (os.path.relpath(match.group('place'), root),
                                          match.group('name'))
                else:
                    found.add('%s: %s' % (place, match.group('size')))
    yield from sorted(found)


# ---- duplicates ----

# Lines of a table, what gets a member for a table of JSON, heads of licences, includes and imports
# are alike by their nature.
TABLE = re.compile(r'''\s*(\{.*\}|X\(.*|\.\w+ = .*|['"(\[].*[,)\]]|[A-Z_0-9, |]+),?\s*\\?$''')
ALIKE = re.compile(r'\s*(static json_t \*get_\w+\(const void \*thing\)|'
                   r'#\s*(include|define|ifndef|if|endif|undef)\b|import\b|from\b|\*|/\*|//|# '
                   r')')
EMPTY = re.compile(r'\W*$')


def telling(lines):
    """(number, text) of the lines that count."""
    for number, line in enumerate(lines, 1):
        if not EMPTY.match(line) and not ALIKE.match(line) and not TABLE.match(line):
            yield number, line.strip()


def check_duplicates(root, names):
    seen = {}
    for name in names:
        if not is_code(root, name) or name.endswith('.def'):
            continue
        rows = list(telling(lines_of(root, name)))
        until = 0
        for first in range(len(rows) - SAME_LINES + 1):
            window = rows[first:first + SAME_LINES]
            text = '\n'.join(line for _, line in window)
            place = seen.setdefault(text, (name, window[0][0], first))
            overlaps = place[0] == name and first - place[2] < SAME_LINES
            if not overlaps and first >= until:
                until = first + SAME_LINES
                yield '%s:%d: the same six lines as %s:%d' % (name, window[0][0], *place[:2])


# ---- headers ----

def flags_of(*packages):
    return subprocess.check_output(['pkg-config', '--cflags'] + list(packages),
                                   universal_newlines=True).split()


def check_headers(root, names):
    floors = {folder: allowed for folder, allowed, _ in layering.FOLDERS}
    flags = flags_of('glib-2.0', 'jansson', 'wireshark')
    for name in names:
        folder = os.path.dirname(name)
        if not name.endswith('.h') or folder not in floors or folder.startswith('tests'):
            continue
        seen = ['-I' + os.path.join(root, place) for place in (folder,) + floors[folder]]
        made = subprocess.run(
            [os.environ.get('CC', 'cc'), '-std=gnu11', '-fsyntax-only', '-w'] + seen + flags +
            ['-x', 'c', '-'], input='#include "%s"\n' % os.path.basename(name),
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, universal_newlines=True, check=False)
        if made.returncode != 0:
            yield '%s:1: does not compile alone: %s' % (name, made.stderr.strip().split('\n')[0])


# ---- links ----

PATH = re.compile(r'(?<![\w./-])(?:captures|docs|plugin|postproc|tests)/[\w./+-]*\w(?![\w*])')
PLACEHOLDER = re.compile(r'NAME|FOLDER|DIR')
# What the reader of the tutorial makes.
MADE = {'postproc/rules/rules_mss.c', 'tests/scenarios/anomaly/a77-tiny-mss.scn'}


def named_files(name, line):
    """What a line of a page links to, and which files of ours it names."""
    for target in re.findall(r'\]\(([^)#\s]+)', line):
        if '://' not in target:
            yield os.path.normpath(os.path.join(os.path.dirname(name), target))
    for path in PATH.findall(line):
        if path not in MADE and not PLACEHOLDER.search(path):
            yield path


def check_links(root, names):
    for name in names:
        if not name.endswith('.md'):
            continue
        for number, line in enumerate(lines_of(root, name), 1):
            for path in named_files(name, line):
                if not os.path.exists(os.path.join(root, path)):
                    yield '%s:%d: there is no %s' % (name, number, path)


CHECKS = collections.OrderedDict([
    ('format', check_format), ('columns', check_columns), ('lengths', check_lengths),
    ('functions', check_functions), ('duplicates', check_duplicates), ('headers', check_headers),
    ('links', check_links)])


def offences(check, root, *build):
    return list(CHECKS[check](root, sources(root), *build))


def main():
    if len(sys.argv) not in (3, 4) or sys.argv[1] not in CHECKS:
        sys.exit(__doc__)
    found = offences(sys.argv[1], os.path.realpath(sys.argv[2]), *sys.argv[3:])
    for line in found:
        print(line)
    print('%s: %d offences' % (sys.argv[1], len(found)))
    return 1 if found else 0


if __name__ == '__main__':
    sys.exit(main())
