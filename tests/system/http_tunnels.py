"""WebSocket, and any other Upgrade: a tunnel both ways."""
import os
import socket
import threading

import pytest

from caller import chunk, compose, until
from upstreams.played import close_with_reset, proxy, refused_by_us, upstream  # noqa: F401, fixtures

ASK = {"Connection": "keep-alive, Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==", "Sec-WebSocket-Version": "13"}


@pytest.fixture
def tunnel(proxy, upstream):  # noqa: F811
    """`tunnel(settings)`: a watchdog, and both ends of an open tunnel."""
    def open_one(fields=(), early=b"", behind=b"", protocol="websocket", **settings):
        watchdog = proxy(**settings)
        caller = watchdog.connect()
        caller.send(compose("GET", "/ws?x", dict(ASK, Upgrade=protocol, **dict(fields))) + early)
        request = upstream.head()
        assert (request.line, request["Upgrade"], request["Connection"]) == ("GET /ws?x HTTP/1.1", protocol, "Upgrade")
        request.send(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: %s\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: s3p\r\nX-Mine: 1\r\n\r\n" % protocol.encode() + behind)
        answer = caller.head()
        assert (answer.status, answer.reason, answer["Upgrade"], answer["Connection"].lower()) == (101, "Switching Protocols", protocol, "upgrade")
        assert (answer["Sec-WebSocket-Accept"], answer["X-Mine"]) == ("s3p", "1") and answer["Transfer-Encoding"] is None and answer["Content-Length"] is None
        return watchdog, caller, request.peer
    return open_one


def test_both_ways(tunnel):
    """Any bytes, in any order, both directions at once."""
    _, caller, peer = tunnel()
    for i in range(50):
        text = bytes(range(i)) + b"\r\n\r\n0\r\n\r\nGET / HTTP/1.1\r\n"
        caller.send(text)
        assert peer.take(len(text)) == text
        peer.send(text[::-1])
        assert caller.take(len(text)) == text[::-1]


@pytest.mark.parametrize("protocol", ["websocket", "WebSocket", "tcp", "my-own/1.0", "h2c"])
def test_any_protocol(tunnel, protocol):
    """Only the two ends know what it is."""
    _, caller, peer = tunnel(protocol=protocol)
    caller.send("up")
    peer.send("down")
    assert (peer.take(2), caller.take(4)) == (b"up", b"down")


def test_bytes_that_come_early(tunnel):
    """What is sent right behind the request, or right behind the 101, belongs to the new protocol."""
    _, caller, peer = tunnel(early=b"early bird", behind=b"quick answer")
    assert (peer.take(10), caller.take(12)) == (b"early bird", b"quick answer")


def test_much_at_once(tunnel):
    """8 MiB both ways at the same time, unchanged and not held."""
    watchdog, caller, peer = tunnel()
    data = os.urandom(1 << 20) * 8
    senders = [threading.Thread(target=end.send, args=(data,), daemon=True) for end in (caller, peer)]
    for sender in senders:
        sender.start()
    received = {}
    reader = threading.Thread(target=lambda: received.update(peer=peer.take(len(data))), daemon=True)
    reader.start()
    assert caller.take(len(data)) == data
    reader.join(20)
    assert received["peer"] == data
    watchdog.assert_memory_below(8 * 1024, "VmHWM")


def test_caller_ends_first(tunnel):
    """Its FIN is passed on; the function may still speak; then everything ends."""
    watchdog, caller, peer = tunnel()
    caller.send("last words")
    caller.finish()
    assert peer.remainder() == b"last words"
    for i in range(3):
        peer.send("more %d" % i)
        assert caller.take(6) == b"more %d" % i
    peer.close()
    assert caller.remainder() == b"" and not caller.was_reset
    until(lambda: watchdog.sample("http_requests_in_flight") == 0, "the tunnel has ended")


def test_function_ends_first(tunnel):
    """The same the other way."""
    watchdog, caller, peer = tunnel()
    peer.send("last words")
    peer.finish()
    assert caller.remainder() == b"last words" and not caller.was_reset
    for i in range(3):
        caller.send("more %d" % i)
        assert peer.take(6) == b"more %d" % i
    caller.finish()
    assert peer.remainder() == b""
    until(lambda: watchdog.sample("http_requests_in_flight") == 0, "the tunnel has ended")


def test_caller_that_stays_when_the_function_has_ended(tunnel):
    """It holds the call, and its slot, for a moment and not for write_timeout."""
    watchdog, caller, peer = tunnel(max_inflight="1", write_timeout="1h")
    peer.finish()
    assert caller.remainder() == b""
    until(lambda: watchdog.sample("http_requests_in_flight") == 0, "the tunnel has ended")


def test_function_that_has_ended_its_side_and_reads_slowly(tunnel):
    """What the caller has sent is not silence: it waits for the function as long as ever."""
    _, caller, peer = tunnel()
    peer.finish()
    data = os.urandom(1 << 20) * 16  # more than the sockets hold
    sender = threading.Thread(target=caller.send, args=(data,), daemon=True)
    sender.start()
    sender.join(3)
    assert sender.is_alive(), "the function reads nothing"
    assert peer.take(len(data)) == data


def test_half_closed_and_silent(tunnel):
    """One side has ended and the other says nothing: over after write_timeout."""
    watchdog, caller, peer = tunnel(write_timeout="300ms")
    caller.finish()
    assert peer.remainder() == b""
    caller.remainder()
    until(lambda: watchdog.sample("http_requests_in_flight") == 0, "the tunnel has ended")


@pytest.mark.parametrize("who", ["caller", "function"])
def test_reset_of_one_side(tunnel, who):
    """Ends the other one too, at once."""
    watchdog, caller, peer = tunnel()
    if who == "caller":
        caller.reset()
        peer.remainder()
    else:
        close_with_reset(peer)
        caller.remainder()
    until(lambda: watchdog.sample("http_requests_in_flight") == 0, "the tunnel has ended")


def test_no_limit_in_time(tunnel):
    """None of the three limits ends it, silent or not."""
    _, caller, peer = tunnel(exec_timeout="200ms", write_timeout="200ms", read_timeout="200ms", fields={"X-Timeout": "200ms"})
    assert caller.silent_for(0.7)
    caller.send("still")
    peer.send("here")
    assert (peer.take(5), caller.take(4)) == (b"still", b"here")


def test_counted_and_limited(tunnel):
    """In http_requests_in_flight and in max_inflight as long as it lives; one line in the log at its end."""
    watchdog, caller, _ = tunnel(max_inflight="1")
    assert watchdog.sample("http_requests_in_flight") == 1
    assert watchdog.get("/").status == 429
    assert "/ws?x - 101" not in watchdog.err()
    caller.reset()
    watchdog.await_log(r"^GET /ws\?x - 101 Switching Protocols - .*\(\d+\.\d{4}s\)$")
    assert watchdog.sample("http_requests_total", code="101", method="get") == 1


def test_refused_upgrade(proxy, upstream):  # noqa: F811
    """Any other status is a usual answer, and the caller's connection goes on; the function's is not used again, for a server that was
    asked to leave HTTP may read what follows in a way of its own."""
    watchdog = proxy(workers=1)  # each worker has connections of its own
    caller = watchdog.connect()
    for status in (200, 400, 426):
        caller.send(compose("GET", "/", ASK))
        upstream.receive().reply(status, [("Upgrade", "websocket")], b"no")
        answer = caller.answer()
        assert (answer.status, answer.text) == (status, "no")
        assert answer["Upgrade"] is None or status == 426
    caller.send(compose())
    upstream.receive().reply(body="plain")
    assert caller.answer().text == "plain" and upstream.connections == 4


def test_upgrade_with_a_body(proxy, upstream):  # noqa: F811
    """The body goes before the switch."""
    caller = proxy().connect()
    caller.send(compose("POST", "/", ASK, body=b"first this"))
    request = upstream.head()
    assert b"".join(request.peer.body_pieces(request)) == b"first this"
    request.send("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\nnow")
    assert caller.head().status == 101 and caller.take(3) == b"now"


def test_upgrade_is_of_the_connection(proxy, upstream):  # noqa: F811
    """Without `Connection: Upgrade`, or in HTTP/1.0, the field asks for nothing and ends here."""
    watchdog = proxy()
    for fields, version in (({"Upgrade": "websocket"}, "HTTP/1.1"), ({"Upgrade": "websocket", "Connection": "keep-alive"}, "HTTP/1.1"),
                            ({"Upgrade": "websocket", "Connection": "Upgrade"}, "HTTP/1.0"), ({"Connection": "Upgrade"}, "HTTP/1.1")):
        caller = watchdog.connect()
        caller.send(compose("GET", "/", fields, version=version))
        request = upstream.receive()
        assert request["Upgrade"] is None and request["Connection"] is None
        request.send("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n")
        refused_by_us(caller.answer())


def test_function_that_breaks_off_an_upgrade(proxy, upstream):  # noqa: F811
    """Without an answer: 500."""
    watchdog = proxy()
    keeper = watchdog.connect()
    keeper.send(compose("GET", "/kept"))
    kept = upstream.head()
    caller = watchdog.connect()
    caller.send(compose("GET", "/", ASK))
    upstream.receive().peer.close()
    refused_by_us(caller.answer())
    kept.reply()
    assert keeper.answer().status == 200


def test_limit_before_the_switch(proxy, upstream):  # noqa: F811
    """exec_timeout counts until the 101."""
    caller = proxy(exec_timeout="200ms").connect()
    caller.send(compose("GET", "/", ASK))
    upstream.receive()
    refused_by_us(caller.answer(), 504)


def test_drain(tunnel):
    """SIGTERM: the tunnel works on for write_timeout at most, then it ends, and the watchdog with 0."""
    watchdog, caller, peer = tunnel(healthcheck_interval="50ms", write_timeout="1s")
    watchdog.term()
    watchdog.await_log("^No new connections allowed, draining: 1 requests$")
    caller.send("still")
    peer.send("here")
    assert (peer.take(5), caller.take(4)) == (b"still", b"here")
    assert watchdog.await_end() == 0
    watchdog.await_log(r"^Exiting\. Active connections: 1$")
    assert caller.remainder() == b"" and peer.remainder() == b""


def test_drain_that_need_not_wait(tunnel):
    """When the tunnel ends by itself the watchdog ends too."""
    watchdog, caller, peer = tunnel(healthcheck_interval="50ms", write_timeout="60s")
    watchdog.term()
    watchdog.await_log("^No new connections allowed, draining: 1 requests$")
    caller.finish()
    peer.finish()
    assert watchdog.await_end() == 0
    watchdog.await_log(r"^Exiting\. Active connections: 0$")


def test_slow_ends_hold_each_other_back(tunnel):
    """Who does not read stops who writes; memory stays small."""
    watchdog, caller, peer = tunnel()
    for writer in (caller, peer):
        writer.socket.settimeout(0.2)
        sent = 0
        with pytest.raises(socket.timeout):
            while sent < 256 << 20:
                sent += writer.socket.send(chunk(b"x" * 65536))
        assert sent < 64 << 20
    watchdog.assert_memory_below(8 * 1024, "VmHWM")
    assert watchdog.health() == 200


def test_many_tunnels(proxy, upstream):  # noqa: F811
    """A hundred at once, each with its own bytes."""
    watchdog = proxy()
    pairs = []
    for i in range(100):
        caller = watchdog.connect()
        caller.send(compose("GET", "/%d" % i, ASK))
        request = upstream.head()
        request.send("HTTP/1.1 101 X\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n")
        assert caller.head().status == 101
        pairs.append((caller, request.peer))
    for i, (caller, peer) in enumerate(pairs):
        caller.send("up %03d" % i)
        peer.send("dn %03d" % i)
    for i, (caller, peer) in enumerate(pairs):
        assert (peer.take(6), caller.take(6)) == (b"up %03d" % i, b"dn %03d" % i)
    for caller, _ in pairs:
        caller.reset()
    until(lambda: watchdog.sample("http_requests_in_flight") == 0, "all have ended")
    watchdog.assert_memory_below(24 * 1024)
