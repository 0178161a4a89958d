"""Short calls of a forking mode, and the bare loop that is their limit."""
from figures import Series
from rounds import Run, ServerRun
from servers import Watchdog, until

CONNECTIONS = 8
BODY = 5
SLICES = 10


class BareCalls(Run):
    """`count` processes without anything else."""

    def __init__(self, tools, count):
        super().__init__()
        self.tools, self.count = tools, count // SLICES

    def measure(self):
        return self.tools.spawn_loop("cat", parallel=CONNECTIONS, requests=self.count, bytes=BODY)


class ServedCalls(ServerRun):
    """`count` short calls of a server that starts a process for each."""

    def __init__(self, tools, server, count, path="/"):
        super().__init__(server)
        self.tools, self.count, self.path = tools, count // SLICES, path

    def measure(self):
        return self.tools.load(self.server.port, path=self.path, connections=CONNECTIONS, requests=self.count, body_bytes=BODY, answer_bytes=BODY)


class Calls(ServedCalls):
    """The same of a fresh watchdog, and what they leave behind."""

    def __init__(self, tools, program, settings, count):
        super().__init__(tools, Watchdog(program, settings), count)

    def __enter__(self):
        super().__enter__()
        self.idle, self.before = self.server.memory("VmRSS"), self.server.idle_descriptors()
        return self

    def result(self):
        watchdog, found = self.server, super().result()
        try:
            until(lambda: watchdog.processes() == [] and watchdog.descriptors() <= self.before, "everything is given back")
        except RuntimeError:
            pass  # the figures say so
        own, children = watchdog.cpu_seconds()
        count = found["requests"]
        found.update(cpu=own / count, all_cpu=(own + children + found["cpu_seconds"]) / count, idle=self.idle)
        found.update(after=watchdog.memory("VmRSS"), descriptors=watchdog.descriptors() - self.before,
                     processes=len(watchdog.processes()))
        return found


def bare_cpu(results, *keys):
    """Microseconds of processor time for each process of the bare loop."""
    return Series([sum(result[key] for key in keys) / result["requests"] * 1e6 for result in results])
