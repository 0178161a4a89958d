"""The library: its examples, built as outsiders would, do what the programs do."""
import json
import re

import pytest

from caller import CutOff, chunk, compose, until
from outsider import compiler, outsider, run  # noqa: F401, a fixture
from watchdog import PROGRAMS, has_sanitizer, samples

FAILED = {"error": "the function failed"}
TOO_LATE = {"error": "the function took too long"}


@pytest.fixture
def example(house, outsider):  # noqa: F811
    """`example(name, setting=value, ...)` starts one."""
    return lambda name, **settings: house.start(outsider.program(name), house.settings(**settings))


@pytest.fixture
def lookup(house, example):
    """`lookup(setting=value, ...)`: the names are the files of the test's folder; one that is a gate holds its call."""
    return lambda **settings: example("lookup", folder=house.folder, **settings)


def held_call(watchdog, gate, fields=()):
    caller = watchdog.connect()
    caller.send(compose("POST", "/", fields, body=gate.path.rsplit("/", 1)[1]))
    gate.await_arrival()
    return caller


# What is installed.

def test_headers_stand_alone(house, outsider):  # noqa: F811
    """Four of them; each compiles by itself, and none knows libuv or llhttp."""
    top, names = outsider.headers()
    assert sorted(names) == ["async/frame_pool.hpp", "async/task.hpp", "fwatchdog.hpp", "result.hpp"]
    for name in names:
        alone = house.write("alone.cpp", "#include <%s>\n" % name)
        run(*compiler(), "-std=c++20", "-Wall", "-Wextra", "-Wpedantic", "-Werror", "-fsyntax-only", "-I", top, alone, cwd=house.folder)
        with open(top + "/" + name) as file:
            assert not re.search(r"\buv_|llhttp", file.read())


def test_links_statically(house, outsider):  # noqa: F811
    """The whole program in one file, for images that hold nothing else."""
    if has_sanitizer(PROGRAMS["of"]):
        pytest.skip("sanitizers do not link statically")
    watchdog = house.start(outsider.program("greet", "-static"), house.settings())
    assert watchdog.post("/", b"Ada").text == "Hello, Ada!\n"
    assert "not a dynamic executable" in run("sh", "-c", 'ldd "$0" 2>&1 || true', PROGRAMS["greet--static"])


# What such a program is.

def test_start(example, house):
    """Health, readiness, the lock file and the lines of of-watchdog."""
    watchdog = example("greet")
    assert (watchdog.get("/_/health").text, watchdog.get("/_/ready").status) == ("OK", 200)
    assert house.exists(".lock")
    watchdog.await_log("Metrics listening")
    lines = watchdog.lines()
    assert re.fullmatch(r"Version: \S+\tSHA: \S+", lines[0])
    assert lines[1:4] == ['Watchdog mode: inproc\tfprocess: ""', "Timeouts: read: 30s write: 30s hard: 30s health: 30s",
                          "Listening on port: %d" % watchdog.port]


def test_command_line(house, outsider):  # noqa: F811
    """Its own name, and the variables that mean something to it; a health check without and with a watchdog."""
    greet = outsider.program("greet")
    shown = house.run(greet, ["--help"], {})
    assert (shown.code, shown.err) == (0, "")
    assert "greet" in shown.out.split("\n\n")[0] + shown.out and "exec_timeout" in shown.out and "max_inflight" in shown.out
    for foreign in ("fprocess", "upstream_url", "static_path", "prefix_logs", "combine_output"):
        assert foreign not in shown.out
    assert "Version: " in house.run(greet, ["--version"], {}).err
    assert house.run(greet, ["--run-healthcheck"], {}).code == 1
    house.write(".lock", "")
    assert house.run(greet, ["--run-healthcheck"], {}).code == 0
    refused = house.run(greet, [], {"port": "none"})
    assert refused.code == 1 and "port" in refused.err


def test_function(example):
    """A whole request in, a whole answer out; a line in the log and a sample in the metrics."""
    watchdog = example("greet", log_call_id="true")
    caller = watchdog.connect()
    for name in (b"Ada", b"Grace" * 100000):
        for chunked in (False, True):
            answer = caller.request("POST", "/a?b=c", {"X-Call-Id": "7"}, name, chunked=chunked)
            assert (answer.status, answer.body, answer.framing) == (200, b"Hello, " + name + b"!\n", "length")
            assert answer["Content-Type"] == "text/plain; charset=utf-8"
    assert caller.request("GET", "/").status == 405
    watchdog.await_log(r"^POST /a\?b=c - 200 - ContentLength: 12B \(\d+\.\d{4}s\) \[7\]$", 2)
    until(lambda: watchdog.sample("http_requests_total", code="200", method="post") == 4, "the metrics count the calls")


def test_error(example):
    """500; what was thrown is in the log and not in the answer. The next call is served."""
    watchdog = example("greet")
    caller = watchdog.connect()
    for _ in range(2):
        answer = caller.request("POST", "/x", body=b"")
        assert (answer.status, answer["Content-Type"], json.loads(answer.body)) == (500, "application/json", FAILED)
        assert caller.request("POST", "/", body=b"Ada").status == 200
    watchdog.await_log("^The handler failed: nobody to greet: POST /x$", 2)


def test_body_limits(example):
    """Too large: 413. Broken: 400."""
    watchdog = example("greet", max_body_bytes="10")
    assert watchdog.post("/", b"x" * 11).status == 413
    assert watchdog.call("POST", "/", body=b"x" * 11, chunked=True).status == 413
    [answer] = watchdog.exchange("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\nno\r\n")
    assert answer.status == 400
    assert watchdog.post("/", b"x" * 10).status == 200


def workers(watchdog):
    return len([name for name, _ in samples(watchdog.scrape().text) if name == "fwatchdog_connections"])


def test_declared_as_thread_safe(example):
    """As many workers as are asked for, and calls on all of them."""
    watchdog = example("greet", workers="3")
    callers = [watchdog.connect() for _ in range(6)]
    for caller in callers:
        caller.send(compose("POST", "/", body=b"Ada"))
    assert [caller.answer().text for caller in callers] == ["Hello, Ada!\n"] * 6
    assert workers(watchdog) == 3 and "Warning" not in watchdog.err()


def test_not_declared_as_thread_safe(example):
    """One worker, whatever is asked for; who asks for more is told."""
    watchdog = example("stream", workers="3")
    watchdog.await_log(r"^Warning: workers=3: there is one, for the handler is not declared as thread_safe\(\)$")
    assert workers(watchdog) == 1
    assert workers(example("stream")) == 1


# A stream function.

def test_events(example):
    """Each is sent by itself, past exec_timeout; the handler ends when its caller leaves."""
    watchdog = example("stream", exec_timeout="150ms")
    caller = watchdog.connect()
    caller.send(compose("GET", "/ticks", {"Accept": "text/event-stream"}))
    head = caller.head()
    assert (head.status, head["Content-Type"]) == (200, "text/event-stream")
    for number in range(1, 5):
        caller.await_text(b"data: tick %d\n\n" % number)
    assert watchdog.sample("http_requests_in_flight") == 1
    caller.close()
    watchdog.await_log(r"^GET /ticks - 200 - ContentLength: \S+ \(")
    assert watchdog.sample("http_requests_in_flight") == 0


def test_bodies_flow(example):
    """A piece comes back before the next one is sent; larger bodies than memory would."""
    watchdog = example("stream")
    caller = watchdog.connect()
    caller.send("POST /shout HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n")
    for piece in (b"one ", b"two ", b"three"):
        caller.send(chunk(piece))
        caller.await_text(piece.upper())
    caller.send("0\r\n\r\n")
    assert caller.answer().body == b"ONE TWO THREE"
    assert caller.request("GET", "/other").status == 404


def test_stream_past_its_limit(example):
    """Its answer has begun: cut off, and the log says by what."""
    watchdog = example("stream", exec_timeout="150ms")
    caller = watchdog.connect()
    caller.send(compose("GET", "/ticks"))
    with pytest.raises(CutOff):
        caller.answer()
    watchdog.await_log("^exec_timeout passed after .*: GET /ticks$")


def test_late_body(example):
    """A handler that waits for a body which does not come is answered for."""
    watchdog = example("stream", exec_timeout="150ms")
    caller = watchdog.connect()
    caller.send("POST /shout HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\n")
    answer = caller.answer()
    assert (answer.status, json.loads(answer.body)) == (504, TOO_LATE)


# A blocking function.

def test_calls_side_by_side(lookup, house):
    """Three calls wait inside of the handler; others are answered meanwhile."""
    house.write("quick", "here")
    watchdog = lookup()
    gates = [house.gate("gate%d" % number) for number in range(3)]
    held = [held_call(watchdog, gate) for gate in gates]
    assert watchdog.post("/", b"quick").text == "here"
    assert watchdog.post("/", b"missing").status == 404
    for caller, gate in reversed(list(zip(held, gates))):
        gate.open()
        assert caller.answer().text == "go\n"


def test_limit_of_calls(lookup, house):
    """max_inflight: one more gets 429, and is served when there is room again."""
    house.write("quick", "here")
    watchdog = lookup(max_inflight=1)
    gate = house.gate()
    caller = held_call(watchdog, gate)
    assert watchdog.post("/", b"quick").status == 429
    gate.open()
    assert caller.answer().status == 200
    until(lambda: watchdog.post("/", b"quick").status == 200, "there is room again")


def test_late_result_is_dropped(lookup, house):
    """504 at once, while the handler goes on; what it returns later disturbs nobody."""
    house.write("quick", "here")
    watchdog = lookup()
    gate = house.gate()
    caller = held_call(watchdog, gate, {"X-Timeout": "100ms"})
    answer = caller.answer()
    assert (answer.status, json.loads(answer.body)) == (504, TOO_LATE)
    watchdog.await_log("^X-Timeout passed after .*: POST /$")
    assert watchdog.sample("http_requests_in_flight") == 1
    gate.open()
    until(lambda: watchdog.sample("http_requests_in_flight") == 0, "the handler has ended")
    assert caller.request("POST", "/", body=b"quick").text == "here"
    assert "client gone" not in watchdog.err()


def test_caller_that_leaves(lookup, house):
    """The handler is waited for, and the program goes on."""
    house.write("quick", "here")
    watchdog = lookup()
    gate = house.gate()
    held_call(watchdog, gate).reset()
    watchdog.await_log("^client gone after .*: POST /$")
    gate.open()
    until(lambda: watchdog.sample("http_requests_in_flight") == 0, "the handler has ended")
    assert watchdog.post("/", b"quick").text == "here"


def test_drain(lookup, house):
    """The call in flight is finished, then the program ends with 0."""
    watchdog = lookup(healthcheck_interval="100ms")
    gate = house.gate()
    caller = held_call(watchdog, gate)
    watchdog.term()
    watchdog.await_log("^No new connections allowed, draining: 1 requests$")
    gate.open()
    assert caller.answer().text == "go\n"
    assert watchdog.await_end() == 0
    assert watchdog.lines()[-1] == "Exiting. Active connections: 0"
    assert not house.exists(".lock")


def test_handler_that_does_not_end(lookup, house):
    """After write_timeout the program ends without it."""
    watchdog = lookup(healthcheck_interval="100ms", write_timeout="500ms")
    gate = house.gate()
    held_call(watchdog, gate)
    watchdog.term()
    assert watchdog.await_end() == 0
    assert watchdog.lines()[-1] == "Exiting without the end of 1 requests: their handlers go on"
    assert not house.exists(".lock")
    gate.close()
