"""Several workers: they share the connections evenly, and what all of them do together is as exact as what one does."""
import concurrent.futures
import os
import re
import resource
import signal
import time

import pytest

from caller import Caller, compose, until
from upstreams.played import echo, proxy, upstream  # noqa: F401, fixtures
from watchdog import samples


def connections(watchdog):
    """Open connections, as the metrics tell, of each worker."""
    found = samples(watchdog.scrape().text)
    by_worker = {dict(labels)["worker"]: int(value) for (name, labels), value in found.items() if name == "fwatchdog_connections"}
    return [by_worker[str(number)] for number in range(len(by_worker))]


def await_connections(watchdog, wanted):
    until(lambda: connections(watchdog) == wanted, "the workers have %r connections" % wanted)


def threads(watchdog):
    return len(os.listdir("/proc/%d/task" % watchdog.pid))


def many_descriptors():
    """For this process and what it starts."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = 4096 if hard == resource.RLIM_INFINITY else min(hard, 4096)
    if wanted < 2100:
        pytest.skip("no more than %d descriptors are allowed here" % hard)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, wanted), hard))


@pytest.mark.parametrize("count", [8, 64, 1000])
@pytest.mark.parametrize("workers", [2, 4])
def test_even_shares(of, house, workers, count):
    """No worker has more than one connection more than another one, and all connections are served."""
    many_descriptors()
    house.write("index.html", "here")
    watchdog = of("static", static_path=house.folder, workers=workers, read_timeout="120s")
    await_connections(watchdog, [0] * workers)  # those that asked whether it has started
    callers = [watchdog.connect() for _ in range(count)]
    for caller in callers:
        caller.send(compose("GET", "/"))
    assert [caller.answer().status for caller in callers] == [200] * count
    shares = connections(watchdog)
    assert len(shares) == workers and sum(shares) == count and max(shares) - min(shares) <= 1
    assert watchdog.sanitized or threads(watchdog) == workers
    for caller in callers[1::2]:
        caller.close()
    until(lambda: sum(connections(watchdog)) == count - count // 2, "half of them are gone")


def test_gaps_are_filled(of, house):
    """A new connection goes to whoever has the fewest."""
    watchdog = of("static", static_path=house.folder, workers=3)
    await_connections(watchdog, [0, 0, 0])  # those that asked whether it has started
    callers = [watchdog.connect() for _ in range(6)]
    for caller in callers:
        caller.request("GET", "/")
    assert connections(watchdog) == [2, 2, 2]
    for caller in callers[1::3]:
        caller.close()
    await_connections(watchdog, [2, 0, 2])
    for _ in range(2):
        watchdog.connect().request("GET", "/")
    assert connections(watchdog) == [2, 2, 2]


@pytest.mark.parametrize("workers", ["1", "auto"])
def test_one_processor_one_thread(server, workers):
    """With one processor, or with one worker, there is one thread."""
    def pin():
        if workers == "auto":
            os.sched_setaffinity(0, [min(os.sched_getaffinity(0))])
    watchdog = server(workers=workers, preexec_fn=pin)
    assert watchdog.post("/", b"x").text == "x"
    assert watchdog.sanitized or threads(watchdog) == 1
    await_connections(watchdog, [0])


@pytest.mark.parametrize("text", ["0", "-1", "257", "two", "1.5"])
def test_no_number_of_workers(server, text):
    """A warning that names it; the default is used."""
    watchdog = server(workers=text)
    watchdog.await_log(r'^Warning: workers="%s" is neither a whole number from 1 to 256 nor auto: the default auto is used$' % re.escape(text))
    assert watchdog.post("/", b"x").text == "x"


def test_calls_one_after_the_other(proxy, upstream):  # noqa: F811
    """Each on a connection of its own; they find the function's connection that the one before left."""
    watchdog = proxy(workers=4)
    upstream.play(echo)
    for i in range(20):
        await_connections(watchdog, [0, 0, 0, 0])  # one that is being closed counts still
        assert watchdog.post("/", b"%d" % i).text == str(i)
    assert upstream.saw_connections(1)


ONE_AT_A_TIME = r"""
import socket
listener = socket.create_server(("127.0.0.1", int(os.environ["http_port"])))
while True:
    peer, data, more = listener.accept()[0], b"", True
    while more:
        head, end, rest = data.partition(b"\r\n\r\n")
        if end:
            peer.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
            data = rest
        else:
            more = peer.recv(65536)
            data += more
    peer.close()
"""


def test_function_with_one_thread(of, house):
    """It serves a connection until that ends: calls by way of two workers do not wait until the other one's has been idle for its time."""
    port = house.free_port()
    watchdog = of("http", house.python(ONE_AT_A_TIME), workers=2, http_port=port, upstream_url="http://127.0.0.1:%d" % port)
    callers = [watchdog.connect() for _ in range(2)]
    times = []
    for caller in callers * 6:
        begun = time.monotonic()
        assert caller.request("GET", "/").text == "ok"
        times.append(time.monotonic() - begun)
    await_connections(watchdog, [1, 1])
    assert sorted(times)[len(times) // 2] < 0.35, times


def test_limit_is_one_for_all(server, house):
    """Of 12 calls at once exactly max_inflight run; when they have ended there is room for as many again."""
    watchdog = server(house.sh('read -r x <"$Http_Query"; echo "$x"'), workers=4, max_inflight="5")
    for turn in range(3):
        gates = [house.gate("gate-%d-%d" % (turn, number)) for number in range(5)]
        held = []
        for gate in gates:
            held.append(watchdog.connect())
            held[-1].send(compose("POST", "/?" + gate.path, body=b""))
            gate.await_arrival()
        others = [watchdog.connect() for _ in range(7)]
        for caller in others:
            caller.send(compose("POST", "/?none", body=b""))
        assert [caller.answer().status for caller in others] == [429] * 7
        for gate, caller in zip(gates, held):
            gate.open()
            assert caller.answer().text == "go\n"
        for caller in held + others:
            caller.close()
        until(lambda: watchdog.sample("http_requests_in_flight") == 0, "nothing is in flight")


def test_slot_is_free_once_its_answer_is_there(of, house):
    """Calls one after the other by way of several workers: max_inflight=1 refuses none."""
    house.write("index.html", "here")
    watchdog = of("static", static_path=house.folder, workers=3, max_inflight="1")
    callers = [watchdog.connect() for _ in range(3)]
    assert [caller.request("GET", "/").status for caller in callers * 50] == [200] * 150


def test_answer_is_counted_when_it_is_there(of, house):
    """Who has an answer finds it counted, whichever worker gave it and whichever is asked."""
    house.write("index.html", "here")
    watchdog = of("static", static_path=house.folder, workers=3)
    callers = [watchdog.connect() for _ in range(3)]
    for count, caller in enumerate(callers * 30, 1):
        assert caller.request("GET", "/").status == 200
        found = samples(watchdog.scrape().text)
        assert found["http_requests_total", frozenset({("code", "200"), ("method", "get")})] == count
        assert found["http_requests_in_flight", frozenset()] == 0


def test_metrics_are_of_all(server):
    """Every call of every worker is counted once, whoever makes them at once."""
    watchdog = server(workers=3)

    def calls(number):
        caller = Caller(watchdog.port)
        for i in range(15):
            assert caller.request("POST", "/", body=b"%d" % i).text == str(i)
        caller.close()
    with concurrent.futures.ThreadPoolExecutor(12) as pool:
        list(pool.map(calls, range(12)))
    until(lambda: watchdog.sample("http_requests_total", code="200", method="post") == 180, "all calls are counted")
    assert watchdog.sample("http_request_duration_seconds_count", code="200", method="post") == 180
    assert watchdog.sample("http_requests_in_flight") == 0
    watchdog.await_no_children()


def test_every_log_line_is_whole(forking):
    """Lines of all workers, none torn, none lost."""
    watchdog = forking("sh -c 'cat; echo a line of $$ >&2'", workers=4)

    def calls(number):
        caller = Caller(watchdog.port)
        for i in range(10):
            assert caller.request("POST", "/%d-%d" % (number, i), body=b"x").status == 200
        caller.close()
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        list(pool.map(calls, range(8)))
    watchdog.await_log(r"^POST /\d-\d - 200 - ContentLength: 1B \(\d+\.\d{4}s\)$", 80)
    watchdog.await_log(r"^stderr: a line of \d+$", 80)
    assert [line for line in watchdog.lines() if not re.match(r"POST /\d-\d - 200 |stderr: a line of \d+$|[A-Z][\w -]+:", line)] == []


def held_calls(watchdog, house, count):
    """Calls that wait at gates of theirs, on a connection each: with as many workers as calls one on each."""
    found = []
    for number in range(count):
        gate = house.gate("held-%d" % number)
        caller = watchdog.connect()
        caller.send(compose("POST", "/?" + gate.path, body=b"finished"))
        gate.await_arrival()
        found.append((caller, gate))
    return found


def test_drain_waits_for_every_worker(server, house):
    """Calls in flight on all of them are finished, idle connections end, and then the program."""
    watchdog = server(house.held(), workers=3, healthcheck_interval="100ms")
    await_connections(watchdog, [0, 0, 0])
    held = held_calls(watchdog, house, 3)
    idle = [watchdog.connect() for _ in range(3)]
    await_connections(watchdog, [2, 2, 2])
    watchdog.term()
    watchdog.await_log("^No new connections allowed, draining: 3 requests$")
    assert [caller.remainder() for caller in idle] == [b""] * 3
    for caller, gate in held:
        assert watchdog.running()
        gate.open()
        assert caller.answer().text == "finished"
    assert watchdog.await_end() == 0
    watchdog.await_log(r"^Exiting\. Active connections: 0$")


def test_drain_gives_up_on_every_worker(server, house):
    """After write_timeout the calls that are left are ended, with their processes, on all workers."""
    watchdog = server(house.held(), workers=3, healthcheck_interval="50ms", write_timeout="700ms")
    held = held_calls(watchdog, house, 3)
    watchdog.term()
    assert watchdog.await_end() == 0
    for caller, gate in held:
        gate.close()
        caller.close()


def test_function_that_ends(of, house):
    """http mode: the program ends with 1, though calls wait on every worker."""
    port = house.free_port()
    # It listens to nobody, so calls wait for it.
    watchdog = of("http", house.sh("read -r x <%s; exit 3" % house.gate("end").path), workers=3,
                  upstream_url="http://127.0.0.1:%d" % port, wait=False)
    until(watchdog.accepts, "it listens")
    callers = [watchdog.connect() for _ in range(3)]
    for caller in callers:
        caller.send(compose("POST", "/", body=b"x"))
    until(lambda: watchdog.sample("http_requests_in_flight") == 3, "three calls wait")
    watchdog.expected_code = 1
    with open(house.path("end"), "w") as gate:
        gate.write("go\n")
    assert [caller.answer().status for caller in callers] == [500] * 3
    assert watchdog.await_end() == 1
    watchdog.await_log("^Forked function has terminated: exit status 3$")


def test_orphans_and_exits_reach_their_worker(server, house):
    """Processes that fail, are killed, or leave others behind, on all workers at once."""
    watchdog = server(house.sh('read -r how; case $how in fail) exit 3;; kill) kill -KILL $$;; stay) sleep 300 & ;; esac; echo ok'), workers=4)

    def calls(how):
        caller = Caller(watchdog.port)
        statuses = [caller.request("POST", "/", body=(how + "\n").encode()).status for _ in range(8)]
        caller.close()
        return statuses
    expected = {"fail": 500, "kill": 500, "stay": 200, "go": 200}
    kinds = list(expected) * 2
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        found = list(pool.map(calls, kinds))
    assert found == [[expected[how]] * 8 for how in kinds]
    watchdog.await_no_children()
    watchdog.house.strays_allowed = True  # the sleeping ones, which the guard kills


def test_signal_to_any_thread(server):
    """SIGTERM that the kernel may give to any thread is the first loop's; so is the end."""
    watchdog = server(workers=4, healthcheck_interval="50ms")
    caller = watchdog.connect()
    assert caller.request("POST", "/", body=b"x").text == "x"
    watchdog.signal(signal.SIGTERM)
    assert watchdog.await_end() == 0
