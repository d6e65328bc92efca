# SPDX-License-Identifier: GPL-2.0-or-later
"""Drives Wireshark's windows on a hidden screen: windows.py FOLDER (run by tests/run gui).

First it makes the pictures of docs/user/gui.md in FOLDER, of a capture of more than 10,000 frames,
then it does what has crashed other plugins (Follow TCP Stream, reload, another file, all with
windows open) and checks that Wireshark lives; then the same pictures in a dark theme. Menus are
walked by counting their entries, so this is for the Wireshark of Debian 12 (4.0).
"""
import os
import shutil
import struct
import subprocess
import sys
import time

import tshark as ts

DISPLAY = ':93'
PROFILE = 'TCP State'
WINDOW_S = 60                   # a window must be there by then

# What is seen in the pictures: captures, and when they begin, in seconds.
SCENES = (('article-client-closes', 0), ('several', 0.8), ('refused', 1.2),
          ('close-wait-leak', 1.6), ('reset-by-client', 2.1), ('fin-lost', 2.5),
          ('accept-queue-overflow', 3.2), ('pile-time-wait', 5.0), ('pile-close-wait', 6.5))


def started(*command, **options):
    return subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                            stderr=subprocess.DEVNULL, **options)


def output(*command):
    return subprocess.run(command, check=False, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                          encoding='utf-8', env={**os.environ, 'DISPLAY': DISPLAY},
                          timeout=WINDOW_S).stdout


def act(*arguments, pause=1.0):
    """xdotool, and some time for Wireshark to follow."""
    output('xdotool', *map(str, arguments))
    time.sleep(pause)


def scenes():
    """The scenes, one after the other, in one pcap file of 347 frames."""
    folder = ts.scratch()
    parts = []
    for name, begins in SCENES:
        source = os.path.join(ts.SOURCE_DIR, 'captures', name + '.pcap')
        first = float(ts.fields(source, 'frame.time_epoch', args=['-c', '1'])[0][0])
        parts.append(os.path.join(folder, name + '-part.pcap'))
        subprocess.run(['editcap', '-t', '%.9f' % (1.75e9 + begins - first), source, parts[-1]],
                       check=True)
    path = os.path.join(folder, 'scenes.pcap')
    subprocess.run(['mergecap', '-F', 'nsecpcap', '-w', path, *parts], check=True)
    return path


def checksum(total, old, new):
    """A checksum after a 16-bit word has changed (RFC 1624)."""
    total = (~total & 0xffff) + (~old & 0xffff) + new
    total = (total & 0xffff) + (total >> 16)
    return ~((total & 0xffff) + (total >> 16)) & 0xffff


def for_client(frame, number):
    """An Ethernet frame of 10.9.0.1, as if it were of 10.9.NUMBER.1: IP and TCP."""
    frame = bytearray(frame)
    for at in (26, 30):
        if frame[12:14] != b'\x08\x00' or bytes(frame[at:at + 4]) != b'\x0a\x09\x00\x01':
            continue
        frame[at + 2] = number
        for place in (24, 50) if frame[23] == 6 else (24,):
            old = struct.unpack_from('>H', frame, place)[0]
            struct.pack_into('>H', frame, place, checksum(old, 1, number << 8 | 1))
    return bytes(frame)


def many_clients(source, target, clients):
    """The same capture of so many clients, each two seconds after the one before."""
    with open(source, 'rb') as file, open(target, 'wb') as out:
        head, body = file.read(24), file.read()
        out.write(head)
        for number in range(clients):
            at = 0
            while at < len(body):
                seconds, part, size, whole = struct.unpack_from('<IIII', body, at)
                out.write(struct.pack('<IIII', seconds + 2 * number, part, size, whole))
                out.write(for_client(body[at + 16:at + 16 + size], number))
                at += 16 + size


def capture():
    """The scenes of 30 clients: more than 10,000 frames."""
    folder = ts.scratch()
    source, many = scenes(), os.path.join(folder, 'many.pcap')
    path = os.path.join(folder, 'server.pcapng')
    many_clients(source, many, 30)
    subprocess.run(['reordercap', many, path], check=True, stdout=subprocess.DEVNULL)
    os.chmod(path, 0o644)
    return path


class Screen:
    """A hidden screen with a window manager."""

    def __enter__(self):
        self.processes = [started('Xvfb', DISPLAY, '-screen', '0', '1400x900x24', '-nolisten',
                                  'tcp')]
        time.sleep(2)
        self.processes.append(started('openbox', env={**os.environ, 'DISPLAY': DISPLAY}))
        time.sleep(1)
        return self

    def __exit__(self, *_):
        for process in reversed(self.processes):
            process.terminate()
            process.wait()


def use_dark_colours():
    """Returns the environment for it. The user's palette is the darker one of qt5ct."""
    folder = os.path.join(ts.unprivileged_folder('home'), '.config', 'qt5ct')
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(folder, 'qt5ct.conf'), 'w', encoding='utf-8') as file:
        file.write('[Appearance]\nstyle=Fusion\ncustom_palette=true\n'
                   'color_scheme_path=/usr/share/qt5ct/colors/darker.conf\n')
    return {'QT_QPA_PLATFORMTHEME': 'qt5ct'}


class Wireshark:
    """The program, with the profile, on a capture."""

    def __init__(self, path, **extra):
        folder = ts.unprivileged_folder('run')
        os.chmod(folder, 0o700)
        ts.use_profile(PROFILE)
        user = {'user': ts.NOBODY, 'group': ts.NOBODY, 'extra_groups': []} if ts.is_root() else {}
        self.process = started(
            'wireshark', '-n', '-C', PROFILE, '-r', path, cwd=ts.unprivileged_folder('home'),
            env=ts.environment(extra={'DISPLAY': DISPLAY, 'XDG_RUNTIME_DIR': folder, **extra}),
            **user)
        self.main = self.window(os.path.basename(path))
        self.resize(self.main, 1400, 870)

    def alive(self, what):
        if self.process.poll() is not None:
            sys.exit('Wireshark ended (%s) after: %s' % (self.process.returncode, what))
        print('ok: ' + what, flush=True)

    def window(self, title):
        """The visible window with this in its title."""
        for _ in range(WINDOW_S):
            found = output('xdotool', 'search', '--onlyvisible', '--name', title).split()
            if found:
                time.sleep(2)
                return found[-1]
            if self.process.poll() is not None:
                break
            time.sleep(1)
        return sys.exit('no window "%s"' % title)

    def settle(self):
        """Waits until it has been asleep for a while: nothing is loaded or counted any more."""
        asleep = 0
        for _ in range(WINDOW_S * 10):
            with open('/proc/%d/stat' % self.process.pid, encoding='utf-8') as file:
                asleep = asleep + 1 if file.read().rpartition(')')[2].split()[0] == 'S' else 0
            if asleep == 15:
                return
            time.sleep(0.1)

    def resize(self, window, width, height):
        act('windowsize', window, width, height)
        act('windowmove', window, 0, 0)
        act('windowactivate', window)

    def keys(self, *names):
        for name in names:
            act('key', name, pause=0.4)

    def menu(self, letter, entry):
        """Chooses the entry, counted from 1 at the top or from -1 at the bottom, of a menu."""
        act('windowactivate', self.main)
        self.keys('alt+' + letter, *(['Down'] * (entry - 1) if entry > 0 else ['Up'] * -entry),
                  'Return')

    def table(self, entry):
        """Statistics > TCP State."""
        act('windowactivate', self.main)
        self.keys('alt+s', *['Up'] * -TCP_STATE, 'Right', *['Down'] * (entry - 1), 'Return')

    def go_to(self, frame):
        act('windowactivate', self.main)
        self.keys('ctrl+g')
        act('type', str(frame))
        self.keys('Return', 'Escape')

    def close(self, window):
        act('windowclose', window)

    def end(self):
        self.process.terminate()
        self.process.wait()


def picture(window, folder, name):
    """A small PNG of a window."""
    path = os.path.join(folder, name + '.png')
    output('import', '-window', window, path)
    output('mogrify', '+dither', '-colors', '64', path)
    output('optipng', '-quiet', '-o2', path)
    size = os.path.getsize(path)
    if size > 200000:
        sys.exit('%s has %d bytes' % (path, size))
    print('%s: %d bytes' % (path, size), flush=True)


# Entries of Statistics in 4.0, counted from the top; of the other menus, and those whose submenus
# these are, from the bottom.
IO_GRAPHS, FLOW_GRAPH = 7, 17
EXPERT = STORY = TCP_STATE = -1
CONNECTIONS, STATES, OUTCOMES, LISTENERS, TO_FILTER = 1, 2, 3, 4, 5    # of that submenu


def first_frame(path, display_filter):
    """The first frame that it finds, in a second pass."""
    return int(ts.fields(path, 'frame.number', display_filter=display_filter, args=['-2'])[0][0])


def packet_list(ws, folder, name, frame):
    ws.go_to(frame)
    act('mousemove', '--window', ws.main, 1350, 20)
    picture(ws.main, folder, name)


def story(ws, folder, name):
    """Of the selected packet's connection."""
    ws.menu('t', STORY)
    window = ws.window('Story of this connection')
    ws.resize(window, 900, 860)
    picture(window, folder, name)
    ws.close(window)


def make_pictures(ws, folder, path, suffix=''):
    """Of every window; `suffix` of their names."""
    packet_list(ws, folder, 'packet-list' + suffix, first_frame(path, 'tcpstate.close_step == 1'))
    details(ws, folder, 'details-pane' + suffix)
    ws.go_to(first_frame(path, 'tcpstate.anomaly == "A06"'))
    click(ws.main, 300, 202)    # the first line, then the last, unfolded
    ws.keys('End', 'shift+Right', 'End')
    picture(ws.main, folder, 'anomaly' + suffix)
    story(ws, folder, 'story' + suffix)
    ws.menu('a', EXPERT)
    window = ws.window('Expert Information')
    ws.resize(window, 1390, 420)
    picture(window, folder, 'expert' + suffix)
    ws.close(window)
    for entry, title, name, width, height in (
            (CONNECTIONS, 'TCP State: Connections', 'connections', 1390, 400),
            (STATES, 'States and Dwell', 'states', 840, 420),
            (OUTCOMES, 'Outcomes and Endings', 'outcomes', 1000, 500),
            (LISTENERS, 'Per Listener', 'listeners', 1130, 280)):
        ws.table(entry)
        window = ws.window(title)
        ws.resize(window, width, height)
        picture(window, folder, name + suffix)
    ws.menu('s', IO_GRAPHS)
    window = ws.window('I/O Graphs')
    ws.resize(window, 1100, 800)
    picture(window, folder, 'io-graph' + suffix)
    ws.menu('s', FLOW_GRAPH)
    window = ws.window('Flow')
    ws.resize(window, 1400, 700)
    click(window, 735, 645)     # the list of flow types
    ws.keys('End', 'Return')
    time.sleep(3)
    picture(window, folder, 'flow-graph' + suffix)
    filter_by_row(ws, folder, suffix)


def filter_by_row(ws, folder, suffix):
    """A right click on a row of the response times, Apply as Filter > Selected."""
    ws.table(TO_FILTER)
    window = ws.window('Service Response Time')
    ws.settle()
    ws.resize(window, 1200, 420)
    click(window, 400, 120)
    act('mousemove', '--window', window, 400, 120, 'click', 3)
    ws.keys('Down', 'Right')
    picture('root', folder, 'response-times' + suffix)
    ws.keys('Return')
    ws.settle()
    ws.close(window)
    act('windowactivate', ws.main)
    picture(ws.main, folder, 'filtered' + suffix)


def drag(window, x, y, to_x, to_y):
    """Of a splitter, for example; places in the window."""
    act('mousemove', '--window', window, x, y, 'mousedown', 1)
    act('mousemove', '--window', window, (x + to_x) // 2, (y + to_y) // 2)
    act('mousemove', '--window', window, to_x, to_y)
    act('mouseup', 1)


def click(window, x, y):
    act('mousemove', '--window', window, x, y, 'click', 1)


def details(ws, folder, name):
    """The details pane made large, and the subtree in it unfolded."""
    drag(ws.main, 350, 470, 350, 190)
    drag(ws.main, 699, 600, 1250, 600)
    click(ws.main, 300, 268)
    ws.keys('shift+Right')
    act('mousemove', '--window', ws.main, 1350, 20)
    picture(ws.main, folder, name)


def open_file(ws, path):
    """File > Open, by its name."""
    act('windowactivate', ws.main)
    ws.keys('ctrl+o')
    ws.window('Open Capture File')
    act('type', path)
    ws.keys('Return')
    ws.main = ws.window(os.path.basename(path))
    time.sleep(5)


def abuse(ws, other):
    """With all those windows open, and again with those of the second file."""
    act('windowactivate', ws.main)
    ws.keys('ctrl+alt+shift+t')
    window = ws.window('tcp.stream eq')
    ws.alive('Follow TCP Stream')
    ws.close(window)
    act('windowactivate', ws.main)
    ws.keys('ctrl+r')
    time.sleep(5)
    ws.alive('reload')
    open_file(ws, other)
    ws.alive('another file')
    ws.menu('t', STORY)
    ws.table(STATES)
    time.sleep(3)
    ws.alive('story and table of that one')
    act('windowactivate', ws.main)
    ws.keys('ctrl+w')
    time.sleep(5)
    ws.alive('close the file')


def main():
    folder = sys.argv[1]
    os.makedirs(folder, exist_ok=True)
    for program in ('Xvfb', 'openbox', 'xdotool', 'import', 'optipng', 'wireshark'):
        if not shutil.which(program):
            sys.exit('%s is missing: tests/run gui installs it' % program)
    path = capture()
    with Screen():
        ws = Wireshark(path)
        try:
            make_pictures(ws, folder, path)
            abuse(ws, ts.readable('captures/several.pcap'))
        finally:
            ws.end()
        ws = Wireshark(path, **use_dark_colours())
        try:
            make_pictures(ws, folder, path, '-dark')
            ws.alive('dark colours')
        finally:
            ws.end()


if __name__ == '__main__':
    main()
