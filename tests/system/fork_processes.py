"""What a function's process is given, and the watchdog as process 1."""
import os
import re
import signal

import pytest

from caller import until
from namespaces import pid_1_wrapper, with_bad_signals
from watchdog import process_table

# Signals 32 and 33 belong to the C library, which ignores them in every process that its posix_spawn starts.
OF_THE_C_LIBRARY = 1 << 31 | 1 << 32


def test_own_process_group(server):
    """The function leads a group of its own, so that a kill reaches all of it and nothing else."""
    pid, group = re.match(r"(\d+) \(.*\) \S \d+ (\d+)", server("cat /proc/self/stat").get("/").text).groups()
    assert pid == group


@pytest.mark.parametrize("preexec", [None, with_bad_signals])
def test_signals_are_default(server, preexec):
    """Nothing ignored, nothing blocked, whatever the watchdog itself was started with."""
    text = server("cat /proc/self/status", preexec_fn=preexec).get("/").text
    found = {name: int(mask, 16) & ~OF_THE_C_LIBRARY for name, mask in re.findall(r"^(SigIgn|SigBlk):\s+(\w+)$", text, re.M)}
    assert found == {"SigIgn": 0, "SigBlk": 0}


def test_sigpipe_is_default(server):
    """A writer whose reader is gone dies quietly, as under a shell: `yes | head -1` ends."""
    answer = server("sh -c 'yes | head -1'").get("/")
    assert (answer.status, answer.text) == (200, "y\n")


def test_three_descriptors(server):
    """0, 1 and 2, and none of the watchdog's sockets, pipes or timers."""
    server = server("sh -c 'ls /proc/$$/fd; true'")
    idle = [server.connect() for _ in range(5)]
    assert server.get("/").text.split() == ["0", "1", "2"]
    assert len(idle) == 5


def test_descriptors_inherited_by_the_watchdog(server):
    """What the watchdog's parent left open does not reach the function."""
    reading, writing = os.pipe()
    try:
        watchdog = server("sh -c 'ls /proc/$$/fd; true'", pass_fds=(reading, writing))
        assert watchdog.get("/").text.split() == ["0", "1", "2"]
    finally:
        os.close(reading)
        os.close(writing)


def test_descriptors_of_calls_at_the_same_time(server, house):
    """A function never holds another one's pipe: a quick call ends though a slow one runs."""
    gate = house.gate()
    watchdog = server(house.held())
    slow = watchdog.connect()
    slow.send("POST /?%s HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\nslow" % gate.path)
    gate.await_arrival()
    for _ in range(10):
        assert watchdog.post("/", b"quick").text == "quick"
    gate.open()
    assert slow.answer().text == "slow"


def test_started_without_standard_descriptors(classic, house):
    """A watchdog started with stdin closed gives its function a stdin that works."""
    assert classic(preexec_fn=lambda: os.close(0)).post("/", b"x").text == "x"


def test_working_directory(server, house):
    """The watchdog's own."""
    assert server("pwd").get("/").text == os.path.realpath(house.folder) + "\n"


def test_no_descriptor_to_spare(server, house):
    """Out of descriptors a call fails with 500, or waits, and once they are free calls work again."""
    import resource
    watchdog = server(preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (60, 60)))
    idle = [watchdog.connect() for _ in range(100)]
    for caller in idle:
        caller.reset()
    until(lambda: watchdog.post("/", b"x").status == 200, "calls work again")


# The watchdog's own outputs.

@pytest.mark.parametrize("output", ["stderr", "stdout"])
def test_blocked_output_never_blocks_serving(classic, house, full_pipe, output):
    """When nobody reads the watchdog's log or debug output, calls are answered all the same."""
    server = classic(house.sh("seq 1 2000 >&2; cat"), write_debug="true", debug_headers="true", combine_output="false", **{output: full_pipe[1]})
    for i in range(30):
        assert server.post("/?" + "q" * 500, b"y" * 5000).body == b"y" * 5000
    assert server.health() == 200


def test_blocked_log_does_not_block_the_end(classic, full_pipe):
    """Nor does it hinder SIGTERM."""
    server = classic(stderr=full_pipe[1], healthcheck_interval="50ms")
    for _ in range(100):
        server.post("/", b"x")
    server.term()
    assert server.await_end() == 0


@pytest.mark.parametrize("output", ["stderr", "stdout"])
def test_output_without_reader(classic, full_pipe, output):
    """When the reader of the log or the debug output is gone, the watchdog goes on."""
    reading, writing = full_pipe
    server = classic(write_debug="true", debug_headers="true", **{output: writing})
    os.close(writing)
    os.close(reading)
    for _ in range(20):
        assert server.post("/", b"y" * 5000).body == b"y" * 5000


def test_log_is_read_again(classic, house, full_pipe):
    """After a blockage the log goes on with whole lines."""
    reading, writing = full_pipe
    server = classic(stderr=writing)
    for _ in range(300):
        server.post("/", b"x")
    os.close(writing)
    os.set_blocking(reading, False)
    got = bytearray()

    def fresh_line():
        server.post("/", b"z" * 77)
        try:
            while data := os.read(reading, 65536):
                got.extend(data)
        except BlockingIOError:
            pass
        return b"Wrote 77 Bytes" in got
    until(fresh_line, "the log goes on")
    for line in bytes(got).split(b"\n")[:-1]:
        assert re.match(rb"\d{4}/\d\d/\d\d \d\d:\d\d:\d\d \S", line), line


# Process 1.

def zombies(server):
    return [pid for pid, parent, state in process_table() if state == "Z" and parent == server.pid]


def test_pid_1_reaps_orphans(classic, house):
    """As process 1 the watchdog leaves no zombie of what its functions leave behind."""
    server = classic(house.sh('echo ok; setsid sh -c "touch orphan.$Http_Query; sleep 0.05" >/dev/null 2>&1 &'), wrapper=pid_1_wrapper())
    for i in range(15):
        assert server.get("/?%d" % i).text == "ok\n"
    until(lambda: not server.children(), "the orphans have ended and are reaped")
    assert zombies(server) == []


def test_pid_1_loses_no_exit_status(classic, house):
    """Reaping strangers never takes away the status of a function."""
    server = classic(house.sh("(true &); (sleep 0.01 &) ; exit $Http_Query"), wrapper=pid_1_wrapper())
    for i in range(1, 30):
        assert server.get("/?%d" % i).text == "exit status %d\n" % i


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_pid_1_heeds_signals(classic, house, number):
    """As process 1, where the kernel ignores unhandled signals, SIGTERM and SIGINT end it."""
    server = classic(wrapper=pid_1_wrapper(), healthcheck_interval="50ms")
    server.signal(number)
    assert server.await_end() == 0
    assert not house.exists(".lock")


def test_pid_1_serves(classic):
    """All the rest is the same there."""
    server = classic("sh -c 'echo $PPID; cat'", wrapper=pid_1_wrapper())
    assert server.post("/", b"x").text == "1\nx"


def test_memory_after_many_calls(classic):
    """A thousand calls do not make it grow."""
    server = classic("true")
    caller = server.connect()
    for _ in range(200):
        caller.request("POST", "/", body=b"x")
    before = server.memory()
    for _ in range(1000):
        caller.request("POST", "/", body=b"x")
    server.assert_memory_below(before + 1024)
