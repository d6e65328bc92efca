#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Makes the pictures of pages in docs/user/pages: pictures.py [FOLDER]

They show captures of captures/, merged into one. Look at them before they are committed.
"""
import os
import shutil
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, '..', 'lib')]

import pages
from browser import Browser

NAMES = ('several', 'refused', 'pile-close-wait', 'syn-unanswered', 'accept-queue-overflow',
         'syn-flood', 'fin-lost')
# Name, address, width and height, dark, a script to run before.
PICTURES = (
    ('report', '', (1280, 1500), False, ''),
    ('connection', '#stream-%d', (1280, 1010), True, ''),
    ('narrow', '', (390, 1300), True, 'document.querySelector("#view").scrollIntoView('
                                      '{behavior: "instant"})'),
)
DRAWN = (('ladder', ('show', '5'), 'pile-close-wait'), ('states', ('sockstat',), 'pile-close-wait'))


def main():
    folder = sys.argv[1] if len(sys.argv) > 1 else os.path.join(
        pages.command.SOURCE_DIR, 'docs', 'user', 'pages')
    os.makedirs(folder, exist_ok=True)
    capture = pages.merged(*NAMES)
    path = pages.page_of('report', 'report', os.path.basename(capture),
                         cwd=os.path.dirname(capture))
    stream = pages.streams('--state', 'CLOSE_WAIT', capture)[-1]
    with Browser() as browser:
        for name, address, size, dark, script in PICTURES:
            browser.resize(*size, dark=dark)
            browser.open(path, address.replace('%d', str(stream)))
            browser.wait('return document.documentElement.dataset.ready')
            browser.run(script)
            browser.run('return new Promise((done) => requestAnimationFrame(() =>'
                        ' requestAnimationFrame(done)))')
            target = os.path.join(folder, name + '.png')
            with open(target, 'wb') as file:
                file.write(browser.picture())
            if shutil.which('optipng'):
                subprocess.run(['optipng', '-quiet', target], check=True)
    for name, verb, source in DRAWN:
        done = pages.command.run(*verb, '-o', os.path.join(folder, name + '.svg'),
                                 os.path.join('captures', source + '.pcap'),
                                 cwd=pages.command.SOURCE_DIR)
        if done.status != 0:
            sys.exit(done.err)


if __name__ == '__main__':
    main()
