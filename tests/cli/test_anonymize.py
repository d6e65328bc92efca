#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""--anonymize: no address of the capture is in what any verb prints in any format, nor is a name;
all else stays as it is."""
import ipaddress
import json
import os
import re
import sqlite3
import struct
import sys
import unittest

import command
import tshark as ts

sys.path.insert(0, os.path.join(command.SOURCE_DIR, 'tests', 'plugin'))
from packets import write_pcap  # noqa: E402

CAPTURES = ('pile-close-wait', 'refused', 'ipv6', 'icmp-unreachable', 'syn-flood', 'several',
            'forged-rst')
RUNS = [(verb, form) for verb in ('report', 'list')
        for form in ('text', 'json', 'ndjson', 'html', 'zeek', 'prometheus')] + \
    [('list', 'csv'), ('list', 'tsv'), ('timeline', 'csv'), ('timeline', 'json'),
     ('anomalies', 'text'), ('anomalies', 'json'), ('incidents', 'text'), ('incidents', 'json'),
     ('listeners', 'tsv'), ('netstat', 'text'), ('netstat', 'json'), ('sockstat', 'json'),
     ('records', None)]


def addresses_of(capture):
    found = set()
    for line in command.run('list', '--columns', 'client,server', '--format', 'tsv',
                            capture).out.splitlines()[1:]:
        for end in line.split('\t'):
            found.add(end.rsplit(':', 1)[0].strip('[]'))
    return found


def forms_of(address):
    """As text, as hexadecimal digits, as a number, and as bytes."""
    parsed = ipaddress.ip_address(address)
    return {parsed.compressed.encode(), parsed.exploded.encode(), parsed.packed.hex().encode(),
            b'%d' % int(parsed)}


def has(output, form):
    return re.search(rb'(?<![0-9a-fA-F.:])' + re.escape(form) + rb'(?![0-9a-fA-F.])', output)


class Leaks(unittest.TestCase):
    def check(self, output, originals, what):
        for address in originals:
            for form in forms_of(address):
                self.assertIsNone(has(output, form), '%s: %s' % (what, form))

    def test_every_format(self):
        with command.Folder() as folder:
            key = folder.write('key', b'x' * 32)
            for name in CAPTURES:
                capture = command.capture(name + '.pcap')
                originals = addresses_of(capture)
                self.assertTrue(originals)
                for verb, form in RUNS:
                    options = ['--format', form] if form else []
                    done = command.run(verb, *options, '--anonymize-key', key, capture)
                    self.assertIn(done.status, (0, 1), done.err)
                    self.check(done.out.encode(), originals, (name, verb, form))
                    self.assertNotIn(name + '.pcap', done.out)

    def test_show(self):
        capture = command.capture('forged-rst.pcap')
        for form in ('text', 'json', 'html', 'svg'):
            done = command.run('show', '0', '--format', form, '--anonymize', capture)
            self.assertEqual(done.status, 0, done.err)
            self.check(done.out.encode(), addresses_of(capture), form)

    def test_it_is_said(self):
        """In every format, and only where it is so."""
        capture = command.capture('several.pcap')
        said = {'csv': r'\A[^\r\n]*,anonymized\r\n([^\r\n]*,1\r\n)+\Z',
                'tsv': r'\A[^\n]*\tanonymized\n([^\n]*\t1\n)+\Z',
                'zeek': r'(?m)^#anonymized\tT$',
                'prometheus': r'(?m)^tcpstory_anonymized\{.*\} 1$',
                'text': r'\AAnonymized: ', 'json': r'"anonymized":true', 'html': 'Anonymized: '}
        for form, pattern in said.items():
            for option in (['--anonymize'], []):
                done = command.run('list', '--format', form, *option, capture)
                self.assertEqual(bool(re.search(pattern, done.out)), bool(option), (form, option))
        chosen = command.run('list', '--format', 'csv', '--columns', 'stream,client',
                             '--anonymize', capture)
        self.assertEqual(chosen.out.split('\r\n')[0], 'stream,client')

    def test_sqlite(self):
        with command.Folder() as folder:
            path = folder.file('x.sqlite')
            capture = command.capture('pile-close-wait.pcap')
            command.run('report', '--anonymize', '-o', path, capture)
            with sqlite3.connect(path) as db:
                dump = '\n'.join(db.iterdump())
                self.assertEqual(db.execute('SELECT anonymized FROM captures').fetchall(), [(1,)])
            db.close()
            with open(path, 'rb') as file:
                whole = file.read()
            self.check(dump.encode() + whole, addresses_of(capture), 'sqlite')

    def test_names_and_comments(self):
        """Of the file, of hosts and of who captured: the pcapng has them all."""
        address, other, text = '10.77.1.2', '10.77.1.3', b'secret-host 10.77.1.2'

        def option(code, value):
            return struct.pack('<HH', code, len(value)) + value + bytes(-len(value) % 4)

        def block(kind, body):
            return struct.pack('<II', kind, len(body) + 12) + body + \
                struct.pack('<I', len(body) + 12)

        def packet(source, target, flags, number):
            tcp = struct.pack('>HHIIBBHHH', 40000 if source == address else 80,
                              80 if source == address else 40000, 1, number, 0x50, flags, 100, 0, 0)
            pack = ipaddress.ip_address
            ip = struct.pack('>BBHHHBBH4s4s', 0x45, 0, 20 + len(tcp), 1, 0, 64, 6, 0,
                             pack(source).packed, pack(target).packed)
            frame = bytes(12) + b'\x08\x00' + ip + tcp
            return block(6, struct.pack('<IIIII', 0, 0, number, len(frame), len(frame)) + frame +
                         bytes(-len(frame) % 4) + option(1, text) + option(0, b''))

        names = block(4, struct.pack('<HH', 1, 4 + len(text) + 1) +
                      ipaddress.ip_address(address).packed + text + b'\0' +
                      bytes(-(4 + len(text) + 1) % 4) + bytes(4))
        pcapng = block(0x0a0d0d0a, struct.pack('<IHHq', 0x1a2b3c4d, 1, 0, -1) + option(1, text) +
                       option(0, b'')) + \
            block(1, struct.pack('<HHI', 1, 0, 0) + option(2, text) + option(0, b'')) + names + \
            packet(address, other, 2, 1) + packet(other, address, 0x14, 2)
        with command.Folder() as folder:
            path = folder.write('secret-host-10.77.1.2.pcapng', pcapng)
            self.assertIn(b'10.77.1.2', command.run('list', path).out.encode())
            for verb, form in RUNS:
                options = ['--format', form] if form else []
                done = command.run(verb, *options, '--anonymize', path)
                self.assertEqual(done.status, 0, done.err)
                self.check(done.out.encode(), (address, other), (verb, form))
                self.assertNotIn('secret', done.out, (verb, form))
            cut = folder.write('secret-10.77.1.2.pcapng', pcapng[:-9])
            done = command.run('report', '--format', 'json', '--anonymize', cut)
            self.assertNotIn('secret', done.out)
            self.assertNotEqual(json.loads(done.out)['captures'][0]['warnings'], [])
            bad = folder.write('secret.records', command.run('records', path).out.encode()[:-5] +
                               b'S\t0\t0a4d0102\n')
            done = command.run('report', '--format', 'json', '--anonymize', bad)
            self.assertIsNone(has(done.out.encode(), b'0a4d0102'))


class Same(unittest.TestCase):
    def setUp(self):
        self.folder = command.Folder()
        self.folder.__enter__()
        self.addCleanup(self.folder.__exit__)
        self.key = self.folder.write('key', bytes(range(32)))

    def list_of(self, *arguments):
        return [row.split('\t') for row in command.run(
            'list', '--format', 'tsv', '--columns', 'client,server,outcome,start', *arguments,
            command.capture('pile-close-wait.pcap')).out.splitlines()[1:]]

    def test_rows(self):
        self.assertEqual(len(self.list_of()), 20)
        for plain, mapped in zip(self.list_of(), self.list_of('--anonymize-key', self.key)):
            self.assertEqual(plain[2:], mapped[2:])
            for k in (0, 1):
                self.assertEqual(plain[k].rsplit(':', 1)[1], mapped[k].rsplit(':', 1)[1])
                self.assertNotEqual(plain[k], mapped[k])

    def test_keys(self):
        once = self.list_of('--anonymize-key', self.key)
        self.assertEqual(once, self.list_of('--anonymize-key', self.key))
        other = self.folder.write('other', bytes(32))
        self.assertNotEqual(once, self.list_of('--anonymize-key', other))
        self.assertNotEqual(self.list_of('--anonymize'), self.list_of('--anonymize'))

    def test_networks_stay(self):
        frames = []
        hosts = ['10.1.2.%d' % i for i in (1, 2, 77)] + ['10.1.3.1', '192.168.0.1']
        for number, host in enumerate(hosts):
            syn = struct.pack('>HHIIBBHHH', 50000 + number, 80, 1, 0, 0x50, 2, 100, 0, 0)
            ip = struct.pack('>BBHHHBBH4s4s', 0x45, 0, 40, 1, 0, 64, 6, 0,
                             ipaddress.ip_address(host).packed, bytes((10, 1, 2, 200)))
            frames.append(bytes(12) + b'\x08\x00' + ip + syn)
        path = os.path.join(ts.scratch(), 'networks.pcap')
        write_pcap(path, frames)
        mapped = [ipaddress.ip_address(line.rsplit(':', 1)[0]) for line in command.run(
            'list', '--columns', 'client', '--format', 'tsv', '--anonymize',
            path).out.splitlines()[1:]]

        def common(a, b):
            return 32 - (int(a) ^ int(b)).bit_length()

        for i, a in enumerate(hosts):
            for k, b in enumerate(hosts):
                self.assertEqual(common(mapped[i], mapped[k]),
                                 common(ipaddress.ip_address(a), ipaddress.ip_address(b)))

    def test_options_speak_of_the_real_addresses(self):
        for option in (('--host', '10.9.0.2'), ('--host', '10.9.0.0/30'),
                       ('--not', '--host', '10.0.0.0/8'), ('--port', '8080'),
                       ('--host', '10.9.0.1', '--state', 'CLOSE_WAIT')):
            self.assertEqual(len(self.list_of(*option)),
                             len(self.list_of('--anonymize', *option)), option)
        config = self.folder.write('conf', b'[suppress x]\nhost = 10.9.0.2\n')
        done = command.run('anomalies', '--anonymize', '--config', config,
                           command.capture('pile-close-wait.pcap'))
        self.assertIn('1 finding (x 1) suppressed', done.err)

    def test_records_are_a_capture(self):
        path = command.capture('several.pcap')
        records = self.folder.write('x.records', command.run(
            'records', '--anonymize-key', self.key, path).out.encode())
        for verb in ('report', 'anomalies', 'timeline', 'list'):
            through = command.run(verb, '--format', 'json', records).out
            direct = command.run(verb, '--format', 'json', '--anonymize-key', self.key, path).out
            for text in ('capture-[0-9a-f]{8}', re.escape(records)):
                through, direct = re.sub(text, 'x', through), re.sub(text, 'x', direct)
            if verb == 'report':
                self.assertIn('"anonymized":true', through.replace(' ', ''))
            self.assertEqual(re.sub('"anonymized": ?(true|false)', '', through),
                             re.sub('"anonymized": ?(true|false)', '', direct), verb)

    def test_records_are_the_plugin_s(self):
        path = command.capture('several.pcap')
        plugins = ts.lines(['-q', '-z', 'tcpstate,records'], path)[1:]
        ours = command.run('records', path).out.splitlines()[1:]
        self.assertEqual([line for line in ours if line[0] != 'Q'],
                         [line for line in plugins if line[0] != 'Q'])


class Said(unittest.TestCase):
    WORDS = 'Anonymized: addresses stand for others'

    def test_at_the_top(self):
        path = command.capture('several.pcap')
        for verb, form, before in (('report', 'text', 'frames'), ('list', 'text', 'stream'),
                                   ('list', 'html', '</h1>'), ('report', 'html', 'frames, '),
                                   ('anomalies', 'text', 'A24'), ('netstat', 'text', 'tcp ')):
            done = command.run(verb, '--format', form, '--anonymize', path)
            page = re.sub(r'(?s)<(style|script).*?</\1>', '', done.out)
            self.assertIn(self.WORDS, page[:page.index(before)], (verb, form))
            self.assertNotIn(self.WORDS, command.run(verb, '--format', form, path).out)
        self.assertTrue(command.run('show', '0', '--anonymize', path).out.startswith(self.WORDS))

    def test_json(self):
        path = command.capture('several.pcap')
        for options, value in (((), False), (('--anonymize',), True)):
            whole = json.loads(command.run('report', '--format', 'json', *options, path).out)
            self.assertEqual(whole['captures'][0]['anonymized'], value)
            rows = json.loads(command.run('list', '--format', 'json', *options, path).out)
            self.assertEqual({row['anonymized'] for row in rows}, {value})

    def test_not_where_it_cannot_be(self):
        for verb in ('extract', 'sockets'):
            done = command.run(verb, '--anonymize', command.capture('several.pcap'))
            self.assertEqual(done.status, 2)

    def test_bad_keys(self):
        with command.Folder() as folder:
            for path in (folder.file('none'), folder.write('short', b'x'), '/dev/zero'):
                done = command.run('list', '--anonymize-key', path,
                                   command.capture('several.pcap'))
                self.assertEqual(done.status, 2)
                self.assertIn('key', done.err)


if __name__ == '__main__':
    unittest.main()
