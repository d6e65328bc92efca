# SPDX-License-Identifier: GPL-2.0-or-later
"""Each check of style.py, and layering.py, finds what it is for, and nothing in a clean tree."""
import os
import subprocess
import sys
import tempfile
import unittest

import style

HEADER = '''#ifndef A_H
#define A_H

#include <stdint.h>

struct a {
    uint32_t n;
};

#endif
'''
SOURCE = '''#include "a.h"

int a_of(const struct a *a)
{
    if (a->n > 1) {
        return 1;
    }
    return 0;
}
'''
PAIR = 'int first, int second'
STATEMENTS = ['    count_%d(first, second);' % n for n in range(61)]


def function(name, parameters, lines):
    return ['int %s(%s)' % (name, parameters), '{'] + lines + ['}', '']


class Style(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = folder.name
        self.write('plugin/core/a.h', HEADER)
        self.write('plugin/core/a.c', SOURCE)

    def write(self, name, text):
        path = os.path.join(self.root, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, 'w', encoding='utf-8') as file:
            file.write(text if isinstance(text, str) else '\n'.join(text) + '\n')

    def found(self, check):
        return style.offences(check, self.root)

    def one(self, check, start):
        found = self.found(check)
        self.assertEqual(len(found), 1, found)
        self.assertTrue(found[0].startswith(start), found)

    def none(self, check):
        self.assertEqual(self.found(check), [])

    def test_clean(self):
        for check in style.CHECKS:
            with self.subTest(check):
                if check != 'format':
                    self.none(check)

    def test_format(self):
        self.write('.clang-format', 'BasedOnStyle: LLVM\n')
        self.write('plugin/core/a.c', 'int a;\n')
        self.write('plugin/core/a.h', 'int a;\n')
        self.none('format')
        self.write('plugin/core/a.c', 'int  a;\n')
        self.one('format', 'plugin/core/a.c:1: ')

    def test_columns_of_code(self):
        for name in ('a.c', 'tests/a.py', 'run', 'CMakeLists.txt', 'a.js', 'a.sh', 'a.def'):
            with self.subTest(name):
                head = '#!/bin/sh\n'
                self.write(name, head + 'x' * 100 + '\n')
                self.none('columns')
                self.write(name, head + 'x' * 101 + '\n')
                self.one('columns', name + ':2: 101 columns')
                os.remove(os.path.join(self.root, name))

    def test_columns_of_prose(self):
        long = 'word ' * 30
        self.write('a.md', ['text', '| ' + long, '    ' + long, '```', long, '```',
                            'see [this](%s)' % ('x' * 130), 'w' * 120])
        self.none('columns')
        self.write('a.md', ['text', '', long])
        self.one('columns', 'a.md:3: 150 columns')
        self.write('a.md', ['Written by `make`.', '', long])
        self.none('columns')

    def test_lengths(self):
        table = ['static const int table[] = {'] + ['    1,'] * 700 + ['};']
        self.write('a.c', ['int a;'] * 598 + table)
        self.none('lengths')
        self.write('a.h', ['int a;'] * 700)
        self.none('lengths')
        self.write('a.c', ['int a;'] * 599 + table)
        self.one('lengths', 'a.c:601: 601 lines, at most 600')
        self.write('a.c', ['int a;'] * 601)
        self.one('lengths', 'a.c:601: 601 lines, at most 600')

    def test_lines_of_functions(self):
        self.write('a.c', function('f', PAIR, STATEMENTS[:59]))
        self.none('functions')
        self.write('a.c', function('f', PAIR, STATEMENTS[:60]))
        self.one('functions', 'a.c:1: f(): 61 lines')

    def test_parameters_of_functions(self):
        six = 'int a, int b, int (*c)(int, int), int d, int e, int f'
        self.write('a.c', function('f', six, ['    return a;']))
        self.none('functions')
        self.write('a.c', function('f', six + ', int g', ['    return a;']))
        self.one('functions', 'a.c:1: f(): 7 parameters')

    def test_levels_of_functions(self):
        def nested(levels):
            return ['if (a) {'] * levels + ['call("{");'] + ['int s[1] = {0};'] + ['}'] * levels
        self.write('a.c', function('f', 'int a', ['    ' + line for line in nested(3)]))
        self.none('functions')
        self.write('a.c', function('f', 'int a', ['    ' + line for line in nested(4)]))
        self.one('functions', 'a.c:1: f(): nesting level 5')

    def test_duplicates(self):
        self.write('a.c', function('f', 'void', STATEMENTS[:5]))
        self.write('b.c', function('g', 'void', STATEMENTS[:5]))
        self.none('duplicates')
        self.write('a.c', function('f', 'void', STATEMENTS[:6]))
        self.write('b.c', function('g', 'void', [''] + STATEMENTS[:6]))
        self.one('duplicates', 'b.c:4: the same six lines as a.c:3')

    def test_duplicates_of_tables(self):
        rows = ['    {"%d", NAME, 0},' % n for n in range(9)]
        head = ['/* a', ' * b', ' */'] + ['#include "%d.h"' % n for n in range(9)]
        for name in ('a.c', 'b.c'):
            self.write(name, head + rows)
        self.none('duplicates')

    def test_links(self):
        self.write('docs/user/a.md', ['[b](b.md#part) [core](../../plugin/core) https://x.y/docs/c',
                                      '`plugin/core/a.h`, postproc/cli/verb_NAME.c, `a/docs/d.md`'])
        self.write('docs/user/b.md', 'plugin/core/a_*.c')
        self.none('links')
        self.write('docs/user/b.md', ['', '[c](c.md), `plugin/core/b.h`, plugin/core/a.h.'])
        self.assertEqual(self.found('links'), ['docs/user/b.md:2: there is no docs/user/c.md',
                                               'docs/user/b.md:2: there is no plugin/core/b.h'])

    def test_headers(self):
        self.write('plugin/core/a.h', HEADER.replace('#include <stdint.h>\n', ''))
        self.one('headers', 'plugin/core/a.h:1: does not compile alone')

    def test_headers_of_floors(self):
        self.write('postproc/base/b.h', '#include "a.h"\n')
        self.write('postproc/story/c.h', '#include "b.h"\n')
        self.none('headers')
        self.write('postproc/base/b.h', '#include "c.h"\n')
        self.assertIn('postproc/base/b.h:1', self.found('headers')[0])

    def layering(self):
        script = os.path.join(os.path.dirname(os.path.abspath(style.__file__)), 'layering.py')
        done = subprocess.run([sys.executable, '-B', script, self.root], stdout=subprocess.PIPE,
                              universal_newlines=True, check=False)
        return done.stdout

    def test_layering(self):
        self.write('postproc/base/b.h', '#include "a.h"\n')
        self.assertNotIn('postproc/base/b.h:', self.layering())
        self.write('postproc/story/c.h', '')
        self.write('postproc/base/b.h', '#include "c.h"\n')
        self.assertIn('postproc/base/b.h:1: ', self.layering())

    def test_circles(self):
        self.write('postproc/base/b.h', '#include "c.h"\n')
        self.write('postproc/base/c.h', '#include "b.h"\n')
        self.assertIn('run in a circle', self.layering())


if __name__ == '__main__':
    unittest.main()
