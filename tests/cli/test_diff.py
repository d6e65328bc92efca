#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""tcpstory diff: two captures of one connection, made of scenarios (docs/develop/scenarios.md)."""
import csv
import io
import os
import subprocess
import tempfile
import unittest

import command

OPEN = '0.000 C > S S\n+.010 S > C S.\n+.010 C > S .\n'
TALK = '+.010 C > S P. (100)\n+.010 S > C P. (200)\n+.010 C > S .\n'
CLOSE = '+.010 C > S F.\n+.010 S > C F.\n+.010 C > S .\n'
RESET = '+.010 C > S R. 101:101(0)\n'


class Diff(unittest.TestCase):
    def diff(self, at_client, at_server, *options):
        """The rows of the two scenarios side by side, as dicts."""
        with tempfile.TemporaryDirectory() as folder:
            paths = []
            for name, text in (('client', at_client), ('server', at_server)):
                scenario = os.path.join(folder, name + '.scn')
                with open(scenario, 'w', encoding='utf-8') as file:
                    file.write('# a test\n' + text + '+1 end\n')
                paths.append(os.path.join(folder, name + '.pcap'))
                subprocess.run([os.path.join(command.BUILD_DIR, 'tests', 'scenario'), '--pcap',
                                paths[-1], scenario], check=True, stdout=subprocess.DEVNULL)
            done = command.run('diff', '--format', 'tsv', *options, *paths)
        self.assertEqual((done.status, done.err), (0, ''))
        return list(csv.DictReader(io.StringIO(done.out), delimiter='\t'))

    def check(self, row, **wanted):
        self.assertEqual({name: row[name] for name in wanted}, wanted)

    def test_same(self):
        row, = self.diff(OPEN + TALK + CLOSE, OPEN + TALK + CLOSE)
        self.check(row, verdict='agree', to_server='0', to_client='0', cause='-',
                   client_state='TIME_WAIT', server_state='CLOSED')

    def test_reset_lost(self):
        """The client resets, the server never learns of it: it stays ESTABLISHED."""
        row, = self.diff(OPEN + TALK + RESET, OPEN + TALK)
        self.check(row, verdict='conflict', to_server='1', cause="the client's RST was lost",
                   client_state='CLOSED', server_state='ESTABLISHED')

    def test_reset_from_between(self):
        """The server gets a RST that the client has not sent."""
        row, = self.diff(OPEN + TALK, OPEN + TALK + RESET)
        self.check(row, verdict='conflict', to_server='0',
                   cause="a RST in the client's name came from between",
                   client_state='ESTABLISHED', server_state='CLOSED')

    def test_data_lost(self):
        """Lost and sent again: no conflict, but it is counted."""
        again = '+.300 C > S P. 1:101(100)\n'
        rest = '+.010 S > C P. (200)\n+.010 C > S .\n' + CLOSE
        row, = self.diff(OPEN + '+.010 C > S P. (100)\n' + again + rest, OPEN + again + rest)
        self.check(row, verdict='agree', to_server='1', to_client='0',
                   cause='segments of the client were lost')

    def test_one_side_only(self):
        """A SYN that did not arrive, and one that another client sent."""
        rows = self.diff('0.000 C > S S\n+1 C > S S 0:0(0)\n', 'isn C:1 77\n0.000 C:1 > S S\n')
        self.assertEqual([row['verdict'] for row in rows], ['client_only', 'server_only'])
        self.check(rows[0], stream='0', other='-', client_state='SYN_SENT', server_state='-')
        self.check(rows[1], stream='-', other='0', client='192.0.2.1:1')

    def test_address_translation(self):
        """A NAT changes the client's address and port: the sequence number tells."""
        there = (OPEN + TALK + CLOSE).replace('C >', 'N:7 >').replace('> C ', '> N:7 ')
        nat = 'host N 198.51.100.9\nisn N:7 5000\n'
        row, = self.diff('isn C 5000\n' + OPEN + TALK + CLOSE, nat + there)
        self.check(row, verdict='agree', client='192.0.2.1:40000', to_server='0')

    def test_usage(self):
        done = command.run('diff', command.data('article.records'))
        self.assertEqual(done.status, 2)
        self.assertIn('two captures', done.err)


if __name__ == '__main__':
    unittest.main()
