# SPDX-License-Identifier: GPL-2.0-or-later
"""Drives Wireshark's windows on a hidden screen: windows.py FOLDER (run by tests/run gui).

First it makes the pictures of docs/user/gui.md in FOLDER, then it does what has crashed other
plugins (Follow TCP Stream, reload, another file, all with windows open) and checks that Wireshark
lives. Menus are walked by counting their entries, so this is for the Wireshark of Debian 12 (4.0).
"""
import os
import shutil
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


def capture():
    """The scenes, one after the other, in one file."""
    folder = ts.scratch()
    parts = []
    for name, begins in SCENES:
        source = os.path.join(ts.SOURCE_DIR, 'captures', name + '.pcap')
        first = float(ts.fields(source, 'frame.time_epoch', args=['-c', '1'])[0][0])
        parts.append(os.path.join(folder, name + '-part.pcap'))
        subprocess.run(['editcap', '-t', '%.9f' % (1.75e9 + begins - first), source, parts[-1]],
                       check=True)
    path = os.path.join(folder, 'server.pcapng')
    subprocess.run(['mergecap', '-w', path, *parts], check=True)
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


class Wireshark:
    """The program, with the profile, on a capture."""

    def __init__(self, path):
        folder = ts.unprivileged_folder('run')
        os.chmod(folder, 0o700)
        ts.use_profile(PROFILE)
        user = {'user': ts.NOBODY, 'group': ts.NOBODY, 'extra_groups': []} if ts.is_root() else {}
        self.process = started(
            'wireshark', '-n', '-C', PROFILE, '-r', path, cwd=ts.unprivileged_folder('home'),
            env=ts.environment(extra={'DISPLAY': DISPLAY, 'XDG_RUNTIME_DIR': folder}), **user)
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

    def go_to(self, frame):
        act('windowactivate', self.main)
        self.keys('ctrl+g')
        act('type', str(frame))
        self.keys('Return', 'Escape')

    def close(self, window):
        act('windowclose', window)


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


# Entries of Statistics in 4.0, counted from the top, and of Tools from the bottom.
IO_GRAPHS, OUTCOMES, LISTENERS, STATES, FLOW_GRAPH = 7, 12, 13, 14, 20
STORY = -1


def make_pictures(ws, folder):
    ws.go_to(25)
    act('mousemove', '--window', ws.main, 1350, 20)
    picture(ws.main, folder, 'packet-list')
    details(ws, folder)
    ws.menu('t', STORY)
    window = ws.window('Story of this connection')
    ws.resize(window, 900, 460)
    picture(window, folder, 'story')
    for entry, title, name, width, height in (
            (STATES, 'States and Dwell', 'states', 840, 420),
            (OUTCOMES, 'Outcomes and Endings', 'outcomes', 1000, 500),
            (LISTENERS, 'Per Listener', 'listeners', 1130, 280)):
        ws.menu('s', entry)
        window = ws.window(title)
        ws.resize(window, width, height)
        picture(window, folder, name)
    ws.menu('s', IO_GRAPHS)
    window = ws.window('I/O Graphs')
    ws.resize(window, 1100, 800)
    picture(window, folder, 'io-graph')
    ws.menu('s', FLOW_GRAPH)
    window = ws.window('Flow')
    ws.resize(window, 1400, 700)
    click(window, 735, 645)     # the list of flow types
    ws.keys('End', 'Return')
    time.sleep(3)
    picture(window, folder, 'flow-graph')


def drag(window, x, y, to_x, to_y):
    """Of a splitter, for example; places in the window."""
    act('mousemove', '--window', window, x, y, 'mousedown', 1)
    act('mousemove', '--window', window, (x + to_x) // 2, (y + to_y) // 2)
    act('mousemove', '--window', window, to_x, to_y)
    act('mouseup', 1)


def click(window, x, y):
    act('mousemove', '--window', window, x, y, 'click', 1)


def details(ws, folder):
    """The details pane made large, and the subtree in it unfolded."""
    drag(ws.main, 350, 470, 350, 190)
    drag(ws.main, 699, 600, 1250, 600)
    click(ws.main, 300, 268)
    ws.keys('shift+Right')
    act('mousemove', '--window', ws.main, 1350, 20)
    picture(ws.main, folder, 'details-pane')


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
    ws.menu('s', STATES)
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
    with Screen():
        ws = Wireshark(capture())
        try:
            make_pictures(ws, folder)
            abuse(ws, ts.readable('captures/several.pcap'))
        finally:
            ws.process.terminate()
            ws.process.wait()


if __name__ == '__main__':
    main()
