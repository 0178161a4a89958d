"""Streaming mode: which time limit ends a call, at any point of it, and what the caller sees."""
import time

import pytest

from caller import CutOff, chunk, compose, until


def await_limit(watchdog, name):
    """The log names the limit that ended the call, and the time that had passed."""
    watchdog.await_log(r"%s.*\b\d[\d.]*m?s\b" % name)


def assert_killed(watchdog, answer, limit="exec_timeout"):
    assert (answer.status, answer.framing) == (504, "length")
    await_limit(watchdog, limit)
    watchdog.await_no_children()
    assert watchdog.health() == 200


def test_exec_timeout_before_output(streaming):
    """A full 504; the log has the limit, the signal and the call's line."""
    watchdog = streaming("sleep 680", exec_timeout="200ms")
    assert_killed(watchdog, watchdog.get("/slow"))
    watchdog.await_log("signal: killed")
    watchdog.await_log("^GET /slow - 504 - ContentLength: ")


def test_exec_timeout_after_output(streaming, house):
    """The answer is cut after what was written; the process is gone."""
    watchdog = streaming(house.sh("echo begun; exec sleep 681"), exec_timeout="500ms")
    caller = watchdog.connect()
    caller.send(compose())
    assert caller.head().status == 200
    data = caller.remainder()
    assert b"begun\n" in data and not data.endswith(b"0\r\n\r\n")
    await_limit(watchdog, "exec_timeout")
    watchdog.await_no_children()


def test_exec_timeout_in_the_middle_of_a_flood(streaming):
    """A function that never stops writing is stopped."""
    watchdog = streaming("cat /dev/zero", exec_timeout="500ms")
    with pytest.raises(CutOff):
        watchdog.get("/")
    await_limit(watchdog, "exec_timeout")
    watchdog.await_no_children()


def test_exec_timeout_while_the_caller_does_not_read(streaming):
    """Nor does a caller who does not take the answer keep the process."""
    watchdog = streaming("cat /dev/zero", exec_timeout="500ms", write_timeout="60s")
    caller = watchdog.connect(receive_buffer=4096)
    caller.send(compose())
    watchdog.await_log("exec_timeout")
    watchdog.await_no_children()
    with pytest.raises(CutOff):
        caller.answer()


def test_exec_timeout_while_the_body_comes(streaming):
    """A function that reads, a caller that drips: 504 at the limit, not at read_timeout's."""
    watchdog = streaming("wc -c", exec_timeout="500ms")
    caller = watchdog.connect()
    caller.send("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n")

    def drip():
        caller.send(chunk(b"drop"), forgiving=True)
        return not caller.silent_for(0.02)
    until(drip, "the limit passes")
    assert_killed(watchdog, caller.answer())


@pytest.mark.parametrize("size", [9 << 20, 64])
def test_exec_timeout_while_nobody_reads_the_body(streaming, size):
    """A function that does not read: the caller gets its 504 although it is still sending, or wants to."""
    watchdog = streaming("sleep 682", exec_timeout="400ms")
    caller = watchdog.connect()
    caller.send(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % (10 << 20) + bytes(size), forgiving=True)
    assert_killed(watchdog, caller.answer())


def test_exec_timeout_ends_grandchildren(streaming, house):
    """What the function started dies with it and delays nothing, though it holds the pipes."""
    watchdog = streaming(house.sh("sleep 683 & sleep 684 & (sleep 685 | cat) & sleep 686"), exec_timeout="300ms")
    started = time.monotonic()
    assert watchdog.get("/").status == 504
    assert time.monotonic() - started < 10
    until(lambda: len(house.marked()) == 1, "only the watchdog is left")


def test_exec_timeout_ends_grandchildren_after_output(streaming, house):
    """So when the answer has begun."""
    watchdog = streaming(house.sh("echo begun; (sleep 687; echo never) & sleep 688"), exec_timeout="300ms")
    with pytest.raises(CutOff):
        watchdog.get("/")
    until(lambda: len(house.marked()) == 1, "only the watchdog is left")


def test_exec_timeout_and_a_process_out_of_reach(streaming, house):
    """A grandchild in a session of its own keeps the pipes: the answer comes all the same."""
    house.strays_allowed = True
    watchdog = streaming(house.sh('[ -z "$Http_Query" ] || echo begun; setsid sleep 689 & exec sleep 690'), exec_timeout="300ms")
    assert watchdog.get("/").status == 504
    with pytest.raises(CutOff):
        watchdog.get("/?begun")


def test_exec_timeout_cannot_be_ignored(streaming, house):
    """A function that ignores SIGTERM is killed all the same."""
    watchdog = streaming(house.sh("trap '' TERM INT HUP; while :; do sleep 0.1; done"), exec_timeout="300ms")
    assert_killed(watchdog, watchdog.get("/"))


def test_exec_timeout_after_the_output_is_closed(streaming, house):
    """A function that closed its output is still under the limit."""
    watchdog = streaming(house.sh("exec >&- 2>&-; exec sleep 691"), exec_timeout="300ms")
    assert_killed(watchdog, watchdog.get("/"))


def test_exec_timeout_in_http_1_0(streaming, house):
    """504 before the first byte, a reset after it."""
    watchdog = streaming(house.sh('[ -z "$Http_Query" ] || echo begun; exec sleep 692'), exec_timeout="500ms")
    assert watchdog.get("/", version="HTTP/1.0").status == 504
    caller = watchdog.connect()
    caller.send(compose(target="/?begun", version="HTTP/1.0"))
    caller.await_text(b"begun\n")
    caller.remainder()
    assert caller.was_reset


def test_calls_after_a_timeout(streaming, house):
    """Where the body is done a 504 leaves the connection as it was."""
    gate = house.gate()
    caller = streaming(house.held(), exec_timeout="300ms").connect()
    assert caller.request("GET", "/?" + gate.path).status == 504
    assert caller.request("POST", "/", body=b"next").text == "next"


def test_no_exec_timeout(streaming, house):
    """exec_timeout=0 is none; a function within the limit is not touched."""
    for setting in ("0", "20s"):
        watchdog = streaming("sh -c 'sleep 0.1; cat'", exec_timeout=setting)
        assert watchdog.post("/", b"x").text == "x"
        assert "exec_timeout" not in watchdog.err()


@pytest.mark.parametrize("setting", ["0", "30s"])
def test_x_timeout_shortens(streaming, setting):
    """X-Timeout limits one call, with or without exec_timeout; the log names it."""
    watchdog = streaming("sleep 693", exec_timeout=setting)
    assert_killed(watchdog, watchdog.get("/", {"X-Timeout": "200ms"}), "X-Timeout")


def test_x_timeout_never_lengthens(streaming):
    """A longer X-Timeout changes nothing."""
    watchdog = streaming("sleep 694", exec_timeout="200ms")
    assert_killed(watchdog, watchdog.get("/", {"X-Timeout": "1h"}))


@pytest.mark.parametrize("value", ["1", "soon", "", "0s", "-1s", "10 s"])
def test_x_timeout_that_is_none(streaming, value):
    """Only a Go duration above zero counts."""
    assert streaming("sh -c 'sleep 0.05; echo done'").get("/", {"X-Timeout": value}).text == "done\n"


def test_write_timeout_before_output(streaming):
    """A full 504, the limit in the log, the process gone."""
    watchdog = streaming("sleep 695", write_timeout="300ms", read_timeout="300ms")
    assert_killed(watchdog, watchdog.get("/"), "write_timeout")


def test_write_timeout_after_output(streaming, house):
    """A cut answer."""
    watchdog = streaming(house.sh("echo begun; exec sleep 696"), write_timeout="500ms")
    with pytest.raises(CutOff):
        watchdog.get("/")
    await_limit(watchdog, "write_timeout")
    watchdog.await_no_children()


def test_write_timeout_and_a_caller_that_does_not_read(streaming):
    """It ends a call whose caller does not take the answer, and its process."""
    watchdog = streaming("cat /dev/zero", write_timeout="1s", exec_timeout="0")
    caller = watchdog.connect(receive_buffer=4096)
    caller.send(compose())
    await_limit(watchdog, "write_timeout")
    watchdog.await_no_children()
    with pytest.raises(CutOff):
        caller.answer()


def test_equal_limits(streaming):
    """exec_timeout equal to write_timeout, as by default: a full answer."""
    assert streaming("sleep 697", write_timeout="300ms", exec_timeout="300ms").get("/").status in (408, 504)


def test_read_timeout_of_a_body(streaming, house):
    """A body that stops: 408, and the process that had a part of it is gone without having seen its end."""
    watchdog = streaming(house.sh("cat >/dev/null; touch whole"), read_timeout="400ms")
    caller = watchdog.connect()
    caller.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nab")
    assert caller.answer().status == 408
    await_limit(watchdog, "read_timeout")
    watchdog.await_no_children()
    assert not house.exists("whole")


def test_read_timeout_after_output(streaming, house):
    """When the answer has begun it is cut."""
    watchdog = streaming(house.sh("echo begun; cat >/dev/null; touch whole"), read_timeout="500ms")
    caller = watchdog.connect()
    caller.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nab")
    caller.await_text(b"begun")
    assert not caller.remainder().endswith(b"0\r\n\r\n")
    watchdog.await_no_children()
    assert not house.exists("whole")


def test_read_timeout_does_not_limit_the_function(streaming):
    """Once the body is there, read_timeout has nothing to say."""
    assert streaming("sh -c 'cat; sleep 0.6; echo done'", read_timeout="200ms").post("/", b"x").text == "xdone\n"
