"""Callers that go away, end their side, or are slow."""
import concurrent.futures

import pytest

from caller import compose, until


def start_long_call(server, house, fprocess="touch begun; exec sleep 620", body=b""):
    """A call whose function would run for ten minutes; returns the watchdog and the caller once it runs."""
    watchdog = server(house.sh(fprocess))
    caller = watchdog.connect()
    caller.send(compose("POST", "/", body=body))
    house.await_file("begun")
    return watchdog, caller


@pytest.mark.parametrize("leave", ["reset", "close"])
def test_caller_gone(server, house, leave):
    """A caller that goes away ends its process; the watchdog is healthy."""
    watchdog, caller = start_long_call(server, house)
    getattr(caller, leave)()
    watchdog.await_no_children()
    assert watchdog.health() == 200


def test_caller_gone_is_logged(server, house):
    """The log says why the call ended."""
    watchdog, caller = start_long_call(server, house)
    caller.reset()
    watchdog.await_log("(?i)(client|caller).*(gone|left|away|closed|disconnect|reset|cancel)")


def test_caller_gone_ends_grandchildren(server, house):
    """All that the function started goes with it."""
    _, caller = start_long_call(server, house, "sleep 621 & (sleep 622 | cat) & touch begun; wait")
    caller.reset()
    until(lambda: len(house.marked()) == 1, "only the watchdog is left")


def test_half_closed_caller_and_a_quick_function(server, house):
    """A caller that ends its side right after the request gets the whole answer."""
    answers = server(house.sh("cat; sleep 0.2; head -c 500000 /dev/zero")).exchange(compose("POST", "/", body=b"abc"), finish=True)
    assert [(answer.status, answer.body) for answer in answers] == [(200, b"abc" + bytes(500000))]


def test_half_closed_caller_and_a_slow_function(server, house):
    """A caller that ended its side is taken to be gone after a while: its process ends."""
    watchdog, caller = start_long_call(server, house)
    caller.finish()
    watchdog.await_no_children()


def test_half_closed_caller_with_a_large_answer(server):
    """Eight megabytes are still delivered whole to a caller that ended its side."""
    data = bytes(range(256)) * (8 << 12)
    caller = server().connect()

    def send_all_and_end():
        caller.send(compose("POST", "/", body=data))
        caller.finish()
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        sent = pool.submit(send_all_and_end)
        answers = caller.answers()
        sent.result()
    assert len(answers) == 1 and answers[0].body == data


def test_caller_gone_in_the_middle_of_a_streamed_body(server, house):
    """A large body that breaks off ends the process that had a part of it."""
    watchdog = server(house.sh("touch begun; cat >/dev/null; touch whole; exec sleep 623"))
    caller = watchdog.connect()
    caller.send(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9000000\r\n\r\n" + bytes(3 << 20))
    house.await_file("begun")
    caller.reset()
    watchdog.await_no_children()
    assert watchdog.health() == 200


@pytest.mark.parametrize("chunked", [False, True])
def test_caller_gone_at_any_byte(server, house, chunked):
    """A caller that goes away at any byte of its request leaves nothing behind, and no process sees a part of a body."""
    watchdog = server(house.sh('x=$(cat); [ "$x" = "a whole body" ] || echo "$x" >>partial'))
    message = compose("POST", "/path?query", {"X-Some": "header"}, b"a whole body", chunked)
    for leave in ("reset", "close"):
        for at in range(len(message) + 1):
            caller = watchdog.connect()
            caller.send(message[:at])
            getattr(caller, leave)()
    assert watchdog.post("/", b"a whole body").status == 200
    watchdog.await_no_children()
    assert not house.exists("partial")
    until(lambda: watchdog.sample("http_requests_in_flight") == 0.0, "nothing is in flight")


def test_caller_gone_while_the_answer_is_sent(server):
    """A caller that goes away inside a large answer: memory and connection are given back."""
    watchdog = server("head -c 30000000 /dev/zero")
    before = watchdog.descriptors()
    for _ in range(5):
        caller = watchdog.connect(receive_buffer=4096)
        caller.send(compose("GET", "/"))
        caller.await_text(b"HTTP/1.1 200")
        caller.reset()
    watchdog.await_no_children()
    until(lambda: watchdog.descriptors() <= before, "the connections are closed")
    until(lambda: watchdog.sanitized or watchdog.memory() < (20 << 10), "the answers' memory is given back")


def test_connect_and_leave(server):
    """Hundreds of connections that never say anything."""
    watchdog = server()
    before = watchdog.descriptors()
    for i in range(300):
        caller = watchdog.connect()
        (caller.reset if i % 2 else caller.close)()
    assert watchdog.post("/", b"x").text == "x"
    until(lambda: watchdog.descriptors() <= before, "the connections are closed")


def test_pipelining_caller_gone(server, house):
    """A caller that pipelined three calls and goes away: the rest is not run."""
    watchdog = server(house.sh("echo ran >>ran; touch begun; exec sleep 624"))
    caller = watchdog.connect()
    caller.send(compose("POST", "/", body=b"x") * 3)
    house.await_file("begun")
    caller.reset()
    watchdog.await_no_children()
    assert watchdog.health() == 200
    assert house.read("ran") == b"ran\n"


def test_slow_reader(server):
    """A caller that reads slowly gets the whole answer; others are served meanwhile."""
    data = bytes(range(256)) * (8 << 12)
    watchdog = server()
    slow = watchdog.connect(receive_buffer=8192)
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        sent = pool.submit(slow.send, compose("POST", "/", body=data))
        slow.await_text(b"HTTP/1.1 200")
        for _ in range(20):
            assert watchdog.post("/", b"quick").text == "quick"
        assert slow.answer().body == data
        sent.result()


def test_caller_that_reads_after_sending_all(holding):
    """A caller that reads nothing until it has pipelined ten large calls gets all ten answers."""
    data = bytes(500000)
    caller = holding().connect(receive_buffer=8192)
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        sent = pool.submit(caller.send, compose("POST", "/", body=data) * 10)
        assert all(caller.answer().body == data for _ in range(10))
        sent.result()


def test_slow_sender(server):
    """A body that comes in pieces with pauses is one body; others are served meanwhile."""
    watchdog = server()
    slow = watchdog.connect()
    slow.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 50\r\n\r\n")
    for i in range(10):
        slow.send(b"%05d" % i)
        assert watchdog.post("/", b"quick").text == "quick"
    assert slow.answer().body == b"".join(b"%05d" % i for i in range(10))
