# SPDX-License-Identifier: GPL-2.0-or-later
"""The rule and the scenarios of docs/develop/tutorial-add-an-anomaly.md, built and run."""
import glob
import os
import re
import subprocess
import tempfile
import unittest

SOURCE_DIR, BUILD_DIR = os.environ['SOURCE_DIR'], os.environ['BUILD_DIR']
PAGE = os.path.join(SOURCE_DIR, 'docs', 'develop', 'tutorial-add-an-anomaly.md')
RULES = os.path.join(SOURCE_DIR, 'postproc', 'rules')


def read(*path):
    with open(os.path.join(*path), encoding='utf-8') as file:
        return file.read()


def cached(name):
    found = re.search(r'^%s:\w+=(.*)$' % name, read(BUILD_DIR, 'CMakeCache.txt'), re.M)
    return found[1] if found else ''


class Tutorial(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        scratch = tempfile.TemporaryDirectory()
        cls.addClassCleanup(scratch.cleanup)
        cls.folder = scratch.name
        blocks = re.findall(r'^```(c|scn)\n(.*?)^```$', read(PAGE), re.S | re.M)
        source, declaration, *scenarios = [text for _, text in blocks]
        cls.write('rules_mss.c', source)
        cls.write('rules.h', read(RULES, 'rules.h').replace('\n#endif', declaration + '\n#endif'))
        cls.write('rules.c', re.sub(r'rules_late\b(,?)\s*\}', r'rules_late, rules_mss}',
                                    read(RULES, 'rules.c')))
        for name, text in zip(('found', 'near'), scenarios):
            cls.write(name + '.scn', text)
        cls.build()

    @classmethod
    def write(cls, name, text):
        with open(os.path.join(cls.folder, name), 'w', encoding='utf-8') as file:
            file.write(text)

    @classmethod
    def build(cls):
        """The program scenario, with the rules of the tutorial before those of the library."""
        folders = glob.glob(os.path.join(SOURCE_DIR, 'postproc', '*', ''))
        flags = subprocess.check_output(
            ['pkg-config', '--cflags', '--libs', 'glib-2.0', 'jansson', 'sqlite3', 'libcjson'],
            universal_newlines=True).split()
        sanitize = cached('TCPSTATE_SANITIZE')
        command = [cached('CMAKE_C_COMPILER') or 'cc', '-std=c11', '-Wall', '-Wextra', '-Wshadow',
                   '-Werror', '-I' + cls.folder, '-I' + os.path.join(SOURCE_DIR, 'plugin', 'core')]
        command += ['-I' + folder for folder in folders]
        command += ['-fsanitize=' + sanitize.replace(';', ',')] if sanitize else []
        command += [os.path.join(cls.folder, name) for name in ('rules.c', 'rules_mss.c')]
        objects = os.path.join(BUILD_DIR, 'tests', 'scenarios', 'CMakeFiles', 'scenario.dir')
        command += [os.path.join(objects, name + '.o')
                    for name in os.listdir(os.path.join(SOURCE_DIR, 'tests', 'scenarios'))
                    if name.endswith('.c')]
        command += ['-Wl,--start-group', os.path.join(BUILD_DIR, 'plugin', 'libtsm.a')]
        command += glob.glob(os.path.join(BUILD_DIR, 'postproc', '*.a'))
        command += ['-Wl,--end-group', '-o', os.path.join(cls.folder, 'scenario')] + flags
        command += ['-lpcap', '-lm']
        subprocess.run(command, check=True)

    def scenario(self, name, program=None):
        done = subprocess.run([program or os.path.join(self.folder, 'scenario'), '-v',
                               os.path.join(self.folder, name)], stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, universal_newlines=True, check=False)
        return done.returncode, done.stdout

    def test_scenarios(self):
        for name in ('found.scn', 'near.scn'):
            with self.subTest(name):
                status, text = self.scenario(name)
                self.assertEqual(status, 0, text)

    def test_fails_before(self):
        status, text = self.scenario('found.scn', os.path.join(BUILD_DIR, 'tests', 'scenario'))
        self.assertEqual(status, 1, text)


if __name__ == '__main__':
    unittest.main()
