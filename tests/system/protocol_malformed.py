"""Messages that are wrong, or that two parsers could read differently: refused, the connection ended, nothing behind them served."""
import pytest

from caller import compose, statuses

SECOND = "GET /second HTTP/1.1\r\nHost: x\r\n\r\n"


def refused(server, house, message, allowed=(400,), function=None):
    """The message gets one answer, one of `allowed`, which ends the connection; no process is run for it or for what follows it."""
    watchdog = server(function or house.tattling())
    answers = watchdog.exchange(message, finish=True)
    assert len(answers) == 1 and answers[0].status in allowed, answers
    assert answers[0]["Connection"] == "close"
    assert not house.exists("ran")
    assert watchdog.post("/", b"good").text == "good"
    return answers[0]


def table(**rows):
    return pytest.mark.parametrize("text", [pytest.param(text, id=name) for name, text in rows.items()])


@table(no_version="GET /\r\nHost: x\r\n\r\n", one_word="GET\r\n\r\n", tls="\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
       space_in_target="GET /a b HTTP/1.1\r\nHost: x\r\n\r\n", bad_method="G@T / HTTP/1.1\r\nHost: x\r\n\r\n", nul_in_target="GET /\0 HTTP/1.1\r\nHost: x\r\n\r\n",
       control_in_target="GET /\x01 HTTP/1.1\r\nHost: x\r\n\r\n", bad_escape="GET /%zz HTTP/1.1\r\nHost: x\r\n\r\n", cut_escape="GET /% HTTP/1.1\r\nHost: x\r\n\r\n",
       no_slash="GET foo HTTP/1.1\r\nHost: x\r\n\r\n", no_target="GET  HTTP/1.1\r\nHost: x\r\n\r\n", two_spaces="GET  / HTTP/1.1\r\nHost: x\r\n\r\n",
       tabs="GET\t/\tHTTP/1.1\r\nHost: x\r\n\r\n", trailing_space="GET / HTTP/1.1 \r\nHost: x\r\n\r\n", leading_space=" GET / HTTP/1.1\r\nHost: x\r\n\r\n",
       empty_line_first="\r\nGET / HTTP/1.1\r\nHost: x\r\n\r\n", bare_lf="GET / HTTP/1.1\nHost: x\n\n", bare_cr="GET / HTTP/1.1\rHost: x\r\r",
       version_small="GET / http/1.1\r\nHost: x\r\n\r\n", version_short="GET / HTTP/1\r\nHost: x\r\n\r\n", version_long="GET / HTTP/1.10\r\nHost: x\r\n\r\n",
       version_letters="GET / HTTP/x.y\r\nHost: x\r\n\r\n", no_method=" / HTTP/1.1\r\nHost: x\r\n\r\n", status_line="HTTP/1.1 200 OK\r\n\r\n")
def test_request_line(server, house, text):
    """A request line that is none: 400."""
    refused(server, house, text + SECOND)


@pytest.mark.parametrize("version", ["HTTP/2.0", "HTTP/3.0", "HTTP/0.9", "HTTP/9.9"])
def test_unknown_version(server, house, version):
    """A version that is not 1.x: 505."""
    refused(server, house, "GET / %s\r\nHost: x\r\n\r\n" % version + SECOND, (505,))


@table(missing="GET / HTTP/1.1\r\n\r\n", two="GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", two_equal="GET / HTTP/1.1\r\nHost: a\r\nhost: a\r\n\r\n",
       space_inside="GET / HTTP/1.1\r\nHost: a b\r\n\r\n", slash="GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", missing_before_body="POST / HTTP/1.1\r\nContent-Length: 1\r\n\r\nx")
def test_host(server, house, text):
    """A Host that is missing, doubled or malformed: 400."""
    refused(server, house, text + SECOND)


def test_reason_is_told(server, house):
    """The 400 says what is missing, in the status line and in the body."""
    answer = refused(server, house, "GET / HTTP/1.1\r\n\r\n")
    assert answer.reason == "Bad Request: missing required Host header"
    assert answer.text.strip() == "400 Bad Request: missing required Host header"
    assert answer["Content-Type"] == "text/plain; charset=utf-8"


def test_refusal_has_a_date(server, house):
    """Every answer has its Date, this one too."""
    assert len(refused(server, house, "GET\r\n\r\n").all("Date")) == 1


@pytest.mark.parametrize("line", [pytest.param(text, id=name) for name, text in dict(
    no_colon="NoColonHere", space_before_colon="X-A : b", tab_before_colon="X-A\t: b", empty_name=": b", folded="X-A: b\r\n folded", folded_tab="X-A: b\r\n\tfolded",
    nul="X-A: a\0b", control="X-A: a\x01b", delete="X-A: a\x7fb", bare_cr="X-A: a\rb", bare_cr_line="X-A: a\rX-B: b", bare_lf="X-A: a\nX-B: b", name_at="X@A: b", name_space="X A: b",
    name_parenthesis="X(A): b", name_slash="X/A: b", name_above_127="X\xe9: b", name_nul="X\0A: b", length_letters="Content-Length: abc", length_negative="Content-Length: -1",
    length_plus="Content-Length: +3", length_hex="Content-Length: 0x3", length_blank_inside="Content-Length: 1 2", length_empty="Content-Length:", length_point="Content-Length: 3.0",
    length_list="Content-Length: 3, 3", length_over_64_bits="Content-Length: 18446744073709551619", length_twice_unequal="Content-Length: 3\r\nContent-Length: 4",
    length_list_unequal="Content-Length: 3, 4").items()])
def test_header(server, house, line):
    """A header that is none, or a length that is none: 400."""
    refused(server, house, "POST / HTTP/1.1\r\nHost: x\r\n%s\r\n\r\nabc" % line + SECOND)


def test_first_header_folded(server, house):
    """A line that begins with a blank continues nothing: 400."""
    refused(server, house, "GET / HTTP/1.1\r\n Host: x\r\n\r\n" + SECOND)


def test_equal_lengths_twice(server):
    """Two equal lengths can be read in one way only."""
    answers = server().exchange("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nContent-Length: 3\r\nConnection: close\r\n\r\nabc")
    assert [(answer.status, answer.text) for answer in answers] == [(200, "abc")]


@pytest.mark.parametrize("head, allowed", [
    pytest.param("HTTP/1.1\r\nHost: x\r\n" + fields, allowed, id=name) for name, fields, allowed in [
        ("length_then_chunked", "Content-Length: 6\r\nTransfer-Encoding: chunked", (400,)), ("chunked_then_length", "Transfer-Encoding: chunked\r\nContent-Length: 6", (400,)),
        ("gzip", "Transfer-Encoding: gzip", (501,)), ("identity", "Transfer-Encoding: identity", (501,)), ("gzip_chunked", "Transfer-Encoding: gzip, chunked", (501,)),
        ("chunked_gzip", "Transfer-Encoding: chunked, gzip", (400, 501)), ("twice", "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked", (400, 501)),
        ("chunked_chunked", "Transfer-Encoding: chunked, chunked", (400, 501)), ("xchunked", "Transfer-Encoding: xchunked", (501,)), ("empty", "Transfer-Encoding:", (400, 501)),
        ("quoted", 'Transfer-Encoding: "chunked"', (400, 501)), ("control", "Transfer-Encoding: \x0bchunked", (400, 501)), ("parameter", "Transfer-Encoding: chunked;q=1", (400, 501)),
        ("space_before_colon", "Transfer-Encoding : chunked", (400,)), ("folded", "Transfer-Encoding:\r\n chunked", (400,)),
        ("length_and_identity", "Content-Length: 6\r\nTransfer-Encoding: identity", (400, 501))]]
    + [pytest.param("HTTP/1.0\r\nTransfer-Encoding: chunked", (400,), id="http_1_0"),
       pytest.param("HTTP/1.0\r\nContent-Length: 6\r\nTransfer-Encoding: chunked", (400,), id="http_1_0_with_length")])
def test_transfer_encoding(server, house, head, allowed):
    """Anything but `chunked` alone: 501 or 400, and never a second request found inside."""
    refused(server, house, "POST / " + head + "\r\n\r\n0\r\n\r\n" + SECOND, allowed)


def tattling_of_a_whole_body(server, house):
    """Where a function starts before its body is whole, `ran` tells whether it took the body for a whole one."""
    return house.tattling() if server.row.holds else house.sh("cat >seen && echo ran >>ran; cat seen")


@table(letters="xyz\r\nabc\r\n", negative="-3\r\nabc\r\n", empty="\r\nabc\r\n", prefixed="0x3\r\nabc\r\n", plus="+3\r\nabc\r\n", leading_space=" 3\r\nabc\r\n",
       over_64_bits="10000000000000003\r\nabc\r\n", data_too_long="3\r\nabcd\r\n", data_too_short="4\r\nabc\r\n", size_line_lf="3\nabc\r\n", data_lf="3\r\nabc\n", size_line_cr="3\rabc\r\n",
       extension_cr="3;a\rb\r\nabc\r\n", extension_lf="3;a\nb\r\nabc\r\n", extension_nul="3;a\0b\r\nabc\r\n", trailer_folded="3\r\nabc\r\n0\r\nX-A: b\r\n c\r\n\r\n",
       trailer_space="3\r\nabc\r\n0\r\nX-A : b\r\n\r\n", trailer_nothing="3\r\nabc\r\n0\r\nnothing\r\n\r\n", last_lf="3\r\nabc\r\n0\n\r\n", end_lf="3\r\nabc\r\n0\r\n\n")
def test_chunks(server, house, text):
    """A bad chunk: 400, no process, or none that sees the end of its input; the connection ends."""
    message = "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n" + text + "0\r\n\r\n" + SECOND
    refused(server, house, message, function=tattling_of_a_whole_body(server, house))


@table(length="POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nabc", chunk="POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabc",
       last_chunk="POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n", end="POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n")
def test_body_that_ends_early(server, house, text):
    """A caller that ends its sending inside the body: 400, no process, or none that sees the end of its input."""
    refused(server, house, text, function=tattling_of_a_whole_body(server, house))


@pytest.mark.parametrize("value", ["something", "200-ok", "100-continue, x"])
def test_unknown_expectation(server, house, value):
    """An Expect that nobody knows: 417, no interim answer."""
    answer = refused(server, house, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nExpect: %s\r\n\r\nabc" % value + SECOND, (417,))
    assert answer.interim == []


@table(one_header="X-Large: " + "v" * 1300000 + "\r\n", many_headers="".join("X-%d: %s\r\n" % (i, "v" * 16000) for i in range(80)),
       small_headers="".join("X-%d: v\r\n" % i for i in range(120000)), long_name="X" * 1300000 + ": v\r\n")
def test_headers_too_large(server, house, text):
    """Headers above 1 MiB: 431, received though the caller was still sending."""
    refused(server, house, "GET / HTTP/1.1\r\nHost: x\r\n" + text + "\r\n", (431,))


def test_endless_header(server, house):
    """A header line without an end is refused once it passes the limit, not when the caller ends it."""
    watchdog = server(house.tattling())
    caller = watchdog.connect()
    caller.send("GET / HTTP/1.1\r\nHost: x\r\nX-Endless: " + "v" * 1200000, forgiving=True)
    assert statuses(caller.answers()) == [431]


def test_endless_request_line(server):
    """So is a target without an end."""
    caller = server().connect()
    caller.send("GET /" + "a" * 1200000, forgiving=True)
    assert caller.answer().status in (414, 431)


def test_endless_trailers(server, house):
    """Trailers have the same limit: an error, no process, or none that sees the end of its input."""
    watchdog = server(tattling_of_a_whole_body(server, house))
    caller = watchdog.connect()
    caller.send("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nX-Endless: " + "v" * 1300000, forgiving=True)
    assert caller.answer().status in (400, 413, 431)
    assert not house.exists("ran")


def test_headers_below_the_limit(server):
    """900 KB of headers are served."""
    fields = {"X-%d" % i: "v" * 9000 for i in range(100)}
    assert server(cgi_headers="false").post("/", b"x", fields).text == "x"


def test_answers_before_the_bad_message(server):
    """Good requests before a bad one on the connection are answered first, in order; nothing after it."""
    message = compose("POST", "/", body=b"one") + compose("POST", "/", body=b"two") + b"BAD\r\n\r\n" + compose("POST", "/", body=b"three")
    answers = server().exchange(message)
    assert [(answer.status, answer.text) for answer in answers[:2]] == [(200, "one"), (200, "two")]
    assert statuses(answers[2:]) == [400]


@table(body="POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nabcdeBAD\r\n\r\n", chunks="POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabcde\r\n0\r\n\r\nBAD\r\n\r\n")
def test_bytes_after_a_body(server, text):
    """What follows a body is the next request, to the byte."""
    answers = server().exchange(text)
    assert (answers[0].status, answers[0].text) == (200, "abcde")
    assert statuses(answers[1:]) == [400]


def test_get_with_a_body(server):
    """A GET's body is a body, not the next request."""
    caller = server().connect()
    assert caller.request("GET", "/", body=SECOND).text == SECOND
    assert caller.request("GET", "/", body=b"next").text == "next"


def test_body_of_a_refused_method(server):
    """The body of a request that is answered 405 is not taken for a request."""
    answers = server().exchange(compose("POST", "/_/health", body=SECOND) + compose("POST", "/", {"Connection": "close"}, b"last"), finish=True)
    assert statuses(answers) in ([405, 200], [405])
    assert all(answer.text in ("", "last") for answer in answers)
