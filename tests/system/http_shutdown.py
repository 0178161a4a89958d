"""The end: calls first, then the process, which is told, and killed where it does not listen."""
import os
import signal
import sys

import pytest

from caller import compose, until
from upstreams.played import proxy, upstream  # noqa: F401, fixtures

FUNCTION = os.path.join(os.path.dirname(os.path.abspath(__file__)), "upstreams", "function_server.py")


@pytest.fixture
def function(of, house):
    """`function(on_term, settings)`: a watchdog with the server of upstreams/function_server.py, which listens already."""
    def start(on_term="exit", **settings):
        port = house.free_port()
        settings.setdefault("healthcheck_interval", "100ms")
        watchdog = of("http", "%s -ISE %s %d --on-term %s" % (sys.executable, FUNCTION, port, on_term), upstream_url="http://127.0.0.1:%d" % port, **settings)
        until(lambda: watchdog.get("/_/ready").status == 200, "the function listens")
        return watchdog
    return start


def test_sigterm_order(function, house):
    """The call in flight ends first; then the process is told; then the watchdog exits with 0."""
    watchdog = function()
    gate = house.gate()
    caller = watchdog.connect()
    caller.send(compose("GET", "/hold?gate=" + gate.path))
    gate.await_arrival()
    watchdog.term()
    watchdog.await_log("^No new connections allowed, draining: 1 requests$")
    assert caller.silent_for(0.1) and "told to end" not in watchdog.out()
    gate.open()
    assert caller.answer().text == "held\n"
    assert watchdog.await_end() == 0
    assert "told to end" in watchdog.out()
    assert [line for line in watchdog.lines() if line.startswith(("SIGTERM", "Removing", "No new", "Exiting", "Forked"))] == [
        "SIGTERM: no new connections in 100ms", "Removing lock-file : " + house.path(".lock"), "No new connections allowed, draining: 1 requests", "Exiting. Active connections: 0"]


def test_calls_are_served_during_the_interval(function):
    """For healthcheck_interval new calls reach the function; health and readiness say 503."""
    watchdog = function(healthcheck_interval="30s")
    watchdog.term()
    watchdog.await_log("^Removing lock-file")
    assert (watchdog.health(), watchdog.get("/_/ready").status) == (503, 503)
    assert watchdog.post("/", b"late").text == "late"
    assert "told to end" not in watchdog.out()
    watchdog.signal(signal.SIGINT)
    assert watchdog.await_end() == 0


def test_process_that_ignores_sigterm_is_killed(function):
    """After write_timeout, with its group; exit 0."""
    watchdog = function("ignore", write_timeout="400ms")
    function_pid = watchdog.children()[0]
    watchdog.term()
    until(lambda: "told to end" in watchdog.out(), "the process was told")
    assert watchdog.await_end() == 0
    assert not os.path.exists("/proc/%d" % function_pid)
    assert "Forked function has terminated" not in watchdog.err()


def test_process_that_finishes_has_the_time(function):
    """What it says until then is logged."""
    watchdog = function("finish", write_timeout="20s")
    watchdog.term()
    assert watchdog.await_end() == 0
    assert "stdout: told to end" in watchdog.out()


def test_the_group_is_told(of, house, upstream):  # noqa: F811
    """A shell that starts the server as its child: both end."""
    program = house.sh("sleep 62.25 & sleep 62.25")
    watchdog = of("http", program, upstream_url=upstream.url, healthcheck_interval="50ms")
    until(lambda: len(house.marked()) >= 4, "all of them run")
    watchdog.term()
    assert watchdog.await_end() == 0
    until(lambda: not house.marked(), "nothing is left")


def test_call_that_takes_too_long(function, house):
    """The drain ends after write_timeout; the process is told all the same; exit 0."""
    watchdog = function(write_timeout="500ms", exec_timeout="60s")
    gate = house.gate()
    caller = watchdog.connect()
    caller.send(compose("GET", "/hold?gate=" + gate.path, {"Accept": "text/event-stream"}))
    gate.await_arrival()
    watchdog.term()
    assert watchdog.await_end() == 0
    assert "told to end" in watchdog.out()
    gate.close()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGHUP, signal.SIGQUIT])
def test_other_signals_skip_the_wait(function, number):
    """As SIGTERM without healthcheck_interval: the process is told, exit 0."""
    watchdog = function(healthcheck_interval="60s")
    watchdog.signal(number)
    assert watchdog.await_end() == 0
    assert "told to end" in watchdog.out() and "SIG%s: no new connections in 0s" % number.name[3:] in watchdog.err()


def test_a_second_sigterm_skips_the_wait(function):
    """And draining still happens."""
    watchdog = function(healthcheck_interval="60s")
    watchdog.term()
    watchdog.await_log("^SIGTERM: no new connections in 1m0s$")
    watchdog.term()
    assert watchdog.await_end() == 0
    watchdog.await_log("^No new connections allowed, draining: 0 requests$")


def test_idle_connections_to_the_function_are_closed(proxy, upstream):  # noqa: F811
    """The function sees the end of each."""
    watchdog = proxy(healthcheck_interval="50ms")
    caller = watchdog.connect()
    caller.send(compose())
    upstream.receive().reply()
    assert caller.answer().status == 200
    watchdog.term()
    assert watchdog.await_end() == 0
    upstream.peers[0].await_end()


def test_the_drain_closes_connections_politely(proxy, upstream):  # noqa: F811
    """An answer that goes out while draining says `Connection: close`."""
    watchdog = proxy(healthcheck_interval="50ms")
    caller = watchdog.connect()
    caller.send(compose())
    request = upstream.receive()
    watchdog.term()
    watchdog.await_log("^No new connections allowed, draining: 1 requests$")
    request.reply(body="last")
    answer = caller.answer()
    assert (answer.text, answer["Connection"]) == ("last", "close")
    assert not caller.receive() and watchdog.await_end() == 0
