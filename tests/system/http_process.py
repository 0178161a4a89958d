"""The function's process: how it starts, what it says, and what its end does."""
import os
import re
import signal
import sys

import pytest

from caller import compose, until
from upstreams.played import proxy, refused_by_us, upstream  # noqa: F401, fixtures

FUNCTION = os.path.join(os.path.dirname(os.path.abspath(__file__)), "upstreams", "function_server.py")
DATE = r"^\d{4}/\d\d/\d\d \d\d:\d\d:\d\d "


@pytest.fixture
def function(of, house):
    """`function(arguments, settings)`: a watchdog with the server of upstreams/function_server.py, which listens already."""
    def start(*arguments, **settings):
        port = house.free_port()
        command = " ".join([sys.executable, "-ISE", FUNCTION, str(port), *arguments])
        watchdog = of("http", command, upstream_url="http://127.0.0.1:%d" % port, **settings)
        until(lambda: watchdog.get("/_/ready").status == 200, "the function listens")
        return watchdog
    return start


def matching(text, pattern):
    return re.findall(pattern, text, re.M)


def test_start_lines(of, upstream, house):  # noqa: F811
    """What is started, with its arguments, and that its output is logged; then the usual lines."""
    program = house.sh("exec cat")
    watchdog = of("http", '%s a "b c"  d' % program, upstream_url=upstream.url)
    lines = watchdog.lines()
    assert lines[1:5] == ["Forking: %s, arguments: [a b c d]" % program, "Started logging: stderr from function.", "Started logging: stdout from function.",
                          'Watchdog mode: http\tfprocess: "%s a \\"b c\\"  d"' % program]
    assert lines[5].startswith("Timeouts: read: 30s write: 30s hard: 30s health: 30s")


def test_started_once(function):
    """One process for all calls; its environment is the watchdog's, and it may have no Http_ variables."""
    watchdog = function(X_MINE="kept", PYTHONUNBUFFERED="1")
    for _ in range(5):
        assert watchdog.post("/", b"x").text == "x"
    assert len(watchdog.children()) == 1
    assert watchdog.get("/env?name=X_MINE").text == "kept"
    assert watchdog.get("/env?name=Http_Method").text == "(none)"
    assert watchdog.out().count("function starts") == 1


def test_own_group_and_descriptors(of, upstream, house):  # noqa: F811
    """It leads a process group of its own, and has no descriptor but 0, 1 and 2; its standard input stays open."""
    program = house.python("print(os.getpgid(0) == os.getpid(), sorted(int(n) for n in os.listdir('/proc/self/fd'))[:4], flush=True)\n"
                           "import select\nprint('input', select.select([0], [], [], 0.2)[0], flush=True)\nsys.stdin.read()")
    watchdog = of("http", program, upstream_url=upstream.url)
    until(lambda: "input" in watchdog.out(), "the function looked at its input")
    assert "stdout: True [0, 1, 2, 3]" in watchdog.out() and "stdout: input []" in watchdog.out()


def test_output_is_logged(function):
    """Line by line with date and the stream's name, stdout to our stdout, stderr to our stderr."""
    watchdog = function()
    watchdog.get("/log?out=to-out&err=to-err")
    until(lambda: matching(watchdog.out(), DATE + "stdout: to-out$"), "the line on stdout")
    until(lambda: matching(watchdog.err(), DATE + "stderr: to-err$"), "the line on stderr")
    assert "to-err" not in watchdog.out() and not matching(watchdog.err(), "^[^/]*: to-out$|stdout: ")


def test_output_without_prefix(function):
    """prefix_logs=false: the bytes come through unchanged."""
    watchdog = function(prefix_logs="false")
    watchdog.get("/log?out=to-out&err=to-err")
    watchdog.get("/raw?stream=err&hex=" + b"{\"json\":1}\n\x00\xff\x1b[1m\r\n\nlast\n".hex())
    until(lambda: matching(watchdog.out(), "^to-out$"), "the line on stdout")
    until(lambda: "last\n" in watchdog.err(), "the lines on stderr")
    with open(watchdog.err_path, "rb") as file:
        said = file.read()
    assert b"\nto-err\n" in said and b"\n{\"json\":1}\n\x00\xff\x1b[1m\r\n\nlast\n" in said


def test_binary_junk(function):
    """Any bytes, with and without line ends, do no harm; serving and logging go on."""
    watchdog = function()
    for stream in ("out", "err"):
        watchdog.get("/raw?times=300&stream=%s&hex=%s" % (stream, bytes(range(256)).hex()))
        watchdog.get("/raw?stream=%s&hex=%s" % (stream, b"\nnext line\n".hex()))
    until(lambda: "stdout: next line\n" in watchdog.out() and "stderr: next line\n" in watchdog.err(), "the lines after the junk")
    assert watchdog.post("/", b"x").text == "x"


@pytest.mark.parametrize("size, setting", [(150_000, None), (150_000, "-1"), (70_000, "300"), (3_000_000, "-1")])
def test_long_lines(function, size, setting):
    """A line longer than log_buffer_size is cut into pieces of it, nothing is lost, and logging goes on."""
    watchdog = function(**({"log_buffer_size": setting} if setting else {}))
    assert watchdog.get("/raw?stream=err&times=%d&hex=4c" % size).text == "written\n"
    watchdog.get("/raw?stream=err&hex=" + b"\nafter\n".hex())
    until(lambda: "stderr: after\n" in watchdog.err(), "the line after the long one")
    pieces = [len(line) - len("stderr: ") for line in watchdog.lines() if line.startswith("stderr: L")]
    limit = {None: 65536, "-1": 1 << 20, "300": 300}[setting]
    assert sum(pieces) == size and max(pieces) == min(limit, size) and len(pieces) == -(-size // limit)


def test_last_line_without_end(function):
    """What the process leaves unfinished when it ends is logged too."""
    watchdog = function()
    watchdog.expected_code = 1
    watchdog.get("/raw?stream=err&hex=" + b"unfinished".hex())
    watchdog.get("/exit?code=3")
    assert watchdog.await_end() == 1
    assert matching(watchdog.err(), DATE + "stderr: unfinished$")


def test_chatty_function_and_a_log_nobody_reads(of, house, upstream):  # noqa: F811
    """Our own blocked stdout and stderr block neither the function nor the calls."""
    reader, writer = os.pipe()
    program = house.python("block = b'x' * 99 + b'\\n'\nfor i in range(40000): os.write(1 + i % 2, block)\nopen('done', 'w').close()\nsys.stdin.read()")
    watchdog = of("http", program, upstream_url=upstream.url, stdout=writer, stderr=writer)
    os.close(writer)
    house.await_file("done")
    caller = watchdog.connect()
    caller.send(compose())
    upstream.receive().reply(body="served")
    assert caller.answer().text == "served"
    os.close(reader)


@pytest.mark.parametrize("how, text", [("exit?code=1", "exit status 1"), ("exit?code=0", "exit status 0"), ("exit?code=137", "exit status 137"), ("signal?number=9", "signal: killed"),
                                       ("signal?number=11", r"signal: segmentation fault( \(core dumped\))?"), ("signal?number=6", r"signal: aborted( \(core dumped\))?")])
def test_end_of_the_process_ends_the_watchdog(function, house, how, text):
    """With the contract's line, status 1 and without the lock file, however it ended."""
    watchdog = function()
    watchdog.expected_code = 1
    watchdog.get("/" + how)
    assert watchdog.await_end() == 1
    watchdog.await_log("^Forked function has terminated: %s$" % text)
    assert not house.exists(".lock")


def test_end_of_the_process_from_outside(function):
    """Somebody kills it while calls are in flight: they get an answer, soon."""
    watchdog = function()
    watchdog.expected_code = 1
    gate = watchdog.house.gate()
    caller = watchdog.connect()
    caller.send(compose("GET", "/hold?gate=" + gate.path))
    gate.await_arrival()
    os.kill(watchdog.children()[0], signal.SIGKILL)
    refused_by_us(caller.answer())
    assert watchdog.await_end() == 1
    gate.close()


def test_end_of_the_process_before_it_listens(of, house):
    """Calls that wait for it get their error at once, not after exec_timeout."""
    gate = house.gate()
    program = house.sh("read -r x <%s; exit 7" % gate.path)
    watchdog = of("http", program, upstream_url="http://127.0.0.1:%d" % house.free_port(), exec_timeout="60s")
    watchdog.expected_code = 1
    caller = watchdog.connect()
    caller.send(compose())
    gate.open()
    answer = caller.answer()
    assert answer.status in (500, 503), answer
    assert watchdog.await_end() == 1
    watchdog.await_log("^Forked function has terminated: exit status 7$")


def test_survivors_of_the_process(of, house, upstream):  # noqa: F811
    """A grandchild that holds its pipes delays nothing."""
    house.strays_allowed = True
    program = house.sh("sleep 61.75 & exec sleep 0.05")
    watchdog = of("http", program, upstream_url=upstream.url, wait=False)
    watchdog.expected_code = 1
    assert watchdog.await_end() == 1
    watchdog.await_log("^Forked function has terminated: exit status 0$")


@pytest.mark.parametrize("fprocess, texts", [("no-such-program-here", ("no-such-program-here", "executable file not found in $PATH")),
                                             ("/no/such/file", ("/no/such/file", "no such file or directory")), ("/etc/passwd", ("/etc/passwd", "permission denied"))])
def test_not_startable(house, fprocess, texts):
    """The watchdog ends with 1 and names it."""
    ended = house.run("of", (), {"mode": "http", "fprocess": fprocess, "upstream_url": "http://127.0.0.1:9"})
    assert ended.code == 1 and all(text in ended.err for text in texts), ended
    assert not house.exists(".lock")


def test_function_is_required(house):
    """Without fprocess: the contract's line."""
    ended = house.run("of", (), {"mode": "http", "fprocess": None, "upstream_url": "http://127.0.0.1:9"})
    assert ended.code == 1 and 'provide a "function_process" or "fprocess" environmental variable for your function' in ended.err
