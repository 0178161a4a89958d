"""of-watchdog's settings: what is understood, which name wins, what is warned of, what ends the start."""
import socket

import pytest

from namespaces import in_own_network
from watchdog import assert_refused, complaints

TIMEOUTS = "Timeouts: read: %s write: %s hard: %s health: %s"


@pytest.mark.parametrize("given, shown", [
    ("10", "10s"), ("007", "7s"), ("+10", "10s"), ("0", "0s"), ("1m30s", "1m30s"), ("500ms", "500ms"), ("1.5s", "1.5s"), (".5s", "500ms"), ("100us", "100µs"),
    ("1h15m30.918s", "1h15m30.918s")])
def test_duration_is_shown_as_go_shows_it(streaming, given, shown):
    """A whole number is seconds; everything else is Go's notation. No dot at the end of the line."""
    assert TIMEOUTS % ("30s", "30s", shown, "30s") in streaming(exec_timeout=given).lines()


def test_each_limit_has_its_variable(streaming):
    """The four limits of the log line come from four variables."""
    watchdog = streaming(read_timeout="11s", write_timeout="14s", exec_timeout="12s", healthcheck_interval="13s")
    assert TIMEOUTS % ("11s", "14s", "12s", "13s") in watchdog.lines()


def test_healthcheck_interval_defaults_to_write_timeout(streaming):
    """Without healthcheck_interval the drain waits as long as an answer may take."""
    assert TIMEOUTS % ("30s", "40s", "30s", "40s") in streaming(write_timeout="40s").lines()


@pytest.mark.parametrize("name, text, default", [
    ("read_timeout", "abc", "30s"), ("write_timeout", "10x", "30s"), ("exec_timeout", "1 s", "30s"), ("exec_timeout", "1e3s", "30s"), ("exec_timeout", "", "30s"),
    ("healthcheck_interval", "0x10", "30s"), ("max_inflight", "many", "0"), ("max_body_bytes", "1MB", "0"), ("prefix_logs", "perhaps", "true"), ("log_callid", "yes", "false"),
    ("log_format", "xml", "text"), ("metrics_port", "abc", "8081")])
@in_own_network
def test_bad_value_is_warned_of(streaming, name, text, default):
    """One line names the variable, its value and the default that is used; the watchdog serves."""
    watchdog = streaming(**{name: text})
    said = [line for line in complaints(watchdog.err()) if name in line]
    assert len(said) == 1, watchdog.err()
    assert text in said[0] and default in said[0]
    assert TIMEOUTS % ("30s", "30s", "30s", "30s") in watchdog.lines()
    assert watchdog.post("/", b"x").text == "x"


def test_good_values_are_not_warned_of(streaming):
    """A start with nothing wrong says only the usual lines."""
    watchdog = streaming(exec_timeout="5s", max_inflight="3", max_body_bytes="100", prefix_logs="F", log_callid="T", log_buffer_size="-1", log_query="0", suppress_lock="false",
                         http_buffer_req_body="true", log_format="text", static_path="")
    assert complaints(watchdog.err()) == []


def test_limits_that_cannot_work_together_are_warned_of(streaming):
    """A process may not run longer than its answer may take: one line names both variables."""
    said = complaints(streaming(exec_timeout="60s", write_timeout="10s", read_timeout="10s").err())
    assert len(said) == 1 and "exec_timeout" in said[0] and "write_timeout" in said[0]


# Which name wins.

@pytest.mark.parametrize("settings, answer", [
    ({"fprocess": "echo old", "function_process": "echo new"}, "new\n"), ({"fprocess": None, "function_process": "echo new"}, "new\n"),
    ({"fprocess": "echo old"}, "old\n"), ({"fprocess": "echo old", "function_process": ""}, "old\n")])
def test_function_process_beats_fprocess(streaming, settings, answer):
    """Each of the two will do; an empty one is none."""
    assert streaming(**settings).get("/").text == answer


def test_mode_is_streaming_by_default(of):
    """Without `mode` it streams, and the log says so."""
    watchdog = of(None, "cat")
    assert 'Watchdog mode: streaming\tfprocess: "cat"' in watchdog.lines()
    answer = watchdog.post("/", b"x")
    assert (answer.text, answer.framing) == ("x", "chunked")


# Booleans.

@pytest.mark.parametrize("value, suppressed", [("true", True), ("1", True), ("TRUE", False), ("t", False), ("yes", False), ("false", False), ("0", False), ("", False)])
def test_true_and_1_are_true(streaming, house, value, suppressed):
    """Nothing else is, and a word that somebody may have meant so is warned of."""
    watchdog = streaming(suppress_lock=value)
    assert house.exists(".lock") == (not suppressed)
    said = [line for line in complaints(watchdog.err()) if "counts as false" in line]
    assert len(said) == (value in ("TRUE", "t", "yes"))


@pytest.mark.parametrize("value, prefixed", [(value, True) for value in ("1", "t", "T", "TRUE", "true", "True")] + [(value, False) for value in ("0", "f", "F", "FALSE", "false", "False")])
def test_prefix_logs_is_read_as_go_reads_booleans(streaming, house, value, prefixed):
    """Twelve words count."""
    watchdog = streaming(house.sh("echo line >&2"), prefix_logs=value)
    watchdog.get("/")
    watchdog.await_log("^stderr: line$" if prefixed else "^line$")


# What ends the start.

@pytest.mark.parametrize("settings", [{"fprocess": None}, {"fprocess": ""}, {"fprocess": "", "function_process": " "}, {"fprocess": None, "mode": "serializing"},
                                      {"fprocess": None, "mode": "http", "upstream_url": "http://127.0.0.1:1"}])
def test_process_is_required(of, house, settings):
    """One line with its newline, exit 1, no lock file."""
    ended = of.run(**settings)
    assert_refused(ended, 'Error loading config: provide a "function_process" or "fprocess" environmental variable for your function')
    assert ended.err.endswith("function\n")
    assert not house.exists(".lock")


def test_write_timeout_of_zero(of):
    """An answer needs time."""
    assert_refused(of.run(write_timeout="0"), "Error loading config: HTTP write timeout must be over 0s")


@pytest.mark.parametrize("mode", ["afterburn", "nonsense", "Streaming", "streaming "])
def test_unknown_mode(of, mode):
    """One line names the mode and lists those there are."""
    assert_refused(of.run(mode=mode), mode, "streaming", "serializing", "http", "static", "cgi", "inproc")


def test_inproc_without_a_handler(of):
    """This program has no C++ handler: one line says where it comes from."""
    assert_refused(of.run(mode="inproc", fprocess=None), "inproc")


def test_http_without_a_url(of, house):
    """http mode needs an upstream; nothing is started."""
    assert_refused(of.run(mode="http", fprocess=house.tattling()), 'For "mode=http" you must specify a valid URL for "http_upstream_url"')
    assert not house.exists("ran")


def test_static_without_a_path(of):
    """static mode needs a folder."""
    assert_refused(of.run(mode="static", fprocess=None, static_path=""), "static_path")


@pytest.mark.parametrize("value", ["big", "0", "-2", "1.5", "64k"])
def test_log_buffer_size_that_is_none(of, value):
    """One line names the value."""
    assert_refused(of.run(log_buffer_size=value), "invalid log_buffer_size value: %s, error: " % value)


@pytest.mark.parametrize("port", ["abc", "70000", "-1", "0", "80 80"])
def test_port_that_is_none(of, port):
    """One line names the value; never a port at random."""
    assert_refused(of.run(port=port), "port", port)


@pytest.mark.parametrize("which", ["port", "metrics_port"])
def test_port_taken(of, house, which):
    """One line names the port, exit 1; no lock file is left."""
    port = house.free_port()
    with socket.socket(socket.AF_INET6) as taken:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # old connections do not count, listeners do
        taken.bind(("::", port))
        taken.listen()
        assert_refused(of.run(**{which: port}), port, "address already in use")
    assert not house.exists(".lock")


def test_fprocess_with_an_open_quote(of):
    """Words that a shell would not take: one line names the variable."""
    assert_refused(of.run(fprocess="sh -c 'echo a"), "fprocess")


@in_own_network
def test_default_ports(streaming):
    """Without settings calls come in at 8080 and metrics at 8081."""
    watchdog = streaming(port=None, metrics_port=None)
    assert watchdog.port == 8080 and watchdog.post("/", b"x").text == "x"
    assert "Listening on port: 8080" in watchdog.lines()
    assert watchdog.scrape().status == 200


def test_program_missing_is_said_at_the_start(forking):
    """A line at the start names the program; the watchdog is healthy, and the program may appear later."""
    watchdog = forking("./late.sh")
    said = complaints(watchdog.err())
    assert len(said) == 1 and "late.sh" in said[0], watchdog.err()
    assert watchdog.get("/").status == 500
    watchdog.house.sh("echo here", "late.sh")
    assert watchdog.get("/").text == "here\n"
