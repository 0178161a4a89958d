"""Streaming mode: a failure is an error before the first byte and a visible cut after it."""
import pytest

from caller import CutOff, compose, until


def cut_answer(watchdog, target="/", body=None, version="HTTP/1.1", method="GET"):
    """Calls, wants a 200 whose body breaks off, and returns what came of the body (with its chunks' heads)."""
    caller = watchdog.connect()
    caller.send(compose(method, target, body=body, version=version))
    assert caller.head().status == 200
    data = caller.remainder()
    assert not data.endswith(b"0\r\n\r\n"), "no last chunk"
    return data, caller


@pytest.mark.parametrize("code", [1, 3, 127, 255])
def test_exit_status_before_any_output(streaming, house, code):
    """500 with the status as text; log lines for the reason and the call."""
    watchdog = streaming(house.sh("exit %d" % code))
    answer = watchdog.get("/x")
    assert (answer.status, answer.text, answer.framing) == (500, "exit status %d\n" % code, "length")
    watchdog.await_log("exit status %d$" % code)
    watchdog.await_log("^GET /x - 500 - ContentLength: ")


@pytest.mark.parametrize("number, name", [(6, "aborted"), (9, "killed"), (11, "segmentation fault"), (13, "broken pipe"), (15, "terminated")])
def test_death_by_signal_before_any_output(streaming, house, number, name):
    """500 and the signal's name as Go has it."""
    answer = streaming(house.sh("ulimit -c 0; kill -%d $$" % number)).get("/")
    assert (answer.status, answer.text.replace(" (core dumped)", "")) == (500, "signal: %s\n" % name)


def test_body_read_and_failed(streaming, house):
    """A function that takes its whole input and then fails: 500."""
    answer = streaming(house.sh("cat >/dev/null; exit 5")).post("/", bytes(3 << 20))
    assert (answer.status, answer.text) == (500, "exit status 5\n")


def test_failure_while_the_body_is_sent(streaming, house):
    """A function that fails at once: its 500 reaches a caller who is still sending."""
    caller = streaming(house.sh("exit 6")).connect()
    caller.send(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9000000\r\n\r\n" + bytes(8 << 20), forgiving=True)
    answer = caller.answer()
    assert (answer.status, answer.text) == (500, "exit status 6\n")


def test_connection_after_a_failure(streaming, house):
    """A 500 does not end the connection."""
    caller = streaming(house.sh('cat; exit "${Http_Query:-0}"')).connect()
    assert caller.request("POST", "/?3", body=b"").status == 500
    assert caller.request("POST", "/", body=b"next").text == "next"


def test_stderr_is_not_answered(streaming, house):
    """A traceback is for the log, not for the caller."""
    watchdog = streaming(house.python("raise ValueError('inner secret')"))
    answer = watchdog.get("/")
    assert (answer.status, answer.text) == (500, "exit status 1\n")
    watchdog.await_log("^stderr: ValueError: inner secret$")


@pytest.mark.parametrize("fprocess, text", [
    ("nope-nope", 'exec: "nope-nope": executable file not found in $PATH\n'),
    ("/no/such/program", "fork/exec /no/such/program: no such file or directory\n"),
    ("/etc/passwd", "fork/exec /etc/passwd: permission denied\n")])
def test_cannot_be_started(streaming, fprocess, text):
    """500 and the reason, at each call, small body or large; in the log too; the watchdog goes on."""
    watchdog = streaming(fprocess)
    for size in (0, 5, 4 << 20):
        answer = watchdog.post("/", bytes(size))
        assert (answer.status, answer.text) == (500, text)
    watchdog.await_log("^POST / - 500 - ContentLength: ", 3)
    assert sum(text.strip() in line for line in watchdog.lines()) >= 3
    assert watchdog.health() == 200


@pytest.mark.parametrize("end", ["exit 3", "kill -9 $$", "kill -11 $$"])
def test_failure_after_output(streaming, house, end):
    """The caller has the bytes so far and no end to them; the reason is in the log; the next call works."""
    watchdog = streaming(house.sh('ulimit -c 0; echo output; cat; [ -z "$Http_Query" ] || %s' % end))
    data, _ = cut_answer(watchdog, "/?fail")
    assert b"output\n" in data
    watchdog.await_log("exit status 3$" if "exit" in end else r"signal: (killed|segmentation fault)")
    watchdog.await_log(r"GET /\?fail - 500 - ContentLength: 7B \(")
    with pytest.raises(CutOff):
        watchdog.get("/?fail")
    assert watchdog.post("/", b"x").text == "output\nx"


def test_failure_after_much_output(streaming, house):
    """Megabytes that were written before the failure are all delivered before the cut."""
    data, _ = cut_answer(streaming(house.sh("head -c 3000000 /dev/zero; exit 3")))
    assert data.count(b"\0") == 3000000


def test_failure_after_output_in_http_1_0(streaming, house):
    """Where the connection's end would be the body's, a reset says that it is not."""
    watchdog = streaming(house.sh("echo output; read -r x <gate; exit 3"))
    gate = house.gate()
    caller = watchdog.connect()
    caller.send(compose(version="HTTP/1.0"))
    caller.await_text(b"output\n")
    gate.open()
    caller.remainder()
    assert caller.was_reset


def test_failure_before_output_in_http_1_0(streaming):
    """There the whole 500."""
    answer = streaming("false").get("/", version="HTTP/1.0")
    assert (answer.status, answer.text) == (500, "exit status 1\n")


def test_failure_of_a_head(streaming):
    """HEAD: the status alone tells."""
    caller = streaming("false").connect()
    assert caller.request("HEAD", "/").status == 500
    assert caller.request("GET", "/").text == "exit status 1\n"


def test_metrics_of_a_cut_answer(streaming, house):
    """It is counted under the status that went out, though the log says that the call failed; nothing stays in flight."""
    watchdog = streaming(house.sh("echo output; exit 3"))
    cut_answer(watchdog)
    until(lambda: watchdog.sample("http_requests_total", code="200", method="get") == 1, "the call is counted")
    assert watchdog.sample("http_requests_in_flight") == 0


def test_malformed_body_after_output(streaming, house):
    """A body that goes wrong when the answer has begun: the process is killed, the answer cut."""
    watchdog = streaming(house.sh("echo begun; cat; echo whole; exec sleep 670"))
    caller = watchdog.connect()
    caller.send("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n")
    caller.await_text(b"abc")
    caller.send("xyz\r\n")
    data = caller.remainder()
    assert b"whole" not in data and not data.endswith(b"0\r\n\r\n")
    watchdog.await_no_children()


def test_body_that_ends_early_after_output(streaming, house):
    """So with one that breaks off: the function never takes a part for the whole."""
    watchdog = streaming(house.sh("echo begun; cat; touch whole; exec sleep 671"))
    caller = watchdog.connect()
    caller.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nabc")
    caller.await_text(b"abc")
    caller.finish()
    assert not caller.remainder().endswith(b"0\r\n\r\n")
    watchdog.await_no_children()
    assert not house.exists("whole")


def test_body_over_the_limit_after_output(streaming, house):
    """A chunked body that passes max_body_bytes when the answer has begun: cut, and the process ends."""
    watchdog = streaming(house.sh("echo begun; cat >/dev/null; echo whole"), max_body_bytes="1000")
    caller = watchdog.connect()
    caller.send("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n")
    caller.await_text(b"begun")
    caller.send(b"7d0\r\n" + bytes(2000) + b"\r\n", forgiving=True)
    data = caller.remainder()
    assert b"whole" not in data and not data.endswith(b"0\r\n\r\n")
    watchdog.await_no_children()
