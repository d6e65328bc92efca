#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""`cmake --install --prefix ~/.local`: what it puts where, that it works for that user, and that
the target uninstall leaves nothing but what the user changed."""
import os
import re
import subprocess
import unittest

import tshark as ts

CAPTURE = 'captures/article-client-closes.pcap'
RECORDS = ('install_manifest.txt', 'install_folders.txt')     # which belong to the build folder


def files_below(folder):
    return {os.path.relpath(os.path.join(place, name), folder)
            for place, _, names in os.walk(folder) for name in names}


class Installed(unittest.TestCase):
    """Installs into a home of its own, and gives the build folder back as it was."""

    def setUp(self):
        self.kept = {}
        for name in RECORDS:
            path = os.path.join(ts.BUILD_DIR, name)
            if os.path.exists(path):
                with open(path, 'rb') as file:
                    self.kept[path] = file.read()
                os.remove(path)
        self.home = os.path.join(ts.scratch(), self.id())
        os.mkdir(self.home)
        self.environment = {**os.environ, 'HOME': self.home}
        self.environment.pop('XDG_CONFIG_HOME', None)
        self.addCleanup(self.restore)

    def restore(self):
        for name in RECORDS:
            path = os.path.join(ts.BUILD_DIR, name)
            if path in self.kept:
                with open(path, 'wb') as file:
                    file.write(self.kept[path])
            elif os.path.exists(path):
                os.remove(path)

    def cmake(self, *arguments, **env):
        done = subprocess.run(['cmake', *arguments], stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, check=False, text=True,
                              env={**self.environment, **env})
        self.assertEqual(done.returncode, 0, done.stdout)
        return done.stdout

    def install(self, prefix='.local', **env):
        return self.cmake('--install', ts.BUILD_DIR, '--prefix', os.path.join(self.home, prefix),
                          **env)

    def uninstall(self, **env):
        return self.cmake('-P', os.path.join(ts.BUILD_DIR, 'packaging', 'uninstall.cmake'), **env)

    def profile(self, name):
        return os.path.join(self.home, '.config/wireshark/profiles/TCP State', name)

    def as_user(self, *arguments, **env):
        done = ts.run_unprivileged(arguments, plugin=False, env={
            'HOME': self.home, 'XDG_CONFIG_HOME': os.path.join(self.home, '.config'), **env})
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout


class Personal(Installed):
    def test_places(self):
        self.install()
        found = files_below(self.home)
        for wanted in (r'\.local/bin/tcpstory', r'\.local/libexec/tcpstory/tcpstory-frames',
                       r'\.local/lib/wireshark/plugins/\d+\.\d+/epan/tcpstate\.so',
                       r'\.config/wireshark/profiles/TCP State/colorfilters',
                       r'\.local/share/man/man1/tcpstory\.1'):
            self.assertEqual(sum(bool(re.fullmatch(wanted, name)) for name in found), 1, wanted)
        self.uninstall()
        self.assertEqual(os.listdir(self.home), [])

    def test_works(self):
        self.install()
        capture = ts.readable(CAPTURE)
        story = os.path.join(self.home, '.local/bin/tcpstory')
        self.assertIn('the client closed first', self.as_user(
            'env', '-u', 'WIRESHARK_PLUGIN_DIR', story, capture))
        through_tshark = self.as_user('env', '-u', 'WIRESHARK_PLUGIN_DIR', story, 'list', capture,
                                      TSHARK='tshark')
        self.assertIn('TIME_WAIT', through_tshark)
        self.assertIn('SYN_SENT / LISTEN', self.as_user('tshark', '-n', '-C', 'TCP State', '-r',
                                                        capture))

    def test_other_prefix(self):
        self.install('tools')
        self.assertIn('TIME_WAIT', self.as_user(
            'env', '-u', 'WIRESHARK_PLUGIN_DIR', os.path.join(self.home, 'tools/bin/tcpstory'),
            'list', ts.readable(CAPTURE), TSHARK='tshark'))
        self.uninstall()
        self.assertEqual(os.listdir(self.home), [])

    def test_own_changes_stay(self):
        self.install()
        with open(self.profile('recent'), 'a', encoding='utf-8') as file:
            file.write('# my own\n')
        self.assertIn('Kept, as it was changed: ' + self.profile('recent'), self.install())
        with open(self.profile('recent'), encoding='utf-8') as file:
            self.assertIn('# my own', file.read())
        with open(self.profile('dfilters'), 'a', encoding='utf-8') as file:
            file.write('# added later\n')
        self.assertIn('Kept, as it was changed: ' + self.profile('dfilters'), self.uninstall())
        self.assertEqual(files_below(self.home), {
            os.path.relpath(self.profile(name), self.home) for name in ('recent', 'dfilters')})

    def test_an_older_profile_is_replaced(self):
        self.install()
        for path in (self.profile('dfilters'), os.path.join(
                self.home, '.local/share/tcpstory/profile/TCP State/dfilters')):
            with open(path, 'w', encoding='utf-8') as file:
                file.write('as an older version installed it\n')
        self.install()
        with open(self.profile('dfilters'), encoding='utf-8') as file:
            self.assertNotIn('older version', file.read())

    def test_foreign_files_stay(self):
        own = os.path.join(self.home, '.local/bin/own')
        os.makedirs(os.path.dirname(own))
        with open(own, 'w', encoding='utf-8') as file:
            file.write('x')
        self.install()
        self.uninstall()
        self.assertEqual(files_below(self.home), {'.local/bin/own'})


class Everybody(Installed):
    def test_places(self):
        stage = os.path.join(self.home, 'stage')
        self.cmake('--install', ts.BUILD_DIR, '--prefix', '/usr', DESTDIR=stage)
        found = files_below(stage)
        self.assertTrue(all(name.startswith('usr/') for name in found), found)
        self.assertIn('usr/share/wireshark/profiles/TCP State/colorfilters', found)
        self.assertTrue(any(re.fullmatch(r'usr/lib.*/wireshark/plugins/[\d.]+/epan/tcpstate\.so',
                                         name) for name in found))
        self.uninstall(DESTDIR=stage)
        self.assertEqual(files_below(stage), set())

    def test_nothing_installed(self):
        done = subprocess.run(['cmake', '-P', os.path.join(ts.BUILD_DIR, 'packaging',
                                                           'uninstall.cmake')],
                              stderr=subprocess.PIPE, check=False, text=True)
        self.assertNotEqual(done.returncode, 0)
        self.assertIn('Nothing was installed', done.stderr)


if __name__ == '__main__':
    unittest.main()
