"""Answers of the function that break a rule, or that do not come whole: the caller gets 500, or sees that the answer was cut."""
import pytest

from caller import CutOff, compose, until
from upstreams.played import close_with_reset, proxy, refused_by_us, upstream  # noqa: F401, fixtures

OK = b"HTTP/1.1 200 OK\r\n"

# Before the head is whole nothing has gone to the caller.
BAD_HEADS = {
    "nothing": b"",
    "not_http": b"this is not http\r\n\r\n",
    "html": b"<html>oops</html>\r\n\r\n",
    "http_0_9": b"ok\n",
    "tls_alert": b"\x15\x03\x01\x00\x02\x02\x16",
    "ssh": b"SSH-2.0-OpenSSH_9.2\r\n",
    "http_2_preface": b"\0\0\x12\x04\0\0\0\0\0\0\x03\0\0\0\x64\0\x04\0\x40\0\0\0\x02\0\0\0\0",
    "http_2_version": b"HTTP/2.0 200 OK\r\nContent-Length: 2\r\n\r\nok",
    "http_1_version": b"HTTP/1 200 OK\r\nContent-Length: 2\r\n\r\nok",
    "http_11_1_version": b"HTTP/11.1 200 OK\r\nContent-Length: 2\r\n\r\nok",
    "lower_case": b"http/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok",
    "no_status": b"HTTP/1.1\r\nContent-Length: 2\r\n\r\nok",
    "status_of_two_digits": b"HTTP/1.1 20 OK\r\nContent-Length: 2\r\n\r\nok",
    "status_of_four_digits": b"HTTP/1.1 2000 OK\r\nContent-Length: 2\r\n\r\nok",
    "status_0": b"HTTP/1.1 000 OK\r\nContent-Length: 2\r\n\r\nok",
    "status_of_letters": b"HTTP/1.1 2OO OK\r\nContent-Length: 2\r\n\r\nok",
    "negative_status": b"HTTP/1.1 -20 OK\r\nContent-Length: 2\r\n\r\nok",
    "two_blanks": b"HTTP/1.1  200 OK\r\nContent-Length: 2\r\n\r\nok",
    "leading_blank": b" HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok",
    "control_in_reason": b"HTTP/1.1 200 O\x01K\r\nContent-Length: 2\r\n\r\nok",
    "bare_cr_in_reason": b"HTTP/1.1 200 O\rK\r\nContent-Length: 2\r\n\r\nok",
    "bare_lf_after_status": b"HTTP/1.1 200 OK\nContent-Length: 2\r\n\r\nok",
    "bare_lf_in_fields": OK + b"X: y\nContent-Length: 2\r\n\r\nok",
    "bare_cr_in_value": OK + b"X: a\rb\r\nContent-Length: 2\r\n\r\nok",
    "nul_in_value": OK + b"X: a\0b\r\nContent-Length: 2\r\n\r\nok",
    "control_in_value": OK + b"X: a\x07b\r\nContent-Length: 2\r\n\r\nok",
    "folded": OK + b"X: a\r\n b\r\nContent-Length: 2\r\n\r\nok",
    "blank_before_colon": OK + b"Content-Length : 2\r\n\r\nok",
    "blank_in_name": OK + b"X Y: a\r\nContent-Length: 2\r\n\r\nok",
    "empty_name": OK + b": a\r\nContent-Length: 2\r\n\r\nok",
    "no_colon": OK + b"nonsense\r\nContent-Length: 2\r\n\r\nok",
    "leading_blank_in_field": OK + b" X: a\r\nContent-Length: 2\r\n\r\nok",
    "length_and_chunked": OK + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
    "chunked_and_length": OK + b"Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
    "unequal_lengths": OK + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\nok",
    "length_list": OK + b"Content-Length: 2, 2\r\n\r\nok",
    "negative_length": OK + b"Content-Length: -2\r\n\r\nok",
    "signed_length": OK + b"Content-Length: +2\r\n\r\nok",
    "hex_length": OK + b"Content-Length: 0x2\r\n\r\nok",
    "empty_length": OK + b"Content-Length:\r\n\r\nok",
    "length_of_letters": OK + b"Content-Length: two\r\n\r\nok",
    "huge_length": OK + b"Content-Length: 99999999999999999999\r\n\r\nok",
    "unknown_coding": OK + b"Transfer-Encoding: gzip\r\n\r\nok",
    "coding_before_chunked": OK + b"Transfer-Encoding: gzip, chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n",
    "chunked_twice": OK + b"Transfer-Encoding: chunked, chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n",
    "chunked_in_1_0": b"HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n",
    "switches_unasked": b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n",
    "ends_after_interim": b"HTTP/1.1 103 Early Hints\r\n\r\n",
    "bad_head_after_interim": b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 2x0 OK\r\n\r\n",
    "too_large": OK + b"X: " + b"x" * 1_200_000 + b"\r\n\r\n",
    "endless_line": b"HTTP/1.1 200 " + b"x" * 1_200_000,
}

# The head is fine, and has gone to the caller by then or not.
BAD_BODIES = {
    "short": OK + b"Content-Length: 10\r\n\r\nfour",
    "no_chunk_size": OK + b"Transfer-Encoding: chunked\r\n\r\n\r\n",
    "bad_chunk_size": OK + b"Transfer-Encoding: chunked\r\n\r\nxyz\r\nabc\r\n0\r\n\r\n",
    "negative_chunk_size": OK + b"Transfer-Encoding: chunked\r\n\r\n-1\r\na\r\n0\r\n\r\n",
    "hex_prefix": OK + b"Transfer-Encoding: chunked\r\n\r\n0x2\r\nok\r\n0\r\n\r\n",
    "huge_chunk_size": OK + b"Transfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\nok\r\n0\r\n\r\n",
    "chunk_too_long": OK + b"Transfer-Encoding: chunked\r\n\r\n2\r\nokay\r\n0\r\n\r\n",
    "bare_lf_after_size": OK + b"Transfer-Encoding: chunked\r\n\r\n2\nok\r\n0\r\n\r\n",
    "bare_lf_after_chunk": OK + b"Transfer-Encoding: chunked\r\n\r\n2\r\nok\n0\r\n\r\n",
    "bare_lf_at_end": OK + b"Transfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\n\n",
    "control_in_extension": OK + b"Transfer-Encoding: chunked\r\n\r\n2;\x01\r\nok\r\n0\r\n\r\n",
    "bad_trailer": OK + b"Transfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\nno colon\r\n\r\n",
    "not_chunked_at_all": OK + b"Transfer-Encoding: chunked\r\n\r\n<html>all of it</html>",
    "no_last_chunk": OK + b"Transfer-Encoding: chunked\r\n\r\n2\r\nok\r\n",
    "no_end_of_trailers": OK + b"Transfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\nX: y\r\n",
}


@pytest.fixture
def told(proxy, upstream):  # noqa: F811
    """`told(bytes, end)`: what the caller gets of an upstream that says them and then closes (or what `end(peer)` does)."""
    watchdog = proxy()

    def tell(data, end=None, method="POST", **options):
        caller = watchdog.connect()
        caller.send(compose(method, "/", body=b"x", **options))
        got = upstream.receive()
        try:
            got.send(data)
        except ConnectionError:
            pass  # refused before its end
        (end or (lambda peer: peer.close()))(got.peer)
        try:
            return caller.answer(method)
        finally:
            caller.close()
    tell.watchdog = watchdog
    return tell


def test_malformed_heads(told):
    """500 with our header, empty; the log names the rule; the next call is served."""
    for label, data in BAD_HEADS.items():
        answer = told(data)
        assert refused_by_us(answer), label
    told.watchdog.await_log(r"^Upstream HTTP request error: malformed HTTP response", len(BAD_HEADS) - 5)
    assert told(OK + b"Content-Length: 2\r\n\r\nok").text == "ok"


def test_malformed_heads_of_event_streams(told):
    """The same where Accept asks for events: never an empty 200."""
    for label in ("nothing", "not_http", "length_and_chunked"):
        refused_by_us(told(BAD_HEADS[label], fields={"Accept": "text/event-stream"}))


def test_malformed_heads_do_not_wait_for_the_end(told):
    """What can only be wrong is refused at once, also where the function keeps its connection open."""
    open_ones = []
    for label in ("not_http", "tls_alert", "folded", "length_and_chunked", "too_large", "endless_line"):
        refused_by_us(told(BAD_HEADS[label], end=open_ones.append))
    for peer in open_ones:
        peer.await_end()


def test_malformed_bodies(told):
    """Nobody takes such an answer for whole: it is cut, or replaced by a 500."""
    for label, data in BAD_BODIES.items():
        try:
            assert refused_by_us(told(data)), label
        except CutOff:
            continue
    assert told(OK + b"Content-Length: 2\r\n\r\nok").text == "ok"


def test_malformed_bodies_for_callers_of_1_0(told):
    """Where only the end of the connection ends the answer, a reset tells that it is not whole."""
    for label, data in BAD_BODIES.items():
        try:
            assert refused_by_us(told(data, version="HTTP/1.0")), label
        except CutOff:
            continue


WHOLE = {
    "length": OK + b"X-A: b\r\nContent-Length: 12\r\n\r\nhello, world",
    "chunked": OK + b"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n7;x=y\r\n, world\r\n0\r\nX-T: u\r\n\r\n",
    "after_interim": b"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" + OK + b"Content-Length: 12\r\n\r\nhello, world",
}


@pytest.mark.parametrize("end", [lambda peer: peer.close(), close_with_reset], ids=["fin", "reset"])
@pytest.mark.parametrize("label", WHOLE)
def test_cut_at_every_byte(told, label, end):
    """Wherever the function breaks off, its answer is never seen as whole; the last byte makes it so."""
    data = WHOLE[label]
    head = data.rindex(OK)
    # A reset before the first byte may mean that the function's end crossed with the request, which is then repeated.
    for at in range(1 if end is close_with_reset else 0, len(data)):
        try:
            answer = told(data[:at], end)
        except CutOff:
            assert at > head, "cut after the head"
            continue
        refused_by_us(answer)
    answer = told(data, lambda peer: None)
    assert (answer.status, answer.text) == (200, "hello, world")


def test_cut_answers_are_logged(told):
    """The log tells why, and the request's line is there."""
    with pytest.raises(CutOff):
        told(OK + b"Content-Length: 10\r\n\r\nfour")
    told.watchdog.await_log(r"^Upstream HTTP request error: .+")
    told.watchdog.await_log(r"^POST / - 200 OK - ContentLength: 10B \(\d+\.\d{4}s\)$")
    refused_by_us(told(b""))
    told.watchdog.await_log(r"^POST / - 500 .*ContentLength: 0B \(\d+\.\d{4}s\)$")


def test_cut_in_the_middle_of_much(told):
    """A megabyte, then the end: the bytes arrive, and the end does not look like one."""
    for framing, wrap in ((b"Content-Length: 2000000", lambda body: body), (b"Transfer-Encoding: chunked", lambda body: b"%x\r\n%s\r\n" % (len(body), body))):
        with pytest.raises(CutOff):
            told(OK + framing + b"\r\n\r\n" + wrap(b"m" * 1_000_000))


def test_every_shape_of_answer_on_one_watchdog_leaves_nothing(told):
    """After all of it no connection is left open to the function, and memory is what it was."""
    before = told.watchdog.descriptors()
    for data in [*BAD_HEADS.values(), *BAD_BODIES.values()] * 3:
        try:
            told(data)
        except CutOff:
            pass
    until(lambda: told.watchdog.descriptors() <= before + 3, "its descriptors are what they were")
    told.watchdog.assert_memory_below(24 * 1024)
