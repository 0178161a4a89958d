"""Streaming mode: what goes in goes in as it comes, what comes out goes out at once."""
import concurrent.futures
import os
import signal

import pytest

from caller import CutOff, chunk, compose, until

CHUNKED = "Transfer-Encoding: chunked\r\n\r\n"


def begin(watchdog, method="GET", target="/", more="\r\n", version="1.1"):
    """Sends a head alone."""
    caller = watchdog.connect()
    caller.send("%s %s HTTP/%s\r\nHost: x\r\n%s" % (method, target, version, more))
    return caller


def next_chunk(caller):
    """Reads one chunk of an answer."""
    data = caller.take(int(caller.line(), 16))
    assert caller.line() == ""
    return data


def test_answer(streaming):
    """200, application/octet-stream, in chunks, no duration; nothing of the request comes back."""
    answer = streaming().post("/", b"hello", {"Content-Type": "text/csv", "X-Mine": "1"})
    assert (answer.status, answer.text, answer.framing) == (200, "hello", "chunked")
    assert answer["Content-Type"] == "application/octet-stream"
    assert sorted(name.lower() for name, _ in answer.fields) == ["content-type", "date", "transfer-encoding"]


@pytest.mark.parametrize("fprocess", ["cat", "true"])
def test_content_type(streaming, fprocess):
    """content_type decides, once, with output or without."""
    assert streaming(fprocess, content_type="text/html; charset=x").post("/", b"{}").all("Content-Type") == ["text/html; charset=x"]


def test_nothing_written(streaming):
    """No output and a good end: 200, empty."""
    answer = streaming("true").get("/")
    assert (answer.status, answer.body, answer["Content-Type"]) == (200, b"", "application/octet-stream")


def test_first_bytes_before_the_end(streaming, house):
    """What the function prints is with the caller while it waits for the test to let it go on."""
    gate = house.gate()
    caller = begin(streaming(house.sh("echo early; read -r x <gate; echo late")))
    head = caller.head()
    assert (head.status, head["Transfer-Encoding"]) == (200, "chunked")
    assert next_chunk(caller) == b"early\n"
    gate.open()
    assert next_chunk(caller) == b"late\n"
    assert next_chunk(caller) == b""


def test_single_bytes(streaming, house):
    """A byte is sent for itself: five times one byte, each awaited before the next is written."""
    gates = [house.gate("gate%d" % i) for i in range(5)]
    caller = begin(streaming(house.sh("for i in 0 1 2 3 4; do printf %d $i; read -r x <gate$i; done")))
    caller.head()
    for i, gate in enumerate(gates):
        assert next_chunk(caller) == b"%d" % i
        gate.open()
    assert next_chunk(caller) == b""


def test_signals_of_the_test(streaming, house):
    """A function that waits for a signal, not for its input, is relayed as well."""
    watchdog = streaming(house.python("signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR1])\nprint(os.getpid(), flush=True)\n"
                                      "signal.sigwait([signal.SIGUSR1])\nprint('woken', flush=True)"))
    caller = begin(watchdog)
    caller.head()
    os.kill(int(next_chunk(caller)), signal.SIGUSR1)
    assert next_chunk(caller) == b"woken\n"


def test_dialogue(streaming):
    """Caller and function answer each other within one call."""
    caller = begin(streaming(), "POST", more=CHUNKED)
    for i in range(50):
        line = b"line %d\n" % i
        caller.send(chunk(line))
        if i == 0:
            assert caller.head().status == 200
        assert next_chunk(caller) == line
    caller.send("0\r\n\r\n")
    assert next_chunk(caller) == b""


def test_dialogue_with_a_length(streaming):
    """So where the body's length is known."""
    caller = begin(streaming(), "POST", more="Content-Length: 6\r\n\r\n")
    for i, part in enumerate((b"ab", b"cd", b"ef")):
        caller.send(part)
        if i == 0:
            assert caller.head().status == 200
        assert next_chunk(caller) == part
    assert next_chunk(caller) == b""


def test_input_as_it_comes(streaming, house):
    """The function reads the body while the caller still sends it, though it answers nothing yet."""
    watchdog = streaming(house.sh('while read -r line; do echo "got $line" >&2; done; echo all'))
    caller = begin(watchdog, "POST", more=CHUNKED)
    for i in range(3):
        caller.send(chunk(b"line %d\n" % i))
        watchdog.await_log("^stderr: got line %d$" % i)
    assert not caller.buffer
    caller.send("0\r\n\r\n")
    assert caller.answer().text == "all\n"


def test_function_starts_before_the_body(streaming, house):
    """The head alone starts the function."""
    caller = begin(streaming(house.sh("echo hello; cat")), "POST", more="Content-Length: 5\r\n\r\n")
    assert caller.head().status == 200
    assert next_chunk(caller) == b"hello\n"
    caller.send("world")
    assert next_chunk(caller) == b"world"


def test_answer_before_the_body_ends(streaming, house):
    """A function that ends while the caller still sends: the caller has the whole answer, and the rest is no request."""
    watchdog = streaming("head -c 4")
    caller = begin(watchdog, "POST", more="Content-Length: 100000\r\n\r\n")
    caller.send(b"wantthis is not wanted")
    assert caller.answer().text == "want"
    assert watchdog.post("/", b"next").text == "next"


def test_stdin_unread(streaming):
    """A function that does not read its input is answered as any other, whatever the size."""
    watchdog = streaming("echo fine")
    for size in (0, 5, 70000, 5 << 20):
        for chunked in (False, True):
            answer = watchdog.post("/", bytes(size), chunked=chunked)
            assert (answer.status, answer.text) == (200, "fine\n")


def test_stdin_closed_and_going_on(streaming, house):
    """A function that closes its input and writes on: no error."""
    gate = house.gate()
    caller = streaming(house.sh("exec <&-; echo one; read -r x <gate; echo two")).connect()
    caller.send(compose("POST", "/", body=bytes(200000)))
    assert caller.head().status == 200
    assert next_chunk(caller) == b"one\n"
    gate.open()
    assert next_chunk(caller) == b"two\n"


def test_stdout_closed_early(streaming, house):
    """A function that closes its output and goes on: all it said is there at once, and the answer ends with the function."""
    gate = house.gate()
    caller = begin(streaming(house.sh("echo early; exec >&- 2>&-; read -r x <gate; touch done")))
    assert caller.head().status == 200
    assert next_chunk(caller) == b"early\n"
    assert caller.silent_for(0.1)
    gate.open()
    assert next_chunk(caller) == b""
    assert house.exists("done")


def test_stdout_closed_before_failure(streaming, house):
    """Its status counts all the same: before any output 500, after some a cut answer."""
    watchdog = streaming(house.sh("[ -z \"$Http_Query\" ] || echo early; exec >&- 2>&-; sleep 0.2; exit 4"))
    answer = watchdog.get("/")
    assert (answer.status, answer.text) == (500, "exit status 4\n")
    with pytest.raises(CutOff):
        watchdog.get("/?early")


def test_daemon_that_keeps_the_pipe(streaming, house):
    """What the function leaves running with its output delays nothing; what the function wrote is whole."""
    house.strays_allowed = True
    watchdog = streaming(house.sh("setsid sleep 600 & echo whole; head -c 300000 /dev/zero"))
    for _ in range(2):
        answer = watchdog.get("/")
        assert (answer.status, len(answer.body)) == (200, 300006)
    watchdog.await_no_children()


def test_daemon_that_writes_on(streaming, house):
    """A daemon that floods the pipe it kept does not keep the call open."""
    house.strays_allowed = True
    answer = streaming(house.sh("setsid yes & echo begun; sleep 0.05")).get("/")
    assert answer.status == 200 and b"begun\n" in answer.body


def test_head(streaming):
    """HEAD runs the function; its output is no part of the answer, and the connection goes on."""
    caller = streaming("sh -c 'echo output; touch ran'").connect()
    answer = caller.request("HEAD", "/")
    assert (answer.status, answer["Content-Type"]) == (200, "application/octet-stream")
    assert caller.request("GET", "/").text == "output\n"


def test_head_with_much_output(streaming):
    """Megabytes for a HEAD go nowhere."""
    caller = streaming("head -c 5000000 /dev/zero").connect()
    assert caller.request("HEAD", "/").status == 200
    assert len(caller.request("GET", "/").body) == 5000000


def test_http_1_0(streaming):
    """An HTTP/1.0 caller gets the bytes as they are and the connection's end for theirs, keep-alive or not."""
    watchdog = streaming()
    for fields in ({}, {"Connection": "keep-alive"}):
        caller = watchdog.connect()
        answer = caller.request("POST", "/", fields, bytes(100000), version="HTTP/1.0")
        assert (answer.status, answer.body, answer.framing, answer["Transfer-Encoding"]) == (200, bytes(100000), "close", None)
        assert not caller.was_reset


def test_http_1_0_first_bytes(streaming, house):
    """It has the first of them at once, too."""
    gate = house.gate()
    caller = begin(streaming(house.sh("echo early; read -r x <gate; echo late")), version="1.0")
    caller.head()
    caller.await_text(b"early\n")
    gate.open()
    assert caller.remainder() == b"early\nlate\n"


def test_side_by_side(streaming, house):
    """Ten calls at once, each with its own answer."""
    gates = [house.gate("gate%d" % i) for i in range(10)]
    watchdog = streaming(house.held())
    callers = [watchdog.connect() for _ in gates]
    for i, caller in enumerate(callers):
        caller.send(compose("POST", "/?" + gates[i].path, body="%03d" % i))
    for gate in reversed(gates):
        gate.open()
    assert [caller.answer().text for caller in callers] == ["%03d" % i for i in range(10)]


def test_many_calls_leave_nothing(streaming):
    """After hundreds of calls, half of them failures, no process, no descriptor and no memory is left."""
    watchdog = streaming("sh -c 'cat; exit $Http_Query'")

    def calls(count):
        caller = watchdog.connect()
        for i in range(count):
            caller.request("POST", "/?0", body=b"%d" % i)
            watchdog.post("/?3", b"")
        caller.close()
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        list(pool.map(calls, [20] * 4))
        watchdog.await_no_children()
        descriptors, memory = watchdog.descriptors(), watchdog.memory()
        list(pool.map(calls, [60] * 4))
    watchdog.await_no_children()
    until(lambda: watchdog.descriptors() <= descriptors, "no descriptor is left")
    watchdog.assert_memory_below(memory + 1024)


def test_connection_after_a_large_body(streaming):
    """Kept alive or closed: what is said in the head of the answer is done, and the next call works."""
    watchdog = streaming()
    caller = watchdog.connect()
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        sent = pool.submit(caller.send, compose("POST", "/", body=bytes(2000000)))
        answer = caller.answer()
        sent.result()
    assert answer.body == bytes(2000000)
    if answer["Connection"] == "close":
        assert caller.remainder() == b"" and not caller.was_reset
    else:
        assert caller.request("POST", "/", body=b"next").text == "next"


def test_pipelined_behind_a_large_body(streaming):
    """A caller that has already sent its next call gets the first answer whole, also where that ends the connection."""
    caller = streaming().connect(receive_buffer=8192)
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        sent = pool.submit(caller.send, compose("POST", "/", body=bytes(500000)) + compose("POST", "/", body=bytes(100000)) * 3, True)
        answers = [caller.answer()]
        while answers[-1]["Connection"] != "close" and len(answers) < 4:
            answers.append(caller.answer())
        sent.result()
    assert [len(answer.body) for answer in answers] == [500000, 100000, 100000, 100000][:len(answers)]


def test_interim_answer(streaming, house):
    """Expect: 100-continue: asked for the body once the function is there to read it; after the answer nothing but the answer."""
    caller = begin(streaming(), "POST", more="Content-Length: 5\r\nExpect: 100-continue\r\n\r\n")
    assert caller.head().status == 100
    caller.send("hello")
    answer = caller.answer()
    assert (answer.text, answer.interim) == ("hello", [])


def test_line_filter(streaming, house):
    """A filter that prints line by line, as people deploy it."""
    watchdog = streaming(house.python("for line in sys.stdin:\n    print(line.strip().upper(), flush=True)"), content_type="text/plain")
    answer = watchdog.post("/", "one\ntwo\n")
    assert (answer.text, answer["Content-Type"]) == ("ONE\nTWO\n", "text/plain")
