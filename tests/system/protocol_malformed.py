"""Messages that are wrong, or that two parsers could read differently: refused, the connection ended, nothing behind them served; odd
ones that are neither are served. The rows and their outcomes are in requesttable.py."""
import pytest

from caller import compose, statuses
from conftest import SERVERS, Row, launcher_of, named
from requesttable import HIDDEN, LARGE, TABLE, insertions
from upstreams.played import Upstream

LAST = b"GET /last HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
CLASSIC_METHODS = ("POST", "PUT", "PATCH", "DELETE", "GET")


class Forked:
    """A function that writes down each request whose body it has read to its end."""

    def __init__(self, row, house):
        self.row, self.house, self.taken = row, house, 0
        self.watchdog = launcher_of(row, house)(house.sh(
            'cat >part.$$; { printf "%s %s%s " "$Http_Method" "$Http_Path" "${Http_Query:+?$Http_Query}"; cat part.$$; printf "\\n|\\n"; } >>seen; rm part.$$'))

    def seen(self):
        """Since the last call."""
        if not self.house.exists("seen"):
            return []
        entries = self.house.read("seen").decode("latin-1").split("\n|\n")[:-1]
        new, self.taken = entries[self.taken:], len(entries)
        return new


class Proxied:
    """The same behind the http mode."""

    def __init__(self, row, house, upstream):
        self.row, self.requests = row, []
        self.watchdog = launcher_of(row, house)("cat", upstream_url=upstream.url)
        upstream.play(self.note)

    def note(self, request):
        self.requests.append("%s %s %s" % (request.method, request.target, request.body.decode("latin-1")))
        request.reply()

    def seen(self):
        new, self.requests = self.requests, []
        return new


@pytest.fixture(params=named([*SERVERS, Row("of", "http", 504, holds=False)]))
def place(request, house):
    """Each program and mode, with a function that tells what it saw."""
    if request.param.mode != "http":
        yield Forked(request.param, house)
        return
    upstream = Upstream()
    yield Proxied(request.param, house, upstream)
    upstream.close()


def outcome(place, row):
    """The statuses of the answers, and what the function saw."""
    caller = place.watchdog.connect()
    caller.send(row.message if row.ends else row.message + LAST, forgiving=True)
    if row.ends:
        caller.finish()
    answers = caller.answers()
    caller.close()
    assert not answers or answers[-1]["Connection"] == "close", answers
    return statuses(answers), place.seen()


def right_outcome(place, row):
    wanted, seen = list(row.statuses), list(row.seen)
    if not place.row.any_method:
        for at, text in reversed(list(enumerate(row.seen))):
            if text.split()[0] not in CLASSIC_METHODS:
                wanted[at] = 405
                del seen[at]
    if row.kept:
        wanted.append(200)
        seen.append("GET /last ")
    return wanted, seen


def check(place, rows):
    wrong = []
    for name, row in rows:
        got, wanted = outcome(place, row), right_outcome(place, row)
        if got != wanted:
            wrong.append("%s: %r, not %r" % (name, got, wanted))
    assert not wrong, "\n".join(wrong)
    assert place.watchdog.post("/", b"good").status == 200


def test_table(place):
    """Each row of the table has its one outcome: the answers, what becomes of the connection, and the requests that the function saw."""
    check(place, TABLE.items())


def test_nul_and_line_ends_everywhere(place):
    """A NUL, CR or LF put into a head makes it no head, wherever it stands."""
    check(place, insertions())


def test_too_large(place):
    """Heads above 1 MiB: 431, received though the caller was still sending, whatever it is that is large."""
    check(place, LARGE.items())


def refused(server, house, message, status=400):
    """The message gets one answer, which ends the connection; no process is run for it."""
    answers = server(house.tattling()).exchange(message, finish=True)
    assert statuses(answers) == [status]
    assert not house.exists("ran")
    return answers[0]


def test_reason_is_told(server, house):
    """The 400 says what is missing, in the status line and in the body."""
    answer = refused(server, house, "GET / HTTP/1.1\r\n\r\n")
    assert answer.reason == "Bad Request: missing required Host header"
    assert answer.text.strip() == "400 Bad Request: missing required Host header"
    assert answer["Content-Type"] == "text/plain; charset=utf-8"


def test_refusal_has_a_date(server, house):
    """Every answer has its Date, this one too."""
    assert len(refused(server, house, "GET\r\n\r\n").all("Date")) == 1


def test_unknown_expectation_gets_no_interim_answer(server, house):
    """417 alone."""
    assert refused(server, house, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nExpect: something\r\n\r\nabc", 417).interim == []


def tattling_of_a_whole_body(server, house):
    """Where a function starts before its body is whole, `ran` tells whether it took the body for a whole one."""
    return house.tattling() if server.row.holds else house.sh("cat >seen && echo ran >>ran; cat seen")


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


def test_get_with_a_body(server):
    """A GET's body is a body, not the next request."""
    caller = server().connect()
    assert caller.request("GET", "/", body=HIDDEN).text == HIDDEN
    assert caller.request("GET", "/", body=b"next").text == "next"


def test_body_of_a_refused_method(server):
    """The body of a request that is answered 405 is not taken for a request."""
    answers = server().exchange(compose("POST", "/_/health", body=HIDDEN) + compose("POST", "/", {"Connection": "close"}, b"last"), finish=True)
    assert statuses(answers) in ([405, 200], [405])
    assert all(answer.text in ("", "last") for answer in answers)
