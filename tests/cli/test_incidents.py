#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The verb incidents: causes, what they explain, every format, and that clean captures have none.

How often the cause is right: tests/run diagnosis."""
import json
import sqlite3
import unittest

import command
import diagnosis_doc
import prometheus
import test_anomalies


def incidents(path, *options):
    result = command.run('incidents', '--format', 'json', *options, path)
    assert result.status == 0, result.err
    return json.loads(result.out)


class Doc(unittest.TestCase):
    def test_is_up_to_date(self):
        text, want = diagnosis_doc.wanted()
        self.assertEqual(text, want, 'run tests/cli/diagnosis_doc.py --write')


class Causes(unittest.TestCase):
    def test_explains_known_anomalies(self):
        """Every id that a cause says it explains is a rule's."""
        listed = command.run('explain').out
        rules = {line.split()[0] for line in listed.splitlines() if line.startswith('    ')}
        causes = sorted(word for word in rules if word[0] == 'D' and word[1:].isdigit())
        self.assertGreaterEqual(len(causes), 5)
        for cause in causes:
            entry = ' '.join(command.run('explain', cause).out.split())
            explained = entry.split('Explains: ')[1].split(' Cure')[0].split()
            self.assertLessEqual(set(explained), rules, cause)

    def test_unknown(self):
        result = command.run('explain', 'accept_queue_ful')
        self.assertIn("did you mean 'accept_queue_full'?", result.err)

    def test_markdown_page(self):
        self.assertEqual(command.run('explain', '--markdown', 'incident').status, 2)


@unittest.skipUnless(command.has_tshark(), 'needs tshark and the plugin')
class Captures(unittest.TestCase):
    def test_refused(self):
        found = incidents(command.capture('refused.pcap'))
        self.assertEqual([one['id'] for one in found], ['D02'])
        self.assertEqual(found[0]['anomalies'], ['A02'])
        self.assertEqual(found[0]['server'], '10.9.0.2:9999')
        report = command.run('report', command.capture('refused.pcap')).out
        self.assertIn('What happened', report)
        self.assertNotIn('Other anomalies', report)

    def test_clean_captures_have_none(self):
        for name in test_anomalies.CLEAN:
            with self.subTest(name):
                found = incidents(command.capture(name + '.pcap'), '--min-severity', 'warning')
                self.assertEqual([one['name'] for one in found], [])

    def test_fail_on(self):
        path = command.capture('refused.pcap')
        self.assertEqual(command.run('incidents', '--fail-on', 'warning', path).status, 1)
        self.assertEqual(command.run('incidents', '--fail-on', 'error', path).status, 0)

    def test_formats(self):
        path = command.capture('refused.pcap')
        for form in ('tsv', 'csv', 'ndjson', 'html'):
            self.assertIn('D02', command.run('incidents', '--format', form, path).out, form)
        families = prometheus.parse(command.run('report', '--format', 'prometheus', path).out)
        samples = families['tcpstory_incidents'].samples
        self.assertEqual([dict(labels)['id'] for labels, value in samples.items() if value],
                         ['D02'])
        with command.Folder() as folder:
            command.run('report', '-o', folder.file('x.sqlite'), path)
            db = sqlite3.connect(folder.file('x.sqlite'))
            self.assertEqual(db.execute('SELECT id, connections FROM incidents').fetchall(),
                             [('D02', 1)])
            self.assertEqual(db.execute('SELECT stream FROM incident_connections').fetchall(),
                             [(0,)])
            db.close()

    def test_text_fits(self):
        for name in ('syn-flood', 'accept-queue-overflow', 'several', 'refused'):
            result = command.run('incidents', command.capture(name + '.pcap'))
            self.assertLessEqual(max(map(len, result.out.splitlines())), 100)


if __name__ == '__main__':
    unittest.main()
