"""Fixtures: `classic` and `of` start watchdogs, `server` one of either program for what both do, `house` is the test's folder and tools."""
import os

import pytest

pytest.register_assert_rewrite("caller", "functions", "watchdog")

import watchdog as harness  # noqa: E402

# The program and mode behind `server`: each test of the protocol, the metrics, ... runs once for each row.
SERVERS = [pytest.param(("classic", None), id="classic")]


@pytest.fixture
def house():
    house = harness.House()
    yield house
    wrong = house.end()
    if wrong:
        pytest.fail("\n".join(wrong), pytrace=False)


class Launcher:
    """`launcher(fprocess, setting=value, ...)` starts a watchdog and waits until it serves; None takes a setting out of the environment.
    `wait=False` returns at once; `wrapper`, `args` and options of Popen are passed on."""

    PASSED_ON = ("wait", "wrapper", "args", "stdin", "stdout", "stderr", "preexec_fn", "pass_fds", "close_fds")

    def __init__(self, house, program, mode=None):
        self.house, self.program, self.mode = house, program, mode
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
        return self.house.run(self.program, args, settings)


@pytest.fixture
def classic(house):
    return Launcher(house, "classic")


@pytest.fixture
def of(house):
    """`of(mode, fprocess, ...)`."""
    return lambda mode, fprocess="cat", **settings: Launcher(house, "of", mode)(fprocess, **settings)


@pytest.fixture(params=SERVERS)
def server(house, request):
    program, mode = request.param
    return Launcher(house, program, mode)
