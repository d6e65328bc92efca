# SPDX-License-Identifier: GPL-2.0-or-later
"""Runs one Python test as ctest does: python_test.py SCRIPT [ARGUMENT...]

ctest starts it with `python3 -I`, so that neither PYTHONPATH nor the user's own packages matter.
The folder of this file and that of the script are put on the path, so a test says
`from tshark import tshark`. A script made of unittest classes that runs no test has failed.
"""
import os
import runpy
import sys
import unittest


def main():
    script = os.path.abspath(sys.argv[1])
    sys.path[:0] = [os.path.dirname(script), os.path.dirname(os.path.abspath(__file__))]
    sys.argv = [script] + sys.argv[2:]

    # unittest.main() of Python 3.11 exits with 0 after running nothing; 3.12 exits with 5.
    run = unittest.TextTestRunner.run

    def run_some(self, test):
        result = run(self, test)
        if result.testsRun == 0:
            sys.exit('%s: no test ran' % script)
        if result.wasSuccessful() and len(result.skipped) == result.testsRun:
            sys.exit(77)
        return result

    unittest.TextTestRunner.run = run_some
    runpy.run_path(script, run_name='__main__')


if __name__ == '__main__':
    main()
