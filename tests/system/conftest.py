"""Fixtures: `classic`, `streaming`, `serializing` and `of` start watchdogs, `server` each of them in turn for what all do, `house` is the test's folder and tools."""
import fcntl
import os
import typing

import pytest

pytest.register_assert_rewrite("caller", "functions", "watchdog")

import watchdog as harness  # noqa: E402
from caller import compose  # noqa: E402
from housing import house  # noqa: E402,F401


class Row(typing.NamedTuple):
    """A program and mode, and what the tests that all of them share have to know of it."""
    program: str
    mode: typing.Optional[str]
    limit_status: int  # of the answer when exec_timeout has passed
    any_method: bool = True  # every method runs the function, not only the classic five
    holds: bool = True  # a body of up to 1 MiB is whole before the function starts, an answer before it goes out


# The rows behind `server`: each test of the protocol, the metrics, ... runs once for each of them.
SERVERS = [Row("classic", None, 408, any_method=False), Row("of", "streaming", 504, holds=False), Row("of", "serializing", 500)]


def named(rows):
    return [pytest.param(row, id=row.mode or row.program) for row in rows]


class Launcher:
    """`launcher(fprocess, setting=value, ...)` starts a watchdog and waits until it serves; None takes a setting out of the environment.
    `wait=False` returns at once; `wrapper`, `args` and options of Popen are passed on."""

    PASSED_ON = ("wait", "wrapper", "args", "stdin", "stdout", "stderr", "preexec_fn", "pass_fds", "close_fds", "executable")

    def __init__(self, house, program, mode=None, row=None):
        self.house, self.program, self.mode, self.row = house, program, mode, row
        path = harness.PROGRAMS[program]
        if not os.access(path, os.X_OK):
            pytest.fail("%s is not built: no program %s" % (program, path), pytrace=False)

    def __call__(self, fprocess="cat", **settings):
        options = {name: settings.pop(name) for name in self.PASSED_ON if name in settings}
        if self.mode:
            settings["mode"] = self.mode
        return self.house.start(self.program, self.house.settings(fprocess=fprocess, **settings), **options)

    def run(self, *args, **settings):
        """A start that is expected to end by itself: its code, stdout and stderr."""
        settings.setdefault("fprocess", "cat")
        if self.mode:
            settings.setdefault("mode", self.mode)
        return self.house.run(self.program, args, settings)


@pytest.fixture
def classic(house):
    return Launcher(house, "classic")


class OfWatchdog:
    """`of(mode, fprocess, ...)`, with None for no mode at all; `of.run(...)` as Launcher's."""

    def __init__(self, house):
        self.house = house

    def __call__(self, mode, fprocess="cat", **settings):
        return Launcher(self.house, "of", mode)(fprocess, **settings)

    def run(self, *args, **settings):
        return Launcher(self.house, "of").run(*args, **settings)


@pytest.fixture
def of(house):
    return OfWatchdog(house)


@pytest.fixture
def streaming(house):
    return Launcher(house, "of", "streaming")


@pytest.fixture
def serializing(house):
    return Launcher(house, "of", "serializing")


def launcher_of(row, house):
    return Launcher(house, row.program, row.mode, row)


@pytest.fixture(params=named(SERVERS))
def server(house, request):
    return launcher_of(request.param, house)


@pytest.fixture
def busy(server, house):
    """`busy(fprocess, setting=value, ...)`: a watchdog with a call of body `held` in its function, that call's caller, and the gate that it waits at."""
    def start(fprocess=None, **settings):
        gate = house.gate()
        watchdog = server(fprocess or house.held(), **settings)
        caller = watchdog.connect()
        caller.send(compose("POST", "/?" + gate.path, body="held"))
        gate.await_arrival()
        return watchdog, caller, gate
    return start


@pytest.fixture(params=named(row for row in SERVERS if row.holds))
def holding(house, request):
    """`server`, where bodies and answers are held until they are whole."""
    return launcher_of(request.param, house)


@pytest.fixture(params=named(row for row in SERVERS if row.program == "of"))
def forking(house, request):
    """`server`, of of-watchdog's modes that run a process for each call."""
    return launcher_of(request.param, house)


@pytest.fixture
def full_pipe():
    """A pipe of one page that nobody reads."""
    reading, writing = os.pipe()
    fcntl.fcntl(writing, fcntl.F_SETPIPE_SZ, 4096)
    yield reading, writing
    for descriptor in (reading, writing):
        try:
            os.close(descriptor)
        except OSError:
            pass
