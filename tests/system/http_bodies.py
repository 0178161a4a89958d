"""Bodies: asked for when wanted, refused early, limited in size, and moved without being held."""
import hashlib
import socket
import threading

import pytest

from caller import CutOff, chunk, compose, until
from upstreams.played import close_with_reset, echo, proxy, refused_by_us, upstream  # noqa: F401, fixtures

MEBIBYTE = 1 << 20
BLOCK = bytes(range(256)) * 1024


def test_expect_is_answered_by_us(proxy, upstream):  # noqa: F811
    """100 Continue goes out when the body is wanted; the function never sees Expect, and its own 100 goes nowhere."""
    caller = proxy().connect()
    for body in (b"body", b"x" * 100_000):
        caller.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: %d\r\nExpect: 100-continue\r\n\r\n" % len(body))
        assert caller.head().status == 100
        request = upstream.head()
        assert "expect" not in request.names()
        request.send("HTTP/1.1 100 Continue\r\n\r\n")
        caller.send(body)
        assert b"".join(request.peer.body_pieces(request)) == body
        request.reply(body="got it")
        request.peer.taken = False
        answer = caller.answer()
        assert (answer.interim, answer.text) == ([], "got it")


def test_expect_with_a_chunked_and_with_a_buffered_body(proxy, upstream):  # noqa: F811
    """The same for other framings."""
    for settings in ({}, {"http_buffer_req_body": "true"}):
        caller = proxy(**settings).connect()
        caller.send("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\nExpect: 100-Continue\r\n\r\n")
        assert caller.head().status == 100
        caller.send(chunk(b"body") + b"0\r\n\r\n")
        got = upstream.receive()
        assert got.body == b"body" and "expect" not in got.names()
        got.reply(body="got it")
        assert caller.answer().text == "got it"


def test_other_expectations(proxy, upstream):  # noqa: F811
    """417; the function hears nothing of it."""
    answers = proxy().exchange("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\nExpect: 200-ok\r\n\r\nx")
    assert [answer.status for answer in answers] == [417]
    assert upstream.silent_for(0.1)


def early(upstream, caller, framing, answer, after):  # noqa: F811
    """A large upload of which the upstream reads only the head; what the caller gets."""
    def upload():
        try:
            caller.send("POST / HTTP/1.1\r\nHost: h\r\n" + ("Content-Length: %d\r\n\r\n" % (64 * MEBIBYTE) if framing == "length" else "Transfer-Encoding: chunked\r\n\r\n"))
            for _ in range(256):
                caller.socket.sendall(BLOCK if framing == "length" else chunk(BLOCK))
        except OSError:
            pass  # nobody wants the rest
    sender = threading.Thread(target=upload, daemon=True)
    sender.start()
    request = upstream.head()
    request.send(answer)
    after(request.peer)
    got = caller.answer()
    sender.join(20)
    return got


@pytest.mark.parametrize("framing", ["length", "chunked"])
@pytest.mark.parametrize("after", [lambda peer: peer.close(), lambda peer: None, lambda peer: peer.finish(), close_with_reset], ids=["close", "stay", "half_close", "reset"])
def test_answer_before_the_body_is_sent(proxy, upstream, framing, after):  # noqa: F811
    """A 413 while the caller still uploads reaches it whole, whatever the function does with its connection then."""
    watchdog = proxy()
    answer = b"HTTP/1.1 413 Content Too Large\r\nConnection: close\r\nContent-Length: 9\r\n\r\ntoo much\n"
    for _ in range(3):
        if after is close_with_reset:
            # What was sent before a reset may be lost on the way: then it is an answer of ours.
            got = early(upstream, watchdog.connect(), framing, answer, after)
            assert got.status in (413, 500)
            continue
        got = early(upstream, watchdog.connect(), framing, answer, after)
        assert (got.status, got.text) == (413, "too much\n")
    until(lambda: watchdog.sample("http_requests_in_flight") == 0, "nothing is left in flight")


def test_answer_before_the_body_to_a_patient_caller(proxy, upstream):  # noqa: F811
    """With Expect the caller has sent nothing yet: the final answer comes instead of more."""
    caller = proxy().connect()
    caller.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 100000000\r\nExpect: 100-continue\r\n\r\n")
    request = upstream.head()
    request.reply(401, body="no")
    answer = caller.answer()
    assert (answer.status, answer.text) == (401, "no")


def test_answer_while_the_body_is_sent(proxy, upstream):  # noqa: F811
    """A function may answer piece by piece what it reads; both directions at once."""
    caller = proxy().connect()
    caller.send("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n")
    request = upstream.head()
    request.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    assert caller.head().status == 200
    pieces = request.peer.body_pieces(request)
    for i in range(20):
        caller.send(chunk(b"piece %d" % i))
        request.send(chunk(b"got " + next(pieces)))
        caller.await_text(b"got piece %d\r\n" % i)
    caller.send("0\r\n\r\n")
    assert list(pieces) == []
    request.send("0\r\n\r\n")
    caller.await_text(b"\r\n0\r\n\r\n")
    caller.buffer.clear()
    request.peer.taken = False
    caller.send(compose())
    upstream.receive().reply(body="next")
    assert caller.answer().text == "next" and upstream.saw_connections(1)


@pytest.mark.parametrize("framing", ["length", "chunked"])
def test_a_body_that_is_not_whole(proxy, upstream, framing):  # noqa: F811
    """The caller ends in its middle: the function never takes it for whole, and the connection to it ends."""
    watchdog = proxy()
    for leave in ("finish", "reset"):
        caller = watchdog.connect()
        caller.send("POST / HTTP/1.1\r\nHost: h\r\n" + ("Content-Length: 10\r\n\r\nfour" if framing == "length" else "Transfer-Encoding: chunked\r\n\r\n4\r\nfour\r\n"))
        request = upstream.head()
        pieces = request.peer.body_pieces(request)
        assert next(pieces) == b"four"
        getattr(caller, leave)()
        with pytest.raises(CutOff):
            next(pieces)
        if leave == "finish":
            assert caller.answer().status == 400


def test_half_closed_caller_gets_its_answer(proxy, upstream):  # noqa: F811
    """A caller that sends its request and ends its direction still gets the answer of a quick function."""
    caller = proxy().connect()
    caller.send(compose("POST", "/", body=b"all I say"))
    caller.finish()
    got = upstream.receive()
    got.reply(body="heard")
    assert caller.answer().text == "heard" and not caller.receive()


def test_max_body_bytes(proxy, upstream):  # noqa: F811
    """A known length above it is refused before the function hears of it; an unknown one when it is passed."""
    watchdog = proxy(max_body_bytes="1000")
    caller = watchdog.connect()
    caller.send(compose("POST", "/", body=b"x" * 1000))
    upstream.receive().reply()
    assert caller.answer().status == 200
    assert watchdog.post("/", b"x" * 1001).status == 413
    assert upstream.silent_for(0.1)
    caller = watchdog.connect()
    caller.send(compose("POST", "/", body=b"x" * 1001, chunked=True), forgiving=True)
    assert caller.answer().status == 413
    buffered = proxy(max_body_bytes="1000", http_buffer_req_body="true")
    caller = buffered.connect()
    caller.send(compose("POST", "/", body=b"x" * 1001, chunked=True), forgiving=True)
    assert caller.answer().status == 413


def pump(total, write):
    """Sends `total` bytes of a pattern; returns their hash."""
    digest = hashlib.sha256()
    for _ in range(total // len(BLOCK)):
        write(BLOCK)
        digest.update(BLOCK)
    return digest.hexdigest()


def upload(watchdog, upstream, size, chunked):  # noqa: F811
    caller = watchdog.connect()
    sent = {}

    def send():
        caller.send("POST / HTTP/1.1\r\nHost: h\r\n" + ("Transfer-Encoding: chunked\r\n\r\n" if chunked else "Content-Length: %d\r\n\r\n" % size))
        sent["hash"] = pump(size, (lambda block: caller.send(chunk(block))) if chunked else caller.send)
        if chunked:
            caller.send("0\r\n\r\n")
    sender = threading.Thread(target=send, daemon=True)
    sender.start()
    request = upstream.head()
    digest = hashlib.sha256()
    for piece in request.peer.body_pieces(request):
        digest.update(piece)
    sender.join(60)
    request.reply(body=digest.hexdigest())
    assert caller.answer().text == sent["hash"]


def download(watchdog, upstream, size, chunked):  # noqa: F811
    caller = watchdog.connect()
    caller.send(compose())
    request = upstream.head()
    sent = {}

    def send():
        request.send("HTTP/1.1 200 OK\r\n" + ("Transfer-Encoding: chunked\r\n\r\n" if chunked else "Content-Length: %d\r\n\r\n" % size))
        sent["hash"] = pump(size, (lambda block: request.send(chunk(block))) if chunked else request.send)
        if chunked:
            request.send("0\r\n\r\n")
    sender = threading.Thread(target=send, daemon=True)
    sender.start()
    answer = caller.head()
    digest, left = hashlib.sha256(), size
    while chunked or left:
        if chunked and not (left := int(caller.line(), 16)):
            break
        while left:
            if not caller.buffer and not caller.receive():
                raise CutOff("%d bytes are missing" % left)
            piece = caller.take(min(left, len(caller.buffer)))
            digest.update(piece)
            left -= len(piece)
        if chunked:
            assert caller.take(2) == b"\r\n"
    sender.join(60)
    assert answer.status == 200 and digest.hexdigest() == sent["hash"]


@pytest.mark.parametrize("chunked", [False, True], ids=["length", "chunked"])
@pytest.mark.parametrize("move", [upload, download])
def test_large_bodies_are_not_held(proxy, upstream, move, chunked):  # noqa: F811
    """64 MiB, unchanged, with little memory."""
    watchdog = proxy()
    move(watchdog, upstream, 64 * MEBIBYTE, chunked)
    watchdog.assert_memory_below(8 * 1024, "VmHWM")


@pytest.mark.long
@pytest.mark.parametrize("chunked", [False, True], ids=["length", "chunked"])
@pytest.mark.parametrize("move", [upload, download])
def test_two_gibibytes(proxy, upstream, move, chunked):  # noqa: F811
    """2 GiB, beyond what 31 bits count, with little memory."""
    watchdog = proxy(write_timeout="10m", read_timeout="10m", exec_timeout="10m")
    move(watchdog, upstream, 2048 * MEBIBYTE, chunked)
    watchdog.assert_memory_below(8 * 1024, "VmHWM")


def fill(send):
    """Writes until nothing more is taken; how much that was."""
    sent = 0
    while True:
        try:
            sent += send(BLOCK)
        except (BlockingIOError, TimeoutError):
            return sent


def drain(reader, size):
    while len(reader.buffer) < size and reader.receive():
        pass


def test_slow_upstream_holds_the_caller_back(proxy, upstream):  # noqa: F811
    """A caller with 256 MiB for a function that does not read: it cannot send more than the sockets hold."""
    watchdog = proxy()
    caller = watchdog.connect()
    caller.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: %d\r\n\r\n" % (256 * MEBIBYTE))
    request = upstream.head()
    caller.socket.settimeout(0.3)
    sent = fill(caller.socket.send)
    assert sent < 64 * MEBIBYTE
    watchdog.assert_memory_below(8 * 1024, "VmHWM")
    assert watchdog.health() == 200
    drained = threading.Thread(target=drain, args=(request.peer, sent // 2), daemon=True)
    drained.start()
    until(lambda: fill(caller.socket.send), "the caller can go on")
    drained.join(20)


def test_slow_caller_holds_the_upstream_back(proxy, upstream):  # noqa: F811
    """A function with 256 MiB for a caller that does not read: the same."""
    watchdog = proxy()
    caller = watchdog.connect(receive_buffer=65536)
    caller.send(compose())
    request = upstream.head()
    request.send("HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % (256 * MEBIBYTE))
    request.peer.socket.settimeout(0.3)
    sent = fill(request.peer.socket.send)
    assert sent < 64 * MEBIBYTE
    watchdog.assert_memory_below(8 * 1024, "VmHWM")
    assert watchdog.health() == 200
    assert caller.head().status == 200
    drained = threading.Thread(target=drain, args=(caller, sent // 2), daemon=True)
    drained.start()
    until(lambda: fill(request.peer.socket.send), "the function can go on")
    drained.join(20)


def test_idle_connections_cost_little(proxy, upstream):  # noqa: F811
    """300 calls at once, each with a body of 256 KiB both ways: afterwards memory is small."""
    watchdog = proxy()
    upstream.play(echo)
    callers = [watchdog.connect() for _ in range(300)]
    body = b"b" * 262_144
    senders = [threading.Thread(target=caller.send, args=(compose("POST", "/", body=body),), daemon=True) for caller in callers]
    for sender in senders:
        sender.start()
    for caller in callers:
        assert caller.answer().body == body
    watchdog.assert_memory_below(40 * 1024)


def test_upstream_that_shuts_its_direction_after_the_answer(proxy, upstream):  # noqa: F811
    """The answer is whole; the connection is not used again."""
    watchdog = proxy()
    caller = watchdog.connect()
    for i in range(5):
        caller.send(compose("POST", "/", body=b"x"))
        got = upstream.receive()
        got.reply(body="%d" % i)
        got.peer.socket.shutdown(socket.SHUT_WR)
        assert caller.answer().text == str(i)


def test_failing_uploads_are_failures(proxy, upstream):  # noqa: F811
    """An upstream that resets in the middle of an upload without an answer: 500."""
    caller = proxy().connect()
    caller.send("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n" + "4\r\nfour\r\n")
    request = upstream.head()
    close_with_reset(request.peer)
    caller.send(chunk(b"x" * 1000), forgiving=True)
    refused_by_us(caller.answer())
