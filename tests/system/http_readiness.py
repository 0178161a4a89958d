"""Until the function listens: calls wait, and readiness says so."""
import concurrent.futures
import os
import sys
import threading

import pytest

from caller import Caller, compose, until
from functions import need
from upstreams.played import Upstream, echo, refused_by_us

HERE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "upstreams")
SERVERS = {"python": "%s -ISE %s/function_server.py %%d --delay 2" % (sys.executable, HERE), "node": "node %s/slow_server.js %%d 2000" % HERE}


@pytest.mark.parametrize("kind", SERVERS)
def test_burst_before_a_slow_server_listens(of, house, kind):
    """It takes two seconds; 50 requests sent at once as soon as we accept: not one fails. /_/ready is 503 before and 200 after."""
    need(*(["node"] if kind == "node" else []))
    port = house.free_port()
    watchdog = of("http", SERVERS[kind] % port, upstream_url="http://127.0.0.1:%d" % port)
    barrier = threading.Barrier(50)

    def call(number):
        caller = Caller(watchdog.port)
        barrier.wait(20)
        answer = caller.request("POST" if number % 2 else "GET", "/", body=b"call %d" % number, chunked=number % 3 == 0)
        caller.close()
        return answer.status, answer.text
    with concurrent.futures.ThreadPoolExecutor(50) as pool:
        calls = [pool.submit(call, number) for number in range(50)]
        assert watchdog.get("/_/ready").status == 503
        assert watchdog.health() == 200
        assert [done.result() for done in calls] == [(200, "call %d" % number) for number in range(50)]
    assert watchdog.get("/_/ready").status == 200


@pytest.fixture
def late(of, house):
    """`late(settings)`: a watchdog whose upstream listens only when `listen()` is called."""
    def start(**settings):
        port = house.free_port()
        watchdog = of("http", "cat", upstream_url="http://127.0.0.1:%d" % port, **settings)
        watchdog.upstreams = []

        def listen():
            watchdog.upstreams.append(Upstream(port=port))
            return watchdog.upstreams[-1]
        watchdog.listen = listen
        started.append(watchdog)
        return watchdog
    started = []
    yield start
    for watchdog in started:
        for played in watchdog.upstreams:
            played.close()


def test_waiting_calls_go_on_when_it_listens(late):
    """With their bodies, of any size."""
    watchdog = late()
    callers = [watchdog.connect() for _ in range(3)]
    for caller, body in zip(callers, (b"", b"small", b"x" * 300_000)):
        threading.Thread(target=caller.send, args=(compose("POST", "/", body=body),), daemon=True).start()
    assert all(caller.silent_for(0.1) for caller in callers)
    watchdog.listen().play(echo)
    assert [len(caller.answer().body) for caller in callers] == [0, 5, 300_000]


def test_exec_timeout_while_waiting(late):
    """The wait is part of exec_timeout: 504, and the log tells why."""
    watchdog = late(exec_timeout="300ms")
    refused_by_us(watchdog.get("/"), 504)
    watchdog.await_log(r"^Upstream HTTP request error: connect to 127\.0\.0\.1:\d+: connection refused|^Upstream HTTP request error: no answer"
                       r"|^Upstream HTTP request error: the function does not accept connections yet")
    watchdog.await_log("^Upstream HTTP killed due to exec_timeout: 300ms$")


def test_x_timeout_while_waiting(late):
    """X-Timeout shortens that wait too."""
    refused_by_us(late(exec_timeout="60s").get("/", {"X-Timeout": "200ms"}), 504)


def test_no_limit_but_write_timeout(late):
    """exec_timeout=0: write_timeout ends the wait, with an answer."""
    answer = late(exec_timeout="0", write_timeout="400ms").get("/")
    assert answer.status in (500, 504)


def test_callers_that_leave_while_waiting(late):
    """They are forgotten; nothing of their calls reaches the function."""
    watchdog = late()
    for leave in ("reset", "close"):
        caller = watchdog.connect()
        caller.send(compose("POST", "/left", body=b"x"))
        until(lambda: watchdog.sample("http_requests_in_flight") == 1, "the call waits")
        getattr(caller, leave)()
        until(lambda: watchdog.sample("http_requests_in_flight") == 0, "the call is given up")
    played = watchdog.listen()
    caller = watchdog.connect()
    caller.send(compose("GET", "/stayed"))
    got = played.receive()
    assert got.target == "/stayed"
    got.reply()
    assert caller.answer().status == 200


def test_ready_asks_at_once(late):
    """/_/ready does not wait for the next attempt: as soon as the function listens it is 200."""
    watchdog = late()
    for _ in range(3):
        assert watchdog.get("/_/ready").status == 503
    watchdog.listen()
    assert watchdog.get("/_/ready").status == 200
    assert watchdog.get("/_/ready", {"Connection": "close"}).body == b""
    assert watchdog.post("/_/ready").status == 405


def test_sigterm_while_waiting(late):
    """A call that waits is answered when the drain's time is over; the watchdog ends with 0."""
    watchdog = late(healthcheck_interval="100ms", write_timeout="500ms", exec_timeout="60s")
    caller = watchdog.connect()
    caller.send(compose())
    until(lambda: watchdog.sample("http_requests_in_flight") == 1, "the call waits")
    watchdog.term()
    assert watchdog.await_end() == 0


def test_listening_without_accepting_is_ready(of, house):
    """A server whose backlog takes the connection listens: that is all that can be asked of it."""
    played = Upstream()
    watchdog = of("http", "cat", upstream_url=played.url)
    until(lambda: watchdog.get("/_/ready").status == 200, "the watchdog is ready")
    played.close()
