#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The story is the same from the record stream and from what a tshark without the plugin prints."""
import glob
import os
import re
import sys
import unittest

import command
import tshark as ts
from command import capture, run

sys.path.insert(0, os.path.join(command.SOURCE_DIR, 'tests', 'plugin'))
import test_awkward as awkward  # noqa: E402

VERBS = (['report'], ['list', '--format', 'tsv'], ['timeline', '--format', 'tsv'])


def documented():
    """The columns of the command in docs/user/input.md."""
    with open(os.path.join(command.SOURCE_DIR, 'docs', 'user', 'input.md'),
              encoding='utf-8') as file:
        text = file.read()
    return re.search(r'<!-- command -->(.*?)<!-- end -->', text, re.S)[1].split()


COLUMNS = documented()[documented().index('-e'):]
FIELDS = ['-T', 'fields', '-E', 'header=y']
FORMS = {
    'fields': [*FIELDS, *COLUMNS],
    'fields with commas': [*FIELDS, '-E', 'separator=,', '-E', 'quote=d', *COLUMNS],
    'fields among others': [*FIELDS, '-E', 'bom=y', '-E', 'quote=s', '-e', 'tcp.payload', *COLUMNS,
                            '-e', '_ws.col.Info'],
    'json': ['-T', 'json'],
    'ek': ['-T', 'ek'],
    'json of columns': ['-T', 'json', *COLUMNS],
    'ek of columns': ['-T', 'ek', *COLUMNS],
}


def printed(path, arguments, plugin=False):
    return ts.tshark(['-n', *arguments], path, plugin=plugin, check=True, text=False).stdout


def stories(text):
    """What each verb makes of it."""
    return [run(*verb, '-', text=text) for verb in VERBS]


def concatenated(paths):
    """All frames of the captures in one: a tshark for each takes longer than what it reads."""
    path = os.path.join(ts.scratch(), os.path.basename(paths[0]) + '-and-more.pcapng')
    ts.make_capture('mergecap', '-a', '-w', path, *paths)
    os.chmod(path, 0o644)
    return path


@unittest.skipUnless(command.has_tshark(), 'needs tshark and the plugin')
class Inputs(unittest.TestCase):
    maxDiff = None

    def check(self, path, forms):
        expected = stories(printed(path, ['-q', '-z', 'tcpstate,records'], plugin=True))
        for form in forms:
            for verb, done, wanted in zip(VERBS, stories(printed(path, FORMS[form])), expected):
                with self.subTest(path=os.path.basename(path), form=form, verb=verb[0]):
                    self.assertEqual((done.status, done.err), (0, ''))
                    self.assertEqual(done.out, wanted.out)

    def test_captures(self):
        paths = sorted(glob.glob(capture('*.pcap*')))
        for path in paths:
            self.check(path, ('fields',))
        for first in range(0, len(paths), 10):
            self.check(concatenated(paths[first:first + 10]), ('fields', 'json', 'ek'))

    def test_forms(self):
        for name in ('icmp-unreachable.pcap', 'several.pcap'):
            self.check(capture(name), FORMS)

    def test_awkward(self):
        """Tunnels, cut and malformed headers, fragments, quotes."""
        self.check(awkward.capture(*awkward.SCENES), FORMS)

    def test_several_headers_in_a_frame(self):
        one, other = awkward.Conversation(46000), awkward.Conversation(46001)
        frames = [awkward.aggregated(awkward.ip4(a, d), awkward.ip4(b, d))
                  for (d, a), (_, b) in zip(one.handshake(), other.handshake())]
        self.check(awkward.write('aggregated', frames, linktype=awkward.IEEE802_11), FORMS)

    def test_without_the_useful_columns(self):
        """What an ordinary capture is made of suffices; what is missing is told."""
        useful = ['frame.len', 'frame.cap_len', 'frame.protocols', 'ip.len', 'ipv6.plen', 'ip.ttl',
                  'ip.id', 'ipv6.hlim', 'tcp.hdr_len', 'tcp.seq',
                  'icmp.type', 'icmp.code', 'icmpv6.type', 'icmpv6.code',
                  'icmp.mtu', 'icmpv6.mtu']
        columns = [word for pair in zip(COLUMNS[::2], COLUMNS[1::2]) if pair[1] not in useful
                   for word in pair]
        for name in ('article-client-closes.pcap', 'ipv6.pcap'):
            whole = run('-', text=printed(capture(name), FORMS['fields']))
            part = run('-', text=printed(capture(name), [*FIELDS, *columns]))
            self.assertEqual((part.status, part.out), (0, whole.out))
            for column in useful:
                self.assertIn(column, part.err)


if __name__ == '__main__':
    unittest.main()
