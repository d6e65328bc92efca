# SPDX-License-Identifier: GPL-2.0-or-later
"""Network namespaces without names: they live as long as their scenario's process and need no
clean-up, even after a crash.
"""
import contextlib
import ctypes
import fcntl
import os
import shutil
import struct
import subprocess

TUN = '/dev/net/tun'
CLONE_NEWNET = 0x40000000
TUNSETIFF = 0x400454ca
IFF_TAP, IFF_NO_PI = 0x0002, 0x1000
PR_SET_PDEATHSIG = 1
SMALL_TABLE = 256

_libc = ctypes.CDLL(None, use_errno=True)


def _call(name, *args):
    if getattr(_libc, name)(*args) != 0:
        raise OSError(ctypes.get_errno(), '%s: %s' % (name, os.strerror(ctypes.get_errno())))


def die_with_parent(sig):
    """The calling process gets this signal when the process that started it ends."""
    _call('prctl', PR_SET_PDEATHSIG, sig, 0, 0, 0)


def why_not():
    """Why no namespaces with TAP devices can be made here, or ''."""
    if os.geteuid() != 0:
        return 'needs root, to make network namespaces'
    if not os.path.exists(TUN):
        return TUN + ' is missing'
    if not shutil.which('ip'):
        return 'iproute2 is missing'
    done = subprocess.run(['unshare', '--net', 'true'], capture_output=True, text=True, check=False)
    return done.stderr.strip() if done.returncode else ''


def _here():
    return os.open('/proc/thread-self/ns/net', os.O_RDONLY | os.O_CLOEXEC)


class Namespace:
    """A new network namespace. It is made before the process has threads; any thread may enter it.
    """

    nursery = None

    def __init__(self, keep_loopback_down=True):
        if Namespace.nursery is None:
            Namespace.nursery = _nursery()
        home = _here()
        _call('setns', Namespace.nursery, CLONE_NEWNET)
        _call('unshare', CLONE_NEWNET)
        self.fd = _here()
        _call('setns', home, CLONE_NEWNET)
        os.close(home)
        if not keep_loopback_down:
            self.ip('link set lo up')

    @contextlib.contextmanager
    def inside(self):
        """Sockets and devices made in this block belong to the namespace."""
        home = _here()
        _call('setns', self.fd, CLONE_NEWNET)
        try:
            yield
        finally:
            _call('setns', home, CLONE_NEWNET)
            os.close(home)

    def run(self, command, text=None):
        """Run a command in the namespace; what it prints on failure becomes the error."""
        self.read(command, text)

    def read(self, command, text=None):
        """The same; returns what it prints."""
        with self.inside():
            done = subprocess.run(command, input=text, capture_output=True, text=True, timeout=20)
        if done.returncode:
            raise RuntimeError('%s: %s' % (' '.join(command), (done.stderr or done.stdout).strip()))
        return done.stdout

    def ip(self, *lines):
        """Run lines of the ip command."""
        self.run(['ip', '-batch', '-'], '\n'.join(lines) + '\n')

    def sysctl(self, **values):
        """Set kernel parameters; a name without a slash is below net/ipv4."""
        with self.inside():
            for name, value in values.items():
                write_sysctl(name if '/' in name else 'net/ipv4/' + name, value)

    def tap(self, mac):
        """A TAP device named tap0, and the descriptor that is its other end."""
        with self.inside():
            fd = os.open(TUN, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)
            fcntl.ioctl(fd, TUNSETIFF, struct.pack('16sH22x', b'tap0', IFF_TAP | IFF_NO_PI))
        self.ip('link set tap0 address %s addrgenmode none txqueuelen 5000' % mac.hex(':'))
        return fd

    def close(self):
        os.close(self.fd)


def write_sysctl(path, value):
    """Write one kernel parameter of the current namespace; an older kernel may lack it."""
    with contextlib.suppress(FileNotFoundError), open('/proc/sys/' + path, 'w') as f:
        f.write(str(value))


def _nursery():
    """A namespace whose children get a small connection table: a dump of a table of the usual size
    takes milliseconds.
    """
    home = _here()
    _call('unshare', CLONE_NEWNET)
    write_sysctl('net/ipv4/tcp_child_ehash_entries', SMALL_TABLE)
    nursery = _here()
    _call('setns', home, CLONE_NEWNET)
    os.close(home)
    return nursery
