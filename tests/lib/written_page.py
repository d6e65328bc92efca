# SPDX-License-Identifier: GPL-2.0-or-later
"""A page of docs/user whose end a script writes: all that comes behind a mark."""
import os
import sys

SOURCE_DIR = os.environ.get('SOURCE_DIR', os.path.join(os.path.dirname(__file__), '..', '..'))


class WrittenPage:
    def __init__(self, name, mark, make):
        self.name, self.mark, self.make = 'docs/user/' + name, mark, make
        self.path = os.path.join(SOURCE_DIR, self.name)

    def wanted(self):
        """The page as it is, and as it should be."""
        with open(self.path, encoding='utf-8') as file:
            text = file.read()
        return text, text[:text.index(self.mark)] + self.mark + self.make()

    def main(self):
        """Compares, or writes with --write. Returns the exit status."""
        text, want = self.wanted()
        if sys.argv[1:] == ['--write']:
            with open(self.path, 'w', encoding='utf-8') as file:
                file.write(want)
        elif text != want:
            print('%s is out of date: %s --write' % (self.name, sys.argv[0]), file=sys.stderr)
            return 1
        return 0
