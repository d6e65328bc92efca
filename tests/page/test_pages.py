#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Pages in a real browser: of tables, with hostile names, without scripts, large ones."""
import os
import random
import re
import struct
import subprocess
import sys
import unittest

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'bench'))

import browser
import pages
import tshark
from pages import PageTest, command, data

FRAME_BYTES = 250000        # of a page, without its data
CONNECTION_BYTES = 60       # all columns that a report's page has
INTERVAL_BYTES = 12
STEP_BYTES = 8
READY_MS = 2000             # until 100,000 connections can be used
HEAP_BYTES = 200e6          # that scripts use then
SEGMENTS = 600000           # six for each connection

TEXT = ('<script>window.owned = 1</script>', '</script><script>window.owned = 2</script>',
        '"><img src=x onerror="window.owned = 3">', "'; window.owned = 4; //", '<!--<script>',
        'a\u202eb\u2066c', '\\"}],"captures":[]', '</noscript></title></style><b>', 'x' * 240)


class Tables(PageTest):
    VERBS = (
        (['list', data('mixed.records')], 'Connections', ['stream', 'client_state']),
        (['anomalies', data('leak.records')], 'Anomalies',
         ['id', 'explanation', 'causes', 'checks', 'filter', 'confidence']),
        (['incidents', data('leak.records')], 'Incidents', ['id', 'cure', 'check', 'explanation']),
        (['sockstat', data('mixed.records')], 'Sockets over time', ['time', 'tcpsck', 'estab']),
        (['listeners', data('mixed.records')], 'Listeners', ['address']),
        (['timeline', data('article.records')], 'States of each end', ['state']),
        (['netstat', data('mixed.records')], 'Sockets at a moment', ['state']),
        (['diff', data('article.records'), data('article.records')],
         "Both ends' captures compared", ['verdict', 'cause']),
    )

    def test_each_verb(self):
        for arguments, title, columns in self.VERBS:
            with self.subTest(arguments[0]):
                path = pages.page_of('table', *arguments)
                told = pages.data_of(path)
                self.open(path)
                self.assertEqual(title, self.browser.run(
                    'return document.querySelector("h1").textContent'))
                names = self.browser.run('return Array.from(document.querySelectorAll('
                                         '"header .names li"), (item) => item.textContent)')
                self.assertEqual(names, arguments[1:])
                head = self.browser.run('return Array.from(document.querySelectorAll("th"),'
                                        '(cell) => cell.textContent)')
                self.assertLessEqual(set(columns), set(head))
                rows = len(pages.cells_of(told['columns'][0]))
                self.assertEqual(self.browser.run('return page.view.table.order.length'), rows)
                self.clean(path)

    def test_sorting_and_searching(self):
        path = pages.page_of('table', 'list', data('mixed.records'))
        self.open(path)
        self.browser.click('#table-box th:nth-child(1) button')
        self.browser.click('#table-box th:nth-child(1) button')
        order = self.browser.run('const v = page.view;'
                                 'return v.table.order.map((row) => v.columns[0].text(row))')
        self.assertEqual(order, pages.listed('stream', '--sort', '-stream', data('mixed.records')))
        self.browser.click('#query')
        self.browser.type('outcome:refused')
        self.assertEqual(self.browser.run('return page.view.table.order.length'), len(
            pages.streams('--outcome', 'refused', data('mixed.records'))))
        self.assertLessEqual(self.browser.run('return document.documentElement.scrollWidth'), 1280)
        self.clean(path)


class Hostile(PageTest):
    def check(self, path, words):
        self.open(path)
        self.clean(path)
        self.assertIsNone(self.browser.run('return window.owned === undefined ? null : owned'))
        self.assertEqual(self.browser.run('return document.querySelectorAll("img").length'), 0)
        self.assertIn(words, self.browser.run('return document.querySelector("h1").textContent +'
                                              'document.querySelector("header").textContent'))
        self.assertIsNone(re.search('[\u202a-\u202e\u2066-\u2069\x1b]', pages.text_of(path)))

    def test_names_of_files(self):
        for text in TEXT:
            with self.subTest(text[:20]), command.Folder() as folder:
                name = text.replace('/', '|')[:200]
                capture = folder.write(name, command.data_bytes('mixed.records'))
                safe = re.sub('[\u202a-\u2069]', '?', name)
                for verb in ('report', 'list'):
                    self.check(pages.page_of('hostile', verb, capture), safe)

    @unittest.skipUnless(command.has_tshark(), 'needs tshark and the plugin')
    def test_what_a_capture_says_of_itself(self):
        from test_hostile_names import hostile_capture
        for text in TEXT[:3] + ('<script>window.owned = 5</script>' * 300, ):
            with self.subTest(text[:20]), command.Folder() as folder:
                capture = folder.write('x.pcapng', hostile_capture(text.encode()))
                self.check(pages.page_of('hostile', 'report', capture), 'x.pcapng')

    def test_its_policy_refuses_what_it_does_not_know(self):
        path = pages.page_of('policy', 'report', data('mixed.records'))
        with open(path, 'a', encoding='utf-8') as file:
            file.write('<script>window.owned = 6</script><img src="data:,x">'
                       '<style>h1 { color: rgb(1, 2, 3) }</style>')
        self.open(path)
        self.assertIsNone(self.browser.run('return window.owned === undefined ? null : owned'))
        self.assertNotEqual(self.browser.run(
            'return getComputedStyle(document.querySelector("h1")).color'), 'rgb(1, 2, 3)')
        self.assertEqual(len([text for text in self.browser.messages()
                              if 'Content Security Policy' in text]), 3)


class WithoutScripts(PageTest):
    def test_report_picture_and_rows_are_there(self):
        path = pages.page_of('plain', 'report', data('mixed.records'))
        with browser.Browser(scripts=False) as plain:
            plain.resize(1280, 900)
            plain.open(path)
            seen = plain.command('DOM.getDocument', depth=-1)['root']
            html = plain.command('DOM.getOuterHTML', nodeId=seen['nodeId'])['outerHTML']
            self.assertEqual(plain.messages(), [])
        app = re.search(r'<main id="app"[^>]*>', html)[0]
        self.assertIn('hidden', app)
        self.assertEqual(len(re.findall('<tr>', html)), 1 + len(pages.streams(
            data('mixed.records'))))
        for piece in ('<svg', 'How they were opened', 'States over time'):
            self.assertIn(piece, html)
        self.assertNotIn('&lt;tr&gt;', html)


class Large(PageTest):
    def test_sizes(self):
        for name, letters in (('report', 0), ('list', 0)):
            path = pages.page_of('size', name, data('mixed.records'))
            known = re.sub(r'(id="data">\n).*?(\n</script>)|<(details|noscript).*?</\3>', '',
                           pages.text_of(path), flags=re.S)
            self.assertLess(len(known) + letters, FRAME_BYTES)

    def test_it_says_what_it_leaves_out(self):
        path = pages.page_of('limit', 'report', data('mixed.records'))
        text = pages.text_of(path)
        n = len(pages.streams(data('mixed.records')))
        self.open(path)
        note = 'const p = document.querySelector("#limit"); return p.hidden ? "" : p.textContent'
        self.assertEqual(self.browser.run(note), '')
        with open(path, 'w', encoding='utf-8') as file:
            file.write(text.replace('"n":%d,"total":%d' % (n, n), '"n":%d,"total":1000000' % n))
        self.open(path)
        self.assertIn('has 1,000,000 connections; this page has the first %d ' % n,
                      self.browser.run(note))

    def generate(self, segments, length):
        """A capture of connections of that many segments."""
        folder = tshark.unprivileged_folder('large')
        capture = os.path.join(folder, 'large.pcap')
        program = os.path.join(folder, 'generate')
        subprocess.run(['cc', '-std=c11', '-D_GNU_SOURCE', '-O2', '-o', program, os.path.join(
            command.SOURCE_DIR, 'tests', 'bench', 'generate.c')], check=True)
        with open(capture, 'wb') as file:
            subprocess.run([program, '-n', str(segments), '-c', '1000', '-l', str(length)],
                           stdout=file, check=True)
        return capture

    @unittest.skipUnless(command.has_tshark(), 'needs tshark and the plugin')
    def test_nanoseconds(self):
        """Times are told to the last digit, and take no more than the page has room for."""
        capture = self.generate(SEGMENTS // 10, 12)
        chance = random.Random(1)
        with open(capture, 'r+b') as file:
            content = bytearray(file.read())
            struct.pack_into('<I', content, 0, 0xa1b23c4d)
            at = 24
            while at < len(content):
                us, size = struct.unpack_from('<II', content, at + 4)
                struct.pack_into('<I', content, at + 4, us * 1000 + chance.randrange(1000))
                at += 16 + size
            file.seek(0)
            file.write(content)
        path = pages.page_of('nanoseconds', 'report', capture)
        known = pages.data_of(path)['captures'][0]
        self.assertEqual(known['unit_ns'], 1)
        self.check_sizes(known)
        self.open(path)
        names = ('client_last_heard', 'server_last_heard', 'time_setup', 'time_transfer')
        for name in names:
            here = self.browser.run('return Array.from(page.view.c.lengths(arguments[0]))', name)
            there = pages.listed(name, capture)
            self.assertEqual(['%d.%09d' % divmod(ns, 10 ** 9) if ns >= 0 else '-' for ns in here],
                             there, name)

    @unittest.skipUnless(command.has_tshark(), 'needs tshark and the plugin')
    def test_a_hundred_thousand_connections(self):
        capture = self.generate(SEGMENTS, 6)
        path = pages.page_of('large', 'report', capture)
        known = pages.data_of(path)['captures'][0]
        self.check_sizes(known)
        self.open(path)
        ready = int(self.browser.run('return document.documentElement.dataset.ready'))
        heap = self.browser.run('return performance.memory.usedJSHeapSize')
        print('%d connections: ready after %d ms, %.0f MB of file, %.0f MB of scripts\' memory' % (
            known['n'], ready, os.path.getsize(path) / 1e6, heap / 1e6))
        self.assertLess(heap, HEAP_BYTES)
        self.assertGreater(known['n'], 99999)
        self.assertLess(ready, READY_MS)
        self.browser.run('page.view.table.go(arguments[0])', known['n'] - 1)
        self.browser.wait('return document.querySelector("#table-box tr.current td").textContent'
                          ' === String(arguments[0])', known['n'] - 1)
        self.assertLess(self.browser.run('return document.querySelectorAll("td").length'), 2000)
        self.clean(path)

    def check_sizes(self, known):
        def size(value):
            return len(value) if isinstance(value, str) else len(str(value))
        self.assertLess(sum(map(size, known['columns'].values())) / known['n'], CONNECTION_BYTES)
        for name, most in (('intervals', INTERVAL_BYTES), ('steps', STEP_BYTES)):
            columns = known[name]
            self.assertLess(sum(size(columns[column]) for column in columns if column != 'n') /
                            columns['n'], most, name)


if __name__ == '__main__':
    unittest.main()
