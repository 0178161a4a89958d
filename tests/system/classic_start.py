"""What the classic program says and does when it starts: log, lock file, health, readiness."""
import os
import re

import pytest

from caller import until
from watchdog import STAMP


def test_lines_of_the_start(classic, house):
    """Version, time limits, port; then the lock file and the metrics in either order. Each line is dated and nothing is on stdout."""
    server = classic()
    server.await_log("Metrics listening")
    server.await_log("Writing lock-file")
    lines = server.lines()
    assert re.fullmatch(r"Version: \S+\tSHA: \S+", lines[0])
    assert lines[1:3] == ["Timeouts: read: 30s write: 30s hard: 0s health: 30s.", "Listening on port: %d" % server.port]
    assert sorted(lines[3:]) == ["Metrics listening on port: %d" % server.metrics_port, "Writing lock-file to: " + house.path(".lock")]
    assert all(re.match(STAMP, line) for line in server.err().splitlines())
    assert server.out() == ""


def test_log_has_local_time(classic):
    """The date and time of a line are local."""
    early, late = (classic(TZ=zone).err().splitlines()[0][:16] for zone in ("UTC+11", "UTC-11"))
    assert early < late


def test_lock_file_is_empty_with_its_mode(classic, house):
    """$TMPDIR/.lock, 0660 less the umask."""
    classic(preexec_fn=lambda: os.umask(0o026))
    found = os.stat(house.path(".lock"))
    assert (found.st_size, found.st_mode & 0o777) == (0, 0o640)


def test_old_lock_file_is_taken_over(classic, house):
    """A lock file that a killed watchdog left does not hinder the next one."""
    house.write(".lock", "")
    assert classic().health() == 200


def test_lock_suppressed(classic, house):
    """suppress_lock=true: no file, a warning, health 200 all the same."""
    server = classic(suppress_lock="true")
    assert server.health() == 200
    assert 'Warning: "suppress_lock" is enabled. No automated health-checks will be in place for your function.' in server.lines()
    assert "Writing lock-file" not in server.err()
    assert not house.exists(".lock")


@pytest.mark.parametrize("target", ["/_/health", "/_/health?x=1"])
def test_health(classic, target):
    """200 OK, whatever the query."""
    answer = classic().get(target)
    assert (answer.status, answer.text) == (200, "OK")


@pytest.mark.parametrize("path", ["/_/health", "/_/ready"])
@pytest.mark.parametrize("method", ["POST", "PUT", "HEAD", "DELETE", "OPTIONS"])
def test_probes_answer_get_alone(classic, path, method):
    """Other methods: 405, empty, and no process."""
    answer = classic().call(method, path)
    assert (answer.status, answer.body) == (405, b"")


@pytest.mark.parametrize("path", ["/_/health", "/_/ready"])
def test_probes_follow_the_lock_file(classic, house, path):
    """Without the file 503, empty, while calls are served; with it 200 again."""
    server = classic()
    assert server.get(path).status == 200
    os.unlink(house.path(".lock"))
    answer = server.get(path)
    assert (answer.status, answer.body) == (503, b"")
    assert server.post("/", b"x").text == "x"
    house.write(".lock", "")
    assert server.get(path).status == 200


def test_ready(classic):
    """GET /_/ready: 200, empty, without a process."""
    answer = classic("echo the function").get("/_/ready")
    assert (answer.status, answer.body) == (200, b"")


def test_not_ready_after_sigterm(classic):
    """After SIGTERM both probes say 503."""
    server = classic(healthcheck_interval="30s")
    server.term()
    server.await_log("^SIGTERM: no new connections")
    until(lambda: server.health() == 503, "health is 503")
    assert server.get("/_/ready").status == 503


def test_ready_while_all_slots_are_taken(classic, house):
    """At max_inflight readiness is 429 and health still 200."""
    gate = house.gate()
    server = classic(house.held(), max_inflight="1")
    caller = server.connect()
    caller.send("GET /?%s HTTP/1.1\r\nHost: x\r\n\r\n" % gate.path)
    gate.await_arrival()
    assert server.get("/_/ready").status == 429
    assert server.health() == 200
    gate.open()
    assert caller.answer().status == 200
    until(lambda: server.get("/_/ready").status == 200, "it is ready again")


def test_ready_path_asks_the_function(classic, house):
    """ready_path: the function is called with GET and the caller's headers, without the query; its answer is the answer."""
    server = classic(house.sh('echo "$Http_Method $Http_Path [$Http_Query] $Http_X_Probe"; exit 3'), ready_path="/am/i")
    answer = server.get("/_/ready?x=1", {"X-Probe": "kubelet"})
    assert (answer.status, answer.text) == (500, "exit status 3\nGET /am/i [] kubelet\n")


@pytest.mark.parametrize("path", ["/_/health/x", "/_/healthy", "/_/readyness", "/_/", "/health"])
def test_other_paths_are_the_functions(classic, house, path):
    """Only the two exact paths are the watchdog's."""
    assert classic(house.sh('echo "$Http_Path"')).get(path).text == path + "\n"


def test_probes_are_not_logged(classic):
    """Probing leaves no line in the log."""
    server = classic()
    before = server.err()
    for path in ("/_/health", "/_/ready", "/_/health"):
        assert server.get(path).status == 200
    assert server.err() == before


def test_two_watchdogs_side_by_side(classic, house):
    """Two programs with ports and folders of their own do not meet."""
    os.mkdir(house.path("second"))
    first, second = classic("cat"), classic("rev", TMPDIR=house.path("second"))
    assert first.post("/", b"abc").text == "abc"
    assert second.post("/", b"abc").text.strip() == "cba"
