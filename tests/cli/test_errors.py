#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Every mistake gets a message that helps and its own exit status: 2 usage, 3 input, 4 tshark."""
import json
import os
import subprocess
import unittest

import command
from command import Folder, data, data_bytes, run

HEADER = b'H\ttcpstate\t4\t0.1.0\t4.0.17\n'

# arguments after tcpstory, and what the message must contain; exit status 2
USAGE = [
    ([], 'no capture given'),
    (['list'], 'usage: tcpstory list'),
    (['lst', 'x'], "did you mean 'list'?"),
    (['timelien', 'x'], "did you mean 'timeline'?"),
    (['nonsense'], 'the verbs are: report, '),
    (['list', '--fromat', 'tsv', 'x'], 'did you mean --format?'),
    (['report', '--live', 'x'], 'there is no option --live'),
    (['list', '-', 'x', '-'], "'-' can be given once"),
    (['list', '-x', 'y'], 'Unknown option -x'),
    (['list', 'x', '-o'], 'Missing argument for -o'),
    (['list', '--format', 'tvs', 'x'], "not 'tvs'; did you mean tsv?"),
    (['list', '--format', 'xml', 'x'], '--format can be text, json, ndjson, csv, tsv, html'),
    (['list', '--color', 'allways', 'x'], 'did you mean always?'),
    (['list', '--columns', 'stream,clinet', 'x'], "did you mean 'client'?"),
    (['list', '--columns', 'qqq', 'x'], "there is no column 'qqq'; there are: file stream"),
    (['list', '--columns', '', 'x'], "there is no column ''"),
    (['list', '--columns', 'stream,', 'x'], "--columns: 'stream,' has an empty name"),
    (['list', '--sort', 'durations', 'x'], "did you mean 'duration'?"),
    (['list', '--port', 'http', 'x'], "'http' is not a port number"),
    (['list', '--port', '65536', 'x'], "'65536' is not a port number"),
    (['list', '--host', '10.9.0', 'x'], "'10.9.0' is not an IPv4 or IPv6 address, a network"),
    (['list', '--outcome', 'refusd', 'x'], 'did you mean refused?'),
    (['list', '--outcome', 'qqqqq', 'x'], '--outcome can be connected, refused, unanswered'),
    (['list', '--since', 'yesterday', 'x'], "--since: 'yesterday' is no TIME: that is 17"),
    (['list', '--until', '+', 'x'], "--until: '+' is no TIME"),
    (['list', '--until', '#0', 'x'], "--until: '#0' is no TIME"),
    (['list', '--until', '#99', data('article.records')], 'has no frame 99: it has 11'),
    (['netstat', '--at', '24:00', 'x'], "--at: '24:00' is no TIME"),
    (['netstat', '--at', '#12', data('article.records')], 'has no frame 12: it has 11'),
    (['netstat', '--since', '+1', 'x'], 'there is no option --since'),
    (['sockstat', '--interval', '0', 'x'], "--interval: '0' is not a number of seconds above 0"),
    (['sockstat', '--interval', '1x', 'x'], "--interval: '1x' is not a number of seconds"),
    (['list', '--jobs', '0', 'x'], "--jobs: '0' is not a number of processors, 1 or more"),
    (['report', '-j', 'all', 'x'], "--jobs: 'all' is not a number of processors"),
    (['list', '--top', '-1', 'x'], '--top must be a number of rows, not -1'),
    (['list', '--state', 'CLOSEWAIT', 'x'], 'did you mean CLOSE_WAIT?'),
    (['show'], 'no STREAM given\nusage: tcpstory show [OPTIONS] STREAM CAPTURE...'),
    (['show', '0'], 'no capture given'),
    (['show', 'x.pcap', 'y'], "'x.pcap' is not the number of a stream; tcpstory list"),
    (['show', '4294967295', 'y'], 'is not the number of a stream'),
    (['show', '99', data('mixed.records')], 'has no stream 99: its streams are 0 to 11'),
    (['show', '0', data('no-tcp.records')], 'has no TCP connection'),
    (['show', '99', '--format', 'json', data('mixed.records')],
     'has no stream 99: it has 12 streams'),
    (['show', '99', '--format', 'csv', data('mixed.records')], 'has no stream 99'),
    (['show', '0', '--format', 'html', data('no-tcp.records')], 'has no TCP connection'),
    (['--jobs', '1', 'list', data('mixed.records')], "'list' is no file, and a verb comes first"),
    (['--host', '10.9.0.1', 'show', '0', data('mixed.records')], 'tcpstory show [OPTIONS]'),
    (['--utc', 'timeline', '--sort', 'x', 'y'], 'there is no option --sort'),
    (['timeline', '--sort', 'x', 'y'], 'there is no option --sort'),
]

# What a packet needs, as tshark -T fields and -T ek write it.
COLUMNS = {'frame.number': '1', 'frame.time_epoch': '1700000000.5', 'ip.src': '10.9.0.1',
           'ip.dst': '10.9.0.2', 'tcp.srcport': '5000', 'tcp.dstport': '80', 'tcp.seq_raw': '1',
           'tcp.ack_raw': '0', 'tcp.flags': '0x0002', 'tcp.window_size_value': '64240',
           'tcp.len': '0'}


def fields(separator='\t', **changes):
    """A header row and one packet. changes: tcp_len='x' is another value, None leaves it out."""
    values = {name: changes.get(name.replace('.', '_'), value) for name, value in COLUMNS.items()}
    values = {name: value for name, value in values.items() if value is not None}
    return (separator.join(values) + '\n' + separator.join(values.values()) + '\n').encode()


def ek(**changes):
    values = {name.replace('.', '_'): [changes.get(name.replace('.', '_'), value)]
              for name, value in COLUMNS.items()}
    values = {name: value for name, value in values.items() if value != [None]}
    return (json.dumps({'timestamp': '1', 'layers': values}) + '\n').encode()


# bytes on standard input: message, exit status
STREAMS = [
    (b'', 'standard input is empty', 3),
    (b'hello\n', 'is neither a capture nor what tshark prints', 3),
    (b'1\t0\t10.9.0.1\n', '-T fields -E header=y', 3),
    (bytes(range(128, 256)), 'is neither a capture nor', 3),
    (b'H', 'is neither a capture nor', 3),
    (b'frame.number\ttcp.stream\n1\t0\n', 'columns are missing: frame.time_epoch, ip.src, ip.dst',
     3),
    (fields(tcp_seq_raw=None), 'columns are missing: tcp.seq_raw\nMake it so: tshark -n -r FILE '
                               '-T fields -E header=y -e frame.number', 3),
    (b'frame.number', 'the header row is not whole', 3),
    (fields()[:-1], 'line 2: it was cut short', 3),
    (fields() + b'2\t17000', 'partial: line 3: it was cut short', 3),
    (fields() + b'2\n', 'line 3: it has 1 columns, and the header row 11', 3),
    (fields() + b'2\0\n', 'line 3: it contains a NUL byte', 3),
    (fields() + b'9' * 3000000, 'line 3: it is longer than 1 MiB', 3),
    (fields(tcp_srcport='65536'), 'line 2: tcp.srcport is "65536", not a number in range', 3),
    (fields(tcp_flags='\033[2J'), 'line 2: tcp.flags is "?[2J", not a number in range', 3),
    (fields(ip_src='localhost'), 'line 2: ip.src is "localhost", not an address', 3),
    (fields(frame_time_epoch='noon'), 'line 2: frame.time_epoch is "noon", not a time', 3),
    (fields(frame_number='0'), 'line 2: frame.number is "0", not a frame', 3),
    (b'[', 'the JSON was cut short after packet 0', 3),
    (b'[1]', 'packet 1: it is not JSON', 3),
    (b'{]', 'packet 1: it is not JSON', 3),
    (b'{"a": "\0"}', 'packet 1: it is not JSON', 3),
    (b'{"a": 1}', 'packet 1: it has no "layers"', 3),
    (b'{"layers": {}}', 'packet 1: frame.number is missing', 3),
    (b'{"layers": ' * 2000 + b'}' * 2000, 'packet 1: it is not JSON', 3),
    (ek() + b'{"layers": ', 'partial: the JSON was cut short after packet 1', 3),
    (ek() + b'x', 'partial: packet 2: it is not JSON', 3),
    (ek(tcp_len='-1'), 'packet 1: tcp.len is "-1", not a number in range', 3),
    (ek(tcp_srcport=None, tcp_dstport=None), '', 0),
    (ek(tcp_window_size_value=None), 'columns are missing: tcp.window_size_value', 3),
    (ek() + b'{"a": "' + b'a' * (65 << 20), 'partial: packet 2: it is longer than 64 MiB', 3),
    (b'H\ttcpst', 'ends in its first line', 3),
    (HEADER.replace(b'\t4\t', b'\t99\t'), 'version 99 of the record stream', 4),
    (HEADER, 'was cut short', 3),
    (HEADER + b'Q\tx\nZ\n', 'line 2 of the record stream: not a record: "Q?x"', 3),
    (HEADER + b'Z', 'was cut short', 3),
    (HEADER + b'Z\0\n', 'line 2 of the record stream: not a record: "Z"', 3),
    (HEADER + b'Q\t1\0\t0\t0\t0\t0\t0\t0\nZ\n', 'not a record: "Q?1"', 3),
]


class Selection(unittest.TestCase):
    """A selection that leaves nothing is told, and is no mistake."""

    def test_nothing_selected(self):
        for verb in ('list', 'report', 'timeline'):
            with self.subTest(verb):
                done = run(verb, '--port', '9', data('mixed.records'))
                self.assertEqual(done.status, 0)
                self.assertIn('no connection matches the options (12 in the input)', done.err)
        done = run('list', '--host', '10.9.9.9', data('article.records'))
        self.assertIn('no connection matches the options (1 in the input)', done.err)


class Usage(unittest.TestCase):
    def test_usage(self):
        for arguments, message in USAGE:
            with self.subTest(arguments):
                done = run(*arguments)
                self.assertEqual((done.status, done.out), (2, ''))
                self.assertIn(message, done.err)
                self.assertTrue(done.err.startswith('tcpstory: '))
                self.assertIn("Try 'tcpstory --help'", done.err)

    def test_help(self):
        for arguments in (['--help'], ['-h'], ['report', '--help'], ['list', '-h'],
                          ['timeline', '--help']):
            with self.subTest(arguments):
                done = run(*arguments)
                self.assertEqual((done.status, done.err), (0, ''))
                self.assertIn('xample', done.out)
        self.assertIn('--columns', run('list', '--help').out)
        self.assertIn('client_retrans', run('list', '--help').out)

    def test_version(self):
        done = run('--version')
        self.assertEqual(done.status, 0)
        self.assertRegex(done.out, r'^tcpstory \d+\.\d+\.\d+, record stream \d+\n$')

    def test_file_named_like_no_verb(self):
        with Folder() as folder:
            folder.write('lst', data_bytes('article.records'))
            self.assertEqual(run('lst', cwd=folder.path).status, 0)
            folder.write('list', data_bytes('article.records'))
            self.assertEqual(run('list', 'list', cwd=folder.path).status, 0)
            self.assertEqual(run('./list', cwd=folder.path).status, 0)

    def test_output_not_writable(self):
        done = run('list', '-o', '/no/such/folder/x', data('article.records'))
        self.assertEqual(done.status, 5)
        self.assertIn("cannot write '/no/such/folder/x'", done.err)
        self.assertNotIn('--help', done.err)
        if os.path.exists('/dev/full'):
            done = run('list', '-o', '/dev/full', data('article.records'))
            self.assertEqual(done.status, 5)
            self.assertIn('cannot write all of /dev/full', done.err)

    def test_output_is_the_input(self):
        with Folder() as folder:
            path = folder.write('x', data_bytes('article.records'))
            done = run('-o', path, path)
            self.assertEqual(done.status, 2)
            self.assertIn('would be overwritten', done.err)
            self.assertEqual(run(path).status, 0)


class Input(unittest.TestCase):
    def check(self, path, message, status=3, **options):
        done = run('list', path, **options)
        self.assertEqual((done.status, done.out), (status, ''))
        self.assertIn(message, done.err)

    def test_files(self):
        with Folder() as folder:
            self.check('/no/such/file', "cannot open '/no/such/file': No such file")
            self.check(folder.path, 'is a directory in which no capture is')
            self.check(folder.write('empty', b''), 'is empty')

    def test_name_cannot_steer_the_terminal(self):
        with Folder() as folder:
            done = run('report',
                       folder.write('a\033[2Jb', HEADER + b'Q\t0\t0\t0\t0\t0\t0\t0\t0\t0\t0\nZ\n'))
            self.assertEqual(done.status, 0)
            self.assertNotIn('\033', done.out)

    def test_unreadable(self):
        if os.geteuid() == 0:
            self.skipTest('root reads everything')
        with Folder() as folder:
            path = folder.write('x', data_bytes('article.records'))
            os.chmod(path, 0)
            self.check(path, 'Permission denied')

    def test_streams(self):
        for text, message, status in STREAMS:
            for as_file in (False, True):
                with self.subTest(text=text[:30], as_file=as_file), Folder() as folder:
                    if as_file:
                        with open(folder.write('x', text), 'rb') as stdin:
                            done = run('report', '-', stdin=stdin)
                    else:
                        done = run('report', '-', text=text)
                    self.assertEqual(done.status, status)
                    self.assertIn(message, done.err)

    def test_times_out_of_range(self):
        """A time that no clock has is brought into range: timers run on from it."""
        for time in ('9223372036.5', '99999999999999999999', '-9223372036.5'):
            for verb in ('report', 'timeline'):
                done = run(verb, '-', text=fields(frame_time_epoch=time))
                self.assertEqual(done.status, 0)
                self.assertIn('SYN_SENT', done.out)

    def test_closed_standard_input(self):
        done = subprocess.run(['sh', '-c', '"$1" list - <&-', 'sh', command.TCPSTORY], check=False,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.assertEqual(done.returncode, 3)
        self.assertIn('cannot be read', done.stderr)

    def test_cut_stream_is_partial(self):
        whole = data_bytes('article.records')
        for cut in range(whole.index(b'\n') + 1, len(whole), 97):
            with self.subTest(cut=cut):
                done = run('report', '-', text=whole[:cut])
                self.assertEqual(done.status, 3)
                self.assertIn('partial', done.err)
                self.assertIn('PARTIAL', done.out)

    def test_one_bad_file_of_several(self):
        done = run('list', data('article.records'), '/no/such/file', data('refuted.records'))
        self.assertEqual(done.status, 3)
        self.assertEqual(len(done.out.splitlines()), 3)
        self.assertEqual(len(done.err.splitlines()), 1)

    def test_no_output_file_without_input(self):
        with Folder() as folder:
            self.assertEqual(run('-o', folder.file('out'), '/no/such/file').status, 3)
            self.assertFalse(os.path.exists(folder.file('out')))


class Pipe(unittest.TestCase):
    def test_closed_pipe_is_quiet(self):
        for verb in ('report', 'list', 'timeline'):
            with self.subTest(verb):
                read_end, write_end = os.pipe()
                os.close(read_end)
                done = subprocess.run([command.TCPSTORY, verb, data('mixed.records')], check=False,
                                      stdout=write_end, stderr=subprocess.PIPE)
                os.close(write_end)
                self.assertEqual(done.stderr, b'')

    def test_slow_writer(self):
        """The first bytes come one by one: what it is must not be guessed too early."""
        process = subprocess.Popen([command.TCPSTORY, 'list', '-'], stdin=subprocess.PIPE,
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        text = data_bytes('article.records')
        for i in range(20):
            process.stdin.write(text[i:i + 1])
            process.stdin.flush()
        out, err = process.communicate(text[20:])
        self.assertEqual((process.returncode, err), (0, b''))
        self.assertEqual(out, data_bytes('article.list'))


if __name__ == '__main__':
    unittest.main()
