# SPDX-License-Identifier: GPL-2.0-or-later
"""What a scenario is, and how one is run: in a process of its own, with a fresh world."""
import pathlib
import signal
import traceback
from dataclasses import dataclass
from typing import Callable

from .world import Expectation, World

HARD_LIMIT_S = 170


@dataclass(frozen=True)
class Scenario:
    """A row of the table.

    undecidable  what no capture can tell                        kind     wire, loopback or veth
    version      4, 6 or 46 (both families)                      scripted the side that is a script
                 and not a kernel
    slow         seconds it takes when that is long: such scenarios start first
    middle       the capture in the middle of the wire is written, too
    truth        False where the capture's clock makes times ambiguous
    shows        the anomaly that tcpstory must name, perhaps with options for it
    """
    name: str
    run: Callable
    description: str
    undecidable: str = ''
    kind: str = 'wire'
    version: int = 4
    scripted: str | None = None
    slow: int = 0
    middle: bool = False
    truth: bool = True
    shows: str = ''


def play(scenario, out):
    """Run a scenario and write its folder. Returns (failure or '', moves, checkpoints)."""
    signal.alarm(HARD_LIMIT_S)
    folder = pathlib.Path(out) / scenario.name
    folder.mkdir(parents=True, exist_ok=True)
    world = World(scenario.kind, scenario.version, scenario.scripted)
    failure = _attempt(scenario, world)
    write(scenario, world, folder)
    return failure, world.truth.moves, world.truth.checkpoints


def _attempt(scenario, world):
    try:
        scenario.run(world)
        world.finish()
    except Expectation as e:
        world.truth.finish()
        return str(e)
    except Exception:                                   # the lab reports every failure and goes on
        world.truth.finish()
        return traceback.format_exc()
    return ''


def write(scenario, world, folder):
    """The captures, truth.tsv and calls.tsv."""
    for vantage, capture in world.captures.items():
        if vantage != 'middle' or scenario.middle:
            capture.write(folder / (vantage + '.pcap'))
    shifts = [c.shift for c in world.captures.values() if c.shift]
    world.truth.write(folder, shifts[0] if shifts else None, scenario.truth)
