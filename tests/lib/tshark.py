# SPDX-License-Identifier: GPL-2.0-or-later
"""Runs tshark and sharkd for tests: always unprivileged, with or without our plugin.

    from tshark import tshark, sharkd, lines, fields
    tshark(['-Y', 'tcpstate.changed'], 'captures/x.pcap').stdout
    fields('captures/x.pcap', 'frame.number', 'tcpstate.client')   -> [['1', 'SYN_SENT'], ...]
    sharkd([{'method': 'frame', 'params': {'frame': 3, 'proto': True}}], 'captures/x.pcap')

What has to be right, and is decided here once:
- As root, Wireshark ignores WIRESHARK_PLUGIN_DIR, and dissecting hostile input as root is wrong
  anyway. So a test run by root starts tshark as the user 65534 (nobody), without groups.
- The source and build trees may lie where that user may not enter (/root). Captures and plugin
  are therefore copied to a folder below /tmp that is removed when the test ends. Not by root,
  nothing is copied.
- HOME is an empty folder: no personal preferences, profiles or plugins.
- WIRESHARK_PLUGIN_DIR replaces the system's plugin folder, so a plugin that is installed there
  does not disturb. plugin=False points it to an empty folder.
- TZ is UTC and LC_ALL is C.

Environment, set by ctest, with defaults for `python3 tests/plugin/test_x.py` by hand:
SOURCE_DIR, BUILD_DIR, TCPSTORY (the command), TCPSTATE_PLUGIN_DIR (contains X.Y/epan/tcpstate.so).
A capture's path may be relative to SOURCE_DIR. Standard library only; Python 3.9 or later.
"""
import atexit
import json
import os
import shutil
import subprocess
import tempfile

NOBODY = 65534
TIMEOUT_S = 120

SOURCE_DIR = os.path.abspath(os.environ.get(
    'SOURCE_DIR', os.path.join(os.path.dirname(__file__), '..', '..')))
BUILD_DIR = os.path.abspath(os.environ.get('BUILD_DIR', os.path.join(SOURCE_DIR, 'build')))
TCPSTORY = os.environ.get('TCPSTORY', os.path.join(BUILD_DIR, 'postproc', 'tcpstory'))
TCPSTATE_PLUGIN_DIR = os.environ.get(
    'TCPSTATE_PLUGIN_DIR', os.path.join(BUILD_DIR, 'plugin', 'wireshark'))

_folders = {}                   # what has been prepared in this process: name -> path
_copies = {}                    # capture -> readable copy


def is_root():
    return os.geteuid() == 0


def scratch():
    """A folder that everybody may enter, removed at exit. Files put there by root should get
    mode 0644 if tshark has to read them; unprivileged_folder() is one that it may write to."""
    if 'scratch' not in _folders:
        path = tempfile.mkdtemp(prefix='tcpstate-test-', dir='/tmp' if is_root() else None)
        os.chmod(path, 0o755)
        atexit.register(shutil.rmtree, path, ignore_errors=True)
        _folders['scratch'] = path
    return _folders['scratch']


def unprivileged_folder(name):
    """A folder of that name in scratch() that belongs to the user tshark runs as."""
    if name not in _folders:
        path = os.path.join(scratch(), name)
        os.mkdir(path, 0o755)
        if is_root():
            os.chown(path, NOBODY, NOBODY)
        _folders[name] = path
    return _folders[name]


def plugin_dir(plugin=True):
    """The value for WIRESHARK_PLUGIN_DIR: with our plugin, or an empty folder."""
    if not plugin:
        return unprivileged_folder('no-plugins')
    if not os.path.isdir(TCPSTATE_PLUGIN_DIR):
        raise FileNotFoundError('no plugin in %s: build it first' % TCPSTATE_PLUGIN_DIR)
    if not is_root():
        return TCPSTATE_PLUGIN_DIR
    if 'plugins' not in _folders:
        path = os.path.join(scratch(), 'plugins')
        shutil.copytree(TCPSTATE_PLUGIN_DIR, path)
        for folder, _, names in os.walk(path):
            os.chmod(folder, 0o755)
            for name in names:
                os.chmod(os.path.join(folder, name), 0o644)
        _folders['plugins'] = path
    return _folders['plugins']


def environment(plugin=True, extra=None):
    """The environment for tshark and sharkd; `extra` (a dict) wins."""
    kept = {k: v for k, v in os.environ.items()
            if k in ('PATH', 'LD_PRELOAD', 'ASAN_OPTIONS', 'UBSAN_OPTIONS')}
    kept.setdefault('PATH', '/usr/local/bin:/usr/bin:/bin')
    home = unprivileged_folder('home')
    kept.update(TZ='UTC', LC_ALL='C', HOME=home, XDG_CONFIG_HOME=os.path.join(home, '.config'),
                TMPDIR=unprivileged_folder('tmp'), WIRESHARK_PLUGIN_DIR=plugin_dir(plugin))
    kept.update(extra or {})
    return kept


def readable(capture):
    """The path of a capture under which tshark can open it. By root: of a copy, which has the
    same base name in a folder of its own."""
    path = os.path.abspath(os.path.join(SOURCE_DIR, capture))
    if not is_root() or path.startswith(scratch() + os.sep):
        return path
    key = path, os.stat(path).st_mtime_ns, os.stat(path).st_size
    if key not in _copies:
        folder = tempfile.mkdtemp(prefix='capture-', dir=scratch())
        os.chmod(folder, 0o755)
        copy = os.path.join(folder, os.path.basename(path))
        shutil.copyfile(path, copy)
        os.chmod(copy, 0o644)
        _copies[key] = copy
    return _copies[key]


def make_capture(*command):
    """Runs an editcap or a mergecap, which must succeed: by this user, and without the library of a
    sanitizer, under which they can hang before they begin."""
    env = {name: value for name, value in os.environ.items() if name != 'LD_PRELOAD'}
    subprocess.run(command, check=True, env=env, timeout=TIMEOUT_S, stdin=subprocess.DEVNULL,
                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def run_unprivileged(command, *, plugin=True, env=None, text=True, timeout=TIMEOUT_S, **options):
    """subprocess.run() of a command as the unprivileged user, in its own HOME and with our
    environment. Standard input is empty unless `input` or `stdin` is given. With text=True the
    output is decoded as UTF-8 (bad bytes as \\xNN), with text=False it is bytes."""
    if is_root():
        options.update(user=NOBODY, group=NOBODY, extra_groups=[])
    if text:
        options.update(encoding='utf-8', errors='backslashreplace')
    if 'input' not in options:
        options.setdefault('stdin', subprocess.DEVNULL)
    return subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          cwd=unprivileged_folder('home'), env=environment(plugin, env),
                          timeout=timeout, check=False, **options)


def tshark(args, capture=None, plugin=True, check=False, **options):
    """Runs `tshark -n ARGS -r CAPTURE`; returns the CompletedProcess.

    args: a list; one that begins with -G (a glossary) goes without -n. capture: None for no -r;
    a path; or an open binary file, which becomes standard input (`-r -`, one pass only). check:
    raise AssertionError unless the exit status is 0.
    Other options: see run_unprivileged()."""
    command = ['tshark'] + ([] if '-G' in args[:1] else ['-n']) + list(args)
    if capture is not None and hasattr(capture, 'fileno'):
        command += ['-r', '-']
        options['stdin'] = capture
    elif capture is not None:
        command += ['-r', readable(capture)]
    done = run_unprivileged(command, plugin=plugin, **options)
    if check and done.returncode != 0:
        raise AssertionError('%s: exit %d: %s' % (' '.join(command), done.returncode, done.stderr))
    return done


def lines(args, capture, **options):
    """The lines that a successful tshark prints."""
    return tshark(args, capture, check=True, **options).stdout.splitlines()


def fields(capture, *names, display_filter=None, args=(), **options):
    """One list of strings per frame: the values of the named fields, as -T fields prints them."""
    command = list(args) + ['-T', 'fields', '-E', 'separator=/t', '-E', 'occurrence=a']
    for name in names:
        command += ['-e', name]
    if display_filter is not None:
        command += ['-Y', display_filter]
    return [line.split('\t') for line in lines(command, capture, **options)]


def use_profile(name):
    """Puts the project's profile of that name among the personal ones; returns the name."""
    home = unprivileged_folder('home')
    target = os.path.join(home, '.config', 'wireshark', 'profiles', name)
    if not os.path.isdir(target):
        shutil.copytree(os.path.join(SOURCE_DIR, 'plugin', 'profile', name), target)
        for folder, _, names in os.walk(home) if is_root() else ():
            for path in [folder] + [os.path.join(folder, n) for n in names]:
                os.chown(path, NOBODY, NOBODY)
    return name


def sharkd(requests, capture=None, plugin=True, timeout=TIMEOUT_S, profile=None):
    """Lets one sharkd answer the requests in their order; returns as many replies, each a dict
    with 'result' or 'error'.

    A request is a dict with 'method' and, if needed, 'params'. capture: is loaded first; a
    failure to do so raises RuntimeError. profile: one of the project's profiles is used."""
    command = ['sharkd', '-C', use_profile(profile)] if profile else ['sharkd', '-']
    calls = list(requests)
    if capture is not None:
        calls.insert(0, {'method': 'load', 'params': {'file': readable(capture)}})
    text = ''.join(json.dumps({'jsonrpc': '2.0', 'id': number, **call}) + '\n'
                   for number, call in enumerate(calls, 1))
    done = run_unprivileged(command, plugin=plugin, input=text, timeout=timeout)
    replies = {}
    for line in done.stdout.splitlines():
        if line.startswith('{'):
            reply = json.loads(line)
            replies[reply.get('id')] = reply
    missing = [n for n in range(1, len(calls) + 1) if n not in replies]
    if missing:
        raise RuntimeError('sharkd: no reply to request %d: exit %d: %s%s' % (
            missing[0], done.returncode, done.stdout[-500:], done.stderr[-2000:]))
    answers = [replies[n] for n in range(1, len(calls) + 1)]
    if capture is not None:
        loaded = answers.pop(0)
        if loaded.get('result', {}).get('status') != 'OK':
            raise RuntimeError('sharkd cannot load %s: %s' % (capture, loaded))
    return answers
