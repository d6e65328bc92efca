# SPDX-License-Identifier: GPL-2.0-or-later
"""Scenarios at the same time, each in a process of its own that ends with ours."""
import multiprocessing
import multiprocessing.connection
import signal
import time

from .netns import die_with_parent

START_PAUSE_S = 0.05


def run(work, items, jobs, weight=lambda item: 1):
    """Run work(item) for each item, at most `jobs` of their weights at a time, in their order.

    Yields (item, what work returned, or None when its process died) as they end.
    """
    waiting, running = list(items), {}
    while waiting or running:
        while waiting and sum(weight(item) for item, _ in running.values()) < jobs:
            item = waiting.pop(0)
            pipe, process = _start(work, item)
            running[pipe] = item, process
            time.sleep(START_PAUSE_S)
        for pipe in multiprocessing.connection.wait(list(running)):
            item, process = running.pop(pipe)
            yield item, _result(pipe)
            process.join()


def _start(work, item):
    context = multiprocessing.get_context('fork')
    ours, theirs = context.Pipe(False)
    process = context.Process(target=_child, args=(work, item, theirs), daemon=True)
    process.start()
    theirs.close()
    return ours, process


def _child(work, item, pipe):
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_DFL)
    die_with_parent(signal.SIGKILL)
    pipe.send(work(item))


def _result(pipe):
    try:
        return pipe.recv()
    except EOFError:
        return None
