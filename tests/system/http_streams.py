"""Streams of events: passed on as they come, and ended by silence alone."""
import time

import pytest

from caller import CutOff, chunk, compose, until
from upstreams.played import proxy, refused_by_us, upstream  # noqa: F401, fixtures

KINDS = {"text/event-stream": b"data: %d\n\n", "application/x-ndjson": b'{"n": %d}\n', "text/html, Text/Event-Stream;q=0.9": b"data: %d\n\n"}


@pytest.mark.parametrize("accept", KINDS)
@pytest.mark.parametrize("framing", ["chunked", "close"])
def test_events_one_by_one(proxy, upstream, accept, framing):  # noqa: F811
    """Each reaches the caller before the next is sent; exec_timeout and write_timeout do not end them while they come."""
    watchdog = proxy(exec_timeout="200ms", write_timeout="600ms")
    caller = watchdog.connect()
    caller.send(compose("GET", "/events", {"Accept": accept}))
    request = upstream.receive()
    assert request["Accept"] == accept
    request.send("HTTP/1.1 200 OK\r\nContent-Type: %s\r\n%s\r\n" % (accept, "Transfer-Encoding: chunked\r\n" if framing == "chunked" else ""))
    assert caller.head().status == 200
    began, number = time.monotonic(), 0
    while time.monotonic() < began + 1.0:
        event = KINDS[accept] % number
        request.send(chunk(event) if framing == "chunked" else event)
        caller.await_text(event)
        number += 1
        time.sleep(0.05)
    if framing == "chunked":
        request.send("0\r\n\r\n")
    else:
        request.peer.close()
    caller.await_text(b"\r\n0\r\n\r\n")
    watchdog.await_log(r"^GET /events - 200 OK - ContentLength: -1B \([1-9]\d*\.\d{4}s\)$")


def test_silence_ends_a_stream(proxy, upstream):  # noqa: F811
    """Nothing for write_timeout: the stream is cut and the function's connection ends."""
    watchdog = proxy(exec_timeout="100ms", write_timeout="400ms")
    caller = watchdog.connect()
    caller.send(compose("GET", "/", {"Accept": "text/event-stream"}))
    request = upstream.receive()
    request.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + "9\r\ndata: 1\n\n\r\n")
    with pytest.raises(CutOff):
        caller.answer()
    request.peer.await_end()
    watchdog.await_log("write_timeout")


def test_a_stream_that_never_begins(proxy, upstream):  # noqa: F811
    """No answer at all within write_timeout: an error, and a whole one."""
    watchdog = proxy(exec_timeout="100ms", write_timeout="400ms")
    caller = watchdog.connect()
    caller.send(compose("GET", "/", {"Accept": "text/event-stream"}))
    upstream.receive()
    refused_by_us(caller.answer(), 504)


def test_x_timeout_limits_a_stream(proxy, upstream):  # noqa: F811
    """Only the caller can want less."""
    watchdog = proxy()
    caller = watchdog.connect()
    caller.send(compose("GET", "/", {"Accept": "application/x-ndjson", "X-Timeout": "300ms"}))
    request = upstream.receive()
    request.send("HTTP/1.1 200 OK\r\n\r\n{}\n")
    with pytest.raises(CutOff):
        caller.answer()
    watchdog.await_log("^Upstream HTTP killed due to X-Timeout: 300ms$")


def test_upstream_that_is_down(proxy, upstream):  # noqa: F811
    """A 500, not an empty 200."""
    watchdog = proxy()
    caller = watchdog.connect()
    caller.send(compose("GET", "/"))
    upstream.receive().reply()
    assert caller.answer().status == 200
    upstream.close()
    for accept in KINDS:
        refused_by_us(watchdog.get("/", {"Accept": accept}))


def test_failing_streams_are_answers_too(proxy, upstream):  # noqa: F811
    """The function's own error goes through."""
    caller = proxy().connect()
    caller.send(compose("GET", "/", {"Accept": "text/event-stream"}))
    upstream.receive().reply(503, [("Retry-After", "1")], b"later")
    answer = caller.answer()
    assert (answer.status, answer.text, answer["Retry-After"]) == (503, "later", "1")


def test_posted_stream(proxy, upstream):  # noqa: F811
    """As chat completions do: a body up, events down; the caller need not name them in Accept."""
    caller = proxy().connect()
    caller.send(compose("POST", "/chat", {"Content-Type": "application/json"}, body=b'{"stream": true}'))
    request = upstream.receive()
    assert request.body == b'{"stream": true}'
    request.send("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n")
    assert caller.head()["Content-Type"] == "text/event-stream"
    for i in range(20):
        event = b"data: token %d\n\n" % i
        request.send(chunk(event))
        caller.await_text(event)


def test_many_streams_at_once(proxy, upstream):  # noqa: F811
    """A hundred callers, ten events each, in step."""
    watchdog = proxy()
    callers = [watchdog.connect() for _ in range(100)]
    for caller in callers:
        caller.send(compose("GET", "/", {"Accept": "text/event-stream"}))
    requests = [upstream.head() for _ in callers]
    for request in requests:
        request.send("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n")
    for i in range(10):
        for request in requests:
            request.send(b"data: %d\n\n" % i)
        for caller in callers:
            caller.await_text(b"data: %d\n\n" % i)
    assert watchdog.sample("http_requests_in_flight") == 100
    for caller in callers:
        caller.reset()
    until(lambda: watchdog.sample("http_requests_in_flight") == 0, "all of them are given up")
