#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The page of a report in a real browser: it shows what `tcpstory list` and sockstat say, by mouse
and by keyboard, says nothing to the console and asks for nothing.
"""
import re
import shlex
import unittest

import pages
from pages import ROWS, PageTest, command

NAMES = ('several', 'refused', 'pile-close-wait', 'port-reuse', 'reset-by-client', 'syn-unanswered',
         'ipv6', 'late-start', 'article-client-closes', 'half-close-data', 'fin-lost')

QUERIES = (
    ('', []),
    ('state:CLOSE_WAIT', ['--state', 'CLOSE_WAIT']),
    ('state:close_wait,TIME_WAIT', ['--state', 'CLOSE_WAIT,TIME_WAIT']),
    ('port:8080', ['--port', '8080']),
    ('port:8080,9000-9600', ['--port', '8080,9000-9600']),
    ('host:10.9.0.1', ['--host', '10.9.0.1']),
    ('host:10.9.0.0/30', ['--host', '10.9.0.0/30']),
    ('host:fd00:9::2', ['--host', 'fd00:9::2']),
    ('outcome:refused', ['--outcome', 'refused']),
    ('outcome:connected,refused', ['--outcome', 'connected,refused']),
    ('stream:3-9', ['--stream', '3-9']),
    ('anomaly:A41', ['--anomaly', 'A41']),
    ('-outcome:half_closed', ['--not', '--outcome', 'half_closed']),
    ('state:CLOSE_WAIT port:8080 outcome:half_closed',
     ['--state', 'CLOSE_WAIT', '--port', '8080', '--outcome', 'half_closed']),
)


class Report(PageTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        if cls.lacks == '':
            cls.capture = pages.merged(*NAMES)
            if cls.capture is None or not command.has_tshark():
                cls.lacks = 'tshark, mergecap or the plugin'
            else:
                cls.path = pages.page_of('report', 'report', cls.capture)

    def rows(self):
        return self.browser.run(ROWS)

    # ---- agreement ----

    def test_filter_agrees_with_list(self):
        self.open(self.path)
        for query, options in QUERIES:
            with self.subTest(query=query):
                self.query(query)
                self.assertEqual(self.rows(), pages.streams(*options, self.capture))
        self.query('port:eight')
        self.assertIn('Not understood: port:eight', self.text('#count'))
        self.clean(self.path)

    def text(self, selector):
        return self.browser.run('return document.querySelector(arguments[0]).textContent', selector)

    def test_the_command_that_it_names_agrees(self):
        self.open(self.path)
        for query, _ in QUERIES[1:12]:
            self.query(query)
            self.browser.run('page.view.zoom(1e7, 3e10)')
            words = shlex.split(self.text('#commands code'))
            self.assertEqual(words[:2], ['tcpstory', 'list'])
            self.assertEqual(self.rows(), pages.streams(*words[2:]), words)

    def test_zoom_agrees_with_list(self):
        self.open(self.path)
        for since, until in ((0, 0.5), (0.3, 1.25), (2, 61), (0.000123456, 0.2)):
            self.browser.run('page.view.zoom(arguments[0] * 1e9, arguments[1] * 1e9)', since, until)
            self.assertEqual(self.rows(), pages.streams(
                '--since', '+%.9f' % since, '--until', '+%.9f' % until, self.capture))

    def test_dragging_zooms_and_filters(self):
        self.open(self.path)
        whole = self.browser.run('return [page.view.from, page.view.to]')
        self.browser.drag('#chart .u-over', 0.01, 0.1)
        first, last = self.browser.run('return [page.view.from, page.view.to]')
        self.assertAlmostEqual((first - whole[0]) / (whole[1] - whole[0]), 0.01, 1)
        self.assertAlmostEqual((last - whole[0]) / (whole[1] - whole[0]), 0.1, 1)
        self.assertEqual(self.rows(), pages.streams(
            '--since', '+%s' % self.browser.run('return document.querySelector("#from").value'),
            '--until', '+%s' % self.browser.run('return document.querySelector("#to").value'),
            self.capture))
        self.browser.click('#reset')
        self.assertEqual(self.browser.run('return [page.view.from, page.view.to]'), whole)
        self.clean(self.path)

    def test_cells_are_those_of_list(self):
        self.open(self.path)
        names = self.browser.run('return page.view.columns.map((column) => column.name)')
        there = pages.data_of(pages.page_of('cells', 'list', '--columns', ','.join(names),
                                            self.capture))
        here = self.browser.run('const v = page.view; v.sort.name = ""; v.filter();'
                                'return v.columns.map((c) => v.rows.map((row) => c.text(row)))')
        for column, cells in zip(there['columns'], here):
            self.assertEqual(cells, pages.cells_of(column), column['name'])
        self.assertGreater(len(names), 35)

    def test_sorting_agrees_with_list(self):
        self.open(self.path)
        self.browser.run('document.querySelector("#all-columns").click()')
        for name in ('duration', 'bytes', 'server_segments', 'outcome', 'client', 'setup'):
            for sort in (name, '-' + name):
                self.browser.run(
                    'for (const button of document.querySelectorAll("#table-box th button")) {'
                    '  if (button.textContent === arguments[0]) { button.click(); return; } }',
                    name)
                self.assertEqual(self.rows(), pages.streams('--sort', sort, self.capture), sort)
            self.assertEqual(self.browser.run(
                'return document.querySelector("#table-box th[aria-sort]").textContent'), name)

    def test_states_agree_with_sockstat(self):
        self.open(self.path)
        names = {'tcp-tw': 'TIME_WAIT', 'estab': 'ESTABLISHED', 'synsent': 'SYN_SENT',
                 'synrcvd': 'SYN_RCVD', 'finw1': 'FIN_WAIT_1', 'finw2': 'FIN_WAIT_2',
                 'clwait': 'CLOSE_WAIT', 'lastack': 'LAST_ACK', 'closing': 'CLOSING',
                 'unknown': 'UNKNOWN'}
        for interval, n in ((0.5, 100), (0.01, 40)):
            head, *rows = [line.split('\t') for line in command.run(
                'sockstat', '--format', 'tsv', '--interval', str(interval), self.capture
            ).out.splitlines()]
            counts = self.browser.run(
                'const v = page.view; const n = arguments[1];'
                'const counts = sampleStates(v.c, v.rows, [0, 1], 0, arguments[0] * 1e9 * n, n);'
                'return Object.fromEntries(v.words.states.map((state, i) =>'
                '  [state.name, Array.from(counts[i]).slice(0, n + 1)]))', interval, n)
            n = min(n + 1, len(rows))
            for column, state in names.items():
                there = [int(row[head.index(column)]) for row in rows[:n]]
                self.assertEqual(counts[state][:n], there, (state, interval))

    # ---- one connection ----

    def test_an_address_opens_a_connection(self):
        stream = pages.streams('--outcome', 'half_closed', self.capture)[0]
        self.open(self.path, '#stream-%d' % stream)
        self.assertFalse(self.browser.run('return document.querySelector("#panel").hidden'))
        self.assertTrue(self.text('#panel h2').startswith('Stream %d: ' % stream))
        ladder = self.browser.run('return Array.from(document.querySelectorAll("#panel svg text"),'
                                  '(text) => text.textContent)')
        shown = command.run('show', str(stream), self.capture).out
        for time, frame in re.findall(r'^ +(\d+\.\d{6}) +(\d+)  ', shown, re.M):
            self.assertIn(time, ladder)
            self.assertIn(frame, ladder)
        for state in re.findall(r'(?:SYN_SENT|SYN_RCVD|CLOSE_WAIT|FIN_WAIT_\d)\??', shown):
            self.assertIn(state, ladder)
        self.assertIn('tcp.stream == %d' % stream, self.text('#panel'))
        self.browser.run('window.location.hash = "#stream-1"')
        self.shown(1)
        self.clean(self.path)
        self.open(self.path, '#stream-99999')
        self.assertIn('no stream 99999', self.text('#count'))

    def test_words_and_anomalies_are_explained_where_links_lead(self):
        stream = pages.streams('--state', 'CLOSE_WAIT', self.capture)[0]
        self.open(self.path, '#stream-%d' % stream)
        self.browser.click('#panel a[href="#word-CLOSE_WAIT"]')
        self.browser.wait('return document.querySelector("#panel").hidden')
        for word in ('word-CLOSE_WAIT', 'word-refused', 'anomaly-A41'):
            self.browser.run('window.location.hash = arguments[0]', word)
            self.browser.wait('return document.getElementById(arguments[0])'
                              '.getClientRects().length > 0', word)
        self.clean(self.path)

    def test_several_captures(self):
        captures = [pages.data('mixed.records'), pages.data('article.records')]
        path = pages.page_of('two', 'report', *captures)
        self.open(path)
        self.assertEqual(self.rows(), pages.streams(captures[0]))
        self.browser.run('const list = document.querySelector("#capture"); list.value = 1;'
                         'list.dispatchEvent(new Event("change"))')
        self.assertEqual(self.rows(), pages.streams(captures[1]))
        self.open(path, '#capture-2-stream-0')
        self.assertEqual(self.browser.run('return page.view.c.capture.name'), captures[1])
        self.assertTrue(self.text('#panel h2').startswith('Stream 0: '))
        self.clean(path)

    def test_keyboard_only(self):
        self.open(self.path)
        self.browser.type('/')
        self.assertEqual(self.focus(), 'query')
        self.browser.type('state:CLOSE_WAIT', 'Enter')
        wanted = pages.streams('--state', 'CLOSE_WAIT', self.capture)
        self.browser.wait('return page.view.rows.length === arguments[0]', len(wanted))
        reached = set()
        for _ in range(60):
            self.browser.type('Tab')
            reached.add(self.focus())
            if self.focus() == 'table-box':
                break
        self.assertLess({'from', 'to', 'reset', 'chart', 'gantt-box', 'all-columns', 'listener'},
                        reached)
        self.browser.type('ArrowDown', 'ArrowDown', 'ArrowUp', 'Enter')
        self.shown(wanted[1])
        self.browser.type('Escape')
        self.assertTrue(self.browser.run('return document.querySelector("#panel").hidden'))
        self.assertEqual(self.focus(), 'table-box')
        self.browser.type('End', 'Enter')
        self.shown(wanted[-1])
        self.browser.type('Escape')
        self.browser.run('document.querySelector("#chart").focus()')
        before = self.browser.run('return page.view.to - page.view.from')
        self.browser.type('+')
        self.assertLess(self.browser.run('return page.view.to - page.view.from'), before)
        self.clean(self.path)

    def shown(self, stream):
        """Waits until the panel is about that stream: an address takes effect a little later."""
        self.browser.wait('const panel = document.querySelector("#panel"); return !panel.hidden &&'
                          ' panel.querySelector("h2").textContent.startsWith(arguments[0])',
                          'Stream %d: ' % stream)

    def focus(self):
        return self.browser.run('return document.activeElement.id')

    def test_a_page_of_one_connection_shows_it(self):
        path = pages.page_of('one', 'show', '1', self.capture)
        self.open(path)
        self.browser.wait('return !document.querySelector("#panel").hidden')
        self.assertTrue(self.text('#panel h2').startswith('Stream 1: '))
        self.clean(path)

    # ---- how it looks ----

    def test_wide_and_narrow_dark_and_light(self):
        seen = set()
        for width in (390, 1600):
            for dark in (False, True):
                self.open(self.path, size=(width, 900), dark=dark)
                over = self.browser.run('return document.documentElement.scrollWidth')
                self.assertLessEqual(over, width)
                seen.add(self.browser.run('return getComputedStyle(document.body)'
                                          '.backgroundColor'))
                self.assertGreater(self.browser.run(
                    'const c = document.querySelector("#gantt-box canvas");'
                    'const d = c.getContext("2d").getImageData(0, 0, c.width, c.height).data;'
                    'return new Set(new Uint32Array(d.buffer)).size'), 5)
                self.clean(self.path)
        self.assertEqual(seen, {'rgb(255, 255, 255)', 'rgb(22, 25, 29)'})

    def test_printed_and_without_motion(self):
        self.open(self.path, '#stream-1', reduced=True)
        self.assertEqual(self.browser.run('return getComputedStyle(document.documentElement)'
                                          '.scrollBehavior'), 'auto')
        self.browser.command('Emulation.setEmulatedMedia', media='print')
        for selector, shown in (('#search', 'none'), ('.buttons', 'none'), ('#panel', 'flex'),
                                ('#facts', 'block')):
            self.assertEqual(self.browser.run(
                'return getComputedStyle(document.querySelector(arguments[0])).display', selector),
                shown, selector)
        self.assertEqual(self.browser.run(
            'return getComputedStyle(document.querySelector("#panel")).position'), 'static')

    def test_it_names_what_it_has(self):
        self.open(self.path)
        unnamed = self.browser.run(
            'return Array.from(document.querySelectorAll("button, input, select, svg,'
            ' section, aside, #chart, .scroll")).filter((one) => !(one.textContent.trim() ||'
            ' one.closest("label") || one.getAttribute("aria-label") ||'
            ' one.getAttribute("aria-labelledby") || one.getAttribute("aria-hidden")))'
            '.map((one) => one.outerHTML)')
        self.assertEqual(unnamed, [])
        self.assertEqual(self.browser.run(
            'return Array.from(document.querySelectorAll("h1")).length'), 1)

    def test_incidents_link_to_their_connections(self):
        told = pages.data_of(self.path)['captures'][0]['incidents']
        self.open(self.path)
        cards = self.browser.run('return Array.from(document.querySelectorAll(".card"),'
                                 '(card) => card.textContent)')
        self.assertTrue(told)
        self.assertEqual(len(cards), len(told))
        for number, (card, incident) in enumerate(zip(cards, told), 1):
            for member in ('title', 'explanation', 'cure', 'check', 'filter'):
                self.assertIn(incident[member], card)
            self.query('incident:%d' % number)
            self.assertEqual(len(self.rows()), incident['explained'])


if __name__ == '__main__':
    unittest.main()
