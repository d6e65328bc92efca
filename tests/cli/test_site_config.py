#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The configuration files: which are read, what they say; nothing is suppressed silently."""
import json
import os
import sqlite3
import subprocess
import tempfile
import unittest

import command

CAPTURE = command.capture('pile-close-wait.pcap')         # A41, of 20 connections to port 8080
HARMLESS = b'[suppress health checks]\nport = 8080\nreason = looks every 5 s\n'


class Config(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory(prefix='tcpstory-config-')
        self.addCleanup(self.folder.cleanup)

    def path(self, name):
        return os.path.join(self.folder.name, name)

    def write(self, text, name='conf'):
        os.makedirs(os.path.dirname(self.path(name)), exist_ok=True)
        with open(self.path(name), 'wb') as file:
            file.write(text)
        return self.path(name)

    def run_with(self, text, *arguments, capture=CAPTURE):
        return command.run(arguments[0], '--config', self.write(text), *arguments[1:], capture)

    def ids(self, text, capture=CAPTURE):
        done = self.run_with(text, 'anomalies', '--columns', 'id', '--no-header', capture=capture)
        self.assertEqual(done.status, 0, done.err)
        return done.out.split()


class Suppress(Config):
    def test_not_there(self):
        self.assertEqual(self.ids(b''), ['A41'])

    def test_port(self):
        self.assertEqual(self.ids(HARMLESS), [])

    def test_near_misses(self):
        for text in (b'port = 8081', b'host = 10.9.0.3', b'host = 10.8.0.0/16', b'finding = A40',
                     b'port = 8080\nhost = 10.9.1.0/24', b'port = 8080\nfinding = A42, D01'):
            self.assertEqual(self.ids(b'[suppress x]\n' + text + b'\n'), ['A41'], text)

    def test_hits(self):
        for text in (b'host = 10.9.0.2', b'host = 10.1.1.1, 10.9.0.0/16', b'finding = A41',
                     b'finding = close_wait_leak', b'port = 1-65535\nfinding = D01, a41'):
            self.assertEqual(self.ids(b'[suppress x]\n' + text + b'\n'), [], text)

    def test_a_part_of_the_connections_is_not_enough(self):
        # each client's port is another: the finding is about 20 connections
        client = command.run('list', '--columns', 'client', '--no-header', CAPTURE).out.split()[0]
        port = client.rsplit(':', 1)[1].encode()
        self.assertEqual(self.ids(b'[suppress x]\nport = %s\n' % port), ['A41'])

    def test_incidents(self):
        path = command.capture('close-wait-leak.pcap')
        before = command.run('incidents', '--columns', 'id', '--no-header', path).out.split()
        self.assertNotEqual(before, [])
        text = b'[suppress x]\nfinding = %s\n' % before[0].encode()
        after = self.run_with(text, 'incidents', '--columns', 'id', '--no-header', capture=path)
        self.assertEqual(after.out.split(), [i for i in before if i != before[0]])
        self.assertIn('suppressed', after.err)
        whole = json.loads(self.run_with(text, 'report', '--format', 'json', capture=path).out)
        self.assertEqual(whole['captures'][0]['suppressed'][0]['incidents'],
                         before.count(before[0]))
        self.assertEqual(whole['captures'][0]['suppressed'][0]['anomalies'], 0)

    def test_fail_on(self):
        arguments = ('anomalies', '--fail-on', 'info')
        self.assertEqual(self.run_with(b'', *arguments).status, 1)
        self.assertEqual(self.run_with(HARMLESS, *arguments).status, 0)


class Counted(Config):
    def test_report(self):
        done = self.run_with(HARMLESS, 'report')
        self.assertIn('Suppressed by the configuration: 1 finding (health checks 1); '
                      '--no-config tells all', done.out)
        self.assertNotIn('A41', done.out)

    def test_standard_error(self):
        for verb in ('report', 'anomalies', 'incidents', 'list'):
            done = self.run_with(HARMLESS, verb, '--format', 'json')
            self.assertIn('1 finding (health checks 1) suppressed by the configuration', done.err)
        self.assertEqual(self.run_with(HARMLESS, 'list', '--quiet').err, '')
        self.assertEqual(self.run_with(b'[suppress x]\nport=1\n', 'list').err, '')

    def test_json(self):
        whole = json.loads(self.run_with(HARMLESS, 'report', '--format', 'json').out)
        self.assertEqual(whole['captures'][0]['anomalies'], [])
        self.assertEqual(whole['captures'][0]['suppressed'], [
            {'name': 'health checks', 'reason': 'looks every 5 s', 'anomalies': 1,
             'incidents': 0}])
        whole = json.loads(self.run_with(b'', 'report', '--format', 'json').out)
        self.assertEqual(whole['captures'][0]['suppressed'], [])

    def test_sqlite(self):
        path = self.path('x.sqlite')
        self.run_with(HARMLESS, 'report', '-o', path)
        with sqlite3.connect(path) as db:
            self.assertEqual(db.execute('SELECT name, reason, anomalies, incidents, capture '
                                        'FROM suppressed').fetchall(),
                             [('health checks', 'looks every 5 s', 1, 0, 1)])
        db.close()

    def test_prometheus(self):
        name = b'[suppress a "b"]\nport = 8080\n'
        done = self.run_with(name, 'report', '--format', 'prometheus')
        self.assertIn(',name="a \\"b\\""} 1\n', done.out)

    def test_html(self):
        done = self.run_with(HARMLESS, 'report', '--format', 'html')
        self.assertIn('Suppressed by the configuration', done.out)


class Files(Config):
    def run_in(self, home, *arguments):
        return command.run('anomalies', '--columns', 'id', '--no-header', *arguments, CAPTURE,
                           env={'XDG_CONFIG_HOME': home})

    def test_own(self):
        self.write(HARMLESS, 'tcpstory/config')
        self.assertEqual(self.run_in(self.folder.name).out, '')
        self.assertEqual(self.run_in(self.folder.name, '--no-config').out.split(), ['A41'])
        other = self.write(b'', 'other')
        self.assertEqual(self.run_in(self.folder.name, '--config', other).out.split(), ['A41'])

    def test_both_options(self):
        done = self.run_in(self.folder.name, '--no-config', '--config', self.write(b''))
        self.assertEqual(done.status, 2)
        self.assertIn('--config or --no-config', done.err)

    def test_site_and_own(self):
        """The site's, in /etc of a namespace of our own; the user's replaces what has the same
        name, and adds to the rest."""
        for name in ('upper', 'work'):
            os.mkdir(self.path(name))
        self.write(HARMLESS + b'[A41]\nmany = 30\n', 'upper/tcpstory.conf')
        os.chmod(self.folder.name, 0o755)
        mount = ('mount -t overlay -o "lowerdir=/etc,upperdir=$1/upper,workdir=$1/work" '
                 'overlay /etc || exit 77; shift; exec "$@"')
        enter = ['unshare', '--mount', *(['-r'] if os.geteuid() != 0 else []), 'sh', '-c', mount,
                 'sh', self.folder.name]

        def ids():
            done = subprocess.run(
                [*enter, command.TCPSTORY, 'anomalies', '--columns', 'id', '--no-header', CAPTURE],
                env=command.environment({'XDG_CONFIG_HOME': self.path('home')}), text=True,
                stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
            if done.returncode == 77 or 'unshare' in done.stderr:
                self.skipTest('no overlay on /etc')
            self.assertEqual(done.returncode, 0, done.stderr)
            return done.stdout.split()

        self.assertEqual(ids(), [])
        self.write(b'[suppress health checks]\nport = 1\n', 'home/tcpstory/config')
        self.assertEqual(ids(), [])                         # 20 are not 30
        self.write(b'[suppress health checks]\nport = 1\n[A41]\nmany=20\n', 'home/tcpstory/config')
        self.assertEqual(ids(), ['A41'])


class Wrong(Config):
    def test_lines(self):
        for text, line, word in (
                (b'[A41]\nmany = no\n', 2, "'no' is not a whole number"),
                (b'\n# x\n[A41]\n\nmani = 3\n', 5, "no threshold 'mani'"),
                (b'[A41]\nmany = 2\n[A99]\nmany = 2\n', 3, "no anomaly 'A99'"),
                (b'[A41]\nmany = 2\nmany\n', 3, 'many'),
                (b'many = 2\n', 1, 'group'),
                (b'[suppress x]\nhost = web\n', 2, 'names are not looked up'),
                (b'[suppress x]\nhost = 10.0.0.1, 10.0.0.0/33\n', 2, '0 to 32'),
                (b'[suppress x]\nport = 8080\nport = 99999\n', 3, "port: '99999'"),
                (b'[suppress x]\nport = !80\n', 2, "'!80'"),
                (b'[suppress x]\nfinding = A99\n', 2, 'A99'),
                (b'[suppress x]\nport =\n', 2, 'value is missing'),
                (b'[A41]\nmany = 2\n\n[suppress x]\n', 4, 'would suppress all'),
                (b'[suppress x]\nreason = all\n', 1, 'would suppress all'),
                (b'[suppress x]\nports = 80\n', 2, 'finding, host, port, reason')):
            done = self.run_with(text, 'report')
            self.assertEqual(done.status, 2, text)
            self.assertIn("configuration file '%s', line %d: " % (self.path('conf'), line),
                          done.err)
            self.assertIn(word, done.err)

    def test_hostile(self):
        for text in (b'\0', b'\xff\xfe\n', b'[' * 5000, b'[suppress \x1b[31m]\nport=1\n',
                     b'\n' * 20000 + b'x'):
            done = self.run_with(text, 'report')
            self.assertIn(done.status, (0, 2), text[:20])
            self.assertNotIn('\x1b', done.err)

    def test_unreadable(self):
        done = command.run('report', '--config', self.path('none'), CAPTURE)
        self.assertEqual(done.status, 2)
        self.assertIn("configuration file '%s'" % self.path('none'), done.err)


if __name__ == '__main__':
    unittest.main()
