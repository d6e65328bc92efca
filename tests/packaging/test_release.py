#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The version is one; the tarball of a release is whole without git, the same each time, and the
list of what it is made of names all that is."""
import json
import os
import re
import shutil
import subprocess
import tempfile
import unittest

import tshark as ts

RELEASE = os.path.join(ts.SOURCE_DIR, 'packaging', 'release')


def run(*arguments, cwd=None):
    return subprocess.run(arguments, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          check=False, cwd=cwd)


class Version(unittest.TestCase):
    def test_one(self):
        done = run(RELEASE, '--check')
        self.assertEqual(done.returncode, 0, done.stdout)

    def test_differs(self):
        with tempfile.TemporaryDirectory() as folder:
            for path in ('packaging/release', 'tests/lib/shell.sh', 'CMakeLists.txt',
                         'CHANGELOG.md', 'debian/changelog', 'packaging/tcpstory.spec'):
                os.makedirs(os.path.dirname(os.path.join(folder, path)), exist_ok=True)
                shutil.copy(os.path.join(ts.SOURCE_DIR, path), os.path.join(folder, path))
            command = os.path.join(folder, 'packaging', 'release')
            for path, old in (('CHANGELOG.md', '## '), ('debian/changelog', 'tcpstory ('),
                              ('packaging/tcpstory.spec', 'Version:        ')):
                name = os.path.join(folder, path)
                with open(name, encoding='utf-8') as file:
                    whole = file.read()
                with open(name, 'w', encoding='utf-8') as file:
                    file.write(whole.replace(old, old + '9', 1))
                done = run(command, '--check')
                self.assertEqual(done.returncode, 1)
                self.assertIn(path + " says '9", done.stdout)
                with open(name, 'w', encoding='utf-8') as file:
                    file.write(whole)
            self.assertEqual(run(command, '--check').returncode, 0)


class Debian(unittest.TestCase):
    def test_build_depends(self):
        """What tests/lib/packages.sh needs to build is what debian/control does."""
        with open(os.path.join(ts.SOURCE_DIR, 'debian', 'control'), encoding='utf-8') as file:
            depends = re.search(r'(?ms)^Build-Depends:(.*?)^\S', file.read())[1]
        with open(os.path.join(ts.SOURCE_DIR, 'tests/lib/packages.sh'), encoding='utf-8') as file:
            body = re.search(r'(?ms)^PACKAGES_BUILD=\((.*?)^\)', file.read())[1]
        wanted = {line.split('#')[0].strip() for line in body.splitlines()} - {''}
        self.assertEqual(set(re.findall(r'(?m)^ ([\w.+-]+)', depends)) - {'debhelper-compat'},
                         wanted - {'gcc', 'libc6-dev'})      # of build-essential


@unittest.skipUnless(run('git', '-C', ts.SOURCE_DIR, 'rev-parse', 'HEAD').returncode == 0,
                     'the source is not a checkout')
class Release(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.made = []
        for name in ('one', 'two'):
            path = os.path.join(cls.folder.name, name)
            done = run(RELEASE, '--no-build', path)
            assert done.returncode == 0, done.stdout
            cls.made.append(path)
        cls.names = sorted(os.listdir(cls.made[0]))

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    def content(self, place, name):
        with open(os.path.join(place, name), 'rb') as file:
            return file.read()

    def test_same_bytes(self):
        self.assertEqual(len(self.names), 3)
        for name in self.names:
            self.assertEqual(self.content(self.made[0], name), self.content(self.made[1], name))
        self.assertEqual(run('sha256sum', '-c', 'SHA256SUMS', cwd=self.made[0]).returncode, 0)

    def test_tarball_is_configured_without_git(self):
        tarball = next(name for name in self.names if name.endswith('.tar.gz'))
        tree = os.path.join(self.folder.name, 'tree')
        os.mkdir(tree)
        run('tar', '-C', tree, '-xzf', os.path.join(self.made[0], tarball))
        top, = os.listdir(tree)
        self.assertEqual(top + '.tar.gz', tarball)
        build = os.path.join(tree, 'build')
        done = run('cmake', '-G', 'Ninja', '-S', os.path.join(tree, top), '-B', build)
        self.assertEqual(done.returncode, 0, done.stdout)
        done = run('ninja', '-C', build, '-n')
        self.assertEqual(done.returncode, 0, done.stdout)

    def test_sbom(self):
        name = next(name for name in self.names if name.endswith('.spdx.json'))
        spdx = json.loads(self.content(self.made[0], name))
        self.assertEqual(spdx['spdxVersion'], 'SPDX-2.3')
        identities = [package['SPDXID'] for package in spdx['packages']]
        self.assertEqual(len(identities), len(set(identities)))
        for identity in identities:
            self.assertRegex(identity, r'^SPDXRef-[A-Za-z0-9.-]+$')
        related = {end for relation in spdx['relationships']
                   for end in (relation['spdxElementId'], relation['relatedSpdxElement'])}
        self.assertEqual(related, set(identities) | {'SPDXRef-DOCUMENT'})
        with open(os.path.join(ts.SOURCE_DIR, 'debian', 'control'), encoding='utf-8') as file:
            control = file.read()
        depends = re.search(r'(?ms)^Build-Depends:(.*?)^\S', control)[1]
        names = {package['name'] for package in spdx['packages']}
        for package in re.findall(r'(?m)^ ([\w.+-]+)', depends):
            if package != 'debhelper-compat':
                self.assertIn(package, names)
        for file in os.listdir(os.path.join(ts.SOURCE_DIR, 'postproc', 'page', 'vendor')):
            self.assertIn(re.split(r'-(?=\d|LICENSE)', file)[0], names)


if __name__ == '__main__':
    unittest.main()
