"""max_queue and queue_timeout: calls above max_inflight wait, the oldest first."""
import concurrent.futures
import re
import signal

import pytest

from caller import compose, until

REFUSED = "Concurrent request limit exceeded. Max concurrent requests: 1\n"


def waiting(watchdog):
    return watchdog.sample("fwatchdog_requests_waiting")


def await_waiting(watchdog, count):
    until(lambda: waiting(watchdog) == count, "%d request(s) wait" % count)


class Held:
    """A watchdog with one slot, the caller whose call holds it, and the gate the call waits at."""

    def __init__(self, server, house, max_queue, fprocess=None, **settings):
        self.house, self.gate = house, house.gate()
        settings.setdefault("exec_timeout", "20s")
        self.watchdog = server(fprocess or house.sh('printf "%s " "$Http_Path" >>ran; [ -z "$Http_Query" ] || read -r x <"$Http_Query"; cat'),
                               max_inflight="1", max_queue=str(max_queue), **settings)
        self.first = self.watchdog.connect()
        self.first.send(compose("POST", "/first?" + self.gate.path, body=b"first"))
        self.gate.await_arrival()

    def wait(self, path, body=b"waited", already=0):
        """A call that waits, behind `already` others."""
        caller = self.watchdog.connect()
        caller.send(compose("POST", path, body=body))
        await_waiting(self.watchdog, already + 1)
        return caller

    def ran(self):
        return self.house.read("ran").decode().split()


@pytest.fixture
def held(server, house):
    return lambda max_queue=1, *args, **settings: Held(server, house, max_queue, *args, **settings)


def test_waits_and_is_served(held):
    """A call above max_inflight is not refused and not started; it gets its answer when the one before it has ended."""
    scene = held()
    waits = scene.wait("/second")
    assert waits.silent_for(0.1) and scene.ran() == ["/first"]
    assert scene.watchdog.sample("http_requests_in_flight") == 2
    scene.gate.open()
    assert (scene.first.answer().text, waits.answer().text) == ("first", "waited")
    assert scene.ran() == ["/first", "/second"]
    await_waiting(scene.watchdog, 0)


def test_oldest_first(held):
    """The calls that wait are served in the order in which they came."""
    scene = held(max_queue=5)
    callers = [scene.wait("/%d" % i, b"%d" % i, already=i) for i in range(5)]
    scene.gate.open()
    assert [caller.answer().text for caller in callers] == ["0", "1", "2", "3", "4"]
    assert scene.ran() == ["/first", "/0", "/1", "/2", "/3", "/4"]


def test_full_queue(held):
    """One more than max_queue gets 429 with Retry-After, and its connection serves the next call; /_/ready says the same."""
    scene = held()
    assert scene.watchdog.get("/_/ready").status == 200
    waits = scene.wait("/second")
    more = scene.watchdog.connect()
    for answer in (more.request("POST", "/third", body=b"x"), scene.watchdog.get("/_/ready")):
        assert (answer.status, answer.text, answer["Retry-After"], answer["X-OpenFaaS-Internal"]) == (429, REFUSED, "1", "faas-middleware")
    assert scene.watchdog.health() == 200
    scene.gate.open()
    assert waits.answer().text == "waited"
    until(lambda: scene.watchdog.get("/_/ready").status == 200, "the queue has room")
    assert more.request("POST", "/again", body=b"again").text == "again"
    assert "/third" not in scene.ran()


def test_retry_after_without_a_queue(server, house):
    """Every 429 has it."""
    gate = house.gate()
    watchdog = server(house.held(), max_inflight="1")
    caller = watchdog.connect()
    caller.send(compose("GET", "/?" + gate.path))
    gate.await_arrival()
    assert (watchdog.get("/").status, watchdog.get("/")["Retry-After"], watchdog.get("/_/ready")["Retry-After"]) == (429, "1", "1")


def test_queue_timeout(held):
    """A call that has waited for queue_timeout gets 429 and is never started."""
    scene = held(queue_timeout="200ms")
    caller = scene.watchdog.connect()
    answer = caller.request("POST", "/second", body=b"x")
    assert (answer.status, answer.text, answer["Retry-After"]) == (429, REFUSED, "1")
    scene.gate.open()
    assert scene.first.answer().text == "first"
    until(lambda: caller.request("POST", "/third", body=b"y").text == "y", "the same connection is served")
    assert "/second" not in scene.ran()


@pytest.mark.parametrize("leave", ["reset", "close"])
def test_caller_leaves_the_queue(held, leave):
    """A caller that goes away gives up its place, and its call is never started."""
    scene = held(max_queue=2)
    gone, stays = scene.wait("/gone"), scene.wait("/stays", already=1)
    getattr(gone, leave)()
    await_waiting(scene.watchdog, 1)
    scene.watchdog.await_log("^client gone after .*: POST /gone$")
    scene.gate.open()
    assert stays.answer().text == "waited"
    assert scene.ran() == ["/first", "/stays"]
    until(lambda: scene.watchdog.sample("http_requests_total", code="499", method="post") == 1, "it is counted as left")


def test_body_of_a_call_that_waits(held):
    """The body is taken when its turn has come, whole: also one that is longer than what the connection holds."""
    scene = held()
    body = bytes(range(256)) * (24 << 10)
    caller = scene.watchdog.connect()
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        sent = pool.submit(caller.send, compose("POST", "/second", body=body))
        await_waiting(scene.watchdog, 1)
        scene.watchdog.assert_memory_below(64 << 10)
        scene.gate.open()
        assert caller.answer().body == body
        sent.result()


def test_no_interim_answer_in_the_queue(held):
    """`100 Continue` is sent when the body is wanted: not while the call waits."""
    scene = held()
    caller = scene.watchdog.connect()
    caller.send("POST /second HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n")
    await_waiting(scene.watchdog, 1)
    assert caller.silent_for(0.1)
    scene.gate.open()
    caller.await_text(b"HTTP/1.1 100 Continue\r\n\r\n")
    caller.send(b"body")
    answer = caller.answer()
    assert (answer.status, answer.text) == (200, "body")


def test_pipelined_call_in_the_queue(held):
    """A call that is pipelined behind one that waits is answered after it."""
    scene = held()
    caller = scene.watchdog.connect()
    caller.send(compose("POST", "/a", body=b"a") + compose("POST", "/b", body=b"b"))
    await_waiting(scene.watchdog, 1)
    scene.gate.open()
    assert [caller.answer().text, caller.answer().text] == ["a", "b"]


def test_call_that_ends_by_its_limit_makes_room(held, server):
    """However the call before it ends, the next one is let in."""
    scene = held(exec_timeout="300ms")
    waits = scene.wait("/second")
    assert scene.first.answer().status == server.row.limit_status
    assert waits.answer().text == "waited"


@pytest.mark.parametrize("fprocess", ["false", "no-such-program"])
def test_calls_that_fail_make_room(server, fprocess):
    """Calls of a function that fails follow one another; none is refused."""
    watchdog = server(fprocess, max_inflight="1", max_queue="10")
    with concurrent.futures.ThreadPoolExecutor(5) as pool:
        assert {answer.status for answer in pool.map(lambda _: watchdog.post("/", b""), range(10))} == {500}
    assert waiting(watchdog) == 0


def test_nobody_is_refused_where_the_queue_is_long_enough(server):
    """Hundreds of calls from more callers than slots: every one is served, and nothing is left over."""
    watchdog = server(max_inflight="2", max_queue="6", queue_timeout="0")

    def calls(_):
        caller = watchdog.connect()
        found = {caller.request("POST", "/", body=b"x").status for _ in range(30)}
        caller.close()
        return found
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        assert set().union(*pool.map(calls, range(8))) == {200}
    until(lambda: watchdog.sample("http_requests_in_flight") == 0, "nothing is in flight")
    assert waiting(watchdog) == 0


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_drain_serves_who_waits(held, number):
    """While the watchdog drains, the calls that wait are still served; exit 0."""
    scene = held(max_queue=2, healthcheck_interval="100ms")
    callers = [scene.wait("/second"), scene.wait("/third", already=1)]
    scene.watchdog.signal(number)
    scene.watchdog.await_log("^No new connections allowed, draining: 3 requests$")
    scene.gate.open()
    assert [caller.answer().text for caller in [scene.first, *callers]] == ["first", "waited", "waited"]
    assert scene.watchdog.await_end() == 0
    assert "Exiting. Active connections: 0" in scene.watchdog.lines()


def test_time_in_the_queue_is_not_the_callers(streaming, house):
    """read_timeout is the caller's time: what a call waits does not count."""
    scene = Held(streaming, house, 1, read_timeout="2s")
    caller = scene.watchdog.connect()
    caller.send("POST /second HTTP/1.1\r\nHost: x\r\nContent-Length: 8\r\n\r\nhalf")
    await_waiting(scene.watchdog, 1)
    assert caller.silent_for(2.2)
    caller.send(b"half")
    scene.gate.open()
    assert caller.answer().text == "halfhalf"


def test_ready_path_is_not_queued(held):
    """The probe asks the function past the limit and the queue, unless the queue is full."""
    scene = held(ready_path="/probe")
    assert scene.watchdog.get("/_/ready").status == 200
    scene.wait("/second")
    assert scene.watchdog.get("/_/ready").status == 429
    assert scene.ran() == ["/first", "/probe"]


def test_warnings_at_the_start(server):
    """A queue that can have no effect, and a wait that leaves no time for the work, are warned of in one line each."""
    said = server(max_queue="1", exec_timeout="5s").lines()
    assert "Warning: max_queue has no effect without max_inflight" in said
    said = server(max_inflight="1", max_queue="1", queue_timeout="20s", exec_timeout="15s").err()
    assert re.search(r"Warning: queue_timeout \(20s\) and exec_timeout \(15s\) are together above write_timeout \(30s\): ", said)
