"""A watchdog under test: it is started on free ports with a TMPDIR of its own, watched, and ended by a guard that looks at how it died.

The programs are named by FWATCHDOG_CLASSIC and FWATCHDOG_OF, so that the same tests can run against other builds and other watchdogs.
"""
import collections
import functools
import os
import random
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import uuid

from caller import PATIENCE, Caller, until
from functions import Workshop

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
PROGRAMS = {
    "classic": os.environ.get("FWATCHDOG_CLASSIC") or os.path.join(ROOT, "build", "watchdog", "watchdog"),
    "of": os.environ.get("FWATCHDOG_OF") or os.path.join(ROOT, "build", "of-watchdog", "of-watchdog"),
}
STAMP = r"\d{4}/\d\d/\d\d \d\d:\d\d:\d\d "
# What a watchdog says when it starts and nothing is wrong; anything else at a start is a complaint.
USUAL = re.compile(r"(Version: |Timeouts: |Listening on port: |Metrics listening on port: |Writing lock-file to: |Removing lock-file : |Watchdog mode: )")
SANITIZER = re.compile(r"(Address|Leak|Thread|Memory|UndefinedBehavior)Sanitizer|: runtime error: ")
TRACE = re.compile(r"goroutine \d|^panic:|terminate called|Assertion .* failed|core dumped", re.M)

Ended = collections.namedtuple("Ended", "code out err")


def process_table():
    """(pid, parent's pid, state) of every process."""
    found = []
    for name in os.listdir("/proc"):
        if name.isdigit():
            try:
                with open("/proc/%s/stat" % name, "rb") as file:
                    rest = file.read().rsplit(b")", 1)[1].split()
            except OSError:
                continue
            found.append((int(name), int(rest[1]), rest[0].decode()))
    return found


def state_of(thread):
    with open(thread + "/stat", "rb") as file:
        return file.read().rsplit(b")", 1)[1].split()[0].decode()


def stop(pid):
    """SIGSTOP; returns when all threads stand still: until then one of them may go on."""
    os.kill(pid, signal.SIGSTOP)
    folder = "/proc/%d/task/" % pid
    until(lambda: all(state_of(folder + thread) == "T" for thread in os.listdir(folder)), "the process stands still")


def command_of(pid):
    try:
        with open("/proc/%d/cmdline" % pid, "rb") as file:
            return file.read().replace(b"\0", b" ").decode("utf-8", "replace").strip()
    except OSError:
        return ""


def samples(text):
    """The samples of a Prometheus text: {(name, frozenset of labels): value}."""
    found = {}
    for line in text.splitlines():
        if line and not line.startswith("#"):
            key, value = line.rsplit(" ", 1)
            name, _, labels = key.partition("{")
            found[name, frozenset(re.findall(r'(\w+)="([^"]*)"', labels))] = float(value)
    return found


@functools.lru_cache
def has_sanitizer(path):
    """Or counts for scripts/coverage: its memory, its speed and what it links with are not those of a program."""
    with open(path, "rb") as file:
        content = file.read()
    return any(name in content for name in (b"__asan_init", b"__tsan_init", b"__gcov_exit"))


class Watchdog:
    """One running program. `call`, `get` and `post` use a connection each; `connect` gives one to keep."""

    def __init__(self, house, program, settings, args=(), wrapper=(), **given):
        self.house = house
        self.port = int(settings["port"]) if str(settings.get("port", "")).isdigit() else 8080
        self.metrics_port = int(settings["metrics_port"]) if str(settings.get("metrics_port", "")).isdigit() else 8081
        number = len(house.watchdogs)
        self.out_path, self.err_path = house.path("watchdog.%d.out" % number), house.path("watchdog.%d.err" % number)
        with open(self.out_path, "wb") as out, open(self.err_path, "wb") as err:
            popen = dict(dict(stdin=subprocess.DEVNULL, stdout=out, stderr=err, cwd=house.folder), **given)
            self.process = subprocess.Popen([*wrapper, PROGRAMS[program], *args], env=house.environment(settings), **popen)
        self.pid = self.process.pid
        self.logs_elsewhere = "stderr" in given
        self.expected_code = 0
        self.sanitized = has_sanitizer(PROGRAMS[program])
        house.watchdogs.append(self)
        if wrapper:
            until(lambda: self.find_inner(), "the program runs inside " + wrapper[0])

    def find_inner(self):
        """Behind a wrapper that forks, the program is the wrapper's child."""
        for pid in self.children(self.process.pid):
            if command_of(pid).startswith(tuple(PROGRAMS.values())):
                self.pid = pid
        return self.pid != self.process.pid

    # What it says.

    def out(self):
        with open(self.out_path, "rb") as file:
            return file.read().decode("utf-8", "backslashreplace")

    def err(self):
        with open(self.err_path, "rb") as file:
            return file.read().decode("utf-8", "backslashreplace")

    def lines(self):
        """The log's lines without their date and time."""
        return [re.sub("^" + STAMP, "", line) for line in self.err().splitlines()]

    def await_log(self, pattern, count=1):
        """Waits until `count` lines of the log match, date and time taken off; returns the last match."""
        def found():
            matches = [match for line in self.lines() if (match := re.search(pattern, line))]
            return len(matches) >= count and matches[count - 1]
        try:
            return until(found, "%d line(s) of the log match %r" % (count, pattern))
        except AssertionError as failure:
            raise AssertionError("%s; the log:\n%s" % (failure, self.err()[-3000:])) from None

    # Talking to it.

    def connect(self, **options):
        caller = Caller(self.port, **options)
        self.house.callers.append(caller)
        return caller

    def call(self, method="GET", target="/", fields=(), body=None, **options):
        caller = self.connect()
        try:
            return caller.request(method, target, fields, body, **options)
        finally:
            caller.close()

    def get(self, target="/", fields=(), **options):
        return self.call("GET", target, fields, **options)

    def post(self, target="/", body=b"", fields=(), **options):
        return self.call("POST", target, fields, body, **options)

    def exchange(self, data, finish=False):
        """Sends bytes on a connection of their own and reads every answer up to its end."""
        caller = self.connect()
        try:
            caller.send(data, forgiving=True)
            if finish:
                caller.finish()
            return caller.answers()
        finally:
            caller.close()

    def health(self):
        return self.get("/_/health").status

    def scrape(self, target="/metrics", **options):
        caller = Caller(self.metrics_port)
        try:
            return caller.request("GET", target, **options)
        finally:
            caller.close()

    def sample(self, name, **labels):
        """One value of the metrics, or None."""
        return samples(self.scrape().text).get((name, frozenset(labels.items())))

    def accepts(self):
        try:
            Caller(self.port).close()
        except OSError:
            return False
        return True

    def await_start(self):
        """Waits until it serves: healthy, or accepting where there is no health to see."""
        def ready():
            if self.process.poll() is not None:
                raise AssertionError("ended at its start with %d:\n%s" % (self.process.returncode, self.err()))
            return self.accepts() and self.health() == 200 and (self.logs_elsewhere or "Listening on port: " in self.err())
        until(ready, "the watchdog is healthy")

    # Its life.

    def signal(self, number):
        os.kill(self.pid, number)

    def term(self):
        self.signal(signal.SIGTERM)

    def running(self):
        return self.process.poll() is None

    def await_end(self):
        """Waits for its end; returns its exit code (negative: the signal that killed it)."""
        until(lambda: not self.running(), "the watchdog ends")
        return self.process.returncode

    def children(self, of=None):
        """Its child processes, dead ones that were not waited for too."""
        return [pid for pid, parent, _ in process_table() if parent == (of or self.pid)]

    def await_no_children(self):
        try:
            until(lambda: not self.children(), "no child is left")
        except AssertionError:
            raise AssertionError("children are left: %r" % [(pid, command_of(pid)) for pid in self.children()]) from None

    def memory(self, field="VmRSS"):
        """KiB, of a field of /proc/<pid>/status."""
        with open("/proc/%d/status" % self.pid) as file:
            return int(re.search(r"^%s:\s+(\d+)" % field, file.read(), re.M).group(1))

    def assert_memory_below(self, limit, field="VmRSS"):
        """A sanitizer's own memory says nothing."""
        assert self.sanitized or self.memory(field) < limit, "%s is %d KiB, above %d" % (field, self.memory(field), limit)

    def processor_time(self):
        """Seconds that it has computed so far, its children not counted."""
        with open("/proc/%d/stat" % self.pid, "rb") as file:
            fields = file.read().rsplit(b")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def descriptors(self):
        return len(os.listdir("/proc/%d/fd" % self.pid))

    def end(self):
        """The guard: SIGINT, which ends it without the wait of SIGTERM, then SIGKILL. Returns what was wrong with its end, or None."""
        if self.running():
            try:
                self.signal(signal.SIGINT)
            except ProcessLookupError:
                pass
            try:
                self.process.wait(PATIENCE)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
                return "did not end within %g s of SIGINT and was killed" % PATIENCE
        if self.expected_code is not None and self.process.returncode != self.expected_code:
            return "ended with %d, not %d" % (self.process.returncode, self.expected_code)
        return None


class House(Workshop):
    """What one test has: a folder (also TMPDIR and working directory), its watchdogs and callers, and a mark on every process of theirs."""

    def __init__(self):
        super().__init__(tempfile.mkdtemp(prefix="fwatchdog."))
        self.mark = uuid.uuid4().hex
        self.watchdogs, self.callers, self.port_locks = [], [], []
        self.workers = int(os.environ.get("FWATCHDOG_WORKERS", 0))  # of each watchdog, where a test does not say; 0: the default
        self.shared_out = False  # several workers serve a test that does not say so
        self.strays_allowed = False
        self.traces_allowed = False  # of functions that fail on purpose

    def free_port(self):
        """A port nobody uses. The name of a socket in the abstract namespace keeps it from other test processes."""
        while True:
            port = random.randrange(10000, 32000)
            lock, probe = socket.socket(socket.AF_UNIX), socket.socket(socket.AF_INET6)
            try:
                lock.bind("\0fwatchdog-test-port-%d" % port)
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                probe.bind(("::", port))
            except OSError:
                lock.close()
                continue
            finally:
                probe.close()
            self.port_locks.append(lock)
            return port

    def environment(self, settings):
        base = {"PATH": os.environ.get("PATH", "/usr/bin:/bin"), "HOME": self.folder, "TMPDIR": self.folder, "TZ": "UTC", "FWATCHDOG_TEST_MARK": self.mark}
        base.update((name, os.environ[name]) for name in ("ASAN_OPTIONS", "UBSAN_OPTIONS", "TSAN_OPTIONS", "LSAN_OPTIONS") if name in os.environ)
        base.update((name, str(value)) for name, value in settings.items() if value is not None)
        return {name: value for name, value in base.items() if settings.get(name, "") is not None}

    def settings(self, **given):
        for name in ("port", "metrics_port"):
            if name not in given:
                given[name] = self.free_port()
        self.shared_out = self.workers > 1 and "workers" not in given
        if self.workers:
            given.setdefault("workers", self.workers)
        return given

    def start(self, program, settings, wait=True, **options):
        watchdog = Watchdog(self, program, settings, **options)
        if wait:
            watchdog.await_start()
            if self.shared_out:
                watchdog.connect()  # so that the next connection is for the second worker
        return watchdog

    def run(self, program, args, settings):
        """A start that ends by itself."""
        watchdog = Watchdog(self, program, self.settings(**settings), args)
        watchdog.expected_code = None
        return Ended(watchdog.await_end(), watchdog.out(), watchdog.err())

    def marked(self):
        """Processes that stem from this test's watchdogs."""
        found, mark = [], b"FWATCHDOG_TEST_MARK=" + self.mark.encode()
        for pid, _, _ in process_table():
            try:
                with open("/proc/%d/environ" % pid, "rb") as file:
                    if mark in file.read():
                        found.append(pid)
            except OSError:
                pass
        return found

    def end(self):
        """Ends everything; returns what was wrong, one text for each."""
        for caller in self.callers:
            caller.close()
        wrong = []
        for watchdog in self.watchdogs:
            problem = watchdog.end()
            text = watchdog.err()
            for name, pattern in (("a sanitizer's report", SANITIZER), ("a stack trace", TRACE)):
                if not problem and pattern.search(text) and not (pattern is TRACE and self.traces_allowed):
                    problem = "has " + name + " in its log"
            if problem:
                wrong.append("the watchdog %s; its log:\n%s" % (problem, text[-6000:]))
        try:
            until(lambda: self.strays_allowed or not self.marked(), "nothing of the function is left", patience=5)
        except AssertionError:
            wrong.append("processes are left behind: %r" % [command_of(pid) for pid in self.marked()])
        for pid in self.marked():
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        for lock in self.port_locks:
            lock.close()
        shutil.rmtree(self.folder, ignore_errors=True)
        return wrong


def complaints(err):
    """The lines of a start that are neither usual nor a remark about the start that failed."""
    return [line for line in (re.sub("^" + STAMP, "", line) for line in err.splitlines()) if not USUAL.match(line)]


def assert_refused(ended, *texts):
    """The start ended with 1 and one line that has all of `texts`."""
    said = complaints(ended.err)
    assert ended.code == 1, ended
    assert len(said) == 1, "one line says what is wrong: %r" % said
    for text in texts:
        assert str(text) in said[0], "%r is in %r" % (text, said[0])
    assert not TRACE.search(ended.err + ended.out)
    assert ended.out == ""
