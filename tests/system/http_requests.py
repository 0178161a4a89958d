"""What of a request reaches the function, and what does not."""
import pytest

from caller import chunk, compose
from upstreams.played import proxy, upstream  # noqa: F401, fixtures

TARGETS = ("/", "/some/path?x=1&y=2", "//", "//a//b", "/a//b/", "/a%2Fb", "/a%2fb", "/a%20b", "/%00", "/a;p=1/b", "/a?x=%20&y=+&z", "/a/b/", "/./a",
           "/../a", "/a/../b", "/a/.", "/a?", "/a??b", "/a?b?c=/../", "/a?q=//x", "/:80", "/@x", "/a'b(c)!*$&,=~_-.", "/%7Ea", "/%E2%82%AC",
           "/a[1]", "/a|b^`{}", '/"quoted"', "/a\\b", "/?", "/a:b@c", "/*", "/x" * 2000, "/?" + "q" * 60000)
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND", "PURGE", "M-SEARCH", "get", "X", "!#$%&'*+-.^_`|~09az")


@pytest.fixture
def sent_on(proxy, upstream):  # noqa: F811
    """`sent_on(request bytes)`: what the upstream gets of it."""
    watchdog = proxy()

    def send(data):
        caller = watchdog.connect()
        caller.send(data)
        got = upstream.receive()
        got.reply(body="" if got.method == "HEAD" else "done")
        assert caller.answer(got.method).status == 200
        caller.close()
        return got
    return send


def test_targets_arrive_as_they_were_sent(sent_on):
    """Nothing is decoded, encoded, cleaned or redirected."""
    for target in TARGETS:
        assert sent_on(compose("GET", target)).line == "GET %s HTTP/1.1" % target


def test_absolute_targets(sent_on):
    """The origin form goes on; the target's host is the Host (RFC 9112 3.2.2)."""
    for target, expected, host in (("http://other.example/a//b?c=%2F", "/a//b?c=%2F", "other.example"), ("http://other.example:81", "/", "other.example:81"),
                                   ("http://other.example?x", "/?x", "other.example"), ("HTTP://o/", "/", "o")):
        got = sent_on(compose("GET", target))
        assert (got.target, got.all("Host")) == (expected, [host]), got.line


@pytest.mark.parametrize("suffix, before", [("", ""), ("/", ""), ("/base", "/base"), ("/base/", "/base"), ("/a%2Fb/c", "/a%2Fb/c")])
def test_path_of_the_upstream_url(proxy, upstream, suffix, before):  # noqa: F811
    """A path of upstream_url stands before every target; a slash at its end changes nothing."""
    watchdog = proxy(upstream_url=upstream.url + suffix)
    for target in ("/", "/x?y", "//x"):
        caller = watchdog.connect()
        caller.send(compose("GET", target))
        got = upstream.receive()
        got.reply()
        assert got.target == before + target
        assert caller.answer().status == 200


@pytest.mark.parametrize("method", METHODS)
def test_methods(sent_on, method):
    """Every method is passed on, spelled as it was, with and without a body."""
    got = sent_on(compose(method, "/m"))
    assert (got.method, got.framing) == (method, "none")
    got = sent_on(compose(method, "/m", body=b"the body"))
    assert (got.method, got.body, got.framing) == (method, b"the body", "length")


def test_fields_are_kept(sent_on):
    """Host, spelling, order, repeated and empty fields stay; nothing is added."""
    fields = [("x-oNe", "1"), ("X-Many", "a"), ("Authorization", "Bearer t"), ("X-Many", "b, c"), ("Cookie", "a=1; b=2"), ("Cookie", "c=3"), ("X-Empty", ""),
              ("X-Forwarded-For", "1.2.3.4"), ("x-forwarded-host", "h"), ("Forwarded", "for=1"), ("Via", "1.1 first"), ("X-High", "\xe9\xff"), ("X-Tab", "a\tb"),
              ("Accept", "*/*"), ("X-Timeout", "30s"), ("X-Call-Id", "c"), ("Date", "then"), ("User-Agent", "me/1"), ("X-Duration-Seconds", "9")]
    got = sent_on(compose("GET", "/", fields, host="fn.example.com:8080"))
    assert got.fields == [("Host", "fn.example.com:8080"), *fields]


def test_nothing_is_invented(sent_on):
    """No User-Agent, Accept-Encoding, Via, X-Forwarded-For or framing of our own."""
    assert sent_on(b"GET / HTTP/1.1\r\nHost: h\r\n\r\n").fields == [("Host", "h")]
    assert sent_on(b"GET / HTTP/1.1\r\nHost:\r\n\r\n").fields == [("Host", "")]


def test_many_and_large_fields(sent_on):
    """A thousand fields, and one of 200 KB."""
    fields = [("X-%d" % i, "v%d" % i) for i in range(1000)] + [("X-Large", "l" * 200_000)]
    assert sent_on(compose("GET", "/", fields)).fields[1:] == fields


def test_hop_by_hop_fields_end_here(sent_on):
    """Fields of the connection, and those that Connection names, are not passed on (RFC 9110 7.6.1)."""
    got = sent_on(compose("GET", "/", [("Connection", "X-Private, keep-alive"), ("connection", "x-second ,, close-ish"), ("X-Private", "1"), ("x-Second", "2"),
                                       ("X-Private", "3"), ("Keep-Alive", "300"), ("Proxy-Connection", "keep-alive"), ("Proxy-Authorization", "Basic x"),
                                       ("Close-Ish", "4"), ("Upgrade", "h2c"), ("TE", "gzip"), ("X-Public", "yes")]))
    assert got.fields == [("Host", "fn.example"), ("X-Public", "yes")]


def test_connection_cannot_name_what_is_for_the_function(sent_on):
    """A caller cannot strip Host, credentials or what trusted proxies added."""
    fields = [("Authorization", "Bearer t"), ("Cookie", "a=1"), ("X-Forwarded-For", "1.2.3.4"), ("X-Call-Id", "7"), ("Content-Type", "text/x")]
    named = ", ".join(name for name, _ in fields) + ", Host, Content-Length"
    got = sent_on(compose("POST", "/", [("Connection", named), *fields], body=b"body"))
    assert got.fields == [("Host", "fn.example"), *fields, ("Content-Length", "4")]


def test_connection_close_is_the_callers_own(proxy, upstream):  # noqa: F811
    """`Connection: close` ends the caller's connection, not the one to the function."""
    watchdog = proxy(workers=1)  # each worker has connections of its own
    for _ in range(3):
        caller = watchdog.connect()
        caller.send(compose("GET", "/", {"Connection": "close"}))
        got = upstream.receive()
        assert "connection" not in got.names()
        got.reply(body="x")
        answer = caller.answer()
        assert answer["Connection"] == "close" and not caller.receive()
    assert upstream.saw_connections(1)


@pytest.mark.parametrize("value, passed", [("trailers", True), ("Trailers", True), ("gzip, trailers;q=0.5", True), ("gzip", False), ("", False)])
def test_te(sent_on, value, passed):
    """That the caller takes trailers is passed on, nothing else of TE."""
    got = sent_on(compose("GET", "/", {"TE": value, "Connection": "TE"}))
    assert got.all("TE") == (["trailers"] if passed else [])


def test_body_with_a_length(sent_on):
    """A length stays a length."""
    for size in (0, 1, 5000, 70_000, 1 << 20):
        got = sent_on(compose("POST", "/", body=b"l" * size))
        assert (got.framing, got["Content-Length"], got.body) == ("length", str(size), b"l" * size)


def test_chunked_body(sent_on):
    """Chunked stays chunked; extensions are dropped, trailers are passed on."""
    got = sent_on(compose("POST", "/", body=b"c" * 150_000, chunked=True))
    assert (got.framing, got.body, got.trailers) == ("chunked", b"c" * 150_000, [])
    got = sent_on(b"POST / HTTP/1.1\r\nHost: h\r\nTrailer: X-Sum\r\nTransfer-Encoding: CHUNKED\r\n\r\n3;ext=\"1\"\r\nabc\r\n0;last\r\nX-Sum: 42\r\nx-more: \r\n\r\n")
    assert (got.framing, got.body, got.trailers, got["Trailer"]) == ("chunked", b"abc", [("X-Sum", "42"), ("x-more", "")], "X-Sum")
    assert sent_on(compose("POST", "/", body=b"", chunked=True)).framing == "chunked"


def test_equal_lengths_become_one(sent_on):
    """Two equal Content-Length fields are one field for the function."""
    got = sent_on(b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\nContent-Length: 3\r\n\r\nabc")
    assert (got.all("Content-Length"), got.body) == (["3"], b"abc")


def test_body_is_streamed(proxy, upstream):  # noqa: F811
    """Each piece reaches the function before the next is sent."""
    caller = proxy().connect()
    caller.send("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n")
    request = upstream.head()
    pieces = request.peer.body_pieces(request)
    for text in (b"one", b"two" * 9000, b"three"):
        caller.send(chunk(text))
        got = b""
        while len(got) < len(text):
            got += next(pieces)
        assert got == text
    caller.send("0\r\n\r\n")
    assert list(pieces) == []
    request.reply(body="whole")
    assert caller.answer().text == "whole"


@pytest.mark.parametrize("name", ["http_buffer_req_body", "buffer_http"])
def test_buffered_body_has_a_length(proxy, upstream, name):  # noqa: F811
    """The body is read whole before the function hears of the request, and is sent with its length."""
    watchdog = proxy(**{name: "true"})
    caller = watchdog.connect()
    caller.send("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n" + "4\r\nhalf\r\n")
    assert upstream.silent_for(0.2)
    caller.send(chunk(b"x" * 300_000) + b"0\r\nX-Trailer: t\r\n\r\n")
    got = upstream.receive()
    assert (got.framing, got.body) == ("length", b"half" + b"x" * 300_000)
    got.reply()
    assert caller.answer().status == 200
    for body in (b"", b"y" * 5000):
        caller.send(compose("PUT", "/", body=body))
        got = upstream.receive()
        assert (got.framing, got.body) == ("length", body)
        got.reply()
        assert caller.answer().status == 200
    caller.send(compose("GET", "/"))
    got = upstream.receive()
    assert got.framing == "none"
    got.reply()
    assert caller.answer().status == 200


def test_http_1_0_callers(proxy, upstream):  # noqa: F811
    """The function is talked to in HTTP/1.1, with a Host; the answer has a length or ends with the connection."""
    watchdog = proxy(workers=1)  # each worker has connections of its own
    caller = watchdog.connect()
    caller.send("GET /old HTTP/1.0\r\n\r\n")
    got = upstream.receive()
    assert got.line == "GET /old HTTP/1.1" and got.all("Host") == [upstream.url[len("http://"):]]
    got.reply(body="sized")
    answer = caller.answer()
    assert (answer.version, answer.text, answer["Content-Length"]) == ("HTTP/1.0", "sized", "5") and not caller.receive()

    caller = watchdog.connect()
    caller.send("GET /old HTTP/1.0\r\nHost: mine\r\nConnection: keep-alive\r\n\r\n")
    got = upstream.receive()
    assert got.all("Host") == ["mine"] and "connection" not in got.names()
    got.send("HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n")
    answer = caller.answer()
    assert (answer.framing, answer.text, answer.interim) == ("close", "hello", [])

    caller = watchdog.connect()
    for _ in range(2):
        caller.send("POST /old HTTP/1.0\r\nConnection: keep-alive\r\nContent-Length: 2\r\n\r\nhi")
        got = upstream.receive()
        assert (got.framing, got.body) == ("length", b"hi")
        got.reply(body="kept")
        answer = caller.answer()
        assert answer["Connection"] == "keep-alive" and answer.text == "kept"
    assert upstream.saw_connections(1)


def test_pipelined_requests(proxy, upstream):  # noqa: F811
    """Answers come in the order of the requests."""
    caller = proxy().connect()
    caller.send(b"".join(compose("POST", "/%d" % i, body=b"b%d" % i) for i in range(5)))
    for i in range(5):
        got = upstream.receive()
        assert (got.target, got.body) == ("/%d" % i, b"b%d" % i)
        got.reply(body="answer %d" % i)
    assert [caller.answer().text for _ in range(5)] == ["answer %d" % i for i in range(5)]


SMUGGLING = {
    "length_and_chunked": "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nG",
    "unequal_lengths": "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
    "length_list": "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1, 2\r\n\r\nab",
    "signed_length": "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: +1\r\n\r\na",
    "length_with_blank": "POST / HTTP/1.1\r\nHost: h\r\nContent-Length : 1\r\n\r\na",
    "folded": "POST / HTTP/1.1\r\nHost: h\r\nX: a\r\n Content-Length: 1\r\n\r\n",
    "folded_coding": "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n",
    "bare_lf": "POST / HTTP/1.1\r\nHost: h\nContent-Length: 1\r\n\r\na",
    "bare_lf_end": "GET / HTTP/1.1\r\nHost: h\r\n\nGET /smuggled HTTP/1.1\r\nHost: h\r\n\r\n",
    "bare_cr": "GET / HTTP/1.1\r\nHost: h\r\nX: a\rContent-Length: 1\r\n\r\n",
    "nul": "GET / HTTP/1.1\r\nHost: h\r\nX: a\0b\r\n\r\n",
    "xchunked": "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
    "chunked_twice": "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "chunked_identity": "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n",
    "chunked_in_1_0": "POST / HTTP/1.0\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "no_host": "GET / HTTP/1.1\r\n\r\n",
    "two_hosts": "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
    "bad_host": "GET / HTTP/1.1\r\nHost: a b/c\r\n\r\n",
    "control_in_target": "GET /a\x01b HTTP/1.1\r\nHost: h\r\n\r\n",
    "blank_in_target": "GET /a HTTP/1.1 HTTP/1.1\r\nHost: h\r\n\r\n",
    "bad_name": "GET / HTTP/1.1\r\nHost: h\r\nX Y: 1\r\n\r\n",
    "empty_name": "GET / HTTP/1.1\r\nHost: h\r\n: 1\r\n\r\n",
    "no_colon": "GET / HTTP/1.1\r\nHost: h\r\nContent-Length\r\n\r\n",
}


def test_ambiguous_requests_do_not_reach_the_function(proxy, upstream):  # noqa: F811
    """What two parsers could read differently is refused, and nothing after it is a request."""
    watchdog = proxy()
    for label, text in SMUGGLING.items():
        answers = watchdog.exchange(text + "GET /smuggled HTTP/1.1\r\nHost: h\r\n\r\n", finish=True)
        assert [answer.status for answer in answers] in ([400], [501]), (label, answers)
    assert upstream.silent_for(0.1)


@pytest.mark.parametrize("body", ["1\r\nab\r\n0\r\n\r\n", "g\r\n", "-1\r\n", "0x1\r\na\r\n", "1\na\n0\n\n", "fffffffffffffffff\r\n",
                                  "1\r\na\r\n0\r\nbad trailer\r\n\r\n", "1;\x01\r\na\r\n0\r\n\r\n"])
def test_a_broken_chunked_body_is_never_whole_for_the_function(proxy, upstream, body):  # noqa: F811
    """The caller gets 400, and the connection to the function ends inside the body."""
    caller = proxy().connect()
    caller.send("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n")
    request = upstream.head()
    assert request.peer.line() == "3" and request.peer.take(5) == b"abc\r\n"
    caller.send(body, forgiving=True)
    assert caller.answer().status == 400
    rest = request.peer.remainder()
    assert not rest.endswith(b"0\r\n\r\n") and b"GET" not in rest
