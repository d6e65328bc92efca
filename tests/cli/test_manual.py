#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The man page and the completion of shells, which follow from the command's own tables."""
import os
import re
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
        self.assertEqual(complete('list', '--columns', 'stream,client_out_of_order'),
                         ['stream,client_out_of_order_bytes', 'stream,client_out_of_order'])
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


@unittest.skipUnless(shutil.which('fish'), 'needs fish')
class Fish(unittest.TestCase):
    """Words are the same as bash's; options and verbs have their meaning behind a tab."""

    def complete(self, line):
        with command.Folder() as folder:    # no file there is offered
            os.symlink(command.TCPSTORY, folder.file('tcpstory'))
            script = 'source %s.fish; cd %s; complete -C "tcpstory %s"' % (
                COMPLETION.rpartition('.')[0], folder.path, line)
            done = subprocess.run(
                ['fish', '--no-config', '-c', script], capture_output=True, text=True, check=True,
                timeout=60, env=command.environment({
                    'PATH': folder.path + ':' + os.environ['PATH'], 'HOME': folder.path}))
        self.assertEqual(done.stderr, '')
        return done.stdout.splitlines()

    def test_words(self):
        self.assertEqual([line.split('\t')[0] for line in self.complete('nets')], ['netstat'])
        self.assertIn('--outcome\t... with this opening or ending: refused,clean',
                      self.complete('list --out'))
        self.assertEqual(self.complete('list --state CLOSE_'), ['CLOSE_WAIT'])
        self.assertEqual(self.complete('list --state=CLOSE_'), ['--state=CLOSE_WAIT'])
        self.assertEqual(self.complete('list --columns stream,client_retrans_b'),
                         ['stream,client_retrans_bytes'])
        self.assertEqual(self.complete('netstat --format cs'), ['csv'])
        self.assertEqual(self.complete('list --join sep'), ['separate'])
        self.assertEqual(self.complete('explain CLOSE_'), ['CLOSE_WAIT'])


# A zsh in a terminal of its own that presses TAB behind $1 and prints the line then.
ZSH = r'''
zmodload zsh/zpty
zpty z zsh -f -i
zpty -w z "PS1= PS2= RPS1=; fpath=($2 \$fpath); autoload -U compinit; compinit -u -D"
zpty -w z 'told() { print -r -- "<<$BUFFER>>"; exit }; zle -N told; bindkey "^X" told'
zpty -w z "print re''ady"
zpty -r z seen '*ready*'
zpty -w -n z "$1"$'\t\x18'
zpty -r z seen '*>>*'
print -r -- "$seen"
zpty -d z
'''


@unittest.skipUnless(shutil.which('zsh'), 'needs zsh')
class Zsh(unittest.TestCase):
    def complete(self, line):
        """The command line after TAB."""
        with command.Folder() as folder:
            os.symlink(command.TCPSTORY, folder.file('tcpstory'))
            shutil.copy(COMPLETION.rpartition('.')[0] + '.zsh', folder.file('_tcpstory'))
            done = subprocess.run(
                ['zsh', '-f', '-c', ZSH, 'zsh', 'tcpstory ' + line, folder.path], check=True,
                capture_output=True, text=True, timeout=60, cwd=folder.path,
                env=command.environment({'PATH': folder.path + ':' + os.environ['PATH'],
                                         'HOME': folder.path, 'TERM': 'dumb'}))
        return done.stdout.rpartition('<<')[2].partition('>>')[0].strip()

    def test_words(self):
        for line, completed in (('nets', 'netstat'),
                                ('list --outc', 'list --outcome'),
                                ('list --state CLOSE_', 'list --state CLOSE_WAIT'),
                                ('list --state=CLOSE_', 'list --state=CLOSE_WAIT'),
                                ('list --columns stream,client_retrans_b',
                                 'list --columns stream,client_retrans_bytes'),
                                ('netstat --format cs', 'netstat --format csv'),
                                ('list --join sep', 'list --join separate'),
                                ('explain CLOSE_', 'explain CLOSE_WAIT')):
            with self.subTest(line):
                self.assertEqual(self.complete(line), 'tcpstory ' + completed)


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


class Drivers(unittest.TestCase):
    """The man pages of the drivers of many machines are written by hand."""
    folder = os.path.join(command.SOURCE_DIR, 'postproc', 'scale')

    def test_have_the_options_of_help(self):
        for name in ('tcpstory-slurm', 'tcpstory-parallel'):
            path = os.path.join(self.folder, name)
            said = subprocess.run(['bash', path, '--help'], capture_output=True, text=True,
                                  check=True, timeout=60).stdout
            with open(path + '.1', encoding='ascii') as file:
                page = file.read().replace('\\-', '-')
            options = re.findall(r'(?<!\S)[\']?(--[a-z-]+)', said)
            self.assertGreater(len(options), 3)
            for option in options:
                self.assertIn(option, page)

    @unittest.skipUnless(shutil.which('groff'), 'needs groff')
    def test_roff_has_no_fault(self):
        for name in ('tcpstory-slurm.1', 'tcpstory-parallel.1'):
            done = subprocess.run(['groff', '-man', '-Tutf8', '-ww', '-z',
                                   os.path.join(self.folder, name)],
                                  text=True, capture_output=True, check=False, timeout=60)
            self.assertEqual((done.returncode, done.stderr), (0, ''))


if __name__ == '__main__':
    unittest.main()
