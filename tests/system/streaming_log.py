"""Streaming mode: the function's stderr in the log."""
import fcntl
import os
import re

import pytest

from caller import compose, until


def stderr_lines(watchdog):
    return [line[len("stderr: "):] for line in watchdog.lines() if line.startswith("stderr: ")]


def raw_log(watchdog):
    with open(watchdog.err_path, "rb") as file:
        return file.read()


def test_line_by_line_while_it_runs(streaming, house):
    """Each line is in the log, dated, before the function goes on; none of it is in the answer."""
    gates = [house.gate("gate%d" % i) for i in range(3)]
    watchdog = streaming(house.sh("for i in 0 1 2; do echo line $i >&2; read -r x <gate$i; done; echo out"))
    caller = watchdog.connect()
    caller.send(compose())
    for i, gate in enumerate(gates):
        watchdog.await_log("^stderr: line %d$" % i)
        assert stderr_lines(watchdog) == ["line %d" % j for j in range(i + 1)]
        gate.open()
    assert caller.answer().text == "out\n"
    assert re.search(r"^\d{4}/\d\d/\d\d \d\d:\d\d:\d\d stderr: line 0$", watchdog.err(), re.M)


def test_empty_and_unfinished_lines(streaming, house):
    """Empty lines are lines, and a last one without an end is logged too."""
    watchdog = streaming(house.sh("printf 'one\\n\\n\\nlast' >&2"))
    watchdog.get("/")
    watchdog.await_log("^stderr: last$")
    assert stderr_lines(watchdog) == ["one", "", "", "last"]


def test_written_in_pieces(streaming, house):
    """A line that is written byte by byte is one line."""
    watchdog = streaming(house.python("for c in 'slowly written\\n':\n    os.write(2, c.encode())\n    time.sleep(0.005)"))
    watchdog.get("/")
    watchdog.await_log("^stderr: slowly written$")


def test_nothing_is_lost_at_the_end(streaming, house):
    """What is in the pipe when the function dies is logged, twenty times over."""
    watchdog = streaming(house.sh("seq 1 5000 >&2; kill -9 $$"))
    for _ in range(20):
        assert watchdog.get("/").status == 500
    watchdog.await_log("^stderr: 5000$", 20)
    assert len(stderr_lines(watchdog)) == 100000


def test_calls_at_the_same_time(streaming, house):
    """Lines of calls side by side are not mixed within a line."""
    import concurrent.futures
    watchdog = streaming(house.sh('for i in $(seq 1 200); do echo "$Http_Query-$i-$Http_Query" >&2; done'))
    with concurrent.futures.ThreadPoolExecutor(6) as pool:
        list(pool.map(lambda i: watchdog.get("/?call%d" % i), range(6)))
    until(lambda: len(stderr_lines(watchdog)) == 1200, "1200 lines are logged")
    assert set(stderr_lines(watchdog)) == {"call%d-%d-call%d" % (call, i, call) for call in range(6) for i in range(1, 201)}


@pytest.mark.parametrize("size, settings, pieces", [
    (65536, {}, [65536]), (65537, {}, [65536, 1]), (200000, {}, [65536, 65536, 65536, 3392]), (250, {"log_buffer_size": "100"}, [100, 100, 50]),
    (100, {"log_buffer_size": "100"}, [100]), (3, {"log_buffer_size": "1"}, [1, 1, 1]), (3000000, {"log_buffer_size": "-1"}, [1048576, 1048576, 902848])])
def test_long_line_is_cut_and_logging_goes_on(streaming, house, size, settings, pieces):
    """Pieces of log_buffer_size, and the lines behind it as if nothing was."""
    watchdog = streaming(house.sh("head -c %d /dev/zero | tr '\\0' L >&2; echo >&2; echo a >&2; echo b >&2; echo done" % size), **settings)
    for _ in range(2):
        assert watchdog.get("/").text == "done\n"
    watchdog.await_log("^stderr: b$", 2)
    assert [len(line) for line in stderr_lines(watchdog)] == (pieces + [1, 1]) * 2
    assert set("".join(stderr_lines(watchdog))) == set("Lab")


def test_line_without_end(streaming):
    """Megabytes without any newline cost no memory and stop nothing."""
    watchdog = streaming("sh -c 'head -c 10000000 /dev/zero | tr \"\\0\" L >&2; echo done'")
    assert watchdog.get("/").text == "done\n"
    watchdog.assert_memory_below(16 << 10, "VmHWM")


JUNK = bytes(byte for byte in range(256) if byte != 10)


def test_without_prefix_bytes_are_unchanged(streaming, house):
    """prefix_logs=false: JSON stays JSON and binary junk stays what it is."""
    house.write("said", b'{"msg": 1}\n' + JUNK + b"\n\n  blanks  \t\n\xff\xfe\n")
    watchdog = streaming(house.sh("cat said >&2"), prefix_logs="false")
    watchdog.get("/")
    watchdog.await_log("^GET / - 200")
    assert house.read("said") in raw_log(watchdog)


def test_without_prefix_a_last_line_is_ended(streaming, house):
    """prefix_logs=false: a last line without an end gets one, so that what follows begins a line."""
    house.write("said", b"whole\n" + JUNK + b"part")
    watchdog = streaming(house.sh("cat said >&2"), prefix_logs="false")
    watchdog.get("/")
    watchdog.await_log("^GET / - 200")
    assert house.read("said") + b"\n" in raw_log(watchdog)


def test_with_prefix_junk_comes_through(streaming, house):
    """With the prefix the bytes of a line are the function's, too."""
    house.write("said", b"\xff\xfe binary \x01\n")
    watchdog = streaming(house.sh("cat said >&2"))
    watchdog.get("/")
    watchdog.await_log("^GET / - 200")
    assert b" stderr: \xff\xfe binary \x01\n" in raw_log(watchdog)


def test_stderr_after_the_output_is_closed(streaming, house):
    """What is said after stdout was closed is logged."""
    watchdog = streaming(house.sh("echo out; exec >&-; sleep 0.1; echo late >&2"))
    assert watchdog.get("/").text == "out\n"
    watchdog.await_log("^stderr: late$")


def test_daemon_that_keeps_stderr(streaming, house):
    """A daemon with the function's stderr delays neither the answer nor what was said before."""
    house.strays_allowed = True
    watchdog = streaming(house.sh("echo before >&2; setsid sleep 720 >/dev/null & echo out"))
    for _ in range(2):
        assert watchdog.get("/").text == "out\n"
    watchdog.await_log("^stderr: before$", 2)
    watchdog.await_log("^GET / - 200", 2)


# A log that nobody reads.

def test_blocked_log_blocks_nobody(forking, house, full_pipe):
    """When nobody reads the log, calls that log megabytes are answered; lines are dropped in bounded memory and counted in the metrics."""
    watchdog = forking(house.sh("seq 1 100000 >&2; cat"), stderr=full_pipe[1])
    for i in range(12):
        assert watchdog.post("/?%d" % i, b"body").text == "body"
    assert watchdog.health() == 200
    watchdog.assert_memory_below(16 << 10, "VmHWM")
    assert watchdog.sample("fwatchdog_log_lines_dropped_total") > 500000


def test_blocked_log_goes_on(streaming, house, full_pipe):
    """When the log is read again it says how many lines are missing, and goes on with whole lines."""
    reading, writing = full_pipe
    watchdog = streaming(house.sh('[ -n "$Http_Query" ] || seq 1 100000 >&2'), stderr=writing)
    for _ in range(5):
        assert watchdog.get("/").status == 200
    os.close(writing)
    fcntl.fcntl(reading, fcntl.F_SETPIPE_SZ, 1 << 20)
    os.set_blocking(reading, False)
    got = bytearray()

    def fresh_line():
        watchdog.get("/?quiet")
        try:
            while data := os.read(reading, 65536):
                got.extend(data)
        except BlockingIOError:
            pass
        return b"GET /?quiet - 200" in got
    until(fresh_line, "the log goes on")
    lines = bytes(got).decode().split("\n")[:-1]
    assert all(re.match(r"\d{4}/\d\d/\d\d \d\d:\d\d:\d\d \S", line) for line in lines)
    dropped = sum(int(match.group(1)) for match in re.finditer(r"dropped (\d+) ", "\n".join(lines)))
    assert dropped == watchdog.sample("fwatchdog_log_lines_dropped_total")
    assert sum(" stderr: " in line for line in lines) + dropped >= 500000


def test_blocked_log_does_not_block_the_end(streaming, house, full_pipe):
    """Nor does it hinder SIGTERM."""
    watchdog = streaming(house.sh("seq 1 50000 >&2"), stderr=full_pipe[1], healthcheck_interval="50ms")
    for _ in range(5):
        watchdog.get("/")
    watchdog.term()
    assert watchdog.await_end() == 0


def test_log_without_reader(streaming, full_pipe):
    """When the reader of the log is gone the watchdog goes on."""
    reading, writing = full_pipe
    watchdog = streaming("sh -c 'seq 1 20000 >&2; cat'", stderr=writing)
    os.close(writing)
    os.close(reading)
    for _ in range(5):
        assert watchdog.post("/", b"x").text == "x"
