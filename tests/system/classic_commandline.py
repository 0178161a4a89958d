"""The classic program's command line."""
import os
import re

import pytest

from watchdog import ROOT

VARIABLES = ("fprocess port metrics_port read_timeout write_timeout exec_timeout healthcheck_interval suppress_lock max_inflight max_body_bytes "
             "content_type cgi_headers combine_output marshal_request write_debug debug_headers log_format ready_path").split()


@pytest.mark.parametrize("option", ["--version", "-version"])
def test_version(classic, option):
    """The version line is printed and nothing is served."""
    ended = classic.run(option)
    assert ended.code == 0
    assert re.search(r"Version: \S+\tSHA: \S+", ended.out + ended.err)
    assert "Listening" not in ended.out + ended.err


def test_version_needs_no_settings(classic):
    """--version works without fprocess and with a port that is none."""
    assert classic.run("--version", fprocess=None, port="none").code == 0


@pytest.mark.parametrize("option", ["--run-healthcheck", "-run-healthcheck"])
def test_healthcheck_of_a_running_watchdog(classic, option):
    """0 and silence while the lock file is there."""
    classic()
    ended = classic.run(option)
    assert (ended.code, ended.err) == (0, "")


def test_healthcheck_without_lock_file(classic):
    """1 and the reason when there is no lock file."""
    ended = classic.run("--run-healthcheck")
    assert ended.code == 1
    assert ended.err == "unable to find lock file.\n"


def test_healthcheck_needs_no_settings(classic, house):
    """The check looks at the lock file alone."""
    house.write(".lock", "")
    assert classic.run("--run-healthcheck", fprocess=None).code == 0


def test_healthcheck_asks_when_the_lock_is_suppressed(classic, house):
    """With suppress_lock=true the check asks /_/health: 0 while it is served, 1 when nobody answers."""
    server = classic(suppress_lock="true")
    settings = {"suppress_lock": "true", "port": server.port}
    assert not house.exists(".lock")
    assert classic.run("--run-healthcheck", **settings).code == 0
    server.end()
    assert classic.run("--run-healthcheck", **settings).code == 1


def test_healthcheck_fails_while_draining(classic):
    """With suppress_lock=true a watchdog that was told to stop is not healthy."""
    server = classic(suppress_lock="true", healthcheck_interval="30s")
    server.term()
    server.await_log("^SIGTERM: no new connections")
    assert classic.run("--run-healthcheck", suppress_lock="true", port=server.port).code == 1


@pytest.mark.parametrize("words", [["--no-such-option"], ["-x"]])
def test_unknown_option(classic, words):
    """Usage on stderr and exit 2; nothing is served."""
    ended = classic.run(*words)
    assert ended.code == 2
    assert re.search("usage|--help", ended.err, re.I), ended
    assert "Listening" not in ended.err


def test_help_names_every_variable(classic):
    """--help prints each variable with its default."""
    ended = classic.run("--help", fprocess=None)
    assert ended.code == 0
    for name in VARIABLES:
        assert re.search(r"(^|\W)%s\W" % name, ended.out), name + " in:\n" + ended.out
    for default in ("8080", "8081", "30s"):
        assert default in ended.out


def test_readme_names_every_variable():
    """README's table has each variable that the program reads."""
    path = os.path.join(ROOT, "README.md")
    if not os.path.exists(path):
        pytest.skip("no README.md beside the tests")
    with open(path, encoding="utf-8") as file:
        text = file.read()
    assert [name for name in VARIABLES if "`%s`" % name not in text] == []
