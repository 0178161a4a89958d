"""Functions that are stopped, killed, or gone while their input still comes: the call ends as it must, others go on, and nothing is left."""
import os
import signal
import sys

import pytest

from caller import CutOff, compose, until
from footprint import Footprint
from upstreams.played import refused_by_us
from watchdog import stop

HTTP_FUNCTION = os.path.join(os.path.dirname(os.path.abspath(__file__)), "upstreams", "function_server.py")


def test_stopped_function(server, house):
    """One that was stopped (SIGSTOP) holds its own call up until exec_timeout, and no other."""
    watchdog = server(house.sh('[ "$Http_Query" = stop ] && kill -STOP $$; exec cat'), exec_timeout="1s")
    assert watchdog.post("/", b"x").text == "x"
    before = Footprint(watchdog)
    callers = [watchdog.connect() for _ in range(5)]
    for caller in callers:
        caller.send(compose("POST", "/?stop", body=b"stopped"))
    assert watchdog.post("/", b"beside").text == "beside"
    assert [caller.answer().status for caller in callers] == [server.row.limit_status] * 5
    for caller in callers:
        caller.close()
    assert watchdog.post("/", b"after").text == "after"
    before.await_return()


def test_function_killed_from_outside(server, house):
    """By whom ever: its call is a 500 that names the signal."""
    gate = house.gate()
    watchdog = server(house.held())
    assert watchdog.post("/", b"x").text == "x"
    before = Footprint(watchdog)
    caller = watchdog.connect()
    caller.send(compose("POST", "/?" + gate.path, body=b"x"))
    gate.await_arrival()
    [function] = watchdog.children()
    os.kill(function, signal.SIGKILL)
    answer = caller.answer()
    assert answer.status == 500 and answer.text.startswith("signal: killed")
    gate.close()
    caller.close()
    before.await_return()


@pytest.mark.parametrize("chunked", [False, True])
def test_function_that_ends_during_the_upload(server, chunked):
    """It took what it wanted: its answer arrives, though the caller is still sending."""
    watchdog = server("head -c 10")

    def upload():
        caller = watchdog.connect()
        caller.send(compose("POST", "/", body=b"0123456789" * 900_000, chunked=chunked), forgiving=True)
        try:
            answer = caller.answer()
            assert (answer.status, answer.text) == (200, "0123456789")
        except CutOff:
            assert caller.was_reset, "only a reset, which the caller's own bytes bring about, may take the answer away"
        caller.close()
    upload()
    before = Footprint(watchdog)
    for _ in range(4):
        upload()
    assert watchdog.post("/", b"after").text == "after"
    before.await_return(kept=8192)


def test_stopped_server(of, house):
    """The http mode's process is stopped: calls are 504 at exec_timeout; when it goes on, so do they."""
    port = house.free_port()
    watchdog = of("http", "%s -ISE %s %d" % (sys.executable, HTTP_FUNCTION, port), upstream_url="http://127.0.0.1:%d" % port, exec_timeout="500ms")
    until(lambda: watchdog.get("/_/ready").status == 200, "the function listens")
    assert watchdog.post("/", b"x").text == "x"
    before = Footprint(watchdog)
    [function] = watchdog.children()
    stop(function)
    callers = [watchdog.connect() for _ in range(5)]
    for caller in callers:
        caller.send(compose("POST", "/", body=b"stopped"))
    for caller in callers:
        refused_by_us(caller.answer(), 504)
        caller.close()
    assert watchdog.health() == 200
    os.kill(function, signal.SIGCONT)
    until(lambda: watchdog.post("/", b"after").text == "after", "calls are answered")
    before.await_return()
