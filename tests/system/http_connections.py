"""The connections to the function: kept, replaced when the function closes them, and made to any kind of address."""
import concurrent.futures
import socket
import threading
import time

import pytest

from caller import Caller, compose, until
from upstreams.played import Upstream, close_with_reset, echo, proxy, refused_by_us, upstream  # noqa: F401, fixtures


def test_one_connection_for_calls_in_a_row(proxy, upstream):  # noqa: F811
    """The connection that showed that the function listens is the first that is used."""
    watchdog = proxy()
    upstream.play(echo)
    for i in range(20):
        assert watchdog.post("/", b"%d" % i).text == str(i)
    assert upstream.saw_connections(1)


def test_calls_at_once_have_connections_of_their_own(proxy, upstream):  # noqa: F811
    """Slow calls do not wait for each other; afterwards their connections are used again."""
    watchdog = proxy()
    callers = [watchdog.connect() for _ in range(5)]
    for turn in range(3):
        for i, caller in enumerate(callers):
            caller.send(compose("GET", "/%d" % i))
        held = [upstream.receive() for _ in callers]
        for request in reversed(held):
            request.reply(body="to " + request.target)
        for i, caller in enumerate(callers):
            assert caller.answer().text == "to /%d" % i
    assert upstream.saw_connections(5)


@pytest.mark.parametrize("method", ["GET", "POST", "PUT"])
@pytest.mark.parametrize("close", [lambda peer: peer.close(), close_with_reset], ids=["fin", "reset"])
def test_function_that_closes_after_each_answer_without_saying_so(proxy, upstream, method, close):  # noqa: F811
    """Its answers look as if the connection stayed; not one of 200 calls fails, whatever their method."""
    watchdog = proxy()

    def answer_and_close(request):
        request.reply(body=request.body)
        close(request.peer)
        return False
    upstream.play(answer_and_close)
    caller = watchdog.connect()
    for i in range(200):
        answer = caller.request(method, "/", body=b"%d" % i)
        assert (answer.status, answer.text) == (200, str(i)), "call %d" % i


def failed(answers):
    return sum(answer.status == 500 for answer in answers)


@pytest.mark.parametrize("method", ["POST", "PUT"])
def test_large_bodies_to_a_function_that_closes_after_each_answer(proxy, upstream, method):  # noqa: F811
    """What can be sent only once cannot be saved where it crosses with the end of its connection. That happens once: then the
    function's habit is known, and such bodies get connections of their own."""
    watchdog = proxy()

    def answer_and_close(request):
        request.reply(body=str(len(request.body)))
        request.peer.close()
        return False
    upstream.play(answer_and_close)
    caller = watchdog.connect()
    answers = [caller.request(method, "/", body=b"x" * 400_000, chunked=i % 2 == 0) for i in range(60)]
    assert [(answer.status, answer.text) for answer in answers if answer.status != 500] == [(200, "400000")] * (len(answers) - failed(answers))
    assert failed(answers) <= 1


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_function_that_closes_idle_connections(proxy, upstream, method):  # noqa: F811
    """It closes 20 ms after an answer, and calls come at just that pace: what crossed with the end of the connection is repeated
    where it may be (GET), and what was closed before is never used (POST)."""
    watchdog = proxy()
    gone = []

    def impatient(request):
        request.reply(body=request.body)
        request.peer.socket.settimeout(0.02)
        try:
            request.peer.receive()
        except TimeoutError:
            gone.append(1)
            return False
        finally:
            request.peer.socket.settimeout(20)
    upstream.play(impatient)
    caller = watchdog.connect()
    pauses = (0.0, 0.0199, 0.0203, 0.021, 0.0197, 0.0205, 0.025) if method == "GET" else (0.0, 0.022, 0.03, 0.005)
    for i in range(70):
        time.sleep(pauses[i % len(pauses)])
        answer = caller.request(method, "/", body=b"%d" % i)
        assert (answer.status, answer.text) == (200, str(i)), "call %d" % i
    assert gone


def test_an_end_is_noticed_at_once(proxy, upstream):  # noqa: F811
    """An idle connection that the function closes is closed by us as well, without any call."""
    watchdog = proxy()
    callers = [watchdog.connect() for _ in range(10)]
    for caller in callers:
        caller.send(compose())
    for request in [upstream.receive() for _ in callers]:
        request.reply()
    for caller in callers:
        assert caller.answer().status == 200
    before = watchdog.descriptors()
    for peer in upstream.peers:
        peer.close()
    until(lambda: watchdog.descriptors() == before - 10, "the descriptors are closed")


def test_idle_connections_are_given_up_soon(proxy, upstream):  # noqa: F811
    """A server with one thread has to get it back: the watchdog closes what nobody used for half a second."""
    watchdog = proxy()
    callers = [watchdog.connect() for _ in range(3)]
    for caller in callers:
        caller.send(compose())
    for request in [upstream.receive() for _ in callers]:
        request.reply()
    for peer in upstream.peers:
        peer.await_end()
    for caller in callers:
        assert caller.answer().status == 200
        caller.send(compose())
        upstream.receive().reply()
        assert caller.answer().status == 200


def test_server_that_serves_one_connection_at_a_time(proxy, upstream):  # noqa: F811
    """A kept connection blocks it: calls at once are served all the same, one after the other."""
    watchdog = proxy(exec_timeout="20s")
    callers = [watchdog.connect() for _ in range(3)]
    for caller in callers:
        caller.send(compose())

    def serve():
        while not upstream.ended:
            try:
                peer = upstream.peers.pop() if upstream.peers else upstream.accept()
                while peer.receive():
                    peer.request().reply(body="served")
                peer.close()
            except OSError:
                return
    threading.Thread(target=serve, daemon=True).start()
    for caller in callers:
        assert caller.answer().text == "served"


def test_half_closed_idle_connection_is_not_used(proxy, upstream):  # noqa: F811
    """A FIN is enough: the function will not answer on it... or would, but need not be asked."""
    watchdog = proxy()
    watchdog_caller = watchdog.connect()
    watchdog_caller.send(compose())
    upstream.receive().reply(body="one")
    assert watchdog_caller.answer().text == "one"
    upstream.peers[0].finish()
    until(lambda: not upstream.peers[0].receive(), "the watchdog closes its end")
    watchdog_caller.send(compose("POST", "/", body=b"b"))
    upstream.receive().reply(body="two")
    assert watchdog_caller.answer().text == "two" and upstream.saw_connections(2)


def test_a_request_that_was_taken_is_not_repeated(proxy, upstream):  # noqa: F811
    """On a new connection, or where any byte of an answer came, the call fails: the function may have worked already."""
    watchdog = proxy()
    first, second = watchdog.connect(), watchdog.connect()
    first.send(compose("GET", "/first"))
    kept = upstream.receive()
    second.send(compose("GET", "/second"))
    upstream.receive().peer.close()
    refused_by_us(second.answer())
    kept.reply()
    assert first.answer().status == 200
    first.send(compose("GET"))
    got = upstream.receive()
    got.send("HTTP/1.1 2")
    got.peer.close()
    refused_by_us(first.answer())
    first.send(compose("POST", body=b"once"))
    upstream.receive().reply()
    assert first.answer().status == 200
    first.send(compose("POST", body=b"once"))
    upstream.receive().peer.close()
    refused_by_us(first.answer())
    assert upstream.silent_for(0.1)


def test_a_post_that_was_worked_on_is_not_repeated(proxy, upstream):  # noqa: F811
    """The function takes its time and then breaks off, with or without a reset: 500, and it is not asked again."""
    watchdog = proxy()
    caller = watchdog.connect()
    for end in (lambda peer: peer.close(), close_with_reset):
        caller.send(compose("POST", body=b"warm"))
        upstream.receive().reply()
        assert caller.answer().status == 200
        caller.send(compose("POST", body=b"once"))
        request = upstream.receive()
        assert upstream.silent_for(0.1)
        end(request.peer)
        refused_by_us(caller.answer())
    assert upstream.silent_for(0.1)


def test_a_repeated_request_is_the_same(proxy, upstream):  # noqa: F811
    """Head, body and framing, once more on a new connection."""
    watchdog = proxy()
    caller = watchdog.connect()
    caller.send(compose())
    upstream.receive().reply()
    assert caller.answer().status == 200
    caller.send(compose("PUT", "/again?x", {"X-Y": "z"}, body=b"the body"))
    first = upstream.receive()
    first.peer.close()
    second = upstream.receive()
    assert (second.line, second.fields, second.body, second.framing) == (first.line, first.fields, first.body, first.framing)
    second.reply(body="done")
    assert caller.answer().text == "done"


def test_connection_close_from_the_function(proxy, upstream):  # noqa: F811
    """It is believed: the connection is closed after the answer and not used again."""
    watchdog = proxy()
    for i in range(3):
        caller = watchdog.connect()
        caller.send(compose())
        got = upstream.receive()
        got.reply(fields=[("Connection", "close")], body="last")
        assert caller.answer().text == "last"
        got.peer.await_end()
    assert upstream.saw_connections(3)


def test_function_that_is_gone_and_comes_back(proxy, upstream):  # noqa: F811
    """While nobody listens calls fail at once; when somebody does they work again."""
    watchdog = proxy()
    caller = watchdog.connect()
    caller.send(compose())
    upstream.receive().reply()
    assert caller.answer().status == 200
    port = upstream.port
    upstream.close()
    refused_by_us(caller.request("GET"))
    watchdog.await_log(r"^Upstream HTTP request error: connect to 127\.0\.0\.1:%d: connection refused$" % port)
    again = Upstream(port=port)
    again.play(echo)
    assert caller.request("POST", "/", body=b"back").text == "back"
    again.close()


def has_ipv6():
    try:
        with socket.socket(socket.AF_INET6) as probe:
            probe.bind(("::1", 0))
    except OSError:
        return False
    return True


def test_ipv6(of):
    """`http://[::1]:port`."""
    if not has_ipv6():
        pytest.skip("no IPv6 here")
    played = Upstream(host="::1")
    watchdog = of("http", upstream_url=played.url + "/base")
    played.play(lambda request: request.reply(body=request.target))
    assert watchdog.get("/x").text == "/base/x"
    assert watchdog.call("GET", "/", host=None, version="HTTP/1.0").text == "/base/"
    played.close()


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_host_name(of, host):
    """localhost may be IPv4, IPv6 or both: the address where somebody listens is found."""
    if host == "::1" and (not has_ipv6() or not any(info[4][0] == "::1" for info in socket.getaddrinfo("localhost", 1))):
        pytest.skip("localhost has no IPv6 address here")
    played = Upstream(host=host)
    watchdog = of("http", upstream_url="http://localhost:%d" % played.port)
    played.play(echo)
    for i in range(5):
        assert watchdog.post("/", b"named").text == "named"
    played.close()


def test_unknown_host_name(of):
    """The calls fail with the reason; the watchdog answers other things meanwhile."""
    watchdog = of("http", upstream_url="http://no-such-host.invalid:1", exec_timeout="300ms")
    caller = watchdog.connect()
    caller.send(compose())
    assert watchdog.health() == 200 and watchdog.get("/_/ready").status == 503
    refused_by_us(caller.answer(), 504)
    watchdog.await_log("Upstream HTTP request error: ")


@pytest.mark.parametrize("scheme", ["unix:", "unix://", "http+unix://", "UNIX:"])
def test_unix_socket(of, house, scheme):
    """A path; the requests are as over TCP."""
    path = house.path("function.sock")
    played = Upstream(path)
    watchdog = of("http", upstream_url=scheme + path)
    caller = watchdog.connect()
    caller.send(compose("POST", "//x?y", body=b"over a path"))
    got = played.receive()
    assert (got.line, got.all("Host"), got.body) == ("POST //x?y HTTP/1.1", ["fn.example"], b"over a path")
    got.reply(body="here")
    assert caller.answer().text == "here"
    caller.send("GET / HTTP/1.0\r\n\r\n")
    got = played.receive()
    assert got.all("Host") == ["localhost"]
    got.reply()
    assert caller.answer().status == 200
    played.close()


def test_unix_socket_that_closes_after_each_answer(of, house):
    """As over TCP, no call fails."""
    played = Upstream(house.path("function.sock"))
    watchdog = of("http", upstream_url=played.url)

    def answer_and_close(request):
        request.reply(body=request.body)
        return False
    played.play(answer_and_close)
    caller = watchdog.connect()
    for i in range(100):
        assert caller.request("POST" if i % 2 else "GET", "/", body=b"%d" % i).text == str(i)
    played.close()


@pytest.mark.parametrize("url", ["ftp://127.0.0.1:1", "127.0.0.1:1", "http://", "http://:80", "http://127.0.0.1:0", "http://127.0.0.1:99999", "http://127.0.0.1:x",
                                 "http://a b", "http://h?x=y", "https://127.0.0.1:1", "unix:", "unix:relative", "http://u:p@h/", "http://[::1"])
def test_bad_upstream_url(house, url):
    """One line that names the URL, exit 1; nothing was started."""
    tattling = house.tattling("sleep 60")
    ended = house.run("of", (), {"mode": "http", "fprocess": tattling, "upstream_url": url})
    assert ended.code == 1 and url in ended.err and "upstream_url" in ended.err, ended
    assert len([line for line in ended.err.splitlines() if "Version: " not in line]) == 1, ended.err
    assert not house.exists("ran")


def test_upstream_url_is_required(house):
    """With the contract's line, before anything is started."""
    ended = house.run("of", (), {"mode": "http", "fprocess": house.tattling()})
    assert ended.code == 1 and 'you must specify a valid URL for "http_upstream_url"' in ended.err
    assert not house.exists("ran")


def test_http_upstream_url_wins(of, upstream):  # noqa: F811
    """Over upstream_url; each alone works."""
    watchdog = of("http", upstream_url="http://127.0.0.1:9", http_upstream_url=upstream.url)
    upstream.play(echo)
    assert watchdog.post("/", b"here").text == "here"
    assert of("http", http_upstream_url=upstream.url).post("/", b"here").text == "here"


def test_many_callers_at_once(proxy, upstream):  # noqa: F811
    """200 connections with 5 calls each, mixed methods and framings: every answer is the caller's own."""
    watchdog = proxy()
    upstream.play(echo)
    barrier = threading.Barrier(200)

    def call(number):
        caller = Caller(watchdog.port)
        barrier.wait(20)
        for i in range(5):
            body = b"%d-%d " % (number, i) * (1 + number * 17 % 400)
            assert caller.request("POST", "/", body=body, chunked=i % 2 == 0).body == body
        caller.close()
    with concurrent.futures.ThreadPoolExecutor(200) as pool:
        list(pool.map(call, range(200)))
