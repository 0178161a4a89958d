"""of-watchdog's command line."""
import os
import re

import pytest

from watchdog import ROOT, assert_refused

VARIABLES = ("function_process fprocess mode http_upstream_url upstream_url http_buffer_req_body buffer_http port metrics_port read_timeout write_timeout exec_timeout "
             "healthcheck_interval max_inflight max_body_bytes content_type static_path ready_path suppress_lock TMPDIR log_format log_query log_call_id log_callid "
             "prefix_logs log_buffer_size").split()
OF_CLASSIC_ALONE = "combine_output write_debug debug_headers".split()


@pytest.mark.parametrize("option", ["--version", "-version"])
def test_version(of, option):
    """The version line, exit 0, with no settings or bad ones; nothing is served."""
    ended = of.run(option, fprocess=None, mode="nonsense", port="none")
    assert ended.code == 0
    assert re.search(r"Version: \S+\tSHA: \S+$", ended.out + ended.err, re.M)
    assert "Listening" not in ended.out + ended.err


@pytest.mark.parametrize("option", ["--run-healthcheck", "-run-healthcheck"])
def test_healthcheck_of_a_running_watchdog(of, option):
    """0 and silence while the lock file is there."""
    of("streaming")
    ended = of.run(option)
    assert (ended.code, ended.out, ended.err) == (0, "", "")


def test_healthcheck_without_lock_file(of):
    """1 and the reason."""
    ended = of.run("--run-healthcheck")
    assert (ended.code, ended.err) == (1, "unable to find lock file.\n")


def test_healthcheck_needs_a_valid_configuration(of, house):
    """Unlike the classic program's: one line that says what is wrong, exit 1, though the lock file is there."""
    house.write(".lock", "")
    assert_refused(of.run("--run-healthcheck", fprocess=None), 'provide a "function_process" or "fprocess" environmental variable for your function')


def test_healthcheck_asks_when_the_lock_is_suppressed(of, house):
    """suppress_lock=true: /_/health decides, not the file."""
    watchdog = of("streaming", suppress_lock="true")
    settings = {"suppress_lock": "true", "port": watchdog.port}
    assert of.run("--run-healthcheck", **settings).code == 0
    assert watchdog.end() is None
    house.write(".lock", "")
    ended = of.run("--run-healthcheck", **settings)
    assert ended.code == 1 and len(ended.err.splitlines()) == 1


def test_healthcheck_fails_after_sigterm(of):
    """A watchdog that was told to end is not healthy, with a lock file or without one."""
    for suppressed in ("false", "true"):
        watchdog = of("streaming", suppress_lock=suppressed, healthcheck_interval="30s")
        watchdog.term()
        watchdog.await_log("^SIGTERM: no new connections")
        assert of.run("--run-healthcheck", suppress_lock=suppressed, port=watchdog.port).code == 1


@pytest.mark.parametrize("words", [["--no-such-option"], ["-x"]])
def test_unknown_option(of, words):
    """Usage on stderr and exit 2; nothing is served."""
    ended = of.run(*words)
    assert ended.code == 2
    assert re.search("usage|--help", ended.err, re.I), ended
    assert "Listening" not in ended.err


def test_help_names_every_variable(of):
    """--help prints each variable of this program, with the defaults, and none of the other's."""
    ended = of.run("--help", fprocess=None)
    assert ended.code == 0 and ended.err == ""
    for name in VARIABLES:
        assert re.search(r"(^|\W)%s\W" % name, ended.out), name + " in:\n" + ended.out
    for name in OF_CLASSIC_ALONE:
        assert not re.search(r"^\s+%s\W" % name, ended.out, re.M), name
    for default in ("8080", "8081", "30s", "streaming", "65536", "application/octet-stream", "/home/app/public"):
        assert default in ended.out


def test_readme_names_every_variable():
    """README's table has each variable that the program reads."""
    path = os.path.join(ROOT, "README.md")
    if not os.path.exists(path):
        pytest.skip("no README.md beside the tests")
    with open(path, encoding="utf-8") as file:
        text = file.read()
    assert [name for name in VARIABLES if "`%s`" % name not in text] == []
