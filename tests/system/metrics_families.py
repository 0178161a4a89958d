"""The metrics: an endpoint of their own in the Prometheus text format."""
import gzip
import re
import time

import pytest

from caller import Caller, until
from watchdog import samples

BUCKETS = ["0.005", "0.01", "0.025", "0.05", "0.1", "0.25", "0.5", "1", "2.5", "5", "10", "+Inf"]


def await_count(watchdog, count, **labels):
    until(lambda: watchdog.sample("http_requests_total", **labels) == count, "%d request(s) are counted as %r" % (count, labels))


@pytest.fixture
def left(busy):
    """A watchdog with a call whose caller went away while the function ran."""
    watchdog, caller, _ = busy()
    caller.reset()
    return watchdog


def test_endpoint(server):
    """GET /metrics: text format 0.0.4 with one Date."""
    answer = server().scrape()
    assert answer.status == 200
    assert re.match(r"text/plain; version=0\.0\.4; charset=utf-8", answer["Content-Type"])
    assert len(answer.all("Date")) == 1


@pytest.mark.parametrize("target", ["/", "/metric", "/metrics/x", "/_/health"])
def test_other_paths(server, target):
    """Nothing else is served there."""
    assert server().scrape(target).status == 404


def test_query_is_ignored(server):
    """A scraper may add a query."""
    assert server().scrape("/metrics?x=1").status == 200


def test_not_on_the_function_port(server, house):
    """/metrics of the function's port is the function's."""
    assert server(house.sh('echo "$Http_Path"')).get("/metrics").text == "/metrics\n"


def test_help_and_type(server):
    """The texts that dashboards show."""
    watchdog = server()
    watchdog.post("/", b"x")
    await_count(watchdog, 1, code="200", method="post")
    lines = watchdog.scrape().text.splitlines()
    for line in ("# HELP http_requests_total total HTTP requests processed", "# TYPE http_requests_total counter",
                 "# HELP http_request_duration_seconds Seconds spent serving HTTP requests.", "# TYPE http_request_duration_seconds histogram",
                 "# HELP http_requests_in_flight total HTTP requests in-flight", "# TYPE http_requests_in_flight gauge"):
        assert lines.count(line) == 1, line


def test_text_is_well_formed(server):
    """Each line is a comment or a sample; each family's TYPE comes before its samples; no sample is there twice; the last line ends."""
    watchdog = server()
    watchdog.post("/", b"x")
    watchdog.call("PURGE", "/")
    text = watchdog.scrape().text
    assert text.endswith("\n")
    typed, seen = set(), set()
    for line in text.splitlines():
        if comment := re.fullmatch(r"# (HELP|TYPE) (\w+) .+", line):
            typed.add(comment.group(2))
            continue
        sample = re.fullmatch(r'(\w+)(\{\w+="[^"]*"(?:,\w+="[^"]*")*\})? ([-+]?[0-9.e+-]+|[+-]Inf|NaN)', line)
        assert sample, line
        assert sample.group(1) in typed or re.sub("_(bucket|sum|count)$", "", sample.group(1)) in typed, line
        assert line.rsplit(" ", 1)[0] not in seen, line
        seen.add(line.rsplit(" ", 1)[0])


def test_nothing_before_the_first_call(server):
    """The counters' series appear with the first call; in flight is 0 from the start."""
    found = samples(server().scrape().text)
    assert found["http_requests_in_flight", frozenset()] == 0
    assert not [name for name, _ in found if name.startswith(("http_requests_total", "http_request_duration"))]


def test_counts(server):
    """By status and method."""
    watchdog = server()
    for _ in range(3):
        watchdog.post("/", b"x")
    watchdog.get("/")
    await_count(watchdog, 1, code="200", method="get")
    await_count(watchdog, 3, code="200", method="post")


@pytest.mark.parametrize("method, label", [("GET", "get"), ("POST", "post"), ("PUT", "put"), ("PATCH", "patch"), ("DELETE", "delete"), ("HEAD", "head"),
                                           ("OPTIONS", "options"), ("TRACE", "trace"), ("PURGE", "unknown"), ("X-ODD", "unknown")])
def test_method_label(server, method, label):
    """Lower case; an unusual one is `unknown`. A refused method is counted too."""
    watchdog = server()
    status = watchdog.call(method, "/").status
    await_count(watchdog, 1, code=str(status), method=label)


@pytest.mark.parametrize("fprocess, settings, status", [("false", {}, 500), ("no-such-program", {}, 500), ("sleep 640", {"exec_timeout": "100ms"}, None),
                                                        ("cat", {"max_body_bytes": "1"}, 413)])
def test_code_label(server, fprocess, settings, status):
    """The status that the caller got."""
    status = status or server.row.limit_status
    watchdog = server(fprocess, **settings)
    assert watchdog.post("/", b"xyz").status == status
    await_count(watchdog, 1, code=str(status), method="post")


def test_refused_calls_are_counted(busy):
    """A 429 is counted; the call in flight is one of the gauge."""
    watchdog, caller, gate = busy(max_inflight="1")
    assert watchdog.sample("http_requests_in_flight") == 1
    assert watchdog.get("/").status == 429
    await_count(watchdog, 1, code="429", method="get")
    gate.open()
    assert caller.answer().status == 200
    until(lambda: watchdog.sample("http_requests_in_flight") == 0, "nothing is in flight")


def test_in_flight_after_a_caller_left(left):
    """Its call is no longer in flight."""
    until(lambda: left.sample("http_requests_in_flight") == 0, "nothing is in flight")


def test_histogram(server, house):
    """The buckets in order, cumulative; sum and count."""
    watchdog = server(house.sh('[ "$Http_Method" = GET ] || sleep 0.3'))
    watchdog.get("/")
    watchdog.post("/")
    await_count(watchdog, 1, code="200", method="post")
    text = watchdog.scrape().text
    for method in ("get", "post"):
        found = re.findall(r'http_request_duration_seconds_bucket\{code="200",method="%s",le="([^"]+)"\} (\S+)' % method, text)
        assert [bound for bound, _ in found] == BUCKETS
        counts = [float(count) for _, count in found]
        assert counts == sorted(counts) and counts[-1] == 1
    assert watchdog.sample("http_request_duration_seconds_bucket", code="200", method="post", le="0.25") == 0
    assert watchdog.sample("http_request_duration_seconds_count", code="200", method="post") == 1
    assert watchdog.sample("http_request_duration_seconds_sum", code="200", method="post") >= 0.3
    assert 0 < watchdog.sample("http_request_duration_seconds_sum", code="200", method="get") < 20


def test_probes_are_not_counted(server):
    """Health and readiness are no calls, whatever their answer."""
    watchdog = server()
    for method in ("GET", "POST"):
        watchdog.call(method, "/_/health")
        watchdog.call(method, "/_/ready")
    watchdog.call("PUT", "/", body=b"x")
    await_count(watchdog, 1, code="200", method="put")
    found = samples(watchdog.scrape().text)
    assert [dict(labels)["method"] for name, labels in found if name == "http_requests_total"] == ["put"]


def test_process_family(server):
    """The standard process_* values are this process's."""
    watchdog = server()
    watchdog.post("/", b"x")
    found = {name: value for (name, _), value in samples(watchdog.scrape().text).items() if name.startswith("process_")}
    assert set(found) >= {"process_cpu_seconds_total", "process_resident_memory_bytes", "process_virtual_memory_bytes", "process_open_fds", "process_max_fds",
                          "process_start_time_seconds"}
    assert abs(found["process_start_time_seconds"] - time.time()) < 300
    assert 0 <= found["process_cpu_seconds_total"] < 60
    resident = watchdog.memory() * 1024
    assert resident / 2 < found["process_resident_memory_bytes"] < resident * 2
    assert found["process_virtual_memory_bytes"] >= found["process_resident_memory_bytes"]
    assert abs(found["process_open_fds"] - watchdog.descriptors()) <= 3
    with open("/proc/%d/limits" % watchdog.pid) as file:
        limit = re.search(r"Max open files\s+(\d+)", file.read()).group(1)
    assert found["process_max_fds"] == float(limit)


def test_scraper_keeps_its_connection(server):
    """A scraper's connection serves many scrapes and does not count as a call."""
    watchdog = server()
    caller = Caller(watchdog.metrics_port)
    for _ in range(5):
        assert caller.request("GET", "/metrics").status == 200
    assert watchdog.sample("http_requests_in_flight") == 0
    caller.close()


def test_metrics_port(server):
    """metrics_port moves the listener; the log names it."""
    watchdog = server()
    watchdog.await_log("^Metrics listening on port: %d$" % watchdog.metrics_port)
    assert watchdog.scrape().status == 200


def test_metrics_off(server):
    """metrics_port=0: no listener, no line; calls are served."""
    watchdog = server(metrics_port="0")
    assert watchdog.post("/", b"x").text == "x"
    assert "Metrics listening" not in watchdog.err()


def test_metrics_while_draining(server):
    """The metrics are there as long as the watchdog is."""
    watchdog = server(healthcheck_interval="30s")
    watchdog.term()
    watchdog.await_log("^SIGTERM")
    assert watchdog.scrape().status == 200


def test_build_info(server):
    """Version, revision and mode, as --version tells them; the value is 1."""
    watchdog = server()
    found = [(dict(labels), value) for (name, labels), value in samples(watchdog.scrape().text).items() if name == "fwatchdog_build_info"]
    assert len(found) == 1 and found[0][1] == 1
    labels = found[0][0]
    version = watchdog.await_log(r"^Version: (\S+)\tSHA: (\S+)$")
    assert (labels["version"], labels["revision"]) == version.groups()
    assert labels["mode"] in ("classic", "streaming", "serializing")


def test_bodies(server):
    """Bytes of bodies, in and out."""
    watchdog = server("head -c 3")
    assert watchdog.post("/", b"x" * 1000).text == "xxx"
    until(lambda: watchdog.sample("fwatchdog_response_body_bytes_total") == 3, "the answer is counted")
    assert watchdog.sample("fwatchdog_request_body_bytes_total") == 1000


def test_processes(server, house):
    """Each process is counted, and why those were killed that were."""
    watchdog = server("sleep 60", exec_timeout="100ms")
    watchdog.get("/")
    until(lambda: watchdog.sample("fwatchdog_processes_killed_total", reason="time_limit") == 1, "the kill is counted")
    assert watchdog.sample("fwatchdog_processes_started_total") == 1
    assert watchdog.sample("fwatchdog_processes_killed_total", reason="caller_gone") == 0


def test_process_of_a_caller_that_left(left):
    """caller_gone."""
    until(lambda: left.sample("fwatchdog_processes_killed_total", reason="caller_gone") == 1, "the kill is counted")


def test_process_is_killed_once(server, house):
    """A caller that leaves within its body is a reason twice."""
    watchdog = server(house.sh("cat >/dev/null"))
    caller = watchdog.connect()
    caller.send(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3000000\r\n\r\n" + bytes(2_000_000))
    until(lambda: watchdog.sample("fwatchdog_processes_started_total") == 1, "the function runs")
    caller.reset()
    until(lambda: watchdog.sample("http_requests_in_flight") == 0, "the call has ended")
    found = samples(watchdog.scrape().text)
    assert sum(value for (name, _), value in found.items() if name == "fwatchdog_processes_killed_total") == 1


def test_openmetrics(server):
    """In OpenMetrics for a scraper that names it, as Prometheus does."""
    watchdog = server()
    watchdog.post("/", b"x")
    caller = Caller(watchdog.metrics_port)
    answer = caller.request("GET", "/metrics", {"Accept": "application/openmetrics-text;version=1.0.0;q=0.5,text/plain;version=0.0.4;q=0.2,*/*;q=0.1"})
    assert answer["Content-Type"].startswith("application/openmetrics-text; version=1.0.0; charset=utf-8")
    assert answer.text.endswith("\n# EOF\n")
    families = re.findall(r"^# TYPE (\S+) counter$", answer.text, re.M)
    assert families and not any(name.endswith("_total") for name in families)
    assert all(re.search("^%s_total[ {]" % name, answer.text, re.M) for name in families)


@pytest.mark.parametrize("accepts", ["gzip", "gzip, deflate;q=0.5", "*", "identity;q=0.5, gzip"])
def test_gzip(server, accepts):
    """For a scraper that asks for it, as Prometheus does; many pages one after the other, whole each time."""
    watchdog = server()
    for _ in range(5):
        watchdog.post("/", b"x")
    await_count(watchdog, 5, code="200", method="post")
    caller = Caller(watchdog.metrics_port)
    for _ in range(3):
        answer = caller.request("GET", "/metrics", {"Accept-Encoding": accepts})
        assert answer["Content-Encoding"] == "gzip"
        text = gzip.decompress(answer.body).decode()
        assert 'http_requests_total{code="200",method="post"} 5\n' in text and text.endswith("\n")
        assert len(answer.body) < len(text) / 3


@pytest.mark.parametrize("accepts", [None, "", "identity", "br", "gzip;q=0", "gzip;q=0.5, identity"])
def test_no_gzip(server, accepts):
    """For everybody else it is text."""
    caller = Caller(server().metrics_port)
    answer = caller.request("GET", "/metrics", {} if accepts is None else {"Accept-Encoding": accepts})
    assert answer["Content-Encoding"] is None
    assert "http_requests_in_flight 0\n" in answer.text
