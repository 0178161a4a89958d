"""Time limits: which one ends a call, what the caller gets, what the log says."""
import pytest

from caller import CutOff, compose, until

KILLED = "Killed process.\n"


def await_limit(server, name):
    """The log names the limit that ended a call, and the time that had passed."""
    server.await_log(r"%s.*\b\d[\d.]*m?s\b|\b\d[\d.]*m?s\b.*%s" % (name, name))


def test_exec_timeout(classic):
    """408, `Killed process.`; the log names the whole command and the limit; the process is gone."""
    server = classic("sleep 600", exec_timeout="200ms")
    answer = server.get("/")
    assert (answer.status, answer.text) == (408, KILLED)
    server.await_log("^Killing process: sleep 600$")
    await_limit(server, "exec_timeout")
    server.await_no_children()
    assert server.health() == 200


def test_exec_timeout_drops_the_output(classic, house):
    """What was written before the limit is not in the answer."""
    assert classic(house.sh("echo some; exec sleep 600"), exec_timeout="300ms").get("/").text == KILLED


def test_exec_timeout_ends_grandchildren(classic, house):
    """What the function started dies with it and delays nothing, though it holds the pipe."""
    answer = classic(house.sh("sleep 601 & sleep 602 & (sleep 603 | cat) & sleep 604"), exec_timeout="300ms").get("/")
    assert answer.status == 408
    until(lambda: len(house.marked()) == 1, "only the watchdog is left")


def test_exec_timeout_and_a_process_out_of_reach(classic, house):
    """A grandchild in a session of its own keeps the pipe: the answer comes all the same."""
    house.strays_allowed = True
    assert classic(house.sh("setsid sleep 605 & exec sleep 606"), exec_timeout="300ms").get("/").status == 408


def test_exec_timeout_cannot_be_ignored(classic, house):
    """A function that ignores SIGTERM is killed all the same."""
    server = classic(house.sh("trap '' TERM INT HUP; while :; do sleep 0.1; done"), exec_timeout="300ms")
    assert server.get("/").status == 408
    server.await_no_children()


def test_exec_timeout_while_nobody_reads_the_body(classic):
    """The limit counts while a large body waits for a function that does not read."""
    caller = classic("sleep 607", exec_timeout="400ms").connect()
    caller.send(compose("POST", "/", body=bytes(6 << 20)), forgiving=True)
    assert caller.answer().text == KILLED


def test_calls_after_a_timeout(classic, house):
    """The connection and the watchdog go on after a 408."""
    gate = house.gate()
    server = classic(house.held(), exec_timeout="300ms")
    caller = server.connect()
    assert caller.request("GET", "/?" + gate.path).status == 408
    assert server.post("/", b"next").text == "next"


def test_quick_call_within_the_limit(classic):
    """A function that ends in time is not touched."""
    server = classic(exec_timeout="20s")
    assert server.post("/", b"x").text == "x"
    assert "Killing" not in server.err()


@pytest.mark.parametrize("setting", [None, "0", "30s"])
def test_x_timeout_shortens(classic, setting):
    """X-Timeout limits one call, with or without exec_timeout; the log names it."""
    server = classic("sleep 608", exec_timeout=setting)
    answer = server.get("/", {"X-Timeout": "200ms"})
    assert (answer.status, answer.text) == (408, KILLED)
    await_limit(server, "X-Timeout")


def test_x_timeout_never_lengthens(classic):
    """A longer X-Timeout changes nothing."""
    server = classic("sleep 609", exec_timeout="200ms")
    assert server.get("/", {"X-Timeout": "1h"}).status == 408
    await_limit(server, "exec_timeout")


@pytest.mark.parametrize("value", ["1", "soon", "", "1x", "10 s"])
def test_x_timeout_that_is_none(classic, value):
    """Only a Go duration counts."""
    assert classic("sh -c 'sleep 0.05; echo done'").get("/", {"X-Timeout": value}).text == "done\n"


def test_x_timeout_reaches_the_function(classic):
    """The header is in the environment as any other."""
    assert "Http_X_Timeout=5s" in classic("env").get("/", {"X-Timeout": "5s"}).text.splitlines()


def test_write_timeout(classic):
    """A call that takes too long: a full answer that says so, the limit in the log, the process gone."""
    server = classic("sleep 610", write_timeout="300ms", read_timeout="300ms")
    answer = server.get("/")
    assert answer.status in (408, 504) and answer.framing == "length"
    await_limit(server, "write_timeout")
    server.await_no_children()


def test_equal_limits(classic):
    """exec_timeout equal to write_timeout, as in many manifests: the caller gets a full answer."""
    assert classic("sleep 611", write_timeout="300ms", exec_timeout="300ms").get("/").status in (408, 504)


def test_write_timeout_counts_from_the_head(classic):
    """A slow body uses the time up too: a full answer, never an empty reply."""
    caller = classic(write_timeout="300ms", read_timeout="20s").connect()
    caller.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nab")
    assert caller.answer().status in (408, 504)


def test_write_timeout_cuts_a_caller_that_does_not_read(classic):
    """An answer of which a part was sent is visibly cut off; the log names the limit."""
    server = classic("head -c 40000000 /dev/zero", write_timeout="1s", read_timeout="1s")
    caller = server.connect(receive_buffer=4096)
    caller.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
    await_limit(server, "write_timeout")
    with pytest.raises(CutOff):
        caller.answer()
    assert server.post("/", b"").status == 200


def test_read_timeout_of_a_body(classic, house):
    """A body that does not come: 408, the connection ends, no process, the limit in the log."""
    server = classic(house.tattling(), read_timeout="300ms")
    caller = server.connect()
    caller.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nab")
    assert caller.answer().status == 408
    assert caller.remainder() == b""
    assert not house.exists("ran")
    await_limit(server, "read_timeout")


def test_read_timeout_of_a_chunked_body(classic, house):
    """The same between two chunks."""
    caller = classic(house.tattling(), read_timeout="300ms").connect()
    caller.send("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n")
    assert caller.answer().status == 408
    assert not house.exists("ran")


def test_read_timeout_of_a_head(classic):
    """A head that does not end: 408 and the end of the connection."""
    caller = classic(read_timeout="300ms").connect()
    caller.send("GET / HTTP/1.1\r\nHost: x\r\nX-Unfinished: ")
    assert [answer.status for answer in caller.answers()] == [408]


@pytest.mark.parametrize("head, drop", [("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\n", "b"), ("GET / HTTP/1.1\r\nHost: x\r\nX-Slow: ", "v")])
def test_dripping_does_not_extend_read_timeout(classic, head, drop):
    """One byte now and then does not keep a request open."""
    caller = classic(read_timeout="500ms").connect()
    caller.send(head)

    def drip():
        caller.send(drop, forgiving=True)
        return not caller.silent_for(0.05)
    until(drip, "the watchdog loses patience")
    assert caller.answer().status == 408


def test_read_timeout_ends_a_streamed_call(classic, house):
    """A large body that stops in the middle: 408, and the process that already had a part of it is gone."""
    server = classic(house.sh("cat >/dev/null; echo whole"), read_timeout="700ms")
    caller = server.connect()
    caller.send(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9000000\r\n\r\n" + bytes(3 << 20))
    assert caller.answer().status == 408
    server.await_no_children()


def test_idle_limit(classic):
    """A kept-alive connection is closed after read_timeout without a request, with no bytes."""
    caller = classic(read_timeout="400ms").connect()
    assert caller.request("POST", "/", body=b"x").text == "x"
    assert caller.remainder() == b""
    assert not caller.was_reset


def test_idle_limit_of_a_new_connection(classic):
    """A connection on which nothing ever comes is closed too."""
    caller = classic(read_timeout="300ms").connect()
    assert caller.remainder()[:12] in (b"", b"HTTP/1.1 408")


def test_read_timeout_starts_with_each_request(classic):
    """The limit counts from a request's first byte, not from the connection's start: many calls outlast it."""
    import time
    caller = classic(read_timeout="500ms").connect()
    started = time.monotonic()
    while time.monotonic() - started < 1.2:
        assert caller.request("POST", "/", body=b"x").text == "x"


def test_read_timeout_does_not_limit_the_function(classic):
    """Once the body is there, read_timeout has nothing to say."""
    assert classic("sh -c 'sleep 0.6; echo done'", read_timeout="200ms").post("/", b"x").text == "done\n"
