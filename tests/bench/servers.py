"""A server that is measured: started on a free port with a folder and an environment of its own, looked at through /proc, and killed."""
import http.client
import os
import re
import resource
import shutil
import signal
import socket
import subprocess
import tempfile
import time

PATIENCE = 20  # seconds; a bound, not a wait


def until(condition, what):
    """Waits for a condition."""
    limit = time.monotonic() + PATIENCE
    while not (value := condition()):
        if time.monotonic() > limit:
            raise RuntimeError("in vain: " + what)
        time.sleep(.005)
    return value


def free_port():
    with socket.socket(socket.AF_INET6) as probe:
        probe.bind(("::", 0))
        return probe.getsockname()[1]


def bare_environment():
    """The same small environment for everybody: what a function's environment holds costs time at every exec."""
    return {"PATH": "/usr/local/bin:/usr/bin:/bin"}


def full_path(program):
    found = shutil.which(program, path=bare_environment()["PATH"] + ":/usr/local/sbin:/usr/sbin:/sbin")
    if not found:
        raise RuntimeError("%s is not installed (scripts/setup --bench installs what is compared with)" % program)
    return found


def allow_descriptors():
    """As many as the system lets us have, for a thousand connections: what is started from here inherits it."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def children(pid):
    with open("/proc/%d/task/%d/children" % (pid, pid), encoding="utf-8") as file:
        return [int(process) for process in file.read().split()]


def process_cpu_seconds(pid):
    """User and system time: of a process itself, and of the processes that it has waited for."""
    with open("/proc/%d/stat" % pid, encoding="utf-8") as file:
        ticks = [int(field) for field in file.read().rsplit(")", 1)[1].split()[11:15]]
    tick = os.sysconf("SC_CLK_TCK")
    return (ticks[0] + ticks[1]) / tick, (ticks[2] + ticks[3]) / tick


def tree_cpu_seconds(pid):
    """The same, together, of a process and of all below it. One that ends meanwhile is its parent's by then."""
    try:
        return sum(process_cpu_seconds(pid)) + sum(tree_cpu_seconds(child) for child in children(pid))
    except (FileNotFoundError, ProcessLookupError):
        return 0


class Server:
    """A server that says its command and when it is healthy; use as a context manager."""

    def __enter__(self):
        self.folder = tempfile.mkdtemp(prefix="fwatchdog-bench.")
        self.port = free_port()
        with open(os.path.join(self.folder, "log"), "wb") as log:
            self.process = subprocess.Popen(self.command(), env=self.environment(), cwd=self.folder, stdin=subprocess.DEVNULL,
                                            stdout=log, stderr=log)
        self.pid = self.process.pid
        try:
            until(self.healthy, "the server is healthy")
        except RuntimeError:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        processes = self.processes() if self.process.poll() is None else []
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        for process in processes:  # a long-lived function has a group of its own, and nobody left to end it
            try:
                os.kill(process, signal.SIGKILL)
            except ProcessLookupError:
                pass
        shutil.rmtree(self.folder, ignore_errors=True)

    def environment(self):
        return bare_environment()

    def command(self):
        raise NotImplementedError

    def healthy(self):
        raise NotImplementedError

    def accepts(self):
        """Whether it takes connections, for those that have no path to ask for their health."""
        self.still_runs()
        try:
            socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
            return True
        except OSError:
            return False

    def still_runs(self):
        if self.process.poll() is not None:
            with open(os.path.join(self.folder, "log"), encoding="utf-8", errors="replace") as log:
                raise RuntimeError("the server ended at its start: " + log.read())

    def memory(self, field):
        """Bytes, of a field of /proc/<pid>/status."""
        with open("/proc/%d/status" % self.pid, encoding="utf-8") as file:
            return 1024 * int(re.search(r"^%s:\s+(\d+)" % field, file.read(), re.M).group(1))

    def descriptors(self):
        return len(os.listdir("/proc/%d/fd" % self.pid))

    def idle_descriptors(self):
        """The same once the connection that asked for its health is gone, whose end nobody tells."""
        counts = []
        for _ in range(50):
            counts.append(self.descriptors())
            time.sleep(.001)
        return min(counts)

    def processes(self):
        """Its children, dead ones that nobody waited for too."""
        return children(self.pid)

    def cpu_seconds(self):
        """User and system time: of the server itself, and of the processes that it has waited for."""
        return process_cpu_seconds(self.pid)

    def all_cpu_seconds(self):
        """The same, together, of the server and of all that it has started, the living ones too."""
        return tree_cpu_seconds(self.pid)


class Watchdog(Server):
    """A watchdog with its settings."""

    def __init__(self, program, settings):
        self.program, self.settings = program, settings

    def command(self):
        return [self.program]

    def environment(self):
        return {**bare_environment(), "TMPDIR": self.folder, "port": str(self.port), "metrics_port": str(free_port()), "workers": "1", **self.settings}

    def healthy(self):
        self.still_runs()
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=1)
        try:
            connection.request("GET", "/_/health", headers={"Connection": "close"})
            return connection.getresponse().status == 200
        except OSError:
            return False
        finally:
            connection.close()
