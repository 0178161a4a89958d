"""Real servers behind the watchdog: many calls at once, large bodies, connections that stay, errors."""
import asyncio
import concurrent.futures
import hashlib
import json
import os
import threading

import pytest

from caller import Caller, CutOff, chunk, compose, until
from upstreams.peers import PEERS

MEBIBYTE = 1 << 20
BLOCK = bytes(range(256)) * 256
APPLICATIONS = ("gunicorn", "waitress", "go", "express")
SIZES = [pytest.param(8 * MEBIBYTE, id="8MiB"), pytest.param(100 * MEBIBYTE, id="100MiB", marks=pytest.mark.long)]


@pytest.fixture
def behind(of, house):
    """`behind(peer, settings)`: a watchdog in front of that server, which listens already."""
    def start(peer, **settings):
        port = house.free_port()
        watchdog = of("http", PEERS[peer](house, port), upstream_url="http://127.0.0.1:%d" % port, **settings)
        until(lambda: watchdog.get("/_/ready").status == 200, "the server listens")
        return watchdog
    return start


def at_once(watchdog, count, call):
    """`call(caller, number)` on so many connections at the same time."""
    barrier = threading.Barrier(count)

    def run(number):
        caller = Caller(watchdog.port)
        barrier.wait(20)
        try:
            return call(caller, number)
        finally:
            caller.close()
    with concurrent.futures.ThreadPoolExecutor(count) as pool:
        return list(pool.map(run, range(count)))


@pytest.mark.parametrize("peer", APPLICATIONS)
def test_two_hundred_at_once(behind, peer):
    """Each gets its own answer."""
    watchdog = behind(peer)

    def call(caller, number):
        body = b"call %d " % number * 50
        answer = caller.request("POST", "/echo", body=body, chunked=number % 2 == 1)
        assert (answer.status, answer.body) == (200, body)
    at_once(watchdog, 200, call)
    assert watchdog.sample("http_requests_total", code="200", method="post") == 200


@pytest.mark.parametrize("peer", APPLICATIONS)
def test_errors(behind, peer):
    """The application's 404 and 500 are passed on; the watchdog has nothing to say."""
    watchdog = behind(peer)
    caller = watchdog.connect()
    for target, status in (("/nowhere", 404), ("/fails", 500), ("/seen?x", 200), ("/fails", 500)):
        answer = caller.request("GET", target)
        assert (answer.status, answer["X-OpenFaaS-Internal"]) == (status, None)
    assert "Upstream HTTP request error" not in watchdog.err()


@pytest.mark.parametrize("peer", APPLICATIONS)
def test_what_an_application_sees(behind, peer):
    """Host, query and the caller's fields; an event stream comes back."""
    watchdog = behind(peer)
    seen = json.loads(watchdog.get("/seen?a=%20b&c", [("X-Mine", "1"), ("Connection", "X-Hop"), ("X-Hop", "2")], host="my.host:81").text)
    fields = {name.lower(): value for name, value in seen["fields"]}
    assert (seen["path"], seen["query"], seen["host"], fields["x-mine"]) == ("/seen", "a=%20b&c", "my.host:81", "1")
    assert "x-hop" not in fields and "via" not in fields
    answer = watchdog.get("/events", {"Accept": "text/event-stream"})
    assert answer.body == b"".join(b"data: %d\n\n" % number for number in range(5))


@pytest.mark.parametrize("peer", APPLICATIONS)
def test_connections_stay(behind, peer):
    """50 calls in a row on one connection, with and without bodies; waits between them in which servers close theirs."""
    caller = behind(peer).connect()
    for number in range(50):
        body = os.urandom(number * 100)
        assert caller.request("POST", "/echo", body=body).body == body
        assert caller.request("GET", "/nowhere").status == 404


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("framing", ["length", "chunked"])
@pytest.mark.parametrize("peer", APPLICATIONS)
def test_upload(behind, peer, framing, size):
    """The sum that the application takes is ours."""
    watchdog = behind(peer)
    caller, digest = watchdog.connect(), hashlib.sha256()
    caller.send("POST /sum HTTP/1.1\r\nHost: h\r\n" + ("Content-Length: %d\r\n\r\n" % size if framing == "length" else "Transfer-Encoding: chunked\r\n\r\n"))
    for _ in range(size // len(BLOCK)):
        caller.send(BLOCK if framing == "length" else chunk(BLOCK))
        digest.update(BLOCK)
    if framing == "chunked":
        caller.send("0\r\n\r\n")
    assert caller.answer().text == digest.hexdigest()
    watchdog.assert_memory_below(8 * 1024, "VmHWM")


def fetch(watchdog, target, size):
    """Downloads without keeping it; the sum."""
    caller, digest = watchdog.connect(), hashlib.sha256()
    caller.send(compose("GET", target))
    answer = caller.head()
    assert (answer.status, answer["Content-Length"]) == (200, str(size))
    while size:
        if not caller.buffer and not caller.receive():
            raise CutOff("%d bytes are missing" % size)
        piece = caller.take(min(size, len(caller.buffer)))
        digest.update(piece)
        size -= len(piece)
    return digest.hexdigest()


def pattern_sum(size):
    digest = hashlib.sha256()
    for _ in range(size // len(BLOCK)):
        digest.update(BLOCK)
    return digest.hexdigest()


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("peer", APPLICATIONS)
def test_download(behind, peer, size):
    """The same in the other direction."""
    watchdog = behind(peer)
    assert fetch(watchdog, "/download?size=%d" % size, size) == pattern_sum(size)
    watchdog.assert_memory_below(8 * 1024, "VmHWM")


def site(house, size):
    with open(house.path("site/large.bin"), "wb") as file:
        for _ in range(size // len(BLOCK)):
            file.write(BLOCK)
    house.write("site/page.html", "<p>page</p>")


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("peer", ["http_server", "nginx"])
def test_file_servers(behind, house, peer, size):
    """Downloads, HEAD, ranges where they can, errors, and 200 callers at once."""
    watchdog = behind(peer)
    site(house, size)
    assert fetch(watchdog, "/large.bin", size) == pattern_sum(size)
    caller = watchdog.connect()
    for _ in range(20):
        answer = caller.request("HEAD", "/large.bin")
        assert (answer.status, answer["Content-Length"]) == (200, str(size))
        assert caller.request("GET", "/page.html").text == "<p>page</p>"
        assert caller.request("GET", "/nothing").status == 404
    refusal = caller.request("POST", "/page.html", body=b"x" * 10_000)
    assert refusal.status in (405, 501) and refusal["X-OpenFaaS-Internal"] is None
    # The backlog of http.server has five places; what does not fit is sent again by the kernel, seconds later.
    number, turns = (20, 10) if peer == "http_server" else (200, 1)
    answers = sum(at_once(watchdog, number, lambda caller, _: [caller.request("GET", "/page.html") for _ in range(turns)]), [])
    assert [(answer.status, answer.text) for answer in answers] == [(200, "<p>page</p>")] * 200
    watchdog.assert_memory_below(16 * 1024, "VmHWM")


def test_nginx_ranges_and_conditions(behind, house):
    """206, 304 and 416 with their fields."""
    watchdog = behind("nginx")
    site(house, 65536)
    caller = watchdog.connect()
    answer = caller.request("GET", "/page.html", {"Range": "bytes=3-6"})
    assert (answer.status, answer.text, answer["Content-Range"]) == (206, "page", "bytes 3-6/11")
    assert caller.request("GET", "/page.html", {"If-None-Match": answer["ETag"]}).status == 304
    assert caller.request("GET", "/page.html", {"Range": "bytes=100-"}).status == 416
    assert caller.request("GET", "/page.html").text == "<p>page</p>"


@pytest.mark.parametrize("size", SIZES)
def test_nginx_upload(behind, house, size):
    """A file put there is the file that was sent."""
    watchdog = behind("nginx")
    caller = watchdog.connect()
    caller.send("PUT /put/file HTTP/1.1\r\nHost: h\r\nContent-Length: %d\r\n\r\n" % size)
    for _ in range(size // len(BLOCK)):
        caller.send(BLOCK)
    assert caller.answer().status == 201
    assert fetch(watchdog, "/put/file", size) == pattern_sum(size)


def test_nginx_sees_raw_targets(behind):
    """As they were sent."""
    assert behind("nginx").get("//seen/../seen?x=%2F;y").text == "//seen/../seen?x=%2F;y fn.example"


def test_go_trailers(behind):
    """Both ways through Go's server."""
    caller = behind("go").connect()
    caller.send("POST /trailers HTTP/1.1\r\nHost: h\r\nTE: trailers\r\nConnection: TE\r\nTrailer: X-Sum\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nX-Sum: 42\r\n\r\n")
    answer = caller.answer()
    assert (answer.text, answer["Trailer"], answer.trailers) == ("hello", "X-Sum", [("X-Sum", "42")])


def test_go_handler_that_aborts(behind):
    """The cut is seen."""
    caller = behind("go").connect()
    with pytest.raises(CutOff):
        caller.request("GET", "/panics")


def test_websocket_client_and_server(behind):
    """Texts, bytes, large and empty messages, many at once, subprotocols, pings, and closing with a code."""
    watchdog = behind("websocket")
    import websockets

    async def talk():
        async with websockets.connect("ws://127.0.0.1:%d/chat?x" % watchdog.port, subprotocols=["chat"], max_size=None) as socket:
            assert socket.subprotocol == "chat"
            for message in ("hello", "", "\u20ac" * 1000, b"\0\xff", os.urandom(3 * MEBIBYTE)):
                await socket.send(message)
                assert await socket.recv() == message
            await (await socket.ping())
            await socket.send("many")
            assert [await socket.recv() for _ in range(1000)] == ["message %d" % number for number in range(1000)]
            await socket.send("close")
            with pytest.raises(websockets.ConnectionClosedError):
                await socket.recv()
            assert (socket.close_code, socket.close_reason) == (4001, "as asked")

    async def many():
        sockets = await asyncio.gather(*(websockets.connect("ws://127.0.0.1:%d/" % watchdog.port) for _ in range(100)))
        for number, socket in enumerate(sockets):
            await socket.send(str(number))
        assert [await socket.recv() for socket in sockets] == [str(number) for number in range(100)]
        await asyncio.gather(*(socket.close() for socket in sockets))
    asyncio.run(talk())
    asyncio.run(many())
    until(lambda: watchdog.sample("http_requests_in_flight") == 0, "all have ended")
    answer = watchdog.get("/")
    assert answer.status == 426 and answer["X-OpenFaaS-Internal"] is None
