"""Settings from the environment: what is understood, what is warned of, what ends the start."""
import json
import socket

import pytest

from caller import Caller
from namespaces import in_own_network
from watchdog import assert_refused, complaints


@pytest.mark.parametrize("given, shown", [
    ("10", "10s"), ("007", "7s"), ("+10", "10s"), ("90", "1m30s"), ("0", "0s"), ("1m30s", "1m30s"), ("500ms", "500ms"), ("1h", "1h0m0s"),
    ("1.5s", "1.5s"), (".5s", "500ms"), ("100us", "100µs"), ("1µs", "1µs"), ("+5s", "5s"), ("0.5m", "30s"), ("1h15m30.918s", "1h15m30.918s"),
    ("3600000000001ns", "1h0m0.000000001s"), ("2ms1s", "1.002s")])
def test_duration_is_shown_as_go_shows_it(classic, given, shown):
    """A whole number is seconds; everything else is Go's notation."""
    server = classic(exec_timeout=given)
    assert "Timeouts: read: 30s write: 30s hard: %s health: 30s." % shown in server.lines()


def test_each_limit_has_its_variable(classic):
    """The four limits of the log line come from four variables."""
    server = classic(read_timeout="11s", write_timeout="14s", exec_timeout="12s", healthcheck_interval="13s")
    assert "Timeouts: read: 11s write: 14s hard: 12s health: 13s." in server.lines()


def test_healthcheck_interval_defaults_to_write_timeout(classic):
    """Without healthcheck_interval the drain waits as long as an answer may take."""
    assert "Timeouts: read: 30s write: 7s hard: 0s health: 7s." in classic(write_timeout="7s").lines()


@pytest.mark.parametrize("name, text, default, line", [
    ("read_timeout", "abc", "30s", "Timeouts: read: 30s write: 30s hard: 0s health: 30s."),
    ("write_timeout", "10x", "30s", "Timeouts: read: 30s write: 30s hard: 0s health: 30s."),
    ("exec_timeout", "1 s", "0s", "Timeouts: read: 30s write: 30s hard: 0s health: 30s."),
    ("exec_timeout", "1e3s", "0s", "Timeouts: read: 30s write: 30s hard: 0s health: 30s."),
    ("healthcheck_interval", "0x10", "30s", "Timeouts: read: 30s write: 30s hard: 0s health: 30s."),
    ("max_inflight", "many", "0", "Timeouts: read: 30s write: 30s hard: 0s health: 30s."),
    ("max_body_bytes", "1MB", "0", "Timeouts: read: 30s write: 30s hard: 0s health: 30s.")])
def test_bad_value_is_warned_of(classic, name, text, default, line):
    """One line names the variable, its value and the default that is used; the watchdog serves."""
    server = classic(**{name: text})
    said = [x for x in complaints(server.err()) if name in x]
    assert len(said) == 1, server.err()
    assert text in said[0] and default in said[0]
    assert line in server.lines()
    assert server.post("/", b"x").text == "x"


def test_good_values_are_not_warned_of(classic):
    """A start with nothing wrong says only the usual lines."""
    assert complaints(classic(exec_timeout="5s", max_inflight="3", max_body_bytes="100").err()) == []


def test_limits_that_cannot_work_together_are_warned_of(classic):
    """A process may not run longer than its answer may take: one line names both variables."""
    server = classic(exec_timeout="60s", write_timeout="10s")
    said = complaints(server.err())
    assert len([x for x in said if "exec_timeout" in x and "write_timeout" in x]) == 1, server.err()
    assert "Warning: Warning:" not in server.err()


def test_negative_max_inflight_is_no_limit(classic):
    """max_inflight=-3 refuses nobody."""
    assert classic(max_inflight="-3").get("/").status == 200


@pytest.mark.parametrize("value", ["1", "TRUE", "yes", "t", "false"])
def test_only_true_is_true(classic, house, value):
    """combine_output=1 means false, as in the Go program."""
    assert classic(house.sh("echo out; echo err >&2"), combine_output=value).get("/").text == "out\n"


@pytest.mark.parametrize("port", ["abc", "70000", "-1", "80 80"])
def test_port_that_is_none(classic, port):
    """One line that names the value, exit 1."""
    assert_refused(classic.run(port=port), "port", port)


@pytest.mark.parametrize("settings", [{"port": "abc"}, {"fprocess": ""}, {"fprocess": "'"}])
def test_refusal_in_json(classic, settings):
    """log_format=json: the line that says why there is no start is an object, too."""
    ended = classic.run(log_format="json", **settings)
    assert ended.code == 1
    line = json.loads(ended.err)
    assert line["level"] == "error" and line["msg"]


@pytest.mark.parametrize("value", [None, ""])
def test_fprocess_is_required(classic, house, value):
    """One line, exit 1, no lock file."""
    assert_refused(classic.run(fprocess=value), "Provide a valid process via fprocess environmental variable.")
    assert not house.exists(".lock")


def test_fprocess_with_an_open_quote(classic):
    """Words that a shell would not take: one line that names the variable, exit 1."""
    assert_refused(classic.run(fprocess="sh -c 'echo a"), "fprocess")


@pytest.mark.parametrize("which", ["port", "metrics_port"])
def test_port_taken(classic, house, which):
    """One line that names the port, exit 1; the lock file is not left behind."""
    port = house.free_port()
    with socket.socket(socket.AF_INET6) as taken:
        taken.bind(("::", port))
        taken.listen()
        assert_refused(classic.run(**{which: port}), port, "address already in use")
    assert not house.exists(".lock")


def test_port_taken_on_ipv4_alone(classic, house):
    """A port that another program has on IPv4 is taken."""
    with socket.socket() as taken:
        taken.bind(("0.0.0.0", house.free_port()))
        taken.listen()
        assert_refused(classic.run(port=taken.getsockname()[1]), "address already in use")


def test_port_taken_by_another_watchdog(classic):
    """Two watchdogs never share a port; the first one goes on."""
    first = classic()
    assert_refused(classic.run(port=first.port), first.port, "address already in use")
    assert first.post("/", b"still here").text == "still here"


def test_metrics_on_the_function_port(classic, house):
    """One port for both: one line, exit 1."""
    port = house.free_port()
    assert_refused(classic.run(port=port, metrics_port=port), port)


@pytest.mark.parametrize("folder", ["a_file", "missing"])
def test_lock_file_cannot_be_written(classic, house, folder):
    """One line that tells of suppress_lock=true, exit 1."""
    house.write("a_file", "")
    assert_refused(classic.run(TMPDIR=house.path(folder)), "suppress_lock=true")
    assert not house.exists("missing")


def test_program_missing_is_said_at_the_start(classic):
    """A line at the start names the program; the watchdog is healthy all the same."""
    server = classic("no-such-program --flag")
    said = complaints(server.err())
    assert len(said) == 1 and "no-such-program" in said[0], server.err()


def test_program_not_executable_is_said_at_the_start(classic, house):
    """A file that cannot be run is named at the start."""
    server = classic(house.write("plain", "no program", 0o644))
    assert [x for x in complaints(server.err()) if house.path("plain") in x], server.err()


def test_program_may_appear_later(classic, house):
    """A program that is put in place after the start is found at the next call."""
    server = classic(house.path("late.sh"))
    assert server.get("/").status == 500
    house.sh("echo here", "late.sh")
    assert server.get("/").text == "here\n"


@in_own_network
def test_default_ports(classic):
    """Without settings calls come in at 8080 and metrics at 8081."""
    server = classic(port=None, metrics_port=None)
    assert server.port == 8080 and server.post("/", b"x").text == "x"
    assert "Listening on port: 8080" in server.lines()
    assert "Metrics listening on port: 8081" in server.lines()
    assert server.scrape().status == 200


@in_own_network
def test_bad_metrics_port_is_warned_of(classic):
    """metrics_port=abc: one line, and the metrics are at 8081."""
    server = classic(metrics_port="abc")
    said = complaints(server.err())
    assert len(said) == 1 and all(text in said[0] for text in ("metrics_port", "abc", "8081")), server.err()
    assert server.scrape().status == 200


@in_own_network
def test_default_metrics_port_taken(classic):
    """8081 in use: one line, exit 1."""
    with socket.socket(socket.AF_INET6) as taken:
        taken.bind(("::", 8081))
        taken.listen()
        assert_refused(classic.run(metrics_port=None), 8081, "address already in use")


def test_listens_on_ipv6(classic):
    """Calls come in over IPv6 as well as IPv4."""
    server = classic()
    try:
        caller = Caller(server.port, host="::1")
    except OSError:
        pytest.skip("this machine has no IPv6 loopback")
    assert caller.request("POST", "/", body=b"six").text == "six"
    caller.close()
    assert server.post("/", b"four").text == "four"


def test_log_format_json(classic, house):
    """log_format=json: each line on stderr is one JSON object, from the first to the last."""
    import json
    server = classic(house.sh("cat; echo problem >&2"), log_format="json", combine_output="false")
    server.post("/", b"x")
    server.await_log("problem")
    assert server.end() is None
    lines = server.err().splitlines()
    assert len(lines) >= 8
    for line in lines:
        assert isinstance(json.loads(line), dict), line
