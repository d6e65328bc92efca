# SPDX-License-Identifier: GPL-2.0-or-later
"""nginx on a host of the laboratory, as nobody, without a trace on the machine's own."""
import contextlib
import os
import subprocess
import time

NOBODY = 65534
START_S = 0.5

CONF = """
daemon off;
master_process off;
pid nginx.pid;
error_log error.log;
events { worker_connections 8192; }
http {
    access_log off;
    client_body_temp_path tmp; proxy_temp_path tmp; fastcgi_temp_path tmp; uwsgi_temp_path tmp;
    scgi_temp_path tmp;
    keepalive_requests %(requests)d;
    server {
        listen %(port)d backlog=4096;
        root files;
        %(locations)s
    }
}
"""


@contextlib.contextmanager
def nginx(namespace, home, port, locations, requests=1):
    """Serves while the block runs; `home` is a folder for it, made when it is not there."""
    os.makedirs(os.path.join(home, 'tmp'), exist_ok=True)
    conf = os.path.join(home, 'nginx.conf')
    with open(conf, 'w', encoding='ascii') as file:
        file.write(CONF % {'requests': requests, 'port': port, 'locations': locations})
    for folder in (home, os.path.join(home, 'tmp')):
        os.chown(folder, NOBODY, NOBODY)
    with namespace.inside():
        server = subprocess.Popen(
            ['nginx', '-p', home, '-c', conf, '-e', os.path.join(home, 'error.log')],
            user=NOBODY, group=NOBODY, extra_groups=[], stdin=subprocess.DEVNULL)
    try:
        time.sleep(START_S)
        if server.poll() is not None:
            raise RuntimeError('nginx does not start')
        yield server
    finally:
        server.terminate()
        server.wait()
