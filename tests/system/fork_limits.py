"""Limits on how many calls run at once and on how large a body may be."""
import concurrent.futures
import functools

import pytest

from caller import chunk, compose, until

REFUSED = "Concurrent request limit exceeded. Max concurrent requests: %d\n"


@pytest.fixture
def full(busy):
    """`busy`, with one slot, which that call holds."""
    return functools.partial(busy, max_inflight="1")


def await_slot(watchdog):
    until(lambda: watchdog.post("/", b"x").status != 429, "the slot is free again")


def test_over_the_limit(full):
    """429 with its headers and text; the call that runs is not touched."""
    watchdog, caller, gate = full()
    answer = watchdog.post("/", b"now")
    assert (answer.status, answer.text) == (429, REFUSED % 1)
    assert answer["Content-Type"] == "text/plain"
    assert answer["X-OpenFaaS-Internal"] == "faas-middleware"
    gate.open()
    assert caller.answer().text == "held"
    await_slot(watchdog)


def test_the_limit_itself_is_allowed(server, house):
    """max_inflight=3: three at once, the fourth is refused."""
    gates = [house.gate("gate%d" % i) for i in range(3)]
    watchdog = server(house.held(), max_inflight="3")
    callers = [watchdog.connect() for _ in gates]
    for gate, caller in zip(gates, callers):
        caller.send("GET /?%s HTTP/1.1\r\nHost: x\r\n\r\n" % gate.path)
        gate.await_arrival()
    answer = watchdog.get("/")
    assert (answer.status, answer.text) == (429, REFUSED % 3)
    for gate, caller in zip(gates, callers):
        gate.open()
        assert caller.answer().status == 200
    await_slot(watchdog)


def test_refused_connection_stays_usable(full):
    """After a 429 the same connection serves the next call."""
    watchdog, caller, gate = full()
    other = watchdog.connect()
    assert other.request("POST", "/", body=b"first").status == 429
    gate.open()
    caller.answer()
    until(lambda: other.request("POST", "/", body=b"again").status == 200, "the slot is free again")


def test_big_body_of_a_refused_call(full):
    """A caller that sends megabytes to a full watchdog gets its 429, not a reset."""
    watchdog, _, _ = full()
    caller = watchdog.connect()
    caller.send(compose("POST", "/", body=bytes(3 << 20)), forgiving=True)
    assert caller.answer().status == 429


def test_no_process_for_a_refused_call(full, house):
    """A refused call runs nothing."""
    watchdog, _, _ = full(house.sh('echo ran >>ran; [ -z "$Http_Query" ] || read -r x <"$Http_Query"'))
    assert watchdog.get("/").status == 429
    assert house.read("ran") == b"ran\n"


def test_health_is_not_limited(full):
    """Probes and refused methods need no slot."""
    assert full()[0].health() == 200


@pytest.mark.parametrize("leave", ["reset", "close"])
def test_caller_gone_frees_the_slot(full, leave):
    """A caller that goes away gives its slot back."""
    watchdog, caller, _ = full()
    getattr(caller, leave)()
    await_slot(watchdog)
    watchdog.await_no_children()


def test_time_limit_frees_the_slot(full, server):
    """A call that is ended by exec_timeout gives its slot back."""
    watchdog, caller, _ = full(exec_timeout="300ms")
    assert caller.answer().status == server.row.limit_status
    await_slot(watchdog)


def test_write_timeout_frees_the_slot(full):
    """A call that is ended by write_timeout gives its slot back."""
    watchdog, caller, _ = full(write_timeout="300ms")
    assert caller.answer().status in (408, 504)
    await_slot(watchdog)


@pytest.mark.parametrize("fprocess", ["false", "no-such-program", "sh -c 'kill -9 $$'"])
def test_failure_frees_the_slot(server, fprocess):
    """However a call fails, the next one is not refused."""
    watchdog = server(fprocess, max_inflight="1")
    for _ in range(5):
        until(lambda: watchdog.get("/").status == 500, "the call is let in", patience=5)


def test_too_large_a_body_ends_the_connection_and_says_so(server):
    """What the caller has sent behind it is not taken for the next request."""
    caller = server(fprocess="cat", max_body_bytes="10").connect()
    caller.send(compose("POST", "/", body=bytes(11)) + compose("GET", "/"))
    answer = caller.answer()
    assert (answer.status, answer["Connection"]) == (413, "close")
    assert caller.remainder() == b""


@pytest.mark.parametrize("request_bytes, status", [
    (b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n", 400),
    (b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 50\r\n\r\nshort", 400),
    (compose("POST", "/", body=bytes(200)), 413),
    (compose("POST", "/", body=bytes(200), chunked=True), 413)])
def test_bad_body_frees_the_slot(server, request_bytes, status):
    """A body that ends the call before its process runs gives the slot back."""
    watchdog = server(fprocess="wc -c", max_inflight="1", max_body_bytes="100")  # which says nothing before the end
    for _ in range(3):
        caller = watchdog.connect()
        caller.send(request_bytes)
        caller.finish()
        assert caller.answer().status == status
        until(lambda: watchdog.post("/", b"x").status == 200, "the slot is free again", patience=5)


def test_slots_over_many_calls(server):
    """Hundreds of calls from more callers than slots: each is answered 200 or 429, and in the end all slots are free."""
    watchdog = server(max_inflight="2")

    def calls(_):
        caller = watchdog.connect()
        found = [caller.request("POST", "/", body=b"x").status for _ in range(40)]
        caller.close()
        return found
    with concurrent.futures.ThreadPoolExecutor(6) as pool:
        found = [status for part in pool.map(calls, range(6)) for status in part]
    assert set(found) <= {200, 429} and 200 in found
    await_slot(watchdog)
    assert until(lambda: watchdog.sample("http_requests_in_flight") == 0.0, "nothing is in flight")


# max_body_bytes

def test_body_at_the_limit(server):
    """A body of exactly max_body_bytes passes, with a length or in chunks."""
    watchdog = server(max_body_bytes="1000")
    for chunked in (False, True):
        assert watchdog.post("/", b"x" * 1000, chunked=chunked).body == b"x" * 1000


@pytest.mark.parametrize("chunked", [False, True])
def test_body_over_the_limit(server, house, chunked):
    """One byte more: 413, and no process but where the body goes to it as it comes; the next call works."""
    watchdog = server(house.tattling(), max_body_bytes="1000")
    assert watchdog.post("/", b"x" * 1001, chunked=chunked).status == 413
    if not (chunked and server.mode == "streaming"):
        assert not house.exists("ran")
    assert watchdog.post("/", b"next").text == "next"


def test_known_length_is_refused_before_the_body(server):
    """With a length in the head the 413 comes before any byte of the body."""
    caller = server(max_body_bytes="1000").connect()
    caller.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5000000000\r\n\r\n")
    assert caller.answer().status == 413


def test_caller_that_sends_on(server):
    """A caller that sends its megabytes before it looks gets the 413 all the same."""
    caller = server(max_body_bytes="1000").connect()
    caller.send(compose("POST", "/", body=bytes(4 << 20)), forgiving=True)
    assert caller.answer().status == 413


def test_chunked_body_is_refused_at_the_limit(server, house):
    """In chunks the 413 comes once the limit is passed, while the caller has more to send."""
    caller = server(house.sh("cat >/dev/null; echo whole"), max_body_bytes="1000").connect()
    caller.send(b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n" + chunk(bytes(600)) + chunk(bytes(600)))
    assert caller.answer().status == 413


def test_one_huge_chunk_is_refused(server):
    """The size of a chunk alone may pass the limit."""
    caller = server(max_body_bytes="1000").connect()
    caller.send(b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nfffffff\r\n" + bytes(2000))
    assert caller.answer().status == 413


def test_streamed_body_over_the_limit(server, house):
    """A chunked body that already streams to its process: 413, and the process ends."""
    watchdog = server(house.sh("cat >/dev/null; echo whole"), max_body_bytes=str(3 << 20))
    caller = watchdog.connect()
    caller.send(b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n" + chunk(bytes(1 << 20)) * 4, forgiving=True)
    assert caller.answer().status == 413
    watchdog.await_no_children()


def test_no_limit_by_default(server):
    """Without max_body_bytes a body of 8 MiB passes."""
    assert server("wc -c").post("/", bytes(8 << 20)).text.strip() == str(8 << 20)
