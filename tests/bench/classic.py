"""The classic watchdog with `cat`: what is left of the machine's own speed, and what the program costs in memory, size and time to start."""
import os

import cgi_servers
from figures import Figure, Series
from forks import SLICES, BareCalls, Calls, bare_cpu
from rounds import TURNS, Run, ServerRun, alternate, interleave
from servers import Watchdog

SETTINGS = {"fprocess": "cat"}
LARGE = 64 * 1024 * 1024
TRANSFERS = 6  # in each round: a single one is over too soon to be a measure
MIB = 1024 * 1024
STARTS = 50

NOTES = [
    "`bare loop`: `posix_spawn` of the same command, two pipes and `waitpid`, as many at a time as there are connections; no HTTP, no log, "
    "no limits. Load generator, watchdog and processes share the processors: the load generator's and HTTP's part is in the ratio.",
    TURNS,
    "Processor times say what the clock cannot where other programs run too: as long as both processors are busy, the ratio of speeds "
    "should be near that of all processor time.",
    "CGI: a script of /bin/sh that prints one line of headers and becomes `cat`, called by all three; ours takes its headers with "
    "`cgi_response=true`. fcgiwrap has as many processes as there are connections; nginx and lighttpd have one worker and log each request.",
    "64 MiB: the bare loop forgets what it reads; the one that holds keeps it until the process has ended, as the classic watchdog must, "
    "and still hands it to nobody.",
    "Memory is VmRSS; peak memory is VmHWM less the 64 MiB answer, which must be held until the exit status is known.",
]


def bytes_per_second(found):
    """Of slices that moved one large body each."""
    return {**found, "rate": found["rate"] * LARGE}


class BareTransfers(Run):
    """Large bodies through a process, one in each slice."""

    def __init__(self, tools, hold):
        super().__init__()
        self.tools, self.hold = tools, hold

    def measure(self):
        return self.tools.spawn_loop("cat", mode="stream", bytes=LARGE, hold=self.hold)

    def result(self):
        return bytes_per_second(super().result())


class Transfers(ServerRun):
    """The same through a watchdog and back."""

    def __init__(self, tools, program):
        super().__init__(Watchdog(program, SETTINGS))
        self.tools = tools

    def measure(self):
        return self.tools.load(self.server.port, requests=1, body_bytes=LARGE, answer_bytes=LARGE)

    def result(self):
        return {**bytes_per_second(super().result()), "peak": self.server.memory("VmHWM") - LARGE}


def column(results, name, key):
    return Series([result[key] for result in results[name]])


class Contest:
    """All runs, ours and the peers' in one go."""

    def __init__(self, bench):
        self.bench, self.tools = bench, bench.tools
        self.programs = {"watchdog": bench.programs["classic"]}
        if bench.peers.get("classic"):
            self.programs["peer"] = bench.peers["classic"]

    def each(self, measure):
        return {name: (lambda program=program: measure(program)) for name, program in self.programs.items()}

    def run(self):
        bench, tools = self.bench, self.tools
        count = bench.requests
        short = {"bare loop": lambda: BareCalls(tools, count)}
        short.update(self.each(lambda program: Calls(tools, program, SETTINGS, count)))
        self.short = interleave(short, bench.rounds, SLICES, "calls")
        self.cgi = interleave(cgi_servers.contestants(tools, bench.programs["classic"], count), bench.rounds, SLICES, "CGI")
        large = {"bare loop": lambda: BareTransfers(tools, 0), "bare loop that holds": lambda: BareTransfers(tools, 1)}
        large.update(self.each(lambda program: Transfers(tools, program)))
        self.large = interleave(large, bench.rounds, TRANSFERS, "64 MiB")
        starts = alternate(self.each(lambda program: tools.cold_starts(program, STARTS // bench.rounds, SETTINGS)), bench.rounds, "start")
        self.starts = {name: [start for one in found for start in one] for name, found in starts.items()}

    def figures(self):
        yield Figure.of("bare loop, 8 in parallel", column(self.short, "bare loop", "rate"), "/s")
        yield Figure.of("bare loop: processor time of the loop itself", self.bare_cpu("cpu_seconds"), "us/process")
        yield Figure.of("bare loop: processor time of all", self.bare_cpu("cpu_seconds", "children_cpu_seconds"), "us/process")
        for name in ("bare loop", "bare loop that holds"):
            yield Figure.of("%s: 64 MiB through `cat`" % name, column(self.large, name, "rate").scaled(1 / MIB), "MiB/s")
        for name in self.programs:
            yield from self.figures_of(name, name == "watchdog")
        yield from self.cgi_figures()

    def bare_cpu(self, *keys):
        return bare_cpu(self.short["bare loop"], *keys)

    def cgi_figures(self):
        """The same script by what else starts a process for each request."""
        for name in self.cgi:
            yield Figure.of("%s: CGI script, 5 bytes, 8 connections" % name, column(self.cgi, name, "rate"), "/s")
            yield Figure.of("%s: p99" % name, column(self.cgi, name, "p99_us").scaled(1e-3), "ms")
            if name != cgi_servers.OURS:
                yield Figure.ratio("%s in parts of that" % cgi_servers.OURS, column(self.cgi, cgi_servers.OURS, "rate"),
                                   column(self.cgi, name, "rate"))

    def figures_of(self, name, ours):
        """Only ours has bars to reach."""
        count = "{:,}".format(self.bench.requests)
        short, large = self.short, self.large

        def bar(**bars):
            return bars if ours else {}

        yield Figure.of("%s: `cat`, 5 bytes, 8 connections" % name, column(short, name, "rate"), "/s")
        yield Figure.ratio("%s: the same, in parts of the bare loop" % name, column(short, name, "rate"),
                           column(short, "bare loop", "rate"), **bar(at_least=.92))
        yield Figure.of("%s: p50" % name, column(short, name, "p50_us").scaled(1e-3), "ms")
        yield Figure.of("%s: p99" % name, column(short, name, "p99_us").scaled(1e-3), "ms")
        yield Figure.of("%s: processor time of the watchdog itself" % name, column(short, name, "cpu").scaled(1e6), "us/request")
        yield Figure.of("%s: processor time of all (load generator, watchdog, processes)" % name,
                        column(short, name, "all_cpu").scaled(1e6), "us/request")
        yield Figure.ratio("%s: the bare loop's in parts of that" % name, self.bare_cpu("cpu_seconds", "children_cpu_seconds"),
                           column(short, name, "all_cpu").scaled(1e6))
        yield Figure.of("%s: memory, idle" % name, column(short, name, "idle").scaled(1 / MIB), "MiB", **bar(at_most=2.5))
        yield Figure.of("%s: memory after %s requests" % (name, count), column(short, name, "after").scaled(1 / MIB), "MiB",
                        **bar(at_most=5))
        yield Figure.of("%s: descriptors left" % name, column(short, name, "descriptors"), **bar(at_most=0))
        yield Figure.of("%s: processes left" % name, column(short, name, "processes"), **bar(at_most=0))
        size = os.path.getsize(self.programs[name]) / 1e6
        yield Figure("%s: size, stripped" % name, size, Series([size]), "MB", **bar(at_most=2.5))
        times, cpu_times = (Series(times).scaled(1e3) for times in zip(*self.starts[name]))
        yield Figure.of("%s: exec to the first 200, %d starts" % (name, len(times.values)), times, "ms", **bar(at_most=2))
        yield Figure.of("%s: processor time of a start" % name, cpu_times, "ms")
        yield Figure.ratio("%s: 64 MiB through `cat` and back, in parts of the bare loop" % name, column(large, name, "rate"),
                           column(large, "bare loop", "rate"), **bar(at_least=.7))
        yield Figure.ratio("%s: the same, in parts of a bare loop that holds the output" % name, column(large, name, "rate"),
                           column(large, "bare loop that holds", "rate"))
        yield Figure.of("%s: the same, speed" % name, column(large, name, "rate").scaled(1 / MIB), "MiB/s")
        yield Figure.of("%s: the same, peak memory above the answer" % name, column(large, name, "peak").scaled(1 / MIB), "MiB",
                        **bar(at_most=8))


def run(bench):
    contest = Contest(bench)
    contest.run()
    return list(contest.figures()), NOTES
