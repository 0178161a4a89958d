"""HTTP/1.1 and 1.0 connections: reuse, order, framing, the interim answer."""
import email.utils

import pytest

from caller import PATIENCE, chunk, compose, statuses, until


def test_kept_alive(server):
    """A connection serves many requests."""
    caller = server().connect()
    for i in range(20):
        answer = caller.request("POST", "/", body="number %d" % i)
        assert (answer.version, answer.text, answer["Connection"]) == ("HTTP/1.1", "number %d" % i, None)


def test_pipelined(server):
    """Requests sent at once are answered in order."""
    caller = server().connect()
    caller.send(b"".join(compose("POST", "/", body="number %d" % i, chunked=i % 2 == 1) for i in range(30)))
    assert [caller.answer().text for _ in range(30)] == ["number %d" % i for i in range(30)]


def test_pipelined_and_half_closed(server):
    """A caller that sends all, ends its side and waits gets every answer."""
    answers = server().exchange(b"".join(compose("POST", "/", body="number %d" % i) for i in range(10)), finish=True)
    assert [answer.text for answer in answers] == ["number %d" % i for i in range(10)]


def test_pipelined_behind_a_slow_call(server, house):
    """A slow first call delays the second answer and does not lose it."""
    gate = house.gate()
    caller = server(house.held()).connect()
    caller.send(compose("POST", "/?" + gate.path, body=b"slow") + compose("POST", "/", body=b"quick"))
    gate.await_arrival()
    assert caller.silent_for(0.1)
    gate.open()
    assert [caller.answer().text, caller.answer().text] == ["slow", "quick"]


def test_much_is_pipelined_behind_a_slow_call(server, house):
    """What is pipelined behind a running call is not read without bound: the sender has to wait, and then all is answered."""
    gate = house.gate()
    watchdog = server(house.held())
    caller = watchdog.connect()
    caller.send(compose("POST", "/?" + gate.path, body=b"slow"))
    gate.await_arrival()
    before = watchdog.memory()
    caller.socket.setblocking(False)
    data, sent = compose("POST", "/", body=bytes(900000)) * 40, 0
    while not (sent == len(data) or caller_blocked(caller)):
        sent += caller.socket.send(data[sent:sent + (1 << 20)])
    assert sent < len(data)
    watchdog.assert_memory_below(before + (16 << 10))
    gate.open()
    caller.socket.setblocking(True)
    caller.socket.settimeout(PATIENCE)
    assert caller.answer().text == "slow"


def caller_blocked(caller):
    import select
    return not select.select([], [caller.socket], [], 0.3)[1]


@pytest.mark.parametrize("value", ["close", "Close", "x, close", "close, keep-alive"])
def test_connection_close(server, value):
    """Connection: close is answered with the same and the end of the connection."""
    answers = server().exchange(compose("POST", "/", {"Connection": value}, b"x") + compose("POST", "/", body=b"unseen"))
    assert [(answer.text, answer["Connection"]) for answer in answers] == [("x", "close")]


def test_http_1_0(server):
    """HTTP/1.0: no Host needed, no chunks, and the connection ends."""
    answers = server().exchange(compose("POST", "/", body=b"old", version="HTTP/1.0", host=None))
    assert [(answer.status, answer.text, answer["Transfer-Encoding"]) for answer in answers] == [(200, "old", None)]


def test_http_1_0_kept_alive(holding):
    """HTTP/1.0 with Connection: keep-alive: said again in the answer, and the connection stays where the length is known."""
    caller = holding().connect()
    for body in ("one", "two"):
        answer = caller.request("POST", "/", {"Connection": "keep-alive"}, body, version="HTTP/1.0")
        assert (answer.text, answer.framing) == (body, "length")
        assert answer["Connection"].lower() == "keep-alive"


def test_empty_host(server):
    """An empty Host is a Host."""
    assert server().get("/", host="").status == 200


def test_date(server):
    """One Date on every answer, near the present, in the form of RFC 9110."""
    watchdog = server()
    for answer in (watchdog.post("/", b"x"), watchdog.get("/_/health"), watchdog.call("PURGE", "/")):
        assert len(answer.all("Date")) == 1
        when = email.utils.parsedate_to_datetime(answer["Date"])
        assert answer["Date"] == email.utils.format_datetime(when, usegmt=True)
        import time
        assert abs(when.timestamp() - time.time()) < 60


@pytest.mark.parametrize("path", ["/", "/_/health"])
def test_head_has_no_body(server, path):
    """HEAD: no bytes behind the head, and the connection is in step afterwards."""
    caller = server().connect()
    assert caller.request("HEAD", path).status == (200 if path == "/" and server.row.any_method else 405)
    assert caller.request("POST", "/", body=b"next").text == "next"


def test_byte_by_byte(server):
    """A request that comes one byte at a time, with a length or in chunks."""
    caller = server().connect()
    for chunked in (False, True):
        message = compose("POST", "/?a=b", {"X-Some": "header"}, b"a body", chunked)
        for at in range(len(message)):
            caller.send(message[at:at + 1])
        assert caller.answer().text == "a body"


def test_cut_anywhere(server):
    """A request split in two at any byte is the same request."""
    caller = server().connect()
    message = b"POST /p HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3;x=y\r\nabc\r\n2\r\nde\r\n0\r\nX-T: 1\r\n\r\n"
    for at in range(1, len(message)):
        caller.send(message[:at])
        caller.send(message[at:])
        answer = caller.answer()
        assert (answer.status, answer.text) == (200, "abcde"), at


def test_many_connections(server):
    """Two hundred idle connections hinder nobody."""
    watchdog = server()
    idle = [watchdog.connect() for _ in range(200)]
    assert watchdog.post("/", b"x").text == "x"
    assert idle[100].request("POST", "/", body=b"y").text == "y"


def test_header_names_and_blanks(server):
    """Field names in any case; blanks around a value are nothing."""
    caller = server().connect()
    caller.send("POST / HTTP/1.1\r\nhOST:x\r\ncontent-LENGTH:   3  \r\n\r\nabc")
    assert caller.answer().text == "abc"


# Chunks.

def test_chunk_sizes(server):
    """Hex in both cases, leading zeros, extensions; the next request is found."""
    caller = server().connect()
    caller.send(b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\nA\r\n" + b"b" * 10 + b"\r\n1a\r\n" + b"c" * 26 + b"\r\n0001\r\nd\r\n"
                + b'2;name=value;q="quoted"\r\nee\r\n1000\r\n' + b"f" * 4096 + b"\r\n0\r\n\r\n")
    assert caller.answer().body == b"a" + b"b" * 10 + b"c" * 26 + b"dee" + b"f" * 4096
    assert caller.request("POST", "/", body=b"next").text == "next"


@pytest.mark.parametrize("coding", ["chunked", "Chunked", "CHUNKED", " chunked "])
def test_chunked_in_any_case(server, coding):
    """The coding's name is read in any case."""
    caller = server().connect()
    caller.send("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding:%s\r\n\r\n3\r\nabc\r\n0\r\n\r\n" % coding)
    assert caller.answer().text == "abc"


def test_trailers(server):
    """Trailers are read and neither a request nor headers of the function."""
    caller = server("sh -c 'cat; env'").connect()
    caller.send("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nTrailer: X-One\r\n\r\n3\r\nabc\r\n0\r\nX-One: 1\r\nContent-Length: 7\r\n\r\n")
    text = caller.answer().text
    assert text.startswith("abc") and "Http_X_One" not in text
    assert caller.request("POST", "/", body=b"next").text.startswith("next")


def test_thousands_of_small_chunks(server):
    """A body in chunks of one byte."""
    data = b"0123456789" * 2000
    message = b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n" + b"".join(chunk(data[i:i + 1]) for i in range(len(data))) + b"0\r\n\r\n"
    caller = server().connect()
    caller.send(message)
    assert caller.answer().body == data


# Expect: 100-continue.

@pytest.mark.parametrize("value", ["100-continue", "100-Continue"])
def test_interim_answer(server, value):
    """The caller waits with its body until it is asked for it."""
    caller = server().connect()
    caller.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nExpect: %s\r\n\r\n" % value)
    assert caller.head().status == 100
    caller.send("hello")
    answer = caller.answer()
    assert (answer.text, answer.interim) == ("hello", [])
    assert caller.request("POST", "/", body=b"next").text == "next"


def test_interim_answer_before_chunks(server):
    """So with a body in chunks, and with one that streams."""
    caller = server("wc -c").connect()
    caller.send("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nExpect: 100-continue\r\n\r\n")
    assert caller.head().status == 100
    caller.send(chunk(bytes(3 << 20)) + b"0\r\n\r\n")
    assert caller.answer().text.strip() == str(3 << 20)


@pytest.mark.parametrize("method, target, length, settings, status", [
    ("POST", "/_/health", 5, {}, 405), ("POST", "/", 5000, {"max_body_bytes": "100"}, 413), ("GET", "/_/health", 5, {}, 200)])
def test_no_interim_answer_for_an_unwanted_body(server, method, target, length, settings, status):
    """Where the body is not wanted the final answer comes at once, without a 100."""
    caller = server(**settings).connect()
    caller.send("%s %s HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\nExpect: 100-continue\r\n\r\n" % (method, target, length))
    answer = caller.answer()
    assert (answer.status, answer.interim) == (status, [])


def test_no_interim_answer_for_a_refused_method(classic):
    """Nor where the method is refused."""
    caller = classic().connect()
    caller.send("PURGE / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n")
    answer = caller.answer()
    assert (answer.status, answer.interim) == (405, [])


def test_no_interim_answer_over_max_inflight(server, house):
    """A refused call's body is not asked for."""
    gate = house.gate()
    watchdog = server(house.held(), max_inflight="1")
    first = watchdog.connect()
    first.send(compose("POST", "/?" + gate.path, body=b"x"))
    gate.await_arrival()
    caller = watchdog.connect()
    caller.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n")
    answer = caller.answer()
    assert (answer.status, answer.interim) == (429, [])


def test_expectation_without_a_body(server):
    """With nothing to wait for there is no interim answer."""
    caller = server().connect()
    caller.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\nExpect: 100-continue\r\n\r\n")
    answer = caller.answer()
    assert (answer.status, answer.interim) == (200, [])


def test_expectation_in_http_1_0(server):
    """HTTP/1.0 knows no interim answers."""
    caller = server().connect()
    caller.send("POST / HTTP/1.0\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\nhello")
    answer = caller.answer()
    assert (answer.text, answer.interim) == ("hello", [])


def test_body_that_does_not_wait(server):
    """A caller that sends its body together with the expectation gets one final answer."""
    caller = server().connect()
    caller.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\nhello")
    answer = caller.answer()
    assert answer.text == "hello" and answer.interim in ([], [100])


def test_connection_after_an_unwanted_body(server):
    """After a final answer without a 100 the connection is closed, or what follows is the next request; the two are never confused."""
    watchdog = server()
    caller = watchdog.connect()
    caller.send("POST /_/health HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n")
    assert caller.answer().status == 405
    caller.send(b"hello" + compose("POST", "/", {"Connection": "close"}, b"next"), forgiving=True)
    assert statuses(caller.answers()) in ([], [200])
    until(lambda: watchdog.health() == 200, "it goes on")
