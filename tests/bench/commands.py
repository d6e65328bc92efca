# SPDX-License-Identifier: GPL-2.0-or-later
"""The commands that are compared, as one types them. argus and ra are kept from reading configuration files."""
import stage
from measure import Command

TCPTRACE = Command('tcptrace', 'tcptrace -n -l {file}')
CONVERSATIONS = Command('tshark conv,tcp', 'tshark -n -q -z conv,tcp -r {file}', plugin=False)
ARGUS = Command('argus | ra', 'argus -X -F /dev/null -r {file} -w - | ra -F /dev/null -X -n -r -')
CAPINFOS = Command('capinfos', 'capinfos -c {file}', plugin=False)
PLAIN = Command('tshark', 'tshark -n -r {file}', plugin=False)
PLUGIN = Command('tshark with plugin', 'tshark -n -r {file}')
PLAIN_TWO_PASS = Command('tshark -2', 'tshark -n -2 -r {file}', plugin=False)
PLUGIN_TWO_PASS = Command('tshark -2 with plugin', 'tshark -n -2 -r {file}')


def tcpstory(extra='', name='tcpstory'):
    """tcpstory report with further options."""
    return Command(name, ' '.join(filter(None, (stage.tcpstory(), 'report', extra, '{file}'))))


def tcpstory_ways():
    """tcpstory as it comes, and with one job where it has that option."""
    return [tcpstory()] + ([tcpstory('--jobs 1', 'tcpstory --jobs 1')] if stage.tcpstory_has('--jobs') else [])


# How many packets a tool has seen, by its own words: a line of shell that prints the number.
PACKETS_SEEN = {
    'tcptrace': "tcptrace -n {file} | sed -n 's/^\\([0-9]*\\) packets seen.*/\\1/p'",
    'tshark conv,tcp': "tshark -n -q -z conv,tcp -r {file} | awk '$2 == \"<->\" { n += $8 } END { print n }'",
    'argus | ra': "argus -X -F /dev/null -r {file} -w - | ra -F /dev/null -X -n -r - -s pkts | awk '{ n += $1 } END { print n }'",
    'capinfos': "capinfos -M -c {file} | sed -n 's/^Number of packets: *//p'",
    'tcpstory': "{tcpstory} report {file} | sed -n 's/^ *\\([0-9,]*\\) frames.*/\\1/p' | tr -d ,",
}
