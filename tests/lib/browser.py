# SPDX-License-Identifier: GPL-2.0-or-later
"""A real Chromium without a window, driven by chromedriver through plain WebDriver (W3C).

    with Browser() as browser:
        browser.open('/tmp/x.html', 1600, 900)
        browser.run('return document.title')
        browser.messages(), browser.requests()

As root it runs as the user 65534 (nobody), whose files are in a folder that is removed at the end.
Chromium's own sandbox needs namespaces or a setuid helper, which containers often forbid; the user
has no rights, and the pages are ours. Standard library only.
"""
import base64
import json
import os
import re
import select
import shutil
import subprocess
import tempfile
import time
import urllib.error
import urllib.request

from tshark import NOBODY, is_root

START_S = 30
ELEMENT = 'element-6066-11e4-a52e-4f735466cecf'     # the key of WebDriver's elements
KEYS = {'Enter': '\ue007', 'Escape': '\ue00c', 'Tab': '\ue004', 'End': '\ue010', 'Home': '\ue011',
        'ArrowUp': '\ue013', 'ArrowDown': '\ue015', 'ArrowLeft': '\ue012', 'ArrowRight': '\ue014',
        'PageDown': '\ue00f', 'PageUp': '\ue00e', 'Backspace': '\ue003', 'Control': '\ue009'}


def missing():
    """What of it is not installed; '' = all is there."""
    return ', '.join(name for name in ('chromium', 'chromedriver') if shutil.which(name) is None)


class Browser:
    """A session. With `scripts` False pages run none."""

    def __init__(self, scripts=True):
        self.folder = tempfile.mkdtemp(prefix='tcpstory-browser-', dir='/tmp')
        who = {}
        if is_root():
            os.chown(self.folder, NOBODY, NOBODY)
            who = {'user': NOBODY, 'group': NOBODY, 'extra_groups': []}
        self.driver = subprocess.Popen(
            ['chromedriver', '--port=0'], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
            stdin=subprocess.DEVNULL, cwd=self.folder,
            env={'HOME': self.folder, 'PATH': os.environ['PATH'], 'TZ': 'UTC', 'LC_ALL': 'C.UTF-8',
                 'TMPDIR': self.folder}, **who)
        try:
            self.server = 'http://127.0.0.1:%d' % self.port()
            self.session = self.begin(scripts)
        except BaseException:
            self.close()
            raise

    def port(self):
        """The port on which the driver says that it listens."""
        told, end = b'', time.monotonic() + START_S
        while time.monotonic() < end:
            if select.select([self.driver.stdout], [], [], 1)[0]:
                told += os.read(self.driver.stdout.fileno(), 4096)
            found = re.search(rb'started successfully on port (\d+)', told)
            if found:
                return int(found[1])
        raise RuntimeError('chromedriver did not start: %r' % told)

    def begin(self, scripts):
        options = {
            'binary': shutil.which('chromium'),
            'args': ['--headless=new', '--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage',
                     '--hide-scrollbars', '--force-device-scale-factor=1', '--no-first-run',
                     '--disable-background-networking', '--disable-component-update',
                     '--user-data-dir=' + os.path.join(self.folder, 'profile')],
        }
        if not scripts:
            options['prefs'] = {'profile.managed_default_content_settings.javascript': 2}
        answer = self.send('POST', '/session', {'capabilities': {'alwaysMatch': {
            'goog:chromeOptions': options,
            'goog:loggingPrefs': {'browser': 'ALL', 'performance': 'ALL'},
        }}})
        return '/session/' + answer['sessionId']

    def send(self, method, path, body=None):
        request = urllib.request.Request(
            self.server + path, method=method, headers={'Content-Type': 'application/json'},
            data=json.dumps(body).encode() if method == 'POST' else None)
        try:
            with urllib.request.urlopen(request, timeout=120) as answer:
                return json.load(answer)['value']
        except urllib.error.HTTPError as error:
            raise RuntimeError(json.load(error)['value']['message']) from None

    def close(self):
        try:
            self.send('DELETE', self.session)
        except (AttributeError, OSError, RuntimeError):
            pass
        self.driver.terminate()
        self.driver.wait()
        self.driver.stdout.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    # ---- what a test does ----

    def command(self, name, **parameters):
        """One of the DevTools' commands."""
        return self.send('POST', self.session + '/goog/cdp/execute',
                         {'cmd': name, 'params': parameters})

    def resize(self, width, height, dark=False, reduced=False):
        self.command('Emulation.setDeviceMetricsOverride', width=width, height=height,
                     deviceScaleFactor=1, mobile=False)
        self.command('Emulation.setEmulatedMedia', media='', features=[
            {'name': 'prefers-color-scheme', 'value': 'dark' if dark else 'light'},
            {'name': 'prefers-reduced-motion', 'value': 'reduce' if reduced else ''}])

    def open(self, path, fragment=''):
        """Opens a file and forgets what was said of those before."""
        self.send('POST', self.session + '/url', {'url': 'about:blank'})
        self.messages()
        self.requests()
        self.send('POST', self.session + '/url', {'url': 'file://%s%s' % (path, fragment)})

    def run(self, script, *arguments):
        return self.send('POST', self.session + '/execute/sync',
                         {'script': script, 'args': list(arguments)})

    def wait(self, script, *arguments, seconds=10):
        """Until the script returns something true, which is returned."""
        end = time.monotonic() + seconds
        while True:
            value = self.run(script, *arguments)
            if value:
                return value
            if time.monotonic() > end:
                raise AssertionError('not within %d s: %s' % (seconds, script))
            time.sleep(0.02)

    def find(self, selector):
        return self.send('POST', self.session + '/element',
                         {'using': 'css selector', 'value': selector})

    def click(self, selector):
        element = self.find(selector)[ELEMENT]
        self.send('POST', '%s/element/%s/click' % (self.session, element), {})

    def type(self, *keys):
        """Presses keys, wherever the focus is: names of KEYS, or text."""
        actions = []
        for key in keys:
            for letter in [KEYS[key]] if key in KEYS else key:
                actions += [{'type': 'keyDown', 'value': letter},
                            {'type': 'keyUp', 'value': letter}]
        self.send('POST', self.session + '/actions', {'actions': [
            {'type': 'key', 'id': 'keyboard', 'actions': actions}]})

    def drag(self, selector, first, last):
        """With the mouse from one part of an element's width to another, in the middle of it."""
        box = self.run('const e = document.querySelector(arguments[0]);'
                       'e.scrollIntoView({block: "center", behavior: "instant"});'
                       'const r = e.getBoundingClientRect();'
                       'return [r.left, r.top, r.width, r.height]', selector)
        x = [int(box[0] + box[2] * part) for part in (first, last)]
        y = int(box[1] + box[3] / 2)
        move = {'type': 'pointerMove', 'duration': 0, 'origin': 'viewport', 'y': y}
        self.send('POST', self.session + '/actions', {'actions': [
            {'type': 'pointer', 'id': 'mouse', 'parameters': {'pointerType': 'mouse'}, 'actions': [
                dict(move, x=x[0]), {'type': 'pointerDown', 'button': 0},
                dict(move, x=(x[0] + x[1]) // 2), dict(move, x=x[1]),
                {'type': 'pointerUp', 'button': 0}]}]})

    def picture(self):
        """What is seen, as PNG."""
        return base64.b64decode(self.send('GET', self.session + '/screenshot'))

    def log(self, kind):
        return self.send('POST', self.session + '/se/log', {'type': kind})

    def messages(self):
        """What the console was told since the last call."""
        return [entry['message'] for entry in self.log('browser')]

    def requests(self):
        """What the page asked for since the last call."""
        sent = [json.loads(entry['message'])['message'] for entry in self.log('performance')]
        return [one['params']['request']['url'] for one in sent
                if one['method'] == 'Network.requestWillBeSent']
