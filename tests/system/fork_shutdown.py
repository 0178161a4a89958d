"""From the first signal to the end."""
import os
import signal

import pytest

from caller import CutOff, compose, until

STEPS = ("SIGTERM", "SIGINT", "Removing", "No new", "Exiting")


def steps(watchdog):
    return [line for line in watchdog.lines() if line.startswith(STEPS)]


def test_idle_sigterm(server, house):
    """The lock file goes, each step is in the log, exit 0."""
    watchdog = server(healthcheck_interval="300ms")
    watchdog.term()
    assert watchdog.await_end() == 0
    assert not house.exists(".lock")
    assert steps(watchdog) == ["SIGTERM: no new connections in 300ms", "Removing lock-file : " + house.path(".lock"),
                               "No new connections allowed, draining: 0 requests", "Exiting. Active connections: 0"]


def test_calls_are_served_during_the_interval(server, house):
    """For healthcheck_interval the watchdog is unhealthy, yet calls are served on old and new connections."""
    watchdog = server(healthcheck_interval="30s")
    old = watchdog.connect()
    assert old.request("POST", "/", body=b"before").text == "before"
    watchdog.term()
    watchdog.await_log("^Removing lock-file : ")
    until(lambda: not house.exists(".lock"), "the lock file is gone")
    answer = watchdog.get("/_/health")
    assert (answer.status, answer.body) == (503, b"")
    house.write(".lock", "")
    assert watchdog.health() == 503
    assert watchdog.post("/", b"new").text == "new"
    assert old.request("POST", "/", body=b"old").text == "old"
    assert "No new connections allowed" not in watchdog.err()


def test_call_in_flight_is_finished(busy):
    """The drain waits for it, its number is in the log; exit 0."""
    watchdog, caller, gate = busy(healthcheck_interval="100ms")
    watchdog.term()
    watchdog.await_log("^No new connections allowed, draining: 1 requests$")
    assert watchdog.running() and caller.silent_for(0.05)
    gate.open()
    assert caller.answer().text == "held"
    assert watchdog.await_end() == 0
    watchdog.await_log(r"^Exiting\. Active connections: 0$")


def test_no_new_connections_while_draining(busy):
    """Once the drain has begun connections are refused."""
    watchdog, caller, gate = busy(healthcheck_interval="100ms")
    watchdog.term()
    watchdog.await_log("^No new connections allowed")
    until(lambda: not watchdog.accepts(), "connections are refused")
    gate.open()
    assert caller.answer().text == "held"
    assert watchdog.await_end() == 0


def test_idle_connections_are_closed(server):
    """Kept-alive connections without a call do not delay the end."""
    watchdog = server(healthcheck_interval="100ms", read_timeout="60s", write_timeout="60s")
    used, fresh = watchdog.connect(), watchdog.connect()
    assert used.request("POST", "/", body=b"x").text == "x"
    watchdog.term()
    assert used.remainder() == b"" and fresh.remainder() == b""
    assert watchdog.await_end() == 0


def test_connection_is_closed_after_its_last_call(busy):
    """A kept-alive connection whose call ends in the drain is closed and says so."""
    watchdog, caller, gate = busy(healthcheck_interval="100ms")
    watchdog.term()
    watchdog.await_log("^No new connections allowed")
    gate.open()
    answer = caller.answer()
    assert (answer.text, answer["Connection"]) == ("held", "close")
    assert caller.remainder() == b""


def test_drain_is_bounded(busy, house):
    """A call that does not end holds the watchdog up for write_timeout at most; exit 0, and its process does not stay."""
    watchdog, caller, _ = busy(healthcheck_interval="100ms", write_timeout="500ms")
    watchdog.term()
    assert watchdog.await_end() == 0
    watchdog.await_log(r"^Exiting\. Active connections: \d+$")
    try:
        assert caller.answer().status != 200
    except CutOff:
        pass
    until(lambda: not house.marked(), "the process is gone")


def test_caller_leaves_during_the_drain(busy):
    """The last caller's leaving ends the drain."""
    watchdog, caller, _ = busy(healthcheck_interval="100ms", write_timeout="60s")
    watchdog.term()
    watchdog.await_log("^No new connections allowed")
    caller.reset()
    assert watchdog.await_end() == 0


@pytest.mark.parametrize("second", [signal.SIGTERM, signal.SIGINT])
def test_second_signal_skips_the_wait(busy, house, second):
    """A second SIGTERM, or a SIGINT, begins the drain at once; the call in flight is still finished."""
    watchdog, caller, gate = busy(healthcheck_interval="10m", write_timeout="60s")
    watchdog.term()
    watchdog.await_log("^Removing lock-file : ")
    watchdog.signal(second)
    watchdog.await_log("^No new connections allowed, draining: 1 requests$")
    assert watchdog.running() and caller.silent_for(0.05)
    gate.open()
    assert caller.answer().text == "held"
    assert watchdog.await_end() == 0


def test_sigint_alone(busy, house):
    """SIGINT does as SIGTERM without the wait: the call is finished, the lock file goes, exit 0."""
    watchdog, caller, gate = busy(healthcheck_interval="10m", write_timeout="60s")
    watchdog.signal(signal.SIGINT)
    watchdog.await_log("^No new connections allowed, draining: 1 requests$")
    until(lambda: not house.exists(".lock"), "the lock file is gone")
    gate.open()
    assert caller.answer().text == "held"
    assert watchdog.await_end() == 0


def test_many_signals(busy):
    """A shower of signals changes nothing about the drain."""
    watchdog, caller, gate = busy(healthcheck_interval="10m", write_timeout="60s")
    for _ in range(5):
        watchdog.term()
        watchdog.signal(signal.SIGINT)
    watchdog.await_log("^No new connections allowed")
    gate.open()
    assert caller.answer().text == "held"
    assert watchdog.await_end() == 0
    assert len([line for line in steps(watchdog) if line.startswith(("No new", "Exiting"))]) == 2


def test_signals_up_to_the_very_end(server):
    """A signal at the last moment does not turn the orderly end into a death by signal."""
    for number in (signal.SIGTERM, signal.SIGINT):
        watchdog = server(healthcheck_interval="1ms")
        while watchdog.running():
            watchdog.signal(number)
        assert watchdog.await_end() == 0


def test_lock_file_removed_by_hand(server, house):
    """A lock file that is already gone does not trouble the end."""
    watchdog = server(healthcheck_interval="50ms")
    os.unlink(house.path(".lock"))
    watchdog.term()
    assert watchdog.await_end() == 0


def test_suppressed_lock(server, house):
    """suppress_lock=true: no lock file is touched; health turns 503."""
    house.write(".lock", "somebody else's")
    watchdog = server(suppress_lock="true", healthcheck_interval="30s")
    watchdog.term()
    watchdog.await_log("^SIGTERM: no new connections in 30s$")
    until(lambda: watchdog.health() == 503, "health is 503")
    assert watchdog.end() is None
    assert house.read(".lock") == b"somebody else's"


def test_sigterm_at_once(server):
    """A signal right after the start ends it as well."""
    watchdog = server(wait=False, healthcheck_interval="50ms")
    watchdog.await_log("^Writing lock-file")
    watchdog.term()
    assert watchdog.await_end() == 0


def test_sigpipe_is_ignored(server):
    """A broken pipe on any output is no end: SIGPIPE is not for the watchdog."""
    watchdog = server()
    watchdog.signal(signal.SIGPIPE)
    assert watchdog.post("/", b"x").text == "x"


def test_started_with_signals_ignored(server):
    """A parent that ignores SIGTERM and SIGINT, as some shells do for background jobs, does not make it deaf."""
    def deaf():
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGCHLD):
            signal.signal(number, signal.SIG_IGN)
    watchdog = server(preexec_fn=deaf, healthcheck_interval="50ms")
    assert watchdog.post("/", b"x").text == "x"
    watchdog.term()
    assert watchdog.await_end() == 0
