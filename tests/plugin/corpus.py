#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Checks of the plugin that must hold for any capture whatever it contains: corpus.py [-v] PATH...

PATH is a capture, or a folder that is searched for captures. For each capture:
  passes   one pass, two passes (-2) and sharkd in shuffled order show the same annotations
  off      with and without the plugin, all other protocols' output is the same, byte for byte
  stream   tcpstate.stream is tcp.stream, for every TCP header that is not quoted in an ICMP error
  records  the record stream is well-formed, and the same in one pass and in two
Prints each failure, and a summary; exits 1 if there was one. The tests beside this file run the
same checks over captures/.
"""
import concurrent.futures
import html
import json
import os
import random
import re
import sys
import threading

HERE = os.path.dirname(os.path.abspath(__file__))
if __name__ == '__main__':
    sys.path.insert(0, os.path.join(HERE, '..', 'lib'))

import tshark as ts  # noqa: E402
import views  # noqa: E402

CAPTURE = re.compile(r'\.(pcap|pcapng|cap|dmp|dump|trace|snoop|pcap\d*)(\.gz)?$')
SHUFFLED_FRAMES = 300           # at most so many are asked of sharkd, chosen and ordered by chance


def captures(paths):
    """The captures among the paths, in order."""
    for path in paths:
        if not os.path.isdir(path):
            yield path
            continue
        for folder, _, names in sorted(os.walk(path)):
            for name in sorted(names):
                if CAPTURE.search(name):
                    yield os.path.join(folder, name)


# --- what is shown --------------------------------------------------------------------------------

PACKET = re.compile(r'<packet>(.*?)</packet>', re.S)
NUMBER = re.compile(r'<field name="num" [^>]*show="(\d+)"')
SUBTREE = re.compile(r'^  <proto name="tcpstate" .*?^  </proto>\n', re.S | re.M)
LINK = re.compile(r'(?:Matching FIN|Next state change) in frame: (\d+)$')
SHOWN = re.compile(r'<(?:proto|field) name="([^"]*)"(?: showname="([^"]*)")?([^>]*)>')


def annotations(capture, *args):
    """What tshark shows of tcpstate: frame number -> list of lines, hidden items included."""
    text = ts.tshark(['-T', 'pdml', '-J', 'tcpstate', *args], capture, timeout=600).stdout
    frames = {}
    for packet in PACKET.findall(text):
        number = int(NUMBER.search(packet)[1])
        shown = frames.setdefault(number, [])
        for subtree in SUBTREE.findall(packet):
            for _, line, rest in SHOWN.findall(subtree):
                shown.append(('hidden: ' if 'hide="yes"' in rest else '') + html.unescape(line))
    return frames


def visible(lines):
    return [line for line in lines if not line.startswith('hidden: ')]


def labels(nodes):
    """The labels of sharkd's tree, depth first."""
    for node in nodes:
        yield node['l']
        yield from labels(node.get('n', ()))


def sharkd(capture, numbers):
    """sharkd's replies for those frames, by frame number. Not tshark.sharkd(): it keeps bytes that
    are not UTF-8, of which sharkd's JSON has some, in a form that is not JSON."""
    calls = [{'method': 'load', 'params': {'file': ts.readable(capture)}}]
    calls += [{'method': 'frame', 'params': {'frame': n, 'proto': True}} for n in numbers]
    text = ''.join(json.dumps({'jsonrpc': '2.0', 'id': n, **call}) + '\n'
                   for n, call in enumerate(calls, 1))
    out = ts.run_unprivileged(['sharkd', '-'], text=False, input=text.encode(),
                              timeout=600).stdout.decode('utf-8', 'replace')
    replies = {}
    for line in out.split('\n'):
        if line.startswith('{'):
            reply = json.loads(line, strict=False)
            replies[reply['id']] = reply
    broken = [r for r in replies.values() if 'result' not in r]
    if broken or len(replies) != len(calls):
        raise RuntimeError('sharkd: %d of %d replies: %s' % (len(replies), len(calls), broken[:1]))
    return {number: replies[n]['result'] for n, number in enumerate(numbers, 2)}


def shuffled(capture, numbers, seed):
    """What sharkd shows of those frames, asked in shuffled order."""
    numbers = random.Random(seed).sample(numbers, min(len(numbers), SHUFFLED_FRAMES))
    frames = {}
    for number, result in sharkd(capture, numbers).items():
        tree = [node for node in result['tree'] if node.get('f') == 'tcpstate']
        frames[number] = list(labels(tree))
    return frames


# --- the checks: each yields what is wrong --------------------------------------------------------

def difference(what, one, other):
    """The first frame in which two dicts of lines differ."""
    for number in sorted(set(one) | set(other)):
        a, b = one.get(number), other.get(number)
        if a != b:
            yield '%s: frame %d: %s' % (what, number, first_difference(a or [], b or []))
            return


def first_difference(a, b):
    for n, (x, y) in enumerate(zip(a, b)):
        if x != y:
            return '%r, not %r (line %d)' % (y, x, n + 1)
    return '%d lines, not %d: %r' % (len(b), len(a), (a + b)[min(len(a), len(b)):][:1])


def without_links_ahead(frames):
    """A single pass does not know the frames to come, so it has no links to them."""
    return {number: [line for line in lines if int((LINK.match(line) or '00')[1]) <= number]
            for number, lines in frames.items()}


def without_counts(frames):
    """How many ends are in a state is known at each moment, so a single pass tells it; a later one
    only in hindsight, which is off here."""
    return {number: [line for line in lines if not line.startswith('hidden: Ends in ')]
            for number, lines in frames.items()}


def check_passes(capture):
    once = without_counts(annotations(capture))
    twice = annotations(capture, '-2', '-o', 'tcpstate.hindsight:never')
    yield from difference('one pass', once, without_links_ahead(once))
    yield from difference('-2', once, without_links_ahead(twice))
    if once:
        twice = annotations(capture, '-2')
        asked = shuffled(capture, sorted(once), seed=len(once))
        yield from difference('sharkd', {n: visible(twice[n]) for n in asked}, asked)


def other_protocols(capture, plugin, args):
    done = ts.tshark(['-T', 'pdml', *args], capture, plugin=plugin, timeout=600)
    text = re.sub(r'<pdml [^>]*>', '', done.stdout)
    messages = re.sub(r'\(tshark:\d+\) [\d:.]+', '', done.stderr)
    return SUBTREE.sub('', text).split('\n'), messages, done.returncode


OFF_FRAMES = 5000               # of a capture are compared; PDML of more would not fit in memory
OFF_OPTIONS = (
    (),
    ('-2',),
    ('--enable-protocol', 'communityid'),
)


def check_off(capture, options=OFF_OPTIONS):
    for args in options:
        args = ('-c', str(OFF_FRAMES)) + args
        off, off_error, off_status = other_protocols(capture, False, args)
        on, on_error, on_status = other_protocols(capture, True, args)
        if off != on:
            yield '%s: without and with plugin: %s' % (' '.join(args), first_difference(off, on))
        if (off_error, off_status) != (on_error, on_status):
            yield '%s: exit status or messages differ: %d %.200r, not %d %.200r' % (
                ' '.join(args), on_status, on_error, off_status, off_error)


def records(capture, *args):
    return ts.tshark(['-q', '-z', 'tcpstate,records', *args], capture,
                     timeout=600).stdout.splitlines()


def check_stream(capture):
    """Where we say a number it is TCP's, and only headers that cannot be read go without. TCP says
    none where an ICMP error quotes eight bytes only."""
    rows = ts.tshark(['-T', 'fields', '-e', 'frame.number', '-e', 'tcpstate.stream',
                      '-e', 'tcp.stream', '-e', 'icmp', '-e', 'icmpv6'],
                     capture, timeout=600).stdout.splitlines()
    without = []
    for row in rows:
        number, ours, theirs, icmp, icmpv6 = row.split('\t')
        ours, theirs = (list(filter(None, text.split(','))) for text in (ours, theirs))
        if not set(ours) <= set(theirs) and (theirs or not (icmp or icmpv6)):
            yield 'frame %s: tcpstate.stream %s, tcp.stream %s' % (number, ours, theirs)
            return
        if not icmp and not icmpv6 and ours != theirs:
            without.append(number)
    unread = [line.split('\t')[5] for line in records(capture) if line.startswith('Q')]
    if without and len(without) > int(unread[0]):
        yield 'no tcpstate.stream in frame %s' % ', '.join(without[:10])


def record_columns():
    """How many columns a record of each type has, by the tables of docs/user/records.md."""
    with open(os.path.join(HERE, '..', '..', 'docs', 'user', 'records.md')) as file:
        sections = re.split(r'^### (\w): ', file.read().split('\n## Enumerations')[0], flags=re.M)
    return {kind: max([1] + [int(number)
                             for number in re.findall(r'^\| [\d, .]*?(\d+) \|', text, re.M)])
            for kind, text in zip(sections[1::2], sections[2::2])}


RECORD = record_columns()
# columns that follow where there is a SACK block, an MTU, or was no memory
OPTIONAL = {'G': 2, 'F': 1, 'Q': 1}
ORDER = re.compile(r'H[SCGLN]*([CL]*FFTE)*P*QZ')


def check_records(capture):
    once = records(capture)
    if not once:
        return                  # a file that tshark cannot read
    kinds = ''.join(line[:1] for line in once)
    if not ORDER.fullmatch(kinds):
        yield 'records come in the wrong order: %.200s' % kinds
    for line in once:
        columns = line.split('\t')
        least = RECORD.get(columns[0], 0)
        if len(columns) not in (least, least + OPTIONAL.get(columns[0], 0)):
            yield 'record has %d columns: %s' % (len(columns), line)
            break
    if once != records(capture, '-2'):
        yield 'records of one pass and of two differ'


CHECKS = {
    'passes': check_passes,
    'off': check_off,
    'stream': check_stream,
    'records': check_records,
    'views': views.check_views,
    'senders': views.check_senders,
}


def faults_of(capture):
    try:
        return ['%s: %s' % (name, fault)
                for name, check in CHECKS.items() for fault in check(capture)]
    except Exception as error:          # the other captures are still of interest
        return ['%s: %s' % (type(error).__name__, error)]


def main(arguments):
    verbose = '-v' in arguments
    paths = [os.path.abspath(a) for a in arguments if a != '-v']
    if not paths:
        sys.exit(__doc__)
    for plugin in (True, False):
        ts.environment(plugin)              # prepared once, before threads
    sys.setrecursionlimit(100000)           # trees of hostile captures are deep
    threading.stack_size(256 << 20)
    done = failed = 0
    found = list(captures(paths))
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for capture, faults in zip(found, pool.map(faults_of, found)):
            done += 1
            failed += bool(faults)
            if faults or verbose:
                print('%s: %s' % (capture, '; '.join(faults) or 'ok'), flush=True)
    print('%d captures, %d with a failure' % (done, failed))
    return 1 if failed or not done else 0


if __name__ == '__main__':
    sys.exit(main(sys.argv[1:]))
