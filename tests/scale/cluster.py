# SPDX-License-Identifier: GPL-2.0-or-later
"""A Slurm cluster of four nodes on this machine: with Cluster(FOLDER) as cluster.

Slurm 22.05 and munge of Debian 12, as root. What was started is ended by its process id.
"""
import os
import shutil
import signal
import socket
import subprocess
import time

HERE = os.path.dirname(os.path.abspath(__file__))
NODES = ('taps1', 'taps2', 'taps3', 'taps4')


def why_not():
    """Why there can be no cluster here; None when there can."""
    missing = [name for name in ('sbatch', 'slurmctld', 'slurmd', 'munged')
               if shutil.which(name, path=os.environ['PATH'] + ':/usr/sbin') is None]
    if missing:
        return 'Slurm is missing (%s): apt-get install slurm-wlm munge' % ', '.join(missing)
    return None if os.geteuid() == 0 else 'a cluster on one machine needs root'


class Cluster:
    def __init__(self, base):
        self.base = base
        self.conf = base + '/etc/slurm.conf'

    def path(self, *names):
        return os.path.join(self.base, *names)

    def run(self, *words):
        return subprocess.run(words, env=self.environment(), capture_output=True, text=True,
                              timeout=60, check=False).stdout

    def environment(self, **more):
        return dict(os.environ, SLURM_CONF=self.conf,
                    PATH=os.environ['PATH'] + ':/usr/sbin', **more)

    def start(self, *words):
        subprocess.run(words, env=self.environment(), check=True, stdin=subprocess.DEVNULL,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=60)

    def start_node(self, name):
        self.start('slurmd', '-f', self.conf, '-N', name)

    def __enter__(self):
        # munged refuses folders into which others may write; /tmp is one: --force.
        for name, mode in (('', 0o755), ('log', 0o755), ('run', 0o755), ('state', 0o755),
                           ('etc', 0o755), ('spool', 0o755), ('munge', 0o711),
                           ('munge/key', 0o700)) + tuple(('spool/' + n, 0o755) for n in NODES):
            os.makedirs(self.path(name), exist_ok=True)
            os.chmod(self.path(name), mode)
        with open(self.path('munge/key/munge.key'), 'wb') as file:
            os.fchmod(file.fileno(), 0o600)
            file.write(os.urandom(128))
        with open(HERE + '/slurm.conf', encoding='ascii') as file:
            text = file.read()
        for name, value in (('@BASE@', self.base), ('@HOST@', socket.gethostname().split('.')[0]),
                            ('@PORT@', str(2000 + os.getpid() % 1000))):
            text = text.replace(name, value)
        with open(self.conf, 'w', encoding='ascii') as file:
            file.write(text)
        with open(self.path('etc/cgroup.conf'), 'w', encoding='ascii') as file:
            file.write('CgroupPlugin=cgroup/v1\n')  # it starts whatever is mounted
        self.start('munged', '--force', '--socket=' + self.path('munge/munge.socket'),
                   '--key-file=' + self.path('munge/key/munge.key'),
                   '--pid-file=' + self.path('run/munged.pid'),
                   '--log-file=' + self.path('log/munged.log'),
                   '--seed-file=' + self.path('munge/munge.seed'), '--num-threads=2')
        self.start('slurmctld', '-f', self.conf, '-c')
        for name in NODES:
            self.start_node(name)
        for _ in range(60):
            if self.run('sinfo', '-h', '-t', 'idle', '-o', '%D').strip() == '4':
                return self
            time.sleep(0.5)
        self.__exit__()
        raise RuntimeError('the cluster did not start: ' + self.path('log'))

    def end(self, name, number):
        """Sends a signal to what a pid file names."""
        try:
            with open(self.path('run', name + '.pid'), encoding='ascii') as file:
                pid = int(file.read())
            with open('/proc/%d/comm' % pid, encoding='ascii') as file:
                if file.read().strip() == name.split('.')[0]:
                    os.kill(pid, number)
        except (OSError, ValueError):
            pass

    def lose_node(self, name):
        """It is dead at once, as a health check would find."""
        self.end('slurmd.' + name, signal.SIGKILL)
        self.run('scontrol', 'update', 'nodename=' + name, 'state=down', 'reason=lost')

    def __exit__(self, *_):
        self.run('scancel', '--full', '--state=RUNNING')
        self.run('scancel', '--state=PENDING')
        time.sleep(1)
        for name in ['slurmd.' + n for n in NODES] + ['slurmctld', 'munged']:
            self.end(name, signal.SIGTERM)
        time.sleep(1)
