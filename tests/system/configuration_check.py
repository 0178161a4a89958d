"""--check, and the warnings about variables that look misspelt."""
import re

import pytest

from caller import until
from watchdog import STAMP


def shown(report):
    """{variable: (value, origin)} of what --check prints."""
    found = {}
    for line in report.splitlines():
        name, value, origin = re.fullmatch(r"(\w+) +(\"[^\"]*\"|\S+) +(.+)", line).groups()
        found[name] = (value, origin)
    return found


def test_classic(classic):
    """Every variable of the classic watchdog; nothing is served, nothing written."""
    ended = classic.run("--check", fprocess="cat", exec_timeout="5s", read_timeout=None)
    assert (ended.code, ended.err) == (0, "")
    report = shown(ended.out)
    assert report["fprocess"] == ('"cat"', "set")
    assert report["exec_timeout"] == ("5s", "set")
    assert report["read_timeout"] == ("30s", "default")
    assert report["combine_output"] == ("true", "default")
    assert "mode" not in report


def test_of_watchdog(of):
    """Every variable of of-watchdog, under its first name."""
    ended = of.run("--check", fprocess="cat", mode="serializing", write_timeout="40s", healthcheck_interval=None)
    assert (ended.code, ended.err) == (0, "")
    report = shown(ended.out)
    assert report["function_process"] == ('"cat"', "set as fprocess")
    assert report["mode"] == ("serializing", "set")
    assert report["healthcheck_interval"] == ("40s", "default: write_timeout")


def complaints(ended):
    return [re.sub("^" + STAMP, "", line) for line in ended.err.splitlines()]


def test_warnings(of):
    """What is only warned of: exit 0."""
    ended = of.run("--check", fprocess="cat", mode="streaming", read_timeout="5s", write_timeout="10s", exec_timeout="20s", max_inflight="many", log_formt="json")
    assert ended.code == 0
    assert complaints(ended) == [
        'Warning: max_inflight="many" is not a whole number from 0: the default 0 is used',
        "Warning: exec_timeout (20s) is above write_timeout (10s): a request ends after 10s all the same",
        "Warning: log_formt is no variable of this program: did you mean log_format?"]
    assert shown(ended.out)["max_inflight"] == ("0", 'default, not understood: max_inflight="many"')


@pytest.mark.parametrize("settings, complaint", [
    ({"mode": "nonsense"}, "unknown watchdog mode: nonsense"),
    ({"mode": "http", "upstream_url": "ftp://x"}, "ftp://x"),
    ({"mode": "http", "upstream_url": None}, "upstream_url"),
    ({"mode": "streaming", "fprocess": "no-such-program-anywhere x"}, "no-such-program-anywhere"),
    ({"mode": "streaming", "fprocess": "sh -c 'open"}, "quote"),
    ({"mode": "streaming", "fprocess": None}, "fprocess"),
    ({"mode": "inproc"}, "mode=inproc"),
    ({"mode": "streaming", "port": "abc"}, "abc"),
])
def test_errors(of, settings, complaint):
    """What a start would end with, or each call: one line that names it, exit 1."""
    ended = of.run("--check", **settings)
    assert ended.code == 1
    assert len(complaints(ended)) == 1 and complaint in ended.err


def test_misspelt_at_start(server):
    """The same warning is logged at the start; the function is called all the same."""
    watchdog = server(exec_timout="1s", FPROCES="x")
    assert watchdog.post("/", b"x").text == "x"
    watchdog.await_log("^Warning: exec_timout is no variable of this program: did you mean exec_timeout\\?$")
    assert not any("FPROCES" in line for line in watchdog.lines())  # fprocess itself is set


def test_level_of_the_log(server):
    """log_level=warning: no lines about the start and about requests; warnings and the function's lines stay."""
    watchdog = server("sh -c 'echo said >&2; cat'", log_level="warning", combine_output="false", exec_timout="1s", wait=False)
    until(watchdog.accepts, "it accepts calls")
    assert watchdog.post("/", b"x").text == "x"
    watchdog.await_log("said")
    watchdog.await_log("^Warning: exec_timout ")
    assert len(watchdog.lines()) == 2


def test_unknown_level(of):
    """A level that is none: a warning, and info."""
    ended = of.run("--check", fprocess="cat", log_level="loud")
    assert ended.code == 0
    assert complaints(ended) == ['Warning: log_level="loud" is none of info, warning, error: the default info is used']
