# SPDX-License-Identifier: GPL-2.0-or-later
"""The commands that are compared, as one types them. argus and ra are kept from reading
configuration files.
"""
import shutil

import generator
import stage
from measure import Command

TCPTRACE = Command('tcptrace', 'tcptrace -n -l {file}')
CONVERSATIONS = Command('tshark conv,tcp', 'tshark -n -q -z conv,tcp -r {file}', plugin=False)
ARGUS = Command('argus and ra', 'argus -X -F /dev/null -r {file} -w - | ra -F /dev/null -X -n -r -')
CAPINFOS = Command('capinfos', 'capinfos -c {file}', plugin=False)


def nfpcapd():
    """The fastest flow collector of Debian: reads, and writes its records to files."""
    return Command('nfpcapd', 'nfpcapd -w %s -r {file}' % stage.folder('flows'))


def floor():
    """A loop that reads the file and touches each TCP header."""
    return Command('floor', generator.program('floor') + ' {file}', plugin=False)


def tcpstory(extra='', name='tcpstory', verb='report'):
    """A verb of tcpstory with further options."""
    return Command(name, ' '.join(filter(None, (stage.tcpstory(), verb, extra, '{file}'))))


def tcpstory_ways():
    """tcpstory as it comes, and with one job where it has that option."""
    return [tcpstory()] + ([tcpstory('--jobs 1', 'tcpstory --jobs 1')]
                           if stage.tcpstory_has('--jobs') else [])


def installed(commands):
    """Those commands whose first program is there."""
    return [c for c in commands if shutil.which(c.line.split()[0])]


# How many packets a tool has seen, by its own words: a line of shell that prints the number.
PACKETS_SEEN = {
    'tcptrace': "tcptrace -n {file} | sed -n 's/^\\([0-9]*\\) packets seen.*/\\1/p'",
    'tshark conv,tcp': "tshark -n -q -z conv,tcp -r {file} | awk '$2 == \"<->\" { n += $10 } END { "
                       "print n }'",
    'argus and ra': "argus -X -F /dev/null -r {file} -w - | ra -F /dev/null -X -n -r - -s pkts | "
                    "awk '{ n += $1 } END { print n }'",
    'nfpcapd': "nfpcapd -w {flows} -r {file} 2>&1 | sed -n 's/^Total: Processed: *\\([0-9]*\\).*"
               "/\\1/p'",
    'floor': "{floor} {file} | sed -n 's/ frames.*//p'",
    'capinfos': "capinfos -M -c {file} | sed -n 's/^Number of packets: *//p'",
    'tcpstory': "{tcpstory} report {file} | sed -n 's/^ *\\([0-9,]*\\) frames.*/\\1/p' | tr -d ,",
}
