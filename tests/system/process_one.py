"""The watchdog as process 1 of a container, in every mode that runs a process: it reaps, it heeds signals, and nothing outlives it."""
import concurrent.futures
import os
import signal
import sys

import pytest

from caller import Caller, until
from footprint import Footprint
from namespaces import pid_1_wrapper
from watchdog import process_table

HTTP_FUNCTION = os.path.join(os.path.dirname(os.path.abspath(__file__)), "upstreams", "function_server.py")
# Two forks down: what does the work is nobody's child by the time the call ends. No program is executed, for speed.
DOUBLE_FORK = '( (: ; exit 3) & (: ) & ) ; echo ok'


@pytest.fixture
def first(server):
    """`first(fprocess, settings)`: as `server`, as process 1."""
    return lambda *args, **settings: server(*args, wrapper=pid_1_wrapper(), **settings)


@pytest.fixture
def first_of_server(of, house):
    """`first_of_server(settings)`: the http mode with a server that listens already, as process 1."""
    def start(**settings):
        port = house.free_port()
        watchdog = of("http", "%s -ISE %s %d" % (sys.executable, HTTP_FUNCTION, port), upstream_url="http://127.0.0.1:%d" % port, wrapper=pid_1_wrapper(), **settings)
        until(lambda: watchdog.get("/_/ready").status == 200, "the function listens")
        return watchdog
    return start


def zombies(watchdog):
    return [pid for pid, parent, state in process_table() if state == "Z" and parent == watchdog.pid]


def call_many(watchdog, count, callers=4):
    """So many calls on a few connections; what they answered, each once."""
    def run(_):
        caller, seen = Caller(watchdog.port), set()
        for _ in range(count // callers):
            answer = caller.request("POST", "/", body=b"x")
            seen.add((answer.status, answer.text))
        caller.close()
        return seen
    with concurrent.futures.ThreadPoolExecutor(callers) as pool:
        return set().union(*pool.map(run, range(callers)))


def test_orphans_are_reaped_at_once(first, house):
    """A hundred orphans that end in the same moment, while nobody calls."""
    watchdog = first(house.sh('for i in 1 2 3 4 5 6 7 8 9 10; do setsid sh -c "exec 3<>gate; echo >>waiting; read x <&3; exit 7" >/dev/null 2>&1 & done; echo ok'))
    os.mkfifo(house.path("gate"))
    gate = os.open(house.path("gate"), os.O_RDWR)
    try:
        for _ in range(10):
            assert watchdog.get("/").text == "ok\n"
        until(lambda: house.exists("waiting") and len(house.read("waiting")) == 100, "all of them wait")
        assert len(watchdog.children()) == 100 and not zombies(watchdog)
        os.write(gate, b"\n" * 100)
        until(lambda: not watchdog.children(), "all have ended and are reaped")
    finally:
        os.close(gate)


@pytest.mark.parametrize("count", [300, pytest.param(10_000, marks=pytest.mark.long)])
def test_no_zombie_of_functions_that_double_fork(first, house, count):
    """However many, and nothing else is left either."""
    watchdog = first(house.sh(DOUBLE_FORK))
    call_many(watchdog, 20)
    until(lambda: not watchdog.children(), "the first are reaped")
    before = Footprint(watchdog)
    assert call_many(watchdog, count) == {(200, "ok\n")}
    before.await_return()
    assert not watchdog.children()


def test_no_zombie_of_a_server_that_double_forks(of, house):
    """In http mode they are nobody's either."""
    port = house.free_port()
    program = house.python("import http.server\nclass Handler(http.server.BaseHTTPRequestHandler):\n protocol_version = 'HTTP/1.1'\n def do_POST(self):\n"
                           "  self.rfile.read(int(self.headers['Content-Length']))\n  child = os.fork()\n  if child == 0:\n   if os.fork() == 0: os._exit(3)\n   os._exit(0)\n"
                           "  os.waitpid(child, 0)\n  self.send_response(200)\n  self.send_header('Content-Length', '3')\n  self.end_headers()\n  self.wfile.write(b'ok\\n')\n"
                           " def log_message(self, *_): pass\nhttp.server.ThreadingHTTPServer(('127.0.0.1', %d), Handler).serve_forever()" % port)
    watchdog = of("http", program, upstream_url="http://127.0.0.1:%d" % port, wrapper=pid_1_wrapper())
    assert call_many(watchdog, 100) == {(200, "ok\n")}
    until(lambda: len(watchdog.children()) == 1, "only the function is left")
    assert not zombies(watchdog)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGQUIT])
def test_signals(first_of_server, house, number):
    """Each ends it, SIGTERM after healthcheck_interval and the others at once, with the documented lines and 0; the function was told."""
    wait = "200ms" if number == signal.SIGTERM else "0s"
    watchdog = first_of_server(healthcheck_interval="200ms" if number == signal.SIGTERM else "10m")
    watchdog.signal(number)
    assert watchdog.await_end() == 0
    assert [line for line in watchdog.lines() if line.startswith(("SIG", "Removing", "No new", "Exiting"))] == [
        "%s: no new connections in %s" % (number.name, wait), "Removing lock-file : " + house.path(".lock"), "No new connections allowed, draining: 0 requests",
        "Exiting. Active connections: 0"]
    assert "told to end" in watchdog.out() and not house.exists(".lock")


@pytest.mark.parametrize("number", [signal.SIGUSR1, signal.SIGUSR2, signal.SIGALRM, signal.SIGPIPE, signal.SIGCHLD, signal.SIGWINCH])
def test_other_signals_change_nothing(classic, number):
    """The kernel keeps what process 1 does not handle from it, and SIGPIPE and SIGCHLD are no ends."""
    watchdog = classic(wrapper=pid_1_wrapper())
    watchdog.signal(number)
    assert watchdog.post("/", b"x").text == "x" and watchdog.running()


def test_nothing_survives_the_kill_of_a_call(first, house):
    """Past exec_timeout children, grandchildren and pipelines end with the function, those that ignore SIGTERM too, and are reaped."""
    tree = "sleep 631 & (sleep 632 | cat) & (trap '' TERM HUP INT; sleep 633; sleep 634) & nohup sleep 635 >/dev/null 2>&1 & wait"
    watchdog = first(house.sh(tree), exec_timeout="300ms")
    alone = len(house.marked()) - len(watchdog.children())
    assert watchdog.get("/").status != 200
    until(lambda: len(house.marked()) == alone, "nothing is left of the function")
    assert not watchdog.children()


def test_the_end_of_process_1_ends_everything(first, house):
    """What left the function's group, and so lived on, is gone when the watchdog has ended."""
    watchdog = first(house.sh('setsid sleep 641 >/dev/null 2>&1 & setsid sh -c "trap \\"\\" TERM INT HUP; sleep 642; sleep 643" >/dev/null 2>&1 & echo ok'), healthcheck_interval="50ms")
    assert watchdog.get("/").text == "ok\n"
    until(lambda: len(watchdog.children()) == 2, "they live on")
    watchdog.term()
    assert watchdog.await_end() == 0
    until(lambda: not house.marked(), "nothing is left")
