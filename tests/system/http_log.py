"""What the operator sees: the request's line, call ids, metrics, readiness by the function's own path."""
import json

import pytest

from caller import compose
from upstreams.played import proxy, upstream  # noqa: F401, fixtures

SECONDS = r"\(\d+\.\d{4}s\)$"


@pytest.fixture
def served(proxy, upstream):  # noqa: F811
    """`served(watchdog, request, reply)`: one exchange."""
    def serve(watchdog, *request, reply=None, **options):
        caller = watchdog.connect()
        caller.send(compose(*request, **options))
        got = upstream.receive()
        got.send(reply) if reply else got.reply(body="" if got.method == "HEAD" else "hello")
        answer = caller.answer(request[0])
        caller.close()
        return answer, got
    return serve


def test_request_line(proxy, served):  # noqa: F811
    """Method and target as they came, status and reason as the function gave them, size, seconds."""
    watchdog = proxy()
    for request, reply, expected in (
            (("POST", "/a?b=c"), None, r"^POST /a\?b=c - 200 OK - ContentLength: 5B "),
            (("GET", "//x%2F?a=%20"), "HTTP/1.1 404 Not Found\r\nContent-Length: 11\r\n\r\nstatus 404\n", r"^GET //x%2F\?a=%20 - 404 Not Found - ContentLength: 11B "),
            (("GET", "/own"), "HTTP/1.1 200 Very Well\r\nContent-Length: 0\r\n\r\n", "^GET /own - 200 Very Well - ContentLength: 0B "),
            (("PURGE", "/kilo"), "HTTP/1.1 200 OK\r\nContent-Length: 1234\r\n\r\n" + "k" * 1234, r"^PURGE /kilo - 200 OK - ContentLength: 1\.234kB "),
            (("GET", "/chunked"), "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n", "^GET /chunked - 200 OK - ContentLength: -1B "),
            (("GET", "/204"), "HTTP/1.1 204 No Content\r\n\r\n", "^GET /204 - 204 No Content - ContentLength: 0B "),
            (("HEAD", "/head"), "HTTP/1.1 200 OK\r\nContent-Length: 77\r\n\r\n", "^HEAD /head - 200 OK - ContentLength: 77B ")):
        served(watchdog, *request, reply=reply)
        watchdog.await_log(expected + SECONDS)


def test_control_bytes_cannot_forge_lines(proxy, served):  # noqa: F811
    """What a reason phrase may contain stays in one line."""
    watchdog = proxy()
    served(watchdog, "GET", "/\xff\xfe", reply=b"HTTP/1.1 200 a\tb\xff\r\nContent-Length: 0\r\n\r\n")
    watchdog.await_log(r"^GET /.* - 200 a.*b.* - ContentLength: 0B " + SECONDS)


def test_kube_probe(proxy, served):  # noqa: F811
    """The kubelet's calls are served and leave no line."""
    watchdog = proxy()
    served(watchdog, "GET", "/probe", {"User-Agent": "kube-probe/1.30"})
    served(watchdog, "GET", "/after", {"User-Agent": "not kube-probe"})
    watchdog.await_log("^GET /after - 200")
    assert "/probe" not in watchdog.err()


@pytest.mark.parametrize("name", ["log_callid", "log_call_id"])
def test_call_id(proxy, served, name):  # noqa: F811
    """In brackets at the end, or `none`."""
    watchdog = proxy(**{name: "true"})
    served(watchdog, "GET", "/with", {"X-Call-Id": "079d9ff9-d7b7"})
    served(watchdog, "GET", "/without")
    watchdog.await_log(r"^GET /with - 200 OK - ContentLength: 5B \(\d+\.\d{4}s\) \[079d9ff9-d7b7\]$")
    watchdog.await_log(r"^GET /without - 200 OK - ContentLength: 5B \(\d+\.\d{4}s\) \[none\]$")


def test_query_stays_out_of_the_log(proxy, upstream, served):  # noqa: F811
    """log_query=false: in no line, also of what fails; the function still gets it."""
    watchdog = proxy(log_query="false", exec_timeout="200ms")
    _, got = served(watchdog, "GET", "/a?token=secret")
    assert got.target == "/a?token=secret"
    watchdog.await_log("^GET /a - 200 OK - ContentLength: 5B " + SECONDS)
    caller = watchdog.connect()
    caller.send(compose("GET", "/slow?token=secret"))
    upstream.receive()
    assert caller.answer().status == 504
    gone = watchdog.connect()
    gone.send(compose("GET", "/gone?token=secret", {"X-Timeout": "1m"}))
    upstream.receive()
    gone.reset()
    watchdog.await_log("^GET /slow - 504")
    watchdog.await_log("^GET /gone - ")
    assert "secret" not in watchdog.err()


def test_json(proxy, upstream, served):  # noqa: F811
    """log_format=json: every line is an object, failures too; the function's own lines are untouched without prefix."""
    watchdog = proxy(log_format="json", log_call_id="true")
    served(watchdog, "GET", "/a?b", {"X-Call-Id": "7"})
    caller = watchdog.connect()
    caller.send(compose("POST", "/fails", body=b"x"))
    upstream.receive().send("nonsense\r\n\r\n")
    assert caller.answer().status == 500
    watchdog.await_log("/fails")
    watchdog.await_log("/a[?]b")  # lines of different workers are in no order
    lines = [json.loads(line) for line in watchdog.err().splitlines()]
    line = next(line for line in lines if line.get("target") == "/a?b")
    assert (line["method"], line["status"], line["reason"], line["bytes"], line["call_id"]) == ("GET", 200, "OK", 5, "7")


def test_metrics(proxy, upstream, served):  # noqa: F811
    """Counted by the status that the caller got, and by method."""
    watchdog = proxy(exec_timeout="200ms")
    assert watchdog.sample("http_requests_in_flight") == 0
    served(watchdog, "GET", "/")
    served(watchdog, "POST", "/", reply="HTTP/1.1 418 Teapot\r\nContent-Length: 0\r\n\r\n", body=b"x")
    served(watchdog, "PURGE", "/")
    caller = watchdog.connect()
    caller.send(compose("PUT", "/", body=b"x"))
    upstream.receive()
    assert watchdog.sample("http_requests_in_flight") == 1
    assert caller.answer().status == 504
    for code, method in (("200", "get"), ("418", "post"), ("200", "unknown"), ("504", "put")):
        assert watchdog.sample("http_requests_total", code=code, method=method) == 1, (code, method)
        assert watchdog.sample("http_request_duration_seconds_count", code=code, method=method) == 1


def test_ready_path(proxy, upstream, served):  # noqa: F811
    """The function is asked with GET, the caller's fields and no query; its answer is the answer, past the limiter, uncounted."""
    watchdog = proxy(ready_path="/ready/now", max_inflight="1")
    for status in (200, 503, 418):
        answer, got = served(watchdog, "GET", "/_/ready?x=y", {"X-Own": "1", "User-Agent": "kube-probe/1"}, reply="HTTP/1.1 %d R\r\nX-From: f\r\nContent-Length: 2\r\n\r\nis" % status)
        assert (got.line, got["X-Own"]) == ("GET /ready/now HTTP/1.1", "1")
        assert (answer.status, answer.text, answer["X-From"]) == (status, "is", "f")
    assert watchdog.post("/_/ready", b"x").status == 405
    assert watchdog.sample("http_requests_total", code="418", method="get") is None
    assert upstream.silent_for(0.05)


def test_ready_path_of_a_function_that_fails(proxy, upstream):  # noqa: F811
    """An error of ours, not readiness."""
    watchdog = proxy(ready_path="/ready")
    caller = watchdog.connect()
    caller.send(compose("GET", "/_/ready"))
    upstream.receive().send("nonsense\r\n\r\n")
    assert caller.answer().status == 500


def test_probes_do_not_reach_the_function(proxy, upstream):  # noqa: F811
    """Health and readiness are ours; what only looks like them is not."""
    watchdog = proxy()
    for target in ("/_/health", "/_/health?x", "/_/ready", "/%5F/health"):
        assert watchdog.get(target).status == 200
    assert upstream.silent_for(0.05)
    for target in ("/_/healthy", "/_/health/", "/_/ready/x", "//_/health", "/_//health"):
        caller = watchdog.connect()
        caller.send(compose("GET", target))
        got = upstream.receive()
        assert got.target == target
        got.reply()
        assert caller.answer().status == 200
