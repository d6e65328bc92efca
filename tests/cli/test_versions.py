#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Who speaks with whom, in another version than it knows: a test for each row of the table in
docs/develop/versions.md, and that the table tells the versions as they are."""
import json
import os
import re
import shutil
import sqlite3
import sys
import unittest

import command
import tshark as ts
from command import SOURCE_DIR, Folder, capture, run

sys.path.insert(0, os.path.join(SOURCE_DIR, 'tests', 'plugin'))
import test_awkward as awkward  # noqa: E402


def read(*path):
    with open(os.path.join(SOURCE_DIR, *path), encoding='utf-8') as file:
        return file.read()


def defined(name, *path):
    return re.search(r'#define %s "?(\w+)"?' % name, read(*path))[1]


RECORDS = int(defined('TSM_RECORD_VERSION', 'plugin', 'core', 'tsm_record.h'))


class Records(unittest.TestCase):
    def test_other_versions_are_refused(self):
        for version in (RECORDS - 1, RECORDS + 1):
            with Folder() as folder:
                done = run('list', folder.write('x', b'H\ttcpstate\t%d\t9.9.9\t4.0.17\n' % version))
            self.assertEqual(done.status, 4)
            self.assertEqual(done.out, '')
            self.assertIn('the plugin writes version %d of the record stream' % version, done.err)
            self.assertIn('reads version %d' % RECORDS, done.err)
            self.assertIn('./bootstrap', done.err)

    def test_another_plugin_of_the_same_version(self):
        with Folder() as folder:
            path = folder.write('x', command.data_bytes('article.records').replace(
                b'\t0.1.0\t', b'\t7.7.7\t', 1))
            self.assertEqual(run('list', path).status, 0)

    def test_told(self):
        self.assertIn('record stream %d' % RECORDS, run('--version').out)


@unittest.skipUnless(command.has_tshark(), 'needs tshark and the plugin')
class Items(unittest.TestCase):
    """A tshark whose plugin knows the items of another version by another name."""

    def run_with_another(self, **options):
        with Folder() as folder:
            os.chmod(folder.path, 0o755)
            fake = folder.write('tshark', b'#!/bin/bash\nexec %s "${@/tcpstate,headers/'
                                b'tcpstate,headers9}"\n' % shutil.which('tshark').encode())
            os.chmod(fake, 0o755)
            return run('list', '--columns', 'stream,client,outcome', *options.pop('arguments'),
                       env={'PATH': folder.path + ':' + os.environ['PATH']}, **options)

    def setUp(self):
        self.path = awkward.capture(*awkward.SCENES)

    def test_a_file_is_read_the_other_way(self):
        done = self.run_with_another(arguments=(self.path,))
        self.assertEqual((done.status, done.err), (0, ''))
        self.assertEqual(done.out, run('list', '--columns', 'stream,client,outcome',
                                       self.path).out)

    def test_of_a_pipe_it_is_said_what_is_missing(self):
        with open(self.path, 'rb') as file:
            content = file.read()
        done = self.run_with_another(arguments=('-',), text=content)
        self.assertEqual(done.status, 3)
        self.assertIn('partial: frames that need dissection are missing', done.err)
        self.assertIn('of another version than this tcpstory', done.err)

    def test_simple_frames_need_no_plugin(self):
        done = self.run_with_another(arguments=(capture('several.pcap'),))
        self.assertEqual((done.status, done.err), (0, ''))


class Output(unittest.TestCase):
    def test_sqlite(self):
        with Folder() as folder:
            path = folder.file('x.sqlite')
            run('report', '-o', path, command.data('article.records'))
            with sqlite3.connect(path) as db:
                self.assertEqual(db.execute('PRAGMA user_version').fetchone()[0], int(defined(
                    'DATABASE_VERSION', 'postproc', 'exports', 'write_sqlite.c')))
            db.close()

    def test_json(self):
        version = int(defined('JSON_VERSION', 'postproc', 'formats', 'write_json.h'))
        whole = json.loads(run('report', '--format', 'json', command.data('article.records')).out)
        self.assertEqual(whole['schema'], version)
        self.assertEqual(whole['captures'][0]['connections'][0]['schema'], version)
        self.assertIn(':%d"' % version, run('report', '--schema').out)


@unittest.skipUnless(command.has_tshark(), 'needs tshark and the plugin')
class Run(unittest.TestCase):
    """A RUN folder whose files another version has written."""

    def test_other_versions_are_refused(self):
        path = os.path.join(ts.scratch(), 'versions-run')
        self.assertEqual(run('plan', '-o', path, capture('several.pcap')).status, 0)
        self.assertEqual(run('map', path, '0').status, 0)
        self.assertEqual(run('merge', path).status, 0)
        self.assertEqual(run('reduce', path, '0').status, 0)
        for place, _, names in os.walk(path):
            for name in names:
                if name.endswith(('.tsi', '.tsr')):
                    self.check(path, os.path.join(place, name))

    def check(self, path, name):
        """The version is in bytes 8 to 11; the head's checksum, in its last 4 of 64, as well."""
        with open(name, 'rb') as file:
            whole = file.read()
        with open(name, 'wb') as file:
            file.write(whole[:8] + b'\x63' + whole[9:])
        done = run('list', path) if name.endswith('.tsr') else run('merge', path)
        self.assertNotEqual(done.status, 0, name)
        self.assertNotEqual(done.err, '')
        with open(name, 'wb') as file:
            file.write(whole)


class Table(unittest.TestCase):
    def test_versions(self):
        page = read('docs', 'develop', 'versions.md')
        for what, version in (
                ('record stream', RECORDS),
                ('items', defined('TSM_ITEM_OPTION', 'plugin', 'core', 'tsm_item.h')),
                ('SQLite', defined('DATABASE_VERSION', 'postproc', 'exports', 'write_sqlite.c')),
                ('JSON', defined('JSON_VERSION', 'postproc', 'formats', 'write_json.h')),
                ('TSI', defined('TSI_VERSION', 'postproc', 'scale', 'tsi.h')),
                ('TSR', defined('TSR_VERSION', 'postproc', 'scale', 'tsr.h'))):
            self.assertRegex(page, r'(?m)^\| %s[^|]*\| `?%s`? \|' % (what, version), what)


if __name__ == '__main__':
    unittest.main()
