#!/usr/bin/env python3
"""Runs the suites of figures and shows them; see scripts/bench for people."""
import argparse
import dataclasses
import os
import shutil
import subprocess
import sys
import tempfile

import axes
import classic
import http_mode
import of
import warm
from figures import conclude, machine
from servers import allow_descriptors
from tools import Tools

SUITES = {"classic": classic.run, "of": of.run, "http": http_mode.run, "warm": warm.run, "axes": axes.run}
PROGRAMS = {"classic": "watchdog/watchdog", "of": "of-watchdog/of-watchdog"}


@dataclasses.dataclass
class Bench:
    """What every suite is given."""
    tools: Tools
    programs: dict   # {"classic": path}: stripped copies, which is what an image holds
    peers: dict      # the same of other watchdogs, where they are named
    rounds: int
    requests: int    # in one run of short calls
    results: str     # the folder for plots


def stripped(built, folder, name):
    """A stripped copy. What `strip` does not know is copied as it is."""
    copy = os.path.join(folder, name)
    shutil.copy2(built, copy)
    subprocess.run(["strip", copy], stderr=subprocess.DEVNULL, check=False)
    return copy


def own_programs(build, folder):
    built = {name: os.path.join(build, path) for name, path in PROGRAMS.items()}
    return {name: stripped(path, folder, name) for name, path in built.items() if os.path.exists(path)}


def peers(folder):
    """Other binaries that do the same, from PEER_CLASSIC and PEER_OF."""
    found = {}
    for name in PROGRAMS:
        path = os.environ.get("PEER_" + name.upper())
        if path and not os.access(path, os.X_OK):
            sys.exit("bench: a peer that cannot be run: " + path)
        if path:
            found[name] = stripped(path, folder, "peer-" + name)
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("suites", nargs="*", metavar="SUITE", help="of %s; all without" % ", ".join(SUITES))
    parser.add_argument("--build", required=True, help="a build directory")
    parser.add_argument("--results", default=os.path.join(os.path.dirname(os.path.abspath(__file__)), "results"))
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--requests", type=int, default=10_000, help="in one run of short calls")
    arguments = parser.parse_args()
    unknown = set(arguments.suites) - set(SUITES)
    if unknown:
        parser.error("no such suite: " + ", ".join(sorted(unknown)))

    allow_descriptors()
    reached = True
    with tempfile.TemporaryDirectory(prefix="fwatchdog-bench.") as folder:
        bench = Bench(Tools(os.path.join(arguments.build, "tests", "bench")), own_programs(arguments.build, folder), peers(folder),
                      arguments.rounds, arguments.requests, arguments.results)
        for suite in arguments.suites or SUITES:
            before = machine()
            figures, notes = SUITES[suite](bench)
            reached &= conclude(suite, figures, notes, before, arguments.results)
    return 0 if reached else 1


if __name__ == "__main__":
    sys.exit(main())
