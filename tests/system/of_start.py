"""What of-watchdog says and does when it starts: log, lock file, health, readiness."""
import json
import os
import re

import pytest

from caller import until
from watchdog import STAMP, assert_refused


def test_lines_of_the_start(forking, house):
    """Version, mode, time limits, port; then the lock file and the metrics in either order. Each line is dated and nothing is on stdout."""
    watchdog = forking('cat "-"')
    watchdog.await_log("Metrics listening")
    watchdog.await_log("Writing lock-file")
    lines = watchdog.lines()
    assert re.fullmatch(r"Version: \S+\tSHA: \S+", lines[0])
    assert lines[1:4] == ['Watchdog mode: %s\tfprocess: "cat \\"-\\""' % forking.mode, "Timeouts: read: 30s write: 30s hard: 30s health: 30s",
                          "Listening on port: %d" % watchdog.port]
    assert sorted(lines[4:]) == ["Metrics listening on port: %d" % watchdog.metrics_port, "Writing lock-file to: " + house.path(".lock")]
    assert all(re.match(STAMP, line) for line in watchdog.err().splitlines())
    assert watchdog.out() == ""


def test_lock_folder_is_made(streaming, house):
    """A TMPDIR that is not there is created, its parents too; the lock file in it has its mode."""
    folder = house.path("some/where")
    watchdog = streaming(TMPDIR=folder, preexec_fn=lambda: os.umask(0o026))
    found = os.stat(folder + "/.lock")
    assert (found.st_size, found.st_mode & 0o777) == (0, 0o640)
    assert "Writing lock-file to: %s/.lock" % folder in watchdog.lines()
    assert watchdog.health() == 200


@pytest.mark.parametrize("folder", ["a_file", "a_file/below"])
def test_lock_file_cannot_be_written(of, house, folder):
    """One line tells of suppress_lock=true, exit 1."""
    house.write("a_file", "")
    assert_refused(of.run(TMPDIR=house.path(folder)), "suppress_lock=true")


def test_suppressed_lock(forking, house):
    """suppress_lock=true: no file, a warning, healthy and ready all the same."""
    watchdog = forking(suppress_lock="true", TMPDIR=house.path("missing"))
    assert 'Warning: "suppress_lock" is enabled. No automated health-checks will be in place for your function.' in watchdog.lines()
    assert "Writing lock-file" not in watchdog.err()
    assert not house.exists("missing")
    assert (watchdog.health(), watchdog.get("/_/ready").status) == (200, 200)


def test_probes_follow_the_lock_file(forking, house):
    """Without the file 503, empty, while calls are served; with it 200 again."""
    watchdog = forking()
    os.unlink(house.path(".lock"))
    for path in ("/_/health", "/_/ready"):
        answer = watchdog.get(path)
        assert (answer.status, answer.body) == (503, b"")
    assert watchdog.post("/", b"x").text == "x"
    house.write(".lock", "")
    assert [watchdog.get(path).status for path in ("/_/health", "/_/ready")] == [200, 200]


@pytest.mark.parametrize("method", ["POST", "HEAD", "DELETE", "OPTIONS"])
def test_probes_answer_get_alone(forking, house, method):
    """Other methods: 405, empty, and no process, though every method reaches the function elsewhere."""
    watchdog = forking(house.tattling())
    for path in ("/_/health", "/_/ready"):
        answer = watchdog.call(method, path)
        assert (answer.status, answer.body) == (405, b"")
    assert not house.exists("ran")


def test_ready(forking):
    """GET /_/ready: 200, empty, without a process; health: 200 OK."""
    watchdog = forking("echo the function")
    assert (watchdog.get("/_/ready").status, watchdog.get("/_/ready").body) == (200, b"")
    assert watchdog.get("/_/health?x=1").text == "OK"


def test_not_ready_after_sigterm(forking):
    """After SIGTERM both probes say 503."""
    watchdog = forking(healthcheck_interval="30s", ready_path="/r")
    watchdog.term()
    watchdog.await_log("^SIGTERM: no new connections")
    until(lambda: watchdog.health() == 503, "health is 503")
    assert watchdog.get("/_/ready").status == 503


@pytest.mark.parametrize("settings", [{}, {"ready_path": "/r"}])
def test_ready_while_all_slots_are_taken(forking, house, settings):
    """At max_inflight readiness is 429 and health still 200; when the slot is free it is ready again."""
    gate = house.gate()
    watchdog = forking(house.held(), max_inflight="1", **settings)
    caller = watchdog.connect()
    caller.send("GET /?%s HTTP/1.1\r\nHost: x\r\n\r\n" % gate.path)
    gate.await_arrival()
    assert (watchdog.get("/_/ready").status, watchdog.health()) == (429, 200)
    gate.open()
    assert caller.answer().status == 200
    until(lambda: watchdog.get("/_/ready").status == 200, "it is ready again")


def test_ready_path_asks_the_function(forking, house):
    """ready_path: the function is called with GET and the caller's headers, without the query; its answer is the answer."""
    answer = forking(house.sh('echo "$Http_Method $Http_Path [$Http_Query] $Http_X_Probe"'), ready_path="/am/i").get("/_/ready?x=1", {"X-Probe": "kubelet"})
    assert (answer.status, answer.text) == (200, "GET /am/i [] kubelet\n")


def test_ready_path_and_a_function_that_fails(forking):
    """A function that says no: 500."""
    assert forking("sh -c 'exit 3'", ready_path="/am/i").get("/_/ready").status == 500


def test_ready_path_takes_no_slot(forking, house):
    """A probe that runs holds no slot of max_inflight, and is no call in metrics and log."""
    gate = house.gate()
    watchdog = forking(house.sh('[ "$Http_Path" != /r ] || read -r x <gate; cat'), ready_path="/r", max_inflight="1")
    probe = watchdog.connect()
    probe.send("GET /_/ready HTTP/1.1\r\nHost: x\r\n\r\n")
    gate.await_arrival()
    assert watchdog.post("/", b"x").text == "x"
    gate.open()
    assert probe.answer().status == 200
    until(lambda: watchdog.sample("http_requests_total", code="200", method="post") == 1, "the call is counted")
    assert watchdog.sample("http_requests_total", code="200", method="get") is None
    assert "GET /" not in watchdog.err()


@pytest.mark.parametrize("path", ["/_/health/x", "/_/healthy", "/_/readyness", "/_/", "/metrics"])
def test_other_paths_are_the_functions(forking, house, path):
    """Only the two exact paths are the watchdog's."""
    assert forking(house.sh('echo "$Http_Path"')).get(path).text == path + "\n"


def test_log_format_json(forking, house):
    """log_format=json: each line on stderr is one JSON object, from the first to the last; those of requests have their parts apart."""
    watchdog = forking(house.sh("cat; echo 'a \"problem\"' >&2"), log_format="json", log_call_id="true")
    watchdog.post("/some?q=1", b"hello", {"X-Call-Id": "id-7"})
    watchdog.await_log('"/some')
    assert watchdog.end() is None
    lines = [json.loads(line) for line in watchdog.err().splitlines()]
    assert len(lines) >= 8 and all(isinstance(line, dict) for line in lines)
    request = next(line for line in lines if line.get("target") == "/some?q=1")
    assert (request["method"], request["status"], request["bytes"], request["call_id"]) == ("POST", 200, 5, "id-7")
    assert 0 < request["seconds"] < 30
    assert [line["msg"] for line in lines if line.get("stream") == "stderr"] == ['a "problem"']
