#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The man page and bash's completion, which follow from the command's own tables."""
import os
import shutil
import subprocess
import unittest

import command

COMPLETION = os.path.join(command.SOURCE_DIR, 'postproc', 'tcpstory.bash')


def words(*what):
    done = command.run('--words', *what)
    assert (done.status, done.err) == (0, '')
    return done.out.split()


def complete(*line):
    """What bash offers for the last word of a command line."""
    script = 'source %s; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _tcpstory; ' \
             'printf "%%s\\n" "${COMPREPLY[@]}"' % COMPLETION
    done = subprocess.run(['bash', '--norc', '-c', script, 'bash', command.TCPSTORY, *line],
                          capture_output=True, text=True, check=True, timeout=60,
                          env=command.environment())
    assert done.stderr == '', done.stderr
    return done.stdout.split()


class Words(unittest.TestCase):
    def test_verbs_are_those_of_help(self):
        help_text = command.run('--help').out
        for verb in words('verbs'):
            self.assertIn('\n  %s ' % verb, help_text)
        self.assertIn('netstat', words('verbs'))

    def test_options_are_those_of_help(self):
        for verb in words('verbs'):
            help_text = command.run(verb, '--help').out
            for option in words('options', verb):
                self.assertIn(option, help_text)
            self.assertIn('Exit status:', help_text)

    def test_words_can_be_used(self):
        article = command.data('article.records')
        for state in words('states'):
            self.assertEqual(command.run('list', '--state', state, article).status, 0)
        for outcome in words('outcomes'):
            self.assertEqual(command.run('list', '--outcome', outcome, article).status, 0)
        for column in words('columns', 'list'):
            self.assertEqual(command.run('list', '--columns', column, article).status, 0)
        self.assertIn('tsv', words('formats', 'list'))
        self.assertTrue(words('anomalies'))

    def test_unknown_words(self):
        self.assertEqual(words(), [])
        self.assertEqual(words('nothing'), [])
        self.assertEqual(words('columns', 'nothing'), [])


@unittest.skipUnless(shutil.which('bash'), 'needs bash')
class Completion(unittest.TestCase):
    def test_words(self):
        self.assertEqual(complete('nets'), ['netstat'])
        self.assertEqual(complete('list', '--out'), ['--outcome', '--output'])
        self.assertEqual(complete('list', '--state', 'CLOSE_'), ['CLOSE_WAIT'])
        self.assertEqual(complete('list', '--columns', 'stream,client_ret'),
                         ['stream,client_retrans', 'stream,client_retrans_bytes'])
        self.assertEqual(complete('netstat', '--format', 'cs'), ['csv'])
        self.assertEqual(complete('report', '--set', 'A41.m'), ['A41.many='])
        self.assertEqual(complete('--color', 'al'), ['always'])
        self.assertIn('--schema', complete('--'))
        self.assertEqual(complete('list', 'some-file'), [])
        self.assertEqual(complete('list', '--state', '=', 'CLOSE_'), ['CLOSE_WAIT'])
        self.assertEqual(complete('list', '--state=CLOSE_'), ['--state=CLOSE_WAIT'])
        self.assertEqual(complete('list', '--join', 'se'), ['sequence', 'separate'])
        self.assertEqual(complete('anomalies', '--fail-on', 'w'), ['warning'])
        self.assertEqual(complete('explain', 'CLOSE_'), ['CLOSE_WAIT'])
        self.assertEqual(complete('help', 'nets'), ['netstat'])


class ManPage(unittest.TestCase):
    page = command.run('--man').out

    def test_tells_everything(self):
        plain = self.page.replace('\\-', '-')
        for verb in words('verbs'):
            self.assertIn('\n.SS %s' % verb, plain)
            for option in words('options', verb):
                self.assertIn(option, plain)
        for section in ('NAME', 'SYNOPSIS', 'TIME', 'FORMATS', 'EXIT STATUS', 'ENVIRONMENT',
                        'FILES', 'EXAMPLES'):
            self.assertIn('\n.SH %s\n' % section, self.page)

    @unittest.skipUnless(command.has_tshark(), 'needs tshark and the plugin')
    def test_examples_can_be_typed(self):
        plain = self.page.replace('\\-', '-').replace('\\&', '')
        lines = plain.partition('.SH EXAMPLES\n.nf\n')[2].partition('.fi')[0].splitlines()
        self.assertGreater(len(lines), 5)
        with command.Folder() as folder:
            shutil.copy(command.capture('pile-close-wait.pcap'),
                        folder.file('trouble.pcap'))
            for line in lines:
                with self.subTest(line):
                    done = subprocess.run(
                        ['bash', '-c', line], cwd=folder.path, capture_output=True, check=False,
                        timeout=60, env=command.environment({
                            'PATH': os.path.dirname(command.TCPSTORY) + ':' + os.environ['PATH']}))
                    self.assertEqual((done.returncode, done.stderr), (0, b''))
                    self.assertTrue(done.stdout)

    def test_is_made_by_the_build(self):
        with open(os.path.join(command.BUILD_DIR, 'postproc', 'tcpstory.1'),
                  encoding='utf-8') as file:
            self.assertEqual(file.read(), self.page)

    @unittest.skipUnless(shutil.which('groff'), 'needs groff')
    def test_roff_has_no_fault(self):
        done = subprocess.run(['groff', '-man', '-Tutf8', '-ww', '-z'], input=self.page, text=True,
                              capture_output=True, check=False, timeout=60)
        self.assertEqual((done.returncode, done.stderr), (0, ''))


if __name__ == '__main__':
    unittest.main()
