# SPDX-License-Identifier: GPL-2.0-or-later
"""What the tests of pages have in common: a folder that the browser may read, one browser for all
tests of a script, and what tcpstory says of the same.
"""
import json
import os
import re
import shutil
import subprocess
import sys
import unittest

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'cli'))

import command
import tshark
from browser import Browser, missing
from command import CAPTURES, data

ROWS = ('const v = page.view; return Array.from(v.rows, (row) => v.c.numbers("stream")[row])')


def page_of(name, *arguments, cwd=None):
    """The path of the page that tcpstory writes; the options end with captures."""
    path = os.path.join(tshark.scratch(), name + '.html')
    done = command.run(*arguments, '-o', path, cwd=cwd)
    if done.status != 0 or done.err != '':
        raise AssertionError(done)
    os.chmod(path, 0o644)
    return path


def text_of(path):
    with open(path, encoding='utf-8') as file:
        return file.read()


def data_of(path):
    """The data of a page."""
    block = re.search(r'<script type="application/json" id="data">\n(.*?)\n</script>',
                      text_of(path), re.S)
    return json.loads(block[1])


ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'


def numbers_of(letters):
    """Numbers as postproc/formats/letters.h writes them."""
    numbers, value, scale = [], 0, 1
    for digit in map(ALPHABET.index, letters):
        value, scale = value + (digit & 31) * scale, scale * 32
        if digit < 32:
            numbers.append(value)
            value, scale = 0, 1
    return numbers


def cells_of(column):
    """The texts of a column of a table's page."""
    return [column['words'][number] for number in numbers_of(column['rows'])]


def listed(column, *arguments):
    """A column of `tcpstory list`."""
    done = command.run('list', '--format', 'tsv', '--no-header', '--columns', column, *arguments)
    return done.out.split('\n')[:-1]


def streams(*arguments):
    return [int(stream) for stream in listed('stream', *arguments)]


class PageTest(unittest.TestCase):
    """Tests with a browser, which all of a script share."""

    browser = None
    lacks = missing()       # what keeps these tests from running; '' = nothing

    @classmethod
    def setUpClass(cls):
        if cls.lacks == '' and PageTest.browser is None:
            PageTest.browser = Browser()
            unittest.addModuleCleanup(PageTest.browser.close)

    def setUp(self):
        if self.lacks:
            print('NOT TESTED, not installed: %s' % self.lacks)
            self.skipTest(self.lacks)

    def open(self, path, fragment='', size=(1280, 900), **media):
        """Opens a page and waits until its script has done its work."""
        self.browser.resize(*size, **media)
        self.browser.open(path, fragment)
        self.browser.wait('return document.documentElement.dataset.ready')

    def clean(self, path):
        """The page has said nothing, and asked for nothing but itself."""
        self.assertEqual(self.browser.messages(), [])
        self.assertEqual({url.split('#')[0] for url in self.browser.requests()} -
                         {'about:blank'}, {'file://' + path})

    def query(self, text):
        self.browser.run('page.view.ask(arguments[0])', text)


def merged(*names):
    """One capture of several of captures/, so that a page has something of everything; None when
    there is no mergecap."""
    path = os.path.join(tshark.scratch(), 'trouble.pcapng')
    if not os.path.exists(path):
        if shutil.which('mergecap') is None:
            return None
        subprocess.run(['mergecap', '-w', path, *(os.path.join(CAPTURES, name + '.pcap')
                                                  for name in names)], check=True)
    return path


RECORDS = data('mixed.records')
