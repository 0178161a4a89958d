"""Answers of the function that break a rule, or that do not come whole: the caller gets 500, or sees that the answer was cut."""
import pytest

from caller import CutOff, compose, until
from responsetable import BAD_BODIES, BAD_HEADS, FORGED, MORE_BEHIND, OK, UNFINISHED_HEADS
from upstreams.played import close_with_reset, proxy, refused_by_us, upstream  # noqa: F401, fixtures

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


def refusal_or_cut(told, data, **options):
    """What the caller got where it is neither."""
    try:
        answer = told(data, **options)
    except CutOff:
        return None
    return None if answer.status == 500 and refused_by_us(answer) else answer


def test_malformed_heads(told):
    """500 with our header, empty; the log names the rule; the next call is served."""
    wrong = {name: found for name, data in BAD_HEADS.items() if (found := told(data)).status != 500 or not refused_by_us(found)}
    assert not wrong
    told.watchdog.await_log(r"^Upstream HTTP request error: malformed HTTP response", len(BAD_HEADS) - len(UNFINISHED_HEADS))
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


@pytest.mark.parametrize("version", ["HTTP/1.1", "HTTP/1.0"])
def test_malformed_bodies(told, version):
    """Nobody takes such an answer for whole: it is cut, or replaced by a 500. To a caller of HTTP/1.0, for whom only the end of the
    connection ends the answer, a reset tells."""
    wrong = {name: found for name, data in BAD_BODIES.items() if (found := refusal_or_cut(told, data, version=version))}
    assert not wrong
    assert told(OK + b"Content-Length: 2\r\n\r\nok").text == "ok"


def test_nul_and_line_ends_everywhere(told):
    """A NUL, CR or LF put into a head makes it no head, wherever it stands."""
    head, wrong = OK + b"X-Name: a value\r\nContent-Length: 2\r\n\r\n", {}
    for at in range(len(head) - 1):
        for byte in (b"\0", b"\r", b"\n"):
            answer = told(head[:at] + byte + head[at:] + b"ok")
            if answer.status != 500:
                wrong[at, byte] = answer
    assert not wrong


def test_more_than_one_answer(proxy, upstream):  # noqa: F811
    """What stands behind an answer is nobody's: not of it, not of the next call, which goes out on another connection."""
    watchdog = proxy()
    for name, (method, data, body) in MORE_BEHIND.items():
        caller = watchdog.connect()
        caller.send(compose(method, "/" + name))
        first = upstream.receive()
        first.send(data)
        answer = caller.answer(method)
        assert (answer.text, answer["X-Forged"], answer.trailers) == (body, None, []), name
        caller.send(compose("POST", "/next", body=b"x"))
        second = upstream.receive()
        assert second.target == "/next" and second.peer is not first.peer, name
        second.reply(body="second")
        assert caller.answer().text == "second", name
        caller.close()


def test_answer_to_nothing(proxy, upstream):  # noqa: F811
    """What a function says on an idle connection ends it, and answers nobody."""
    watchdog = proxy()
    caller = watchdog.connect()
    caller.send(compose())
    first = upstream.receive()
    first.reply(body="first")
    assert caller.answer().text == "first"
    first.send(FORGED)
    first.peer.await_end()
    caller.send(compose())
    upstream.receive().reply(body="second")
    assert caller.answer().text == "second"


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
