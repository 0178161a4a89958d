"""What of the function's answer reaches the caller, and in which framing."""
import pytest

from caller import compose, until
from upstreams.played import proxy, upstream  # noqa: F401, fixtures


@pytest.fixture
def told(proxy, upstream):  # noqa: F811
    """`told(bytes of the upstream's answer)`: what the caller gets. With `end` the upstream closes behind them."""
    watchdog = proxy()

    def tell(data, method="GET", end=False, version="HTTP/1.1", fields=()):
        caller = watchdog.connect()
        caller.send(compose(method, "/", fields, version=version))
        got = upstream.receive()
        got.send(data)
        if end:
            got.peer.close()
        answer = caller.answer(method)
        answer.caller = caller
        return answer
    tell.watchdog = watchdog
    return tell


@pytest.mark.parametrize("status, reason", [(200, "OK"), (201, "Created"), (202, ""), (206, "Partial Content"), (299, "Own  Words; \xe9"), (400, "Bad Request"),
                                            (401, "Unauthorized"), (404, "Not Found"), (407, "Proxy Authentication Required"), (418, "I'm a teapot"), (429, "Too Many"),
                                            (500, "Internal Server Error"), (502, "Bad Gateway"), (503, "x"), (599, "y"), (600, "z"), (999, "Last")])
def test_status_and_reason(told, status, reason):
    """The function's own, also where nobody else knows them. Without a phrase ours may be put in."""
    answer = told(b"HTTP/1.1 %d %s\r\nContent-Length: 4\r\n\r\nbody" % (status, reason.encode("latin-1")))
    assert (answer.status, answer.text) == (status, "body")
    if reason:
        assert answer.reason == reason
    assert answer["X-OpenFaaS-Internal"] is None


def test_reason_may_be_missing(told):
    """`HTTP/1.1 200` without a phrase, and without the blank before it."""
    for line in (b"HTTP/1.1 200 \r\n", b"HTTP/1.1 200\r\n"):
        assert told(line + b"Content-Length: 2\r\n\r\nok").text == "ok"


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_redirects_are_not_followed(told, status):
    """They are the caller's business."""
    answer = told(b"HTTP/1.1 %d Moved\r\nLocation: /elsewhere\r\nContent-Length: 6\r\n\r\nmoved\n" % status)
    assert (answer.status, answer["Location"], answer.text) == (status, "/elsewhere", "moved\n")


def test_fields_are_kept(told):
    """Spelling, order, repeated and empty fields; Date and Server are the function's. X-Duration-Seconds is ours."""
    fields = [("Date", "Mon, 01 Jan 2001 00:00:00 GMT"), ("server", "mine"), ("Set-Cookie", "a=1; Path=/"), ("X-Multi", "one"), ("set-cookie", "b=2"), ("X-Multi", "two, three"),
              ("x-oDd", ""), ("Vary", "Accept"), ("Via", "1.1 x"), ("Link", "<a>; rel=x, <b>; rel=y"), ("X-High", "\xe9\xff"), ("Access-Control-Allow-Origin", "*"),
              ("Content-Type", "text/x"), ("ETag", '"1"'), ("X-OpenFaaS-Other", "1"), ("Trailer", "X-Nothing")]
    head = "".join("%s: %s\r\n" % field for field in fields)
    answer = told(("HTTP/1.1 200 OK\r\n%sX-Duration-Seconds: 99\r\nContent-Length: 2\r\n\r\nok" % head).encode("latin-1"))
    seconds = answer.all("X-Duration-Seconds")
    assert len(seconds) == 1 and 0 <= float(seconds[0]) < 20 and len(seconds[0].split(".")[1]) == 6
    assert [field for field in answer.fields if field[0] not in ("X-Duration-Seconds", "Content-Length")] == fields


def test_date_is_added_where_it_is_missing(told):
    """Every answer has one (RFC 9110 6.6.1)."""
    assert len(told(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok").all("Date")) == 1


def test_many_and_large_fields(told):
    """A thousand fields, and one of 200 KB."""
    fields = [("X-%d" % i, "v%d" % i) for i in range(1000)] + [("X-Large", "l" * 200_000)]
    answer = told(("HTTP/1.1 200 OK\r\n%sContent-Length: 2\r\n\r\nok" % "".join("%s: %s\r\n" % field for field in fields)).encode())
    assert [field for field in answer.fields if field in fields] == fields and answer.text == "ok"


def test_hop_by_hop_fields_end_here(told):
    """As for requests (RFC 9110 7.6.1)."""
    answer = told(b"HTTP/1.1 200 OK\r\nConnection: X-Private , keep-alive\r\nX-Private: secret\r\nKeep-Alive: timeout=5\r\nProxy-Authenticate: Basic\r\n"
                  b"Proxy-Connection: x\r\nUpgrade: h2c\r\nX-Public: yes\r\nContent-Length: 2\r\n\r\nok")
    assert {name for name, _ in answer.fields} == {"X-Public", "Content-Length", "Date", "X-Duration-Seconds", "Content-Type"} and answer.text == "ok"


def test_connection_cannot_name_the_content(told):
    """A function that names Content-Type or Set-Cookie in Connection does not lose them."""
    answer = told(b"HTTP/1.1 200 OK\r\nConnection: Content-Type, Set-Cookie, Content-Length\r\nContent-Type: text/x\r\nSet-Cookie: a\r\nContent-Length: 2\r\n\r\nok")
    assert (answer["Content-Type"], answer["Set-Cookie"], answer.text, answer["Connection"]) == ("text/x", "a", "ok", None)


@pytest.mark.parametrize("size", [0, 1, 100, 70_000, 3_000_000])
def test_length_stays_a_length(told, size):
    """With its Content-Length, on a connection that stays open."""
    answer = told(b"HTTP/1.1 200 OK\r\nContent-Type: x/y\r\nContent-Length: %d\r\n\r\n" % size + b"l" * size)
    assert (answer.framing, answer["Content-Length"], answer.body) == ("length", str(size), b"l" * size)
    assert answer["Connection"] is None


def test_chunked_stays_chunked(told):
    """Sizes in any notation, extensions are dropped, an empty body too."""
    answer = told(b"HTTP/1.1 200 OK\r\ntransfer-encoding: Chunked\r\n\r\n0005\r\nhello\r\nA;x=\"y\"\r\n0123456789\r\n000;last\r\n\r\n")
    assert (answer.framing, answer.text) == ("chunked", "hello0123456789")
    answer = told(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n")
    assert (answer.framing, answer.text) == ("chunked", "")


def test_trailers_are_passed_on(told):
    """With the Trailer field that announces them; a caller of HTTP/1.0 cannot get them."""
    data = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum\r\n\r\n5\r\nhello\r\n0\r\nX-Sum: 42\r\nx-more:\r\n\r\n"
    answer = told(data, fields={"TE": "trailers"})
    assert (answer["Trailer"], answer.text, answer.trailers) == ("X-Sum", "hello", [("X-Sum", "42"), ("x-more", "")])
    assert told(data, version="HTTP/1.0").text == "hello"


@pytest.mark.parametrize("head", [b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n", b"HTTP/1.1 200 OK\r\n\r\n", b"HTTP/1.0 200 OK\r\nServer: old\r\n\r\n", b"HTTP/1.0 200 OK\r\nConnection: keep-alive\r\n\r\n"])
def test_body_that_the_end_of_the_connection_ends(told, head):
    """It becomes chunked for a caller of 1.1, whose connection stays; for one of 1.0 it ends with the connection as well."""
    answer = told(head + b"until the end\n" * 5000, end=True)
    assert (answer.framing, answer.body) == ("chunked", b"until the end\n" * 5000)
    assert answer["Connection"] is None
    assert told(head, end=True).body == b""
    answer = told(head + b"old", end=True, version="HTTP/1.0")
    assert (answer.version, answer.framing, answer.text) == ("HTTP/1.0", "close", "old")


def test_http_1_0_with_a_length(told, upstream):  # noqa: F811
    """The connection to such a function is used again only where it asks for it."""
    assert told(b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok").text == "ok"
    assert upstream.saw_connections(1)
    assert told(b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\nConnection: Keep-Alive\r\n\r\nok").text == "ok"
    assert upstream.saw_connections(2)
    assert told(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok").text == "ok"
    assert upstream.saw_connections(2)


@pytest.mark.parametrize("status", [204, 304])
def test_answers_that_never_have_a_body(told, upstream, status):  # noqa: F811
    """No body and no framing is sent, whatever the function's fields say; the connection to it stays usable."""
    for fields in (b"", b"Content-Length: 0\r\n", b"Content-Length: 10\r\n", b"ETag: x\r\nVary: y\r\n"):
        answer = told(b"HTTP/1.1 %d X\r\n%s\r\n" % (status, fields))
        assert (answer.status, answer.body, answer["Transfer-Encoding"]) == (status, b"", None)
        if status == 204:
            assert answer["Content-Length"] is None
        answer.caller.send(compose())
        got = upstream.receive()
        got.reply(body="next")
        assert answer.caller.answer().text == "next"
    assert upstream.saw_connections(1)


def test_reset_content(told):
    """205 has no content, and says so (RFC 9110 15.3.6)."""
    answer = told(b"HTTP/1.1 205 Reset Content\r\nContent-Length: 0\r\n\r\n")
    assert (answer.status, answer.body) == (205, b"")


@pytest.mark.parametrize("fields", [b"Content-Length: 1234\r\n", b"Transfer-Encoding: chunked\r\n", b"", b"Content-Length: 0\r\n"])
def test_head(told, upstream, fields):  # noqa: F811
    """The fields of the answer that GET would get, no body, and both connections stay usable."""
    answer = told(b"HTTP/1.1 200 OK\r\nContent-Type: text/x\r\n%s\r\n" % fields, method="HEAD")
    assert (answer.status, answer["Content-Type"], answer.body) == (200, "text/x", b"")
    if b"Length" in fields:
        assert answer.all("Content-Length") == [fields.split()[1].decode()]
    answer.caller.send(compose())
    upstream.receive().reply(body="next")
    assert answer.caller.answer().text == "next"
    assert upstream.saw_connections(1)


def test_interim_answers(told):
    """103 and its like are passed on, 100 is not: the caller asked nobody to continue (RFC 9110 15.2)."""
    final = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
    answer = told(b"HTTP/1.1 103 Early Hints\r\nLink: </s.css>; rel=preload\r\n\r\nHTTP/1.1 102 Processing\r\n\r\n" + final)
    assert (answer.interim, answer.text) == ([103, 102], "ok")
    assert told(b"HTTP/1.1 100 Continue\r\n\r\n" + final).interim == []
    assert told(b"HTTP/1.1 103 Early Hints\r\nX: y\r\n\r\n" * 50 + final).interim == [103] * 50
    assert told(b"HTTP/1.1 103 Early Hints\r\n\r\n" + final, version="HTTP/1.0").interim == []


def test_fields_of_interim_answers(told, upstream):  # noqa: F811
    """They belong to the interim answer alone, and reach the caller at once."""
    caller = told.watchdog.connect()
    caller.send(compose())
    got = upstream.receive()
    got.send("HTTP/1.1 103 Early Hints\r\nLink: </s.css>\r\nConnection: X-Hop\r\nX-Hop: 1\r\n\r\n")
    hints = caller.head()
    assert (hints.status, hints.fields) == (103, [("Link", "</s.css>")])
    got.reply(body="ok")
    answer = caller.answer()
    assert answer.text == "ok" and answer["Link"] is None


def test_encoded_answers_are_not_touched(told):
    """Content-Encoding is between the function and the caller."""
    body = b"\x1f\x8b\x08 not really gzip"
    answer = told(b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
    assert (answer["Content-Encoding"], answer.body, answer["Content-Type"]) == ("gzip", body, None)


def test_pieces_are_passed_on_as_they_come(told, upstream):  # noqa: F811
    """Head and each piece reach the caller before the next is sent, in every framing and whatever Accept says."""
    for head, wrap in (("Transfer-Encoding: chunked\r\n", lambda text: "%x\r\n%s\r\n" % (len(text), text)), ("Content-Length: 9\r\n", str), ("Connection: close\r\n", str)):
        caller = told.watchdog.connect()
        caller.send(compose())
        got = upstream.receive()
        got.send("HTTP/1.1 200 OK\r\n%s\r\n" % head)
        assert caller.head().status == 200
        for text in ("one", "two", "six"):
            got.send(wrap(text))
            caller.await_text(text.encode())
        if head.startswith("Transfer"):
            got.send("0\r\n\r\n")
            caller.await_text(b"0\r\n\r\n")
        elif head.startswith("Connection"):
            got.peer.close()
            caller.await_text(b"0\r\n\r\n")


def test_answer_cut_into_single_bytes(told, upstream):  # noqa: F811
    """Where the pieces of the stream end says nothing."""
    data = b"HTTP/1.1 103 E\r\nA: b\r\n\r\nHTTP/1.1 200 OK\r\nX-A: b\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\nb;x\r\n0123456789a\r\n0\r\nT: u\r\n\r\n"
    caller = told.watchdog.connect()
    caller.send(compose())
    got = upstream.receive()
    for at in range(len(data)):
        got.send(data[at:at + 1])
    answer = caller.answer()
    assert (answer.interim, answer.text, answer["X-A"], answer.trailers) == ([103], "hello0123456789a", "b", [("T", "u")])


def test_answers_of_both_framings_in_turns(told, upstream):  # noqa: F811
    """Nothing of one exchange is left for the next, on one connection to the function and one to the caller."""
    caller = told.watchdog.connect()
    for i in range(30):
        caller.send(compose("HEAD" if i % 5 == 4 else "POST", "/", body=b"b%d" % i, chunked=i % 2 == 1))
        got = upstream.receive()
        assert got.body == b"b%d" % i
        if i % 5 == 4:
            got.send("HTTP/1.1 200 OK\r\nContent-Length: 77\r\n\r\n")
            assert caller.answer("HEAD")["Content-Length"] == "77"
        elif i % 3 == 0:
            got.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n%02d\r\n0\r\nT: %d\r\n\r\n" % (i, i))
            answer = caller.answer()
            assert (answer.text, answer.trailers) == ("%02d" % i, [("T", str(i))])
        else:
            got.reply(body="answer %d" % i)
            answer = caller.answer()
            assert (answer.text, answer.trailers) == ("answer %d" % i, [])
    assert upstream.saw_connections(1)


def test_bytes_beyond_the_answer_are_nobodys(told, upstream):  # noqa: F811
    """What a function sends behind its answer is not the answer to the next request; that connection is not used again."""
    answer = told(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\nsmuggled")
    assert answer.text == "ok"
    answer.caller.send(compose())
    got = upstream.receive()
    assert upstream.saw_connections(2)
    got.reply(body="mine")
    assert answer.caller.answer().text == "mine"


def test_words_without_a_request_are_nobodys(told, upstream):  # noqa: F811
    """What an idle connection says is not the answer to the next request either."""
    first = told(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
    idle = upstream.peers[0]
    idle.send("HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\nsmuggled")
    until(lambda: idle.at_end or not idle.receive(), "the watchdog gives the connection up")
    assert first.text == "ok" and told(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nmine").text == "mine"
