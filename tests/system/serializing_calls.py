"""Serializing mode: the answer is held until the function has ended, so that its status tells how."""
import re

import pytest

from caller import compose, until

DURATION = r"\d+\.\d{6}"


def assert_failed(answer, text):
    """500 with the reason alone: no newline, none of the output; type and duration as in a success."""
    assert (answer.status, answer.text, answer.framing) == (500, text, "length")
    assert re.fullmatch(DURATION, answer["X-Duration-Seconds"])
    assert answer.all("Content-Type") == ["application/octet-stream"]


@pytest.mark.parametrize("size", [0, 1, 2048, 2049, 3000000])
def test_answer(serializing, size):
    """200 with its length, its duration and application/octet-stream; nothing of the request comes back."""
    answer = serializing().post("/", b"x" * size, {"Content-Type": "text/csv", "X-Mine": "1"})
    assert (answer.status, answer.body, answer.framing, answer["Content-Length"]) == (200, b"x" * size, "length", str(size))
    assert re.fullmatch(DURATION, answer["X-Duration-Seconds"])
    assert answer["Content-Type"] == "application/octet-stream"
    assert sorted(name.lower() for name, _ in answer.fields) == ["content-length", "content-type", "date", "x-duration-seconds"]


@pytest.mark.parametrize("fprocess", ["cat", "true", "false", "nope-nope"])
def test_content_type(serializing, fprocess):
    """content_type decides, once: with output, without it and for a failure."""
    assert serializing(fprocess, content_type="text/html; charset=x").post("/", b"{}").all("Content-Type") == ["text/html; charset=x"]


def test_duration_is_the_calls(serializing, house):
    """X-Duration-Seconds is the time of the function."""
    assert 0.3 <= float(serializing("sh -c 'sleep 0.3'").get("/")["X-Duration-Seconds"]) < 20


@pytest.mark.parametrize("code", [1, 3, 255])
def test_exit_status(serializing, house, code):
    """500 and the status; the log line says what the caller got."""
    watchdog = serializing(house.sh("echo output; exit %d" % code))
    assert_failed(watchdog.post("/f", b""), "exit status %d" % code)
    watchdog.await_log("exit status %d$" % code)
    watchdog.await_log("^POST /f - 500 - ContentLength: %dB " % len("exit status %d" % code))


@pytest.mark.parametrize("number, name", [(6, "aborted"), (9, "killed"), (11, "segmentation fault"), (15, "terminated")])
def test_death_by_signal(serializing, house, number, name):
    """500 and the signal's name as Go has it."""
    answer = serializing(house.sh("ulimit -c 0; echo output; kill -%d $$" % number)).get("/")
    assert (answer.status, answer.text.replace(" (core dumped)", "")) == (500, "signal: " + name)


@pytest.mark.parametrize("fprocess, text", [
    ("nope-nope", 'exec: "nope-nope": executable file not found in $PATH'), ("/no/such/program", "fork/exec /no/such/program: no such file or directory"),
    ("/etc/passwd", "fork/exec /etc/passwd: permission denied")])
def test_cannot_be_started(serializing, fprocess, text):
    """500 and the reason, at each call, small body or large; the watchdog goes on."""
    watchdog = serializing(fprocess)
    for size in (5, 4 << 20):
        assert_failed(watchdog.post("/", bytes(size)), text)
    assert watchdog.health() == 200


def test_nothing_before_the_end(serializing, house):
    """What the function writes is with the caller when it ends, not before."""
    gate = house.gate()
    caller = serializing(house.sh("echo early; touch begun; read -r x <gate; echo late")).connect()
    caller.send(compose())
    house.await_file("begun")
    assert caller.silent_for(0.2)
    gate.open()
    assert caller.answer().text == "early\nlate\n"


def test_late_failure_is_a_failure(serializing, house):
    """Megabytes of output do not make a success of it."""
    assert_failed(serializing(house.sh("head -c 5000000 /dev/zero; exit 9")).get("/"), "exit status 9")


def test_exec_timeout(serializing, house):
    """500, `signal: killed`, none of the output; limit and call in the log; the group is gone."""
    watchdog = serializing(house.sh("echo output; sleep 730 & (sleep 731 | cat) & sleep 732"), exec_timeout="300ms")
    assert_failed(watchdog.get("/slow"), "signal: killed")
    watchdog.await_log(r"exec_timeout.*\b\d[\d.]*m?s\b")
    watchdog.await_log("^GET /slow - 500 - ContentLength: 14B ")
    until(lambda: len(house.marked()) == 1, "only the watchdog is left")


def test_exec_timeout_and_a_process_out_of_reach(serializing, house):
    """A grandchild in a session of its own keeps the pipes: the answer comes all the same."""
    house.strays_allowed = True
    assert_failed(serializing(house.sh("setsid sleep 733 & exec sleep 734"), exec_timeout="300ms").get("/"), "signal: killed")


def test_exec_timeout_while_nobody_reads_the_body(serializing):
    """The limit counts while a large body waits for a function that does not read."""
    caller = serializing("sleep 735", exec_timeout="400ms").connect()
    caller.send(compose("POST", "/", body=bytes(6 << 20)), forgiving=True)
    assert_failed(caller.answer(), "signal: killed")


@pytest.mark.parametrize("setting", ["0", "30s"])
def test_x_timeout_shortens(serializing, setting):
    """X-Timeout limits one call, with or without exec_timeout; the log names it."""
    watchdog = serializing("sleep 736", exec_timeout=setting)
    assert_failed(watchdog.get("/", {"X-Timeout": "200ms"}), "signal: killed")
    watchdog.await_log("X-Timeout")


def test_write_timeout(serializing):
    """A call that outlasts write_timeout: a full answer, the limit in the log, the process gone."""
    watchdog = serializing("sleep 737", write_timeout="300ms", read_timeout="300ms")
    answer = watchdog.get("/")
    assert (answer.status, answer.framing) == (504, "length")
    watchdog.await_log(r"write_timeout.*\b\d[\d.]*m?s\b")
    watchdog.await_no_children()


def test_read_timeout(serializing, house):
    """A body that does not come: 408 and no process."""
    watchdog = serializing(house.tattling(), read_timeout="300ms")
    caller = watchdog.connect()
    caller.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nab")
    assert caller.answer().status == 408
    assert not house.exists("ran")


def test_stderr_is_logged(serializing, house):
    """Line by line while the function runs, and not answered, for a failure neither."""
    gate = house.gate()
    watchdog = serializing(house.sh("echo progress >&2; read -r x <gate; echo problem >&2; printf partial >&2; echo out; exit 1"))
    caller = watchdog.connect()
    caller.send(compose())
    watchdog.await_log("^stderr: progress$")
    gate.open()
    assert_failed(caller.answer(), "exit status 1")
    watchdog.await_log("^stderr: problem$")
    watchdog.await_log("^stderr: partial$")


def test_long_line_on_stderr(serializing, house):
    """Cut into pieces of log_buffer_size; logging goes on."""
    watchdog = serializing(house.sh("head -c 250 /dev/zero | tr '\\0' L >&2; echo >&2; echo after >&2"), log_buffer_size="100")
    watchdog.get("/")
    watchdog.await_log("^stderr: after$")
    assert [len(line) for line in watchdog.lines() if re.match("stderr: L+$", line)] == [108, 108, 58]


def test_stderr_without_prefix(serializing, house):
    """prefix_logs=false: the bare bytes."""
    house.write("said", b'{"msg": 1}\n\x00\xff\n')
    watchdog = serializing(house.sh("cat said >&2"), prefix_logs="false")
    watchdog.get("/")
    watchdog.await_log("^GET / - 200")
    with open(watchdog.err_path, "rb") as file:
        assert house.read("said") in file.read()


def test_head(serializing):
    """HEAD: the head of the GET's answer, its length too, and the connection goes on."""
    caller = serializing("echo output").connect()
    answer = caller.request("HEAD", "/")
    assert (answer.status, answer["Content-Length"]) == (200, "7")
    assert caller.request("GET", "/").text == "output\n"


def test_http_1_0(serializing):
    """The length is known: HTTP/1.0 callers get it, too."""
    answer = serializing().post("/", b"old", version="HTTP/1.0")
    assert (answer.status, answer.text, answer.framing) == (200, "old", "length")


def test_large_body_streams_to_the_function(serializing, house):
    """A body above 1 MiB is not held: the function reads its beginning while the caller still sends."""
    caller = serializing(house.sh("head -c 5 >first.part && mv first.part first; wc -c")).connect()
    caller.send(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\nfirst" % (8 << 20) + bytes(4 << 20))
    house.await_file("first")
    assert caller.silent_for(0.05)
    caller.send(bytes((4 << 20) - 5))
    assert 0 < int(caller.answer().text) < 8 << 20


@pytest.mark.parametrize("leave", ["reset", "close"])
def test_caller_gone_while_the_output_is_held(serializing, house, leave):
    """The group is killed; what was held is given back."""
    watchdog = serializing(house.sh("head -c 30000000 /dev/zero; touch begun; sleep 738 & wait"))
    caller = watchdog.connect()
    caller.send(compose())
    house.await_file("begun")
    getattr(caller, leave)()
    until(lambda: len(house.marked()) == 1, "only the watchdog is left")
    until(lambda: watchdog.sanitized or watchdog.memory() < (16 << 10), "the memory is given back")
    watchdog.await_log("client gone")


def test_daemon_that_keeps_the_pipe(serializing, house):
    """What the function leaves running delays nothing, and the output is whole."""
    house.strays_allowed = True
    answer = serializing(house.sh("setsid sleep 739 & echo whole; head -c 300000 /dev/zero")).get("/")
    assert (answer.status, len(answer.body)) == (200, 300006)


def test_stdin_unread(serializing):
    """A function that does not read its input is answered as any other."""
    watchdog = serializing("echo fine")
    for size in (0, 5, 70000, 5 << 20):
        assert watchdog.post("/", bytes(size)).text == "fine\n"


def test_stdout_closed_early(serializing, house):
    """A function that closes its output and goes on is waited for; its status counts."""
    watchdog = serializing(house.sh('echo early; exec >&- 2>&-; sleep 0.2; touch done; exit "${Http_Query:-0}"'))
    assert watchdog.get("/").text == "early\n"
    assert house.exists("done")
    assert_failed(watchdog.get("/?4"), "exit status 4")
