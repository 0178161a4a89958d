"""Streaming mode: callers that go away or end their side, at every stage of a call (see fork_callers.py for what all modes share)."""
import fcntl
import os
import select
import struct
import termios
import time

import pytest

from caller import compose, until

LEAVE = pytest.mark.parametrize("leave", ["reset", "close"])


def start_call(streaming, house, script, message):
    watchdog = streaming(house.sh(script))
    caller = watchdog.connect()
    caller.send(message)
    house.await_file("begun")
    return watchdog, caller


def assert_ended(watchdog, house):
    """The whole group is gone, and the watchdog as before."""
    until(lambda: len(house.marked()) == 1, "only the watchdog is left")
    until(lambda: watchdog.sample("http_requests_in_flight") == 0, "nothing is in flight")
    assert watchdog.health() == 200


@LEAVE
def test_gone_before_output(streaming, house, leave):
    """The function and what it started."""
    watchdog, caller = start_call(streaming, house, "sleep 700 & (sleep 701 | cat) & touch begun; wait", compose("POST", "/", body=b"x"))
    getattr(caller, leave)()
    assert_ended(watchdog, house)
    watchdog.await_log("client gone")


@LEAVE
def test_gone_after_output(streaming, house, leave):
    """In the middle of an answer that pauses."""
    watchdog, caller = start_call(streaming, house, "echo output; touch begun; sleep 702 & wait", compose())
    caller.await_text(b"output")
    getattr(caller, leave)()
    assert_ended(watchdog, house)


@LEAVE
def test_gone_in_a_flood(streaming, house, leave):
    """While the function writes without end and nobody reads it."""
    watchdog = streaming("cat /dev/zero")
    caller = watchdog.connect(receive_buffer=4096)
    caller.send(compose())
    caller.await_text(bytes(100))
    getattr(caller, leave)()
    assert_ended(watchdog, house)


def unsent(caller):
    """Bytes that the caller's kernel has not yet brought to the watchdog's."""
    return struct.unpack("i", fcntl.ioctl(caller.socket, termios.TIOCOUTQ, bytes(4)))[0]


def stuff(caller):
    """Sends until nothing more goes: the function does not read, so both kernels' buffers are full."""
    caller.socket.setblocking(False)
    while select.select([], [caller.socket], [], 0.3)[1]:
        caller.socket.send(bytes(65536))


HUGE = "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 64000000\r\n\r\n"


@LEAVE
def test_gone_while_the_body_is_unread(streaming, house, leave):
    """While a part of its upload waits for a function that does not read it."""
    watchdog, caller = start_call(streaming, house, "touch begun; sleep 703 & wait", HUGE)
    caller.send(bytes(120000))
    until(lambda: unsent(caller) == 0, "all that was sent has arrived")
    getattr(caller, leave)()
    assert_ended(watchdog, house)


def test_reset_while_the_body_is_stuck(streaming, house):
    """A reset overtakes megabytes that nobody reads."""
    watchdog, caller = start_call(streaming, house, "touch begun; sleep 711 & wait", HUGE)
    stuff(caller)
    caller.reset()
    assert_ended(watchdog, house)


def test_closed_while_the_body_is_stuck(streaming, house):
    """A FIN waits behind bytes that nobody reads, where nobody can see it: exec_timeout ends the call."""
    watchdog = streaming(house.sh("touch begun; sleep 712 & wait"), exec_timeout="3s")
    caller = watchdog.connect()
    caller.send(HUGE)
    house.await_file("begun")
    stuff(caller)
    caller.close()
    assert_ended(watchdog, house)


@LEAVE
@pytest.mark.parametrize("head", ["Content-Length: 1000", "Transfer-Encoding: chunked"])
def test_gone_while_the_body_is_awaited(streaming, house, leave, head):
    """While the function waits for the rest of its input: it never takes the part for the whole."""
    watchdog, caller = start_call(streaming, house, "touch begun; cat >/dev/null; touch whole; exec sleep 704",
                                  "POST / HTTP/1.1\r\nHost: x\r\n%s\r\n\r\n3\r\nabc\r\n" % head)
    getattr(caller, leave)()
    assert_ended(watchdog, house)
    assert not house.exists("whole")


@LEAVE
def test_gone_when_the_output_is_closed(streaming, house, leave):
    """While a function that closed its output goes on."""
    watchdog, caller = start_call(streaming, house, "echo output; exec >&- 2>&-; touch begun; exec sleep 705", compose())
    getattr(caller, leave)()
    assert_ended(watchdog, house)


def test_half_closed_is_served_for_a_second(streaming, house):
    """A FIN after the request may be a half-close: a function that ends within the second is answered whole, however much it writes."""
    watchdog = streaming(house.sh("cat; sleep 0.3; head -c 3000000 /dev/zero"))
    answers = watchdog.exchange(compose("POST", "/", body=b"abc"), finish=True)
    assert [(answer.status, len(answer.body)) for answer in answers] == [(200, 3000003)]


def test_half_closed_is_gone_after_a_second(streaming, house):
    """Then the group is killed; not at once."""
    watchdog, caller = start_call(streaming, house, "touch begun; sleep 706 & wait", compose("POST", "/", body=b"x"))
    started = time.monotonic()
    caller.finish()
    watchdog.await_no_children()
    assert 0.9 < time.monotonic() - started < 15
    assert_ended(watchdog, house)


def test_half_closed_in_the_middle_of_the_body(streaming, house):
    """A FIN inside the body: 400 to the half that still listens, and the function is gone."""
    watchdog, caller = start_call(streaming, house, "touch begun; cat >/dev/null; touch whole", "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nabc")
    caller.finish()
    assert [answer.status for answer in caller.answers()] == [400]
    assert_ended(watchdog, house)
    assert not house.exists("whole")


@pytest.mark.parametrize("message", [compose("POST", "/", body=b"x"), HUGE.encode() + bytes(120000)], ids=["body_read", "body_unread"])
def test_reset_ends_the_call_at_once(streaming, house, message):
    """A reset needs no second of patience, whether the body was read or not: by the quickest of five, for the machine's sake."""
    watchdog = streaming(house.sh("touch begun; exec sleep 707"))
    passed = []
    for _ in range(5):
        caller = watchdog.connect()
        caller.send(message)
        house.await_file("begun")
        until(lambda: unsent(caller) == 0, "all that was sent has arrived")
        started = time.monotonic()
        caller.reset()
        watchdog.await_no_children()
        passed.append(time.monotonic() - started)
        os.unlink(house.path("begun"))
    assert min(passed) < 0.7, passed


def test_out_of_reach_of_the_kill(streaming, house):
    """What left the function's group is not the caller's to end, and does not keep the call."""
    house.strays_allowed = True
    watchdog, caller = start_call(streaming, house, "setsid sh -c 'touch begun; exec sleep 708' & exec sleep 709", compose())
    caller.reset()
    watchdog.await_no_children()
    until(lambda: watchdog.sample("http_requests_in_flight") == 0, "nothing is in flight")
    assert len(house.marked()) == 2


def test_other_calls_are_untouched(streaming, house):
    """One caller's leaving is nothing to another's call."""
    gate = house.gate()
    watchdog = streaming(house.sh('[ -n "$Http_Query" ] || { touch begun; exec sleep 710; }; read -r x <"$Http_Query"; echo fine'))
    stays, goes = watchdog.connect(), watchdog.connect()
    stays.send(compose(target="/?" + gate.path))
    goes.send(compose())
    gate.await_arrival()
    house.await_file("begun")
    goes.reset()
    watchdog.await_log("client gone")
    gate.open()
    assert stays.answer().text == "fine\n"
