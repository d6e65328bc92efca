# SPDX-License-Identifier: GPL-2.0-or-later
"""Programs that read fields: the Lua of docs/user/lua.md, strict parsers of PDML and JSON."""
import json
import os
import re
import unittest
import xml.etree.ElementTree

import tshark as ts

PAGE = os.path.join(ts.SOURCE_DIR, 'docs', 'user', 'lua.md')
ARTICLE = 'captures/article-client-closes.pcap'
CAPTURES = (ARTICLE, 'captures/forged-rst.pcap', 'captures/icmp-unreachable.pcap',
            'captures/fastopen.pcap', 'captures/accept-queue-overflow.pcap')
HAS_LUA = 'with Lua' in re.sub(r'\s+', ' ', ts.run_unprivileged(['tshark', '-v']).stdout)


def scripts():
    """The scripts of the page: name -> path of a copy that tshark can read."""
    with open(PAGE, encoding='utf-8') as file:
        blocks = re.findall(r'^```lua\n-- (\S+)\n(.*?)^```', file.read(), re.S | re.M)
    paths = {}
    for name, text in blocks:
        paths[name] = os.path.join(ts.scratch(), name)
        with open(paths[name], 'w', encoding='utf-8') as file:
            file.write(text)
        os.chmod(paths[name], 0o644)
    return paths


@unittest.skipUnless(HAS_LUA, 'this tshark has no Lua')
class Lua(unittest.TestCase):
    def run_script(self, name, capture):
        done = ts.tshark(['-q', '-X', 'lua_script:' + scripts()[name]], capture, check=True)
        self.assertEqual(done.stderr, '')
        return done.stdout.splitlines()

    def test_entered(self):
        self.assertEqual(self.run_script('entered.lua', ARTICLE), [
            'client ESTABLISHED\t1', 'client FIN_WAIT_1\t1', 'client FIN_WAIT_2\t1',
            'client SYN_SENT\t1', 'client TIME_WAIT\t1', 'server CLOSED\t1',
            'server CLOSE_WAIT\t1', 'server ESTABLISHED\t1', 'server LAST_ACK\t1',
            'server SYN_RCVD\t1'])

    def test_late_close(self):
        self.assertEqual(self.run_script('late-close.lua', ARTICLE),
                         ['stream 0: the server was in CLOSE_WAIT for 0.413 s'])
        self.assertEqual(self.run_script('late-close.lua', 'captures/refused.pcap'), [])


class Pdml(unittest.TestCase):
    def test_every_value_is_a_field_of_its_own(self):
        for capture in CAPTURES:
            text = ts.tshark(['-2', '-T', 'pdml'], capture, check=True).stdout
            packets = xml.etree.ElementTree.fromstring(text).findall('packet')
            with self.subTest(capture):
                self.assertTrue(packets)
                for packet in packets:
                    for proto in packet.findall("proto[@name='tcpstate']"):
                        names = [field.get('name') for field in proto.iter('field')]
                        self.assertEqual(names.count('tcpstate.state'), 2)
                        self.assertEqual(names.count('tcpstate.client'), 1)
                        self.assertNotIn('', names)

    def test_hidden_and_shown_alike(self):
        text = ts.tshark(['-T', 'pdml', '-Y', 'frame.number == 8'], ARTICLE, check=True).stdout
        fields = {field.get('name'): field for field in
                  xml.etree.ElementTree.fromstring(text).iter('field')}
        self.assertEqual(fields['tcpstate.states'].get('show'), 'FIN_WAIT_1 / CLOSE_WAIT')
        self.assertEqual(fields['tcpstate.client'].get('show'), '6')


class Json(unittest.TestCase):
    @staticmethod
    def once(pairs):
        names = [name for name, _ in pairs]
        if len(names) != len(set(names)):
            raise ValueError('duplicate name in %s' % names)
        return dict(pairs)

    def test_no_name_twice(self):
        for capture in CAPTURES:
            with self.subTest(capture):
                text = ts.tshark(['-2', '-T', 'json', '--no-duplicate-keys', '-J', 'tcpstate'],
                                 capture, check=True).stdout
                self.assertTrue(json.loads(text, object_pairs_hook=self.once))
                text = ts.tshark(['-2', '-T', 'ek', '-J', 'tcpstate'], capture, check=True).stdout
                for line in text.splitlines():
                    self.assertTrue(json.loads(line, object_pairs_hook=self.once))


if __name__ == '__main__':
    unittest.main()
