"""warm_processes: processes that are started before their call and wait for it on stdin."""
import json
import os
import signal
import time

import pytest

from caller import compose, until
from watchdog import assert_refused, samples


@pytest.fixture
def warm(server):
    """`warm(fprocess, count, setting=value, ...)`: a watchdog whose stock is full."""
    def start(fprocess="cat", count=2, **settings):
        settings.setdefault("cgi_headers", "false")
        watchdog = server(fprocess, warm_processes=count, **settings)
        await_stock(watchdog, count)
        return watchdog
    start.limit_status = server.row.limit_status
    return start


def metric(watchdog, name):
    return watchdog.sample("fwatchdog_warm_" + name)


def await_stock(watchdog, count):
    until(lambda: metric(watchdog, "processes") == count, "%d processes wait" % count)


def telling(house):
    """A function that leaves its process id in the file `started`, and ends its answer with it."""
    return house.sh('echo $$ >>started\ncat\necho " by $$"')


def started(house):
    return house.read("started").decode().split() if house.exists("started") else []


def test_each_serves_one_call(warm, house):
    """A call is served by the process that has waited longest; another one takes its place."""
    watchdog = warm(telling(house))
    until(lambda: len(started(house)) == 2, "both have begun to run")
    served = []
    for i in range(4):
        await_stock(watchdog, 2)
        until(lambda: len(started(house)) == 2 + i, "as many run as wait and have served")
        body, _, process = watchdog.post("/", b"call %d" % i).text.strip().partition(" by ")
        assert body == "call %d" % i and process in started(house)
        served.append(process)
    assert len(set(served)) == 4
    assert (metric(watchdog, "hits_total"), metric(watchdog, "misses_total"), metric(watchdog, "replacements_total")) == (4, 0, 0)
    await_stock(watchdog, 2)
    assert len(watchdog.children()) == 2


def test_more_calls_than_processes(warm, house):
    """Those that find none have their own started; the stock is filled again meanwhile, and not above its number."""
    watchdog = warm(house.sh('read -r gate\nread -r x <"$gate"\necho "$x"'))
    gates = [house.gate("gate-%d" % number) for number in range(6)]
    callers = [watchdog.connect() for _ in gates]
    for caller, gate in zip(callers, gates):
        caller.send(compose("POST", "/", body=gate.path + "\n"))
    for gate in gates:
        gate.await_arrival()
    hits, misses = metric(watchdog, "hits_total"), metric(watchdog, "misses_total")
    assert hits + misses == 6 and hits >= 2
    await_stock(watchdog, 2)
    assert len(watchdog.children()) == 8
    for caller, gate in zip(callers, gates):
        gate.open()
        assert caller.answer().text == "go\n"
    until(lambda: len(watchdog.children()) == 2, "only those that wait are left")


def test_large_bodies(warm):
    """More than a pipe holds, both ways."""
    watchdog = warm()
    body = os.urandom(1 << 20) * 3
    for chunked in (False, True):
        await_stock(watchdog, 2)
        assert watchdog.call("POST", "/", body=body, chunked=chunked).body == body
    assert metric(watchdog, "hits_total") == 2


def test_environment(warm, house):
    """The watchdog's own, without Http_ variables, whether a process was warm or not."""
    watchdog = warm(house.sh("cat >/dev/null\nenv"), count=1, marshal_request="true", cgi_headers=None, MINE="here", exec_timeout="20s")
    for _ in range(2):
        text = watchdog.get("/a?b=c", {"X-Mine": "x"}).text
        assert "MINE=here\n" in text and "Http_" not in text


def test_marshalled_request(warm, house):
    """Headers and body as one JSON object."""
    watchdog = warm(marshal_request="true", cgi_headers=None)
    for chunked in (False, True):
        got = json.loads(watchdog.call("POST", "/", {"X-Mine": "yes"}, b"\x00\xff", chunked=chunked).text)
        assert got["header"]["X-Mine"] == ["yes"] and got["body"] == {"raw": "AP8="}
    assert metric(watchdog, "hits_total") == 2


def test_of_watchdog_has_both_variables(forking):
    """cgi_headers=false and marshal_request=true mean the same there, without warm processes too."""
    assert "Http_" not in forking("env", cgi_headers="false").get("/").text
    watchdog = forking("cat", marshal_request="true")
    assert json.loads(watchdog.post("/", b"abc").text)["body"] == {"raw": "YWJj"}
    [answer] = watchdog.exchange("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\nno\r\n")
    assert answer.status == 400


def test_without_there_are_no_metrics_of_them(server):
    found = {name for name, _ in samples(server().scrape().text)}
    assert not [name for name in found if name.startswith("fwatchdog_warm")]


@pytest.mark.parametrize("settings, texts", [({}, ["warm_processes=4", "cgi_headers=false", "marshal_request=true"]),
                                             ({"cgi_headers": "true", "marshal_request": "false"}, ["warm_processes=4", "cgi_headers=false"]),
                                             ({"cgi_headers": "false", "warm_processes": "2000"}, ["warm_processes=2000", "1024"])])
def test_other_combinations_are_refused(server, settings, texts):
    """One line says why, exit 1."""
    assert_refused(server.run(**{"warm_processes": "4", **settings}), *texts)


@pytest.mark.parametrize("mode", ["http", "static"])
def test_other_modes_are_refused(of, mode):
    ended = of.run(mode=mode, warm_processes="1", cgi_headers="false", upstream_url="http://127.0.0.1:1")
    assert_refused(ended, "warm_processes=1", "streaming and serializing", mode)


def test_those_that_end_unasked(server, house):
    """They are replaced, later each time; the log says how they ended and what they said. Calls are answered."""
    watchdog = server(house.sh("echo $$ >>started\necho broken >&2\nexit 3"), cgi_headers="false", warm_processes="1", combine_output="false")
    watchdog.await_log("^A warm process ended before it was given a call: exit status 3; the next one is started in 100ms$")
    watchdog.await_log("is started in 200ms$")
    watchdog.await_log("is started in 400ms$")
    watchdog.await_log("^stderr: broken$" if server.row.mode is None else "broken$")
    assert len(started(house)) <= 4
    assert metric(watchdog, "replacements_total") >= 3
    assert watchdog.post("/", b"x").status == 500


def test_program_that_is_missing(server):
    """It is tried again and again, later each time, and calls tell what is wrong."""
    watchdog = server("no-such-program", cgi_headers="false", warm_processes="2")
    watchdog.await_log("^A warm process cannot be started: exec: \"no-such-program\": executable file not found in .PATH; the next one is started in 200ms$")
    assert watchdog.post("/", b"x").status == 500
    assert metric(watchdog, "processes") == 0


def test_killed_while_it_waits(warm, house):
    """By whomever: calls are answered, and soon others wait."""
    watchdog = warm(telling(house))
    until(lambda: len(started(house)) == 2, "both have begun to run")
    for process in started(house):
        os.kill(int(process), signal.SIGKILL)
    until(lambda: metric(watchdog, "replacements_total") == 2, "both are missed")
    watchdog.await_log("^A warm process ended before it was given a call: signal: killed; the next one is started in ", 2)
    answer = watchdog.post("/", b"x")
    assert answer.status == 200 and answer.text.strip().partition(" by ")[2] not in started(house)[:2]
    await_stock(watchdog, 2)


def test_too_old(warm, house):
    """After warm_max_age another one takes the place of one that still waits."""
    watchdog = warm(telling(house), count=1, warm_max_age="200ms")
    until(lambda: metric(watchdog, "replacements_total") >= 2, "two have been replaced")
    assert metric(watchdog, "processes") in (1, 2)
    until(lambda: len(watchdog.children()) <= 2, "the old ones are gone")
    answer = watchdog.post("/", b"x")
    assert answer.status == 200 and answer.text.startswith("x by ")
    assert "warm process" not in watchdog.err()


def test_exec_timeout_counts_from_the_call(warm, house):
    """Waiting is no part of it; work is, and the group is killed at the limit."""
    function = house.sh('touch started\nread -r how\n[ "$how" = quick ] || sleep 300\necho "$how"')
    watchdog = warm(function, count=1, exec_timeout="400ms")
    until(lambda: house.exists("started") and time.time() - os.stat(house.path("started")).st_mtime > 0.6, "it waits for longer than the limit")
    assert watchdog.post("/", b"quick\n").text == "quick\n"
    await_stock(watchdog, 1)
    assert watchdog.post("/", b"slow\n").status == warm.limit_status
    watchdog.await_log("^exec_timeout passed after ")


def test_caller_that_leaves(warm, house):
    """Its process is killed, as any other; those that wait are not."""
    watchdog = warm(house.sh('read -r gate\nread -r x <"$gate"'))
    gate = house.gate()
    caller = watchdog.connect()
    caller.send(compose("POST", "/", body=gate.path + "\n"))
    gate.await_arrival()
    caller.reset()
    watchdog.await_log("^client gone after ")
    await_stock(watchdog, 2)
    until(lambda: len(watchdog.children()) == 2, "the one that served is gone")
    gate.close()


def quiet(house):
    """A function that leaves the file `ran` behind when its input ends."""
    return house.sh("sleep 300 &\necho $$ >>started\ncat >/dev/null\ntouch ran")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_end(warm, house, number):
    """Those that wait are killed with their groups, and never see the end of their input; nothing is left."""
    watchdog = warm(quiet(house), count=3, healthcheck_interval="50ms")
    until(lambda: len(started(house)) == 3, "all have begun to run")
    watchdog.signal(number)
    assert watchdog.await_end() == 0
    until(lambda: not house.marked(), "nothing is left of the function")
    assert not house.exists("ran")


def test_watchdog_that_is_killed(warm, house):
    """Those that wait go with it, also where the end of their input means nothing to them."""
    watchdog = warm(house.sh("echo $$ >>started\nexec sleep 300"))
    until(lambda: len(started(house)) == 2, "both have begun to run")
    watchdog.expected_code = -signal.SIGKILL
    watchdog.signal(signal.SIGKILL)
    watchdog.await_end()
    until(lambda: not house.marked(), "they are gone")


def test_one_stock_for_all_workers(warm, house):
    """Calls of every worker find what waits."""
    watchdog = warm(telling(house), count=1, workers=3)
    callers = [watchdog.connect() for _ in range(3)]
    for caller in callers * 2:
        await_stock(watchdog, 1)
        assert caller.request("POST", "/", body=b"x").text.startswith("x by ")
    assert (metric(watchdog, "hits_total"), metric(watchdog, "misses_total")) == (6, 0)


def test_python_function(warm, house):
    """An interpreter: what it loads it has loaded before the call, and each call is a process of its own."""
    text = "import json, time\nloaded = time.time()\nopen('loaded', 'a').write('x')\nbody = sys.stdin.read()\nprint(json.dumps([body, loaded, os.getpid()]))"
    watchdog = warm(house.python(text), count=2)
    seen = set()
    for i in range(4):
        until(lambda: house.exists("loaded") and len(house.read("loaded")) >= i + 2, "the next one has loaded its modules")
        before = time.time()
        body, loaded, process = json.loads(watchdog.post("/", b"%d" % i).text)
        assert body == str(i) and loaded < before
        seen.add(process)
    assert len(seen) == 4 and metric(watchdog, "hits_total") == 4
