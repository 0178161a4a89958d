"""The line that of-watchdog logs for each request."""
import re

import pytest

from caller import compose, until

SECONDS = r"\(\d+\.\d{4}s\)"


def request_lines(watchdog):
    return [line for line in watchdog.lines() if " - ContentLength: " in line]


def test_line(forking):
    """Method, target as it came, status, size of the answer, seconds with four decimals."""
    watchdog = forking()
    watchdog.post("/x/%2F;a//b?y=z&%20", b"hello")
    watchdog.await_log("^%s %s$" % (re.escape("POST /x/%2F;a//b?y=z&%20 - 200 - ContentLength: 5B"), SECONDS))
    assert len(request_lines(watchdog)) == 1


def test_seconds_are_the_calls(forking, house):
    """The time is that of the whole call."""
    gate = house.gate()
    watchdog = forking(house.held())
    caller = watchdog.connect()
    caller.send(compose("POST", "/?" + gate.path, body=b"x"))
    gate.await_arrival()
    assert caller.silent_for(0.3)
    gate.open()
    caller.answer()
    assert 0.3 <= float(watchdog.await_log(r" - ContentLength: 1B \((\d+\.\d{4})s\)$").group(1)) < 20


@pytest.mark.parametrize("size, shown", [
    (0, "0B"), (1, "1B"), (999, "999B"), (1000, "1kB"), (1001, "1.001kB"), (1234, "1.234kB"), (12345, "12.35kB"), (123456, "123.5kB"), (999999, "1000kB"), (1000000, "1MB"),
    (10485760, "10.49MB")])
def test_sizes(forking, size, shown):
    """As docker's go-units prints them: powers of 1000, four significant digits."""
    watchdog = forking("head -c %d /dev/zero" % size)
    assert len(watchdog.get("/").body) == size
    watchdog.await_log("^%s %s$" % (re.escape("GET / - 200 - ContentLength: " + shown), SECONDS))


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS", "PURGE", "get"])
def test_methods(forking, method):
    """Each method as it came."""
    watchdog = forking("true")
    watchdog.call(method, "/m")
    watchdog.await_log("^%s /m - 200 - ContentLength: 0B %s$" % (method, SECONDS))


def test_status_is_the_callers(forking):
    """The status that the caller got, whatever the function did."""
    watchdog = forking("false", max_body_bytes="10")
    watchdog.get("/a")
    watchdog.post("/b", b"x" * 11)
    watchdog.await_log("^GET /a - 500 - ContentLength: ")
    watchdog.await_log("^POST /b - 413 - ContentLength: ")


def test_refused_call(forking, house):
    """A 429 has its line."""
    gate = house.gate()
    watchdog = forking(house.held(), max_inflight="1")
    caller = watchdog.connect()
    caller.send(compose("GET", "/?" + gate.path))
    gate.await_arrival()
    assert watchdog.get("/two").status == 429
    watchdog.await_log("^GET /two - 429 - ContentLength: 62B ")


def test_caller_that_left(forking, house):
    """A call whose caller went away has its line too, with no 2xx status."""
    watchdog = forking(house.sh("touch begun; exec sleep 660"))
    caller = watchdog.connect()
    caller.send(compose("GET", "/left"))
    house.await_file("begun")
    caller.reset()
    assert int(watchdog.await_log(r"^GET /left - (\d+) - ContentLength: 0B").group(1)) >= 400


@pytest.mark.parametrize("agent", ["kube-probe/1.27", "kube-probe"])
def test_kubelet_is_silent(forking, agent):
    """Calls of the kubelet leave no line; all others do, also where the name comes later."""
    watchdog = forking()
    assert watchdog.get("/silent", {"User-Agent": agent}).status == 200
    watchdog.get("/heard", {"User-Agent": "not a " + agent})
    watchdog.await_log("^GET /heard - 200 ")
    assert "/silent" not in watchdog.err()


def test_probes_are_silent(forking):
    """Nor do health and readiness."""
    watchdog = forking()
    for path in ("/_/health", "/_/ready"):
        for method in ("GET", "POST"):
            watchdog.call(method, path)
    watchdog.get("/heard")
    watchdog.await_log("^GET /heard - 200 ")
    assert len(request_lines(watchdog)) == 1


@pytest.mark.parametrize("value", ["false", "0"])
def test_log_query_false(forking, house, value):
    """log_query=false: no query is logged, neither in the request's line nor in that of a time limit."""
    watchdog = forking(house.sh('[ "$Http_Path" != /slow ] || exec sleep 661'), log_query=value, exec_timeout="300ms")
    watchdog.get("/quick?token=secret")
    watchdog.get("/slow?token=secret")
    watchdog.await_log("^GET /quick - 200 - ContentLength: 0B ")
    watchdog.await_log("^GET /slow - 50[04] ")
    watchdog.await_log("exec_timeout")
    assert "secret" not in watchdog.err()


@pytest.mark.parametrize("name", ["log_callid", "log_call_id"])
@pytest.mark.parametrize("value", ["true", "1", "T"])
def test_call_id(forking, name, value):
    """The X-Call-Id at the end of the line, or none: by either name."""
    watchdog = forking(**{name: value})
    watchdog.get("/with", {"X-Call-Id": "5f3-a b"})
    watchdog.get("/without")
    watchdog.await_log(r"^GET /with - 200 - ContentLength: 0B %s \[5f3-a b\]$" % SECONDS)
    watchdog.await_log(r"^GET /without - 200 - ContentLength: 0B %s \[none\]$" % SECONDS)


def test_no_call_id_by_default(forking):
    """Without the setting nothing is appended."""
    watchdog = forking()
    watchdog.get("/", {"X-Call-Id": "id"})
    watchdog.await_log("^GET / - 200 - ContentLength: 0B %s$" % SECONDS)


def test_line_cannot_be_forged(forking):
    """Nothing that a caller sends begins a line of its own or hides one."""
    watchdog = forking(log_callid="true")
    watchdog.get("/a%0Ab%1b[2J", {"X-Call-Id": "x\ty\x80"})
    watchdog.await_log("^GET /a%0Ab%1b")
    assert len(request_lines(watchdog)) == 1
    with open(watchdog.err_path, "rb") as file:
        assert b"\x1b" not in file.read()


def test_one_line_for_each_of_many(forking):
    """Two hundred calls at once, two hundred lines, none mixed."""
    import concurrent.futures
    watchdog = forking("true")
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        assert {answer.status for answer in pool.map(lambda i: watchdog.get("/n%d" % i), range(200))} == {200}
    until(lambda: len(request_lines(watchdog)) == 200, "200 lines are logged")
    assert {re.match(r"GET /n(\d+) - 200 - ContentLength: 0B %s$" % SECONDS, line).group(1) for line in request_lines(watchdog)} == {str(i) for i in range(200)}
