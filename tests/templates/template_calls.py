"""Every template, called: what its handler sees, what comes back, many calls at once, errors, and the end."""
import concurrent.futures
import hashlib
import json
import os
import threading

import pytest

from caller import Caller, until
from laid_out import networked

EVERY_BYTE = bytes(range(256))
LARGE = EVERY_BYTE * 800  # 200 kB
# What the tests' handlers fail with; see handlers/README.md.
TRACE_OF_FAILURE = ("innermost", "no such luck")


def seen(row, answer):
    """What the handler saw: JSON of a server, lines of a program."""
    assert answer.status == 200, answer
    if row.style == "http":
        return json.loads(answer.body)
    method, path, query, field = answer.text.split("\n")[:4]
    return {"method": method, "path": path, "query": query, "field": field}


@pytest.mark.styles("http", "stdin")
@networked
def test_every_method(start, row):
    """It reaches the handler, with the path; the answer to HEAD has no body."""
    watchdog = start()
    for method in row.methods:
        body = b"" if method in ("POST", "PUT", "PATCH") else None
        answer = watchdog.call(method, "/seen/deeper", {"X-Mine": "yes"}, body)
        if method == "HEAD":
            assert (answer.status, answer.body) == (200, b"")
            continue
        facts = seen(row, answer)
        assert (facts["method"], facts["path"], facts["field"]) == (method, "/seen/deeper", "yes")


@pytest.mark.styles("http", "stdin")
@networked
def test_query(start, row):
    """Every value of a repeated name arrives, decoded by servers and as it was sent by programs."""
    watchdog = start()
    facts = seen(row, watchdog.get("/seen?a=1&b=x%20y&a=2&empty="))
    if row.style == "http":
        assert facts["query"] == {"a": ["1", "2"], "b": ["x y"], "empty": [""]}
    else:
        assert facts["query"] == "a=1&b=x%20y&a=2&empty="
    assert seen(row, watchdog.get("/seen"))["query"] == ({} if row.style == "http" else "")


@pytest.mark.styles("http", "stdin")
@networked
def test_json(start, row):
    """A JSON body comes back as it was meant."""
    watchdog = start()
    value = {"text": "gr\u00fc\u00dfe \u20ac", "list": [1, 2.5, None, True], "deep": {"empty": {}}}
    answer = watchdog.post("/json", json.dumps(value, ensure_ascii=False).encode(), {"Content-Type": "application/json"})
    assert (answer.status, json.loads(answer.body)) == (200, value)
    if row.style == "http":
        assert answer["Content-Type"].startswith("application/json")


@pytest.mark.styles("http", "stdin")
@pytest.mark.parametrize("framing", ["length", "chunked"])
@networked
def test_bytes(start, row, framing):
    """Every byte comes back, of small and of large bodies."""
    caller = start().connect()
    for body in (b"", b"x", EVERY_BYTE, LARGE, b"after"):
        answer = caller.request("POST", "/echo", {"Content-Type": "application/octet-stream"}, body, chunked=framing == "chunked")
        assert (answer.status, len(answer.body), hashlib.sha1(answer.body).hexdigest()) == (200, len(body), hashlib.sha1(body).hexdigest())


@pytest.mark.styles("http")
@networked
def test_status_and_fields(start, row):
    """The handler chooses them."""
    answer = start().get("/status")
    assert (answer.status, answer["X-Mine"], answer.text) == (201, "yes", "made")


@pytest.mark.styles("http", "stdin")
@networked
def test_handler_fails(start, house, row):
    """500; the log tells where, the answer does not. Other calls go on."""
    house.traces_allowed = True
    watchdog = start()
    for _ in range(2):
        answer = watchdog.post("/fails", b"text")
        assert answer.status == 500
        for secret in TRACE_OF_FAILURE:
            assert secret not in answer.text
        if row.style == "http":
            assert answer["Content-Type"].startswith("application/json") and set(json.loads(answer.body)) == {"error"}
        assert watchdog.post("/echo", b"still here").text == "still here"
    for secret in TRACE_OF_FAILURE:
        watchdog.await_log(secret, 2)


@pytest.mark.styles("http", "stdin")
@networked
def test_fifty_at_once(start, row):
    """Each gets its own answer."""
    watchdog = start()
    barrier = threading.Barrier(50)

    def call(number):
        caller = Caller(watchdog.port)
        barrier.wait(60)
        try:
            for turn in range(2 if row.style == "http" else 1):
                body = b"call %d.%d " % (number, turn) * 50
                answer = caller.request("POST", "/echo", body=body, chunked=number % 2 == 1)
                assert (answer.status, answer.body) == (200, body)
        finally:
            caller.close()
    with concurrent.futures.ThreadPoolExecutor(50) as pool:
        list(pool.map(call, range(50)))


@pytest.mark.styles("http", "stdin")
@networked
def test_slow_calls_delay_no_others(start, house, row):
    """Four calls wait inside the handler; a fifth is answered meanwhile."""
    watchdog = start()
    gates = [house.gate("gate%d" % number) for number in range(4)]
    held = [watchdog.connect() for _ in gates]
    for caller, gate in zip(held, gates):
        caller.send("GET /held?%s HTTP/1.1\r\nHost: h\r\n\r\n" % gate.path)
        gate.await_arrival()
    assert watchdog.post("/echo", b"quick").text == "quick"
    for caller, gate in zip(held, gates):
        gate.open()
        assert (caller.answer().status) == 200


@pytest.mark.styles("http", "stdin")
@networked
def test_sigterm(start, house, row):
    """The call in flight gets its answer, then everything ends by itself: nothing has to be killed."""
    watchdog = start(healthcheck_interval="100ms")
    kept = watchdog.connect()
    assert kept.request("POST", "/echo", body="kept").text == "kept"
    gate, held = house.gate(), watchdog.connect()
    held.send("GET /held?%s HTTP/1.1\r\nHost: h\r\n\r\n" % gate.path)
    gate.await_arrival()
    watchdog.term()
    watchdog.await_log("No new connections allowed, draining")
    gate.open()
    assert held.answer().status == 200
    assert watchdog.await_end() == 0
    assert not house.marked()


@pytest.mark.styles("http")
@networked
def test_listens_on_loopback_only(start, row):
    """Nobody gets past the watchdog: every other listener of this network is at 127.0.0.1. A function that is its own has none."""
    watchdog = start()

    def listeners():
        for table in ("tcp", "tcp6"):
            with open("/proc/thread-self/net/" + table) as lines:
                for words in map(str.split, list(lines)[1:]):
                    if words[3] == "0A":
                        address, port = words[1].split(":")
                        yield address, int(port, 16)
    function = [address for address, port in listeners() if port not in (watchdog.port, watchdog.metrics_port)]
    assert bool(function) == (row.program is None)
    assert set(function) <= {"0100007F", "0000000000000000FFFF00000100007F"}


@pytest.mark.styles("http")
@networked
def test_keeps_connections(start, row):
    """Calls in a row go over one connection to the function, whatever their methods and bodies."""
    caller = start().connect()
    for number in range(20):
        body = os.urandom(number * 1000)
        assert caller.request("POST", "/echo", {"Content-Type": "application/octet-stream"}, body, chunked=number % 2 == 1).body == body
        assert caller.request("GET", "/status").status == 201


@pytest.mark.styles("static")
@networked
def test_static_site(start, house, row):
    """Files, their types, HEAD, what is missing; many at once; an end."""
    watchdog = start(healthcheck_interval="100ms")
    for method in ("GET", "HEAD"):
        answer = watchdog.call(method, "/")
        assert (answer.status, answer["Content-Type"]) == (200, "text/html; charset=utf-8")
    assert watchdog.get("/missing?x").status == 404
    page = watchdog.get("/index.html?x=1")
    assert page.status in (200, 301)
    with concurrent.futures.ThreadPoolExecutor(50) as pool:
        assert set(pool.map(lambda _: watchdog.get("/").status, range(50))) == {200}
    watchdog.term()
    assert watchdog.await_end() == 0
    until(lambda: not house.marked(), "nothing is left")
