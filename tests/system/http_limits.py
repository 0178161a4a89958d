"""Limits in time, callers that leave, and limits in number."""
import threading

import pytest

from caller import CutOff, chunk, compose, until
from upstreams.played import proxy, refused_by_us, upstream  # noqa: F401, fixtures


def test_exec_timeout(proxy, upstream):  # noqa: F811
    """504 with our headers, empty; the log names the limit; the request to the function is given up; the caller's connection
    goes on."""
    watchdog = proxy(exec_timeout="300ms")
    caller = watchdog.connect()
    caller.send(compose())
    request = upstream.receive()
    refused_by_us(caller.answer(), 504)
    request.peer.await_end()
    watchdog.await_log("^Upstream HTTP request error: no answer within 300ms$")
    watchdog.await_log("^Upstream HTTP killed due to exec_timeout: 300ms$")
    watchdog.await_log(r"^GET / - 504 .*ContentLength: 0B \(0\.[3-9]\d+s\)$|^GET / - 504 .*ContentLength: 0B \([1-9]\d*\.\d+s\)$")
    caller.send(compose())
    upstream.receive().reply(body="in time")
    assert caller.answer().text == "in time"


def test_exec_timeout_while_the_body_is_sent(proxy, upstream):  # noqa: F811
    """A function that reads half of an upload and stops: 504."""
    watchdog = proxy(exec_timeout="300ms")
    caller = watchdog.connect()
    sender = threading.Thread(target=caller.send, args=(compose("POST", "/", body=b"x" * 30_000_000),), kwargs={"forgiving": True}, daemon=True)
    sender.start()
    request = upstream.head()
    refused_by_us(caller.answer(), 504)
    request.peer.await_end()
    caller.remainder()
    sender.join(20)


def test_exec_timeout_and_a_caller_that_sends_slowly(proxy, upstream):  # noqa: F811
    """The same for a body that does not come."""
    watchdog = proxy(exec_timeout="300ms")
    caller = watchdog.connect()
    caller.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\nfour")
    assert upstream.head().method == "POST"
    assert caller.answer().status in (504, 408)


@pytest.mark.parametrize("framing", ["chunked", "length", "close"])
def test_exec_timeout_after_the_head(proxy, upstream, framing):  # noqa: F811
    """An answer that has begun is cut so that the caller can tell."""
    watchdog = proxy(exec_timeout="400ms")
    caller = watchdog.connect()
    caller.send(compose("GET", version="HTTP/1.0" if framing == "close" else "HTTP/1.1"))
    request = upstream.receive()
    request.send("HTTP/1.1 200 OK\r\n" + {"length": "Content-Length: 100\r\n\r\n", "chunked": "Transfer-Encoding: chunked\r\n\r\n", "close": "\r\n"}[framing])
    request.send(chunk(b"a part") if framing == "chunked" else b"a part")
    with pytest.raises(CutOff):
        caller.answer()
    request.peer.await_end()
    watchdog.await_log("^Upstream HTTP killed due to exec_timeout: 400ms$")


def test_x_timeout(proxy, upstream):  # noqa: F811
    """Shortens the limit of one request and is passed on; a longer one and nonsense change nothing."""
    watchdog = proxy(exec_timeout="400ms")
    caller = watchdog.connect()
    for value, limit in (("100ms", "X-Timeout: 100ms"), ("10m", "exec_timeout: 400ms"), ("soon", "exec_timeout: 400ms"), ("1", "exec_timeout: 400ms")):
        caller.send(compose("GET", "/", {"X-Timeout": value}))
        request = upstream.receive()
        assert request["X-Timeout"] == value
        refused_by_us(caller.answer(), 504)
        watchdog.await_log("^Upstream HTTP killed due to %s$" % limit)
        request.peer.await_end()


def test_x_timeout_without_exec_timeout(proxy, upstream):  # noqa: F811
    """Also where there is no limit otherwise, and for event streams."""
    watchdog = proxy(exec_timeout="0")
    caller = watchdog.connect()
    for fields in ({"X-Timeout": "150ms"}, {"X-Timeout": "150ms", "Accept": "text/event-stream"}):
        caller.send(compose("GET", "/", fields))
        upstream.receive()
        refused_by_us(caller.answer(), 504)


def test_write_timeout_shorter_than_exec_timeout(proxy, upstream):  # noqa: F811
    """No empty reply: a full 504, and the log names write_timeout."""
    watchdog = proxy(exec_timeout="60s", write_timeout="300ms")
    caller = watchdog.connect()
    caller.send(compose())
    request = upstream.receive()
    refused_by_us(caller.answer(), 504)
    watchdog.await_log("write_timeout")
    request.peer.await_end()


def test_the_default_pair(proxy, upstream):  # noqa: F811
    """write_timeout and exec_timeout of the same length: the 504 gets through."""
    watchdog = proxy(exec_timeout="400ms", write_timeout="400ms")
    for _ in range(5):
        caller = watchdog.connect()
        caller.send(compose())
        upstream.receive()
        assert caller.answer().status == 504


def test_caller_that_resets(proxy, upstream):  # noqa: F811
    """Its request to the function is given up at once; the log tells."""
    watchdog = proxy(exec_timeout="60s", write_timeout="60s")
    for body in (None, b"x"):
        caller = watchdog.connect()
        caller.send(compose("POST", "/left", body=body))
        request = upstream.receive()
        caller.reset()
        request.peer.await_end()
    watchdog.await_log("client gone", 2)
    until(lambda: watchdog.sample("http_requests_in_flight") == 0, "nothing is in flight")


def test_caller_that_ends(proxy, upstream):  # noqa: F811
    """A FIN: one second later."""
    watchdog = proxy(exec_timeout="60s", write_timeout="60s")
    caller = watchdog.connect()
    caller.send(compose())
    request = upstream.receive()
    caller.close()
    request.peer.await_end()
    until(lambda: watchdog.sample("http_requests_in_flight") == 0, "nothing is in flight")


def test_caller_that_leaves_a_stream(proxy, upstream):  # noqa: F811
    """In the middle of an answer, silent or busy: the function's connection ends."""
    watchdog = proxy(exec_timeout="60s", write_timeout="60s")
    for busy in (False, True):
        caller = watchdog.connect()
        caller.send(compose("GET", "/", {"Accept": "text/event-stream"}))
        request = upstream.receive()
        request.send("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\ndata: 1\n\n")
        caller.await_text(b"data: 1\n\n")
        caller.reset()
        if busy:
            until(lambda: refuses(request), "the watchdog stops reading")
        else:
            request.peer.await_end()


def refuses(request):
    try:
        request.send(b"data: more\n\n" * 100)
    except ConnectionError:
        return True
    return False


def test_caller_that_leaves_an_upload(proxy, upstream):  # noqa: F811
    """In the middle of its body: the function's connection ends at once."""
    watchdog = proxy(exec_timeout="60s", write_timeout="60s", read_timeout="60s")
    for leave in ("reset", "close"):
        caller = watchdog.connect()
        caller.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1000\r\n\r\nsome")
        request = upstream.head()
        getattr(caller, leave)()
        request.peer.await_end()


def test_read_timeout_of_a_slow_upload(proxy, upstream):  # noqa: F811
    """408 for the caller; the function's connection ends inside the body."""
    watchdog = proxy(read_timeout="300ms")
    caller = watchdog.connect()
    caller.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1000\r\n\r\nsome")
    request = upstream.head()
    assert caller.answer().status == 408
    assert len(request.peer.remainder()) < 1000


def test_max_inflight(proxy, upstream):  # noqa: F811
    """One more gets 429 from the watchdog, /_/ready says so too, health does not."""
    watchdog = proxy(max_inflight="1")
    caller = watchdog.connect()
    caller.send(compose())
    request = upstream.receive()
    answer = watchdog.get("/")
    assert (answer.status, answer.text, answer["X-OpenFaaS-Internal"]) == (429, "Concurrent request limit exceeded. Max concurrent requests: 1\n", "faas-middleware")
    assert (watchdog.get("/_/ready").status, watchdog.health()) == (429, 200)
    request.reply(body="first")
    assert caller.answer().text == "first"
    until(lambda: watchdog.get("/_/ready").status == 200, "the slot is free")


@pytest.mark.parametrize("accept", ["*/*", "text/event-stream"])
def test_slots_of_callers_that_leave(proxy, upstream, accept):  # noqa: F811
    """A slot lives as long as its request, however it ends."""
    watchdog = proxy(max_inflight="2")
    for i in range(6):
        caller = watchdog.connect()
        caller.send(compose("GET", "/", {"Accept": accept}))
        request = upstream.receive()
        if i % 2:
            request.send("HTTP/1.1 200 OK\r\nContent-Type: %s\r\n\r\ndata: 1\n\n" % accept)
            caller.await_text(b"data: 1\n\n")
        caller.reset()
        until(lambda: watchdog.sample("http_requests_in_flight") == 0, "the slot is free")


def test_unhealthy_after(proxy, upstream):  # noqa: F811
    """So many failures in a row turn health to 503, one success turns it back. What callers do wrong does not count."""
    watchdog = proxy(unhealthy_after="3", exec_timeout="300ms")
    caller = watchdog.connect()

    def fail(how):
        caller.send(compose("POST", body=b"x"))
        request = upstream.receive()
        if how == "close":
            request.send("nonsense\r\n\r\n")
            request.peer.close()
        assert caller.answer().status in (500, 504)

    def succeed(status):
        caller.send(compose())
        upstream.receive().reply(status)
        assert caller.answer().status == status
    fail("close")
    fail("timeout")
    succeed(500)  # an answer of the function is one, whatever it says
    fail("close")
    fail("close")
    assert watchdog.health() == 200
    left = watchdog.connect()
    left.send(compose())
    request = upstream.receive()
    left.reset()
    request.peer.await_end()
    assert watchdog.health() == 200
    fail("timeout")
    assert (watchdog.health(), watchdog.get("/_/ready").status) == (503, 503)
    succeed(200)
    assert (watchdog.health(), watchdog.get("/_/ready").status) == (200, 200)


def test_never_unhealthy_by_default(proxy, upstream):  # noqa: F811
    """unhealthy_after=0."""
    watchdog = proxy()
    upstream.play(lambda request: False)
    for _ in range(20):
        refused_by_us(watchdog.post("/", b"x"))
    assert watchdog.health() == 200


def test_max_queue(proxy, upstream):  # noqa: F811
    """A call above max_inflight reaches the function when the one before it has its answer."""
    watchdog = proxy(max_inflight="1", max_queue="1")
    first, second = watchdog.connect(), watchdog.connect()
    first.send(compose("GET", "/first"))
    request = upstream.receive()
    second.send(compose("GET", "/second"))
    until(lambda: watchdog.sample("fwatchdog_requests_waiting") == 1, "the second call waits")
    assert watchdog.get("/_/ready").status == 429
    request.reply(body="first")
    assert first.answer().text == "first"
    request = upstream.receive()
    assert request.target == "/second"
    request.reply(body="second")
    assert second.answer().text == "second"
