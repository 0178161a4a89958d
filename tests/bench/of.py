"""of-watchdog's modes that fork, with `cat`, in parts of the machine's own speed; its static mode beside nginx; and what it holds."""
import os
import tempfile

import nginx
from figures import Figure, Series
from forks import SLICES, BareCalls, Calls, bare_cpu
from idle import memory_with_idle_connections
from rounds import TURNS, alternate, interleave
from servers import Watchdog

FORKING = ("streaming", "serializing")
MIB = 1024 * 1024
SMALL = 1024
SMALL_CONNECTIONS = 32
SMALL_FACTOR = 5  # as many times the requests of the forking modes: files are answered that much faster, and more
LARGE = 256 * MIB
TRANSFERS = 4

NOTES = [
    "`bare loop`: `posix_spawn` of `cat`, two pipes and `waitpid`, 8 at a time; no HTTP, no log, no limits. Load generator, watchdog and "
    "processes share the processors: the load generator's and HTTP's part is in the ratio.",
    "nginx: one worker, `sendfile` and `tcp_nopush` on, access log (`combined`) on, connections never closed. Every watchdog logs each "
    "request too. All serve the same files, which are in the page cache.",
    TURNS,
    "Processor times say what the clock cannot where other programs run too.",
    "Memory is VmRSS. Each of the 1,000 connections has had an answer before.",
]


def forking(mode):
    return {"mode": mode, "fprocess": "cat"}


def small_files(tools, server, count):
    with server:
        found = tools.load(server.port, method="GET", path="/small", connections=SMALL_CONNECTIONS, requests=count, answer_bytes=SMALL)
        found["cpu"] = server.cpu_seconds()[0] / count
    return found


def large_files(tools, server):
    with server:
        found = tools.load(server.port, method="GET", path="/large", requests=TRANSFERS, answer_bytes=LARGE)
        found.update(speed=TRANSFERS * LARGE / found["seconds"], cpu=server.cpu_seconds()[0] / TRANSFERS)
    return found


def idle(server, path):
    with server:
        return {"alone": server.memory("VmRSS"), "connections": memory_with_idle_connections(server, path)}


def write_files(folder):
    os.chmod(folder, 0o755)
    for name, size in (("small", SMALL), ("large", LARGE)):
        with open(os.path.join(folder, name), "wb") as file:
            for left in range(size, 0, -MIB):
                file.write(b"x" * min(left, MIB))


def column(results, name, key):
    return Series([result[key] for result in results[name]])


class Contest:
    """All runs, ours and the peers' in one go."""

    def __init__(self, bench, folder):
        self.bench, self.tools, self.folder = bench, bench.tools, folder
        self.programs = {"of-watchdog": bench.programs["of"]}
        if bench.peers.get("of"):
            self.programs["peer"] = bench.peers["of"]

    def each(self, measure):
        return {name: (lambda program=program: measure(program)) for name, program in self.programs.items()}

    def static(self, program):
        return Watchdog(program, {"mode": "static", "static_path": self.folder})

    def nginx(self):
        return nginx.Nginx(nginx.FILES, root=self.folder)

    def run(self):
        self.run_forks()
        self.run_files()
        self.run_idle()

    def run_forks(self):
        count, tools, contestants = self.bench.requests, self.tools, {"bare loop": lambda: BareCalls(self.tools, self.bench.requests)}
        for mode in FORKING:
            measured = self.each(lambda program, mode=mode: Calls(tools, program, forking(mode), count))
            contestants.update({"%s %s" % (name, mode): measure for name, measure in measured.items()})
        self.forks = interleave(contestants, self.bench.rounds, SLICES, "calls")

    def run_files(self):
        tools, count = self.tools, self.bench.requests * SMALL_FACTOR
        small = self.each(lambda program: small_files(tools, self.static(program), count))
        self.small = alternate({"nginx": lambda: small_files(tools, self.nginx(), count), **small}, self.bench.rounds, "1 KiB")
        large = self.each(lambda program: large_files(tools, self.static(program)))
        self.large = alternate({"nginx": lambda: large_files(tools, self.nginx()), **large}, self.bench.rounds, "256 MiB")

    def run_idle(self):
        contestants = {}
        for mode in FORKING:
            measured = self.each(lambda program, mode=mode: idle(Watchdog(program, forking(mode)), "/"))
            contestants.update({"%s %s" % (name, mode): measure for name, measure in measured.items()})
        measured = self.each(lambda program: idle(self.static(program), "/small"))
        contestants.update({"%s static" % name: measure for name, measure in measured.items()})
        contestants["nginx"] = lambda: idle(self.nginx(), "/small")
        self.idle = alternate(contestants, self.bench.rounds, "idle")

    def figures(self):
        yield Figure.of("bare loop, 8 in parallel", column(self.forks, "bare loop", "rate"), "/s")
        yield Figure.of("bare loop: processor time of all", self.bare_cpu(), "us/process")
        yield Figure.of("nginx: 1 KiB file, 32 connections", column(self.small, "nginx", "rate"), "/s")
        yield Figure.of("nginx: its processor time", column(self.small, "nginx", "cpu").scaled(1e6), "us/request")
        yield Figure.of("nginx: 256 MiB file", column(self.large, "nginx", "speed").scaled(1 / MIB), "MiB/s")
        yield Figure.of("nginx: its processor time", column(self.large, "nginx", "cpu").scaled(1e3), "ms/file")
        yield Figure.of("nginx: memory with 1,000 idle connections", column(self.idle, "nginx", "connections").scaled(1 / MIB), "MiB")
        for name in self.programs:
            ours = name == "of-watchdog"
            for mode in FORKING:
                yield from self.fork_figures("%s %s" % (name, mode), ours)
            yield from self.file_figures(name, ours)
            for mode in (*FORKING, "static"):
                yield from self.idle_figures("%s %s" % (name, mode), ours)

    def bare_cpu(self):
        return bare_cpu(self.forks["bare loop"], "cpu_seconds", "children_cpu_seconds")

    def fork_figures(self, name, ours):
        found = self.forks
        yield Figure.of("%s: `cat`, 5 bytes, 8 connections" % name, column(found, name, "rate"), "/s")
        yield Figure.ratio("%s: the same, in parts of the bare loop" % name, column(found, name, "rate"),
                           column(found, "bare loop", "rate"), **({"at_least": .92} if ours else {}))
        yield Figure.of("%s: p50" % name, column(found, name, "p50_us").scaled(1e-3), "ms")
        yield Figure.of("%s: p99" % name, column(found, name, "p99_us").scaled(1e-3), "ms")
        yield Figure.of("%s: processor time of the watchdog itself" % name, column(found, name, "cpu").scaled(1e6), "us/request")
        everything = column(found, name, "all_cpu").scaled(1e6)
        yield Figure.of("%s: processor time of all (load generator, watchdog, processes)" % name, everything, "us/request")
        yield Figure.ratio("%s: the bare loop's in parts of that" % name, self.bare_cpu(), everything)
        for left in ("descriptors", "processes"):
            yield Figure.of("%s: %s left" % (name, left), column(found, name, left), **({"at_most": 0} if ours else {}))

    def file_figures(self, name, ours):
        yield Figure.of("%s static: 1 KiB file, 32 connections" % name, column(self.small, name, "rate"), "/s")
        yield Figure.ratio("%s static: the same, in parts of nginx" % name, column(self.small, name, "rate"),
                           column(self.small, "nginx", "rate"), **({"at_least": 1.2} if ours else {}))
        yield Figure.of("%s static: its processor time" % name, column(self.small, name, "cpu").scaled(1e6), "us/request")
        yield Figure.of("%s static: 256 MiB file" % name, column(self.large, name, "speed").scaled(1 / MIB), "MiB/s")
        yield Figure.ratio("%s static: the same, in parts of nginx" % name, column(self.large, name, "speed"),
                           column(self.large, "nginx", "speed"), **({"at_least": .95} if ours else {}))
        yield Figure.of("%s static: its processor time" % name, column(self.large, name, "cpu").scaled(1e3), "ms/file")

    def idle_figures(self, name, ours):
        yield Figure.of("%s: memory, idle" % name, column(self.idle, name, "alone").scaled(1 / MIB), "MiB",
                        **({"at_most": 2.5} if ours else {}))
        yield Figure.of("%s: memory with 1,000 idle connections" % name, column(self.idle, name, "connections").scaled(1 / MIB), "MiB",
                        **({"at_most": 10} if ours else {}))


def run(bench):
    with tempfile.TemporaryDirectory(prefix="fwatchdog-bench.") as folder:
        write_files(folder)
        contest = Contest(bench, folder)
        contest.run()
        return list(contest.figures()), NOTES
