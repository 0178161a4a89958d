"""Shutting down under load: of what is in flight, or comes while it may, nothing is lost."""
import concurrent.futures
import os
import signal
import subprocess
import time

import pytest

from caller import Caller, compose, until
from functions import need
from upstreams.played import proxy, upstream  # noqa: F401, fixtures
from watchdog import stop

LARGE = 3_000_000
# What a call does is its query's business. Those that wait take one byte each from the gate, which is open in both directions for all.
WORK = """case "$Http_Query" in
upload) exec wc -c ;;
download) exec head -c %d /dev/zero ;;
wait) exec 3<>gate; echo >>waiting; read -r x <&3; echo waited ;;
*) exec cat ;;
esac""" % LARGE
STEPS = ("SIGTERM", "Removing", "No new", "Exiting")


class Waiters:
    """Calls that wait until the test lets them go on, and their number."""

    def __init__(self, house):
        self.house, self.path = house, house.path("gate")
        os.mkfifo(self.path)
        self.gate = os.open(self.path, os.O_RDWR)

    def await_arrivals(self, count):
        until(lambda: self.house.exists("waiting") and len(self.house.read("waiting")) == count, "%d calls wait" % count)

    def release(self, count):
        os.write(self.gate, b"\n" * count)


def served(callers, method="POST"):
    return [caller.answer(method) for caller in callers]


def begin(watchdog, count, data, **options):
    callers = [watchdog.connect(**options) for _ in range(count)]
    for caller in callers:
        caller.send(data)
    return callers


def steps(watchdog):
    return [line for line in watchdog.lines() if line.startswith(STEPS)]


def test_fifty_calls_in_flight(server, house):
    """Long ones, uploads and downloads that have begun, and short ones that come later on new connections: each is answered whole, and each step is logged."""
    watchdog = server(house.sh(WORK), healthcheck_interval="30s")
    waiters = Waiters(house)
    long_ones = begin(watchdog, 20, compose("POST", "/?wait", body=b""))
    downloads = begin(watchdog, 15, compose("POST", "/?download", body=b""), receive_buffer=4096)
    uploads = begin(watchdog, 15, compose("POST", "/?upload", body=bytes(200_000))[:-100_000])
    waiters.await_arrivals(20)
    until(lambda: watchdog.sample("http_requests_in_flight") >= 35, "the calls are in flight")
    watchdog.term()
    watchdog.await_log("^Removing lock-file : ")
    for number in range(10):
        assert watchdog.post("/", b"short %d" % number).text == "short %d" % number
    watchdog.term()
    watchdog.await_log("^No new connections allowed, draining: [0-9]+ requests$")
    for caller in uploads:
        caller.send(bytes(100_000))
    waiters.release(20)
    assert [(answer.status, answer.text) for answer in served(long_ones)] == [(200, "waited\n")] * 20
    assert [(answer.status, answer.text.strip()) for answer in served(uploads)] == [(200, "200000")] * 15
    assert [(answer.status, len(answer.body)) for answer in served(downloads)] == [(200, LARGE)] * 15
    assert watchdog.await_end() == 0
    said = steps(watchdog)
    assert said[:2] == ["SIGTERM: no new connections in 30s", "Removing lock-file : " + house.path(".lock")]
    assert [line.split(":")[0] for line in said[2:]] == ["No new connections allowed, draining", "Exiting. Active connections"]
    assert said[3].endswith(": 0")


def test_fifty_calls_in_flight_through_a_proxy(proxy, upstream):  # noqa: F811
    """The same in http mode, with event streams and tunnels too; the function is told to end after the last of them."""
    release = concurrent.futures.Future()

    def act(request):
        if request.target == "/events":
            request.send(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n7\r\ndata: 1\r\n")
            release.result(60)
            request.send(b"7\r\ndata: 2\r\n0\r\n\r\n")
        elif request.target == "/socket":
            request.send(b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n")
            while data := request.peer.socket.recv(100):
                request.send(data.upper())
            return False
        elif request.target == "/download":
            request.reply(body=bytes(LARGE))
        else:
            if request.target == "/wait":
                release.result(60)
            request.reply(body=str(len(request.body)))
        return None
    upstream.play(act)
    watchdog = proxy(healthcheck_interval="30s", write_timeout="60s", exec_timeout="60s", read_timeout="60s")
    long_ones = begin(watchdog, 10, compose("POST", "/wait", body=b"12345"))
    downloads = begin(watchdog, 10, compose("GET", "/download"), receive_buffer=4096)
    uploads = begin(watchdog, 10, compose("POST", "/upload", body=bytes(200_000))[:-100_000])
    events = begin(watchdog, 10, compose("GET", "/events", {"Accept": "text/event-stream"}))
    tunnels = begin(watchdog, 10, compose("GET", "/socket", {"Connection": "Upgrade", "Upgrade": "websocket"}))
    for caller in events:
        caller.await_text(b"data: 1")
    for caller in tunnels:
        assert caller.head().status == 101
    until(lambda: watchdog.sample("http_requests_in_flight") >= 40, "the calls are in flight")
    [function] = watchdog.children()
    watchdog.term()
    watchdog.await_log("^Removing lock-file : ")
    for _ in range(10):
        assert watchdog.post("/short", b"123").text == "3"
    watchdog.term()
    watchdog.await_log("^No new connections allowed, draining: [0-9]+ requests$")
    for caller in uploads:
        caller.send(bytes(100_000))
    for caller in tunnels:
        caller.send(b"still here")
        assert caller.take(10) == b"STILL HERE"
    release.set_result(None)
    assert [(answer.status, answer.text) for answer in served(long_ones)] == [(200, "5")] * 10
    assert [(answer.status, answer.text) for answer in served(uploads)] == [(200, "200000")] * 10
    assert [(answer.status, len(answer.body)) for answer in served(downloads)] == [(200, LARGE)] * 10
    assert [(answer.status, answer.text) for answer in served(events)] == [(200, "data: 1data: 2")] * 10
    assert os.path.exists("/proc/%d" % function) and watchdog.running()
    for caller in tunnels:
        caller.finish()
        assert caller.remainder() == b""
    assert watchdog.await_end() == 0
    assert steps(watchdog)[-1] == "Exiting. Active connections: 0"


@pytest.mark.parametrize("kept", [False, True], ids=["new connections", "kept connections"])
def test_calls_that_came_while_the_watchdog_stood_still(server, kept):
    """Out of processor time at the end of healthcheck_interval, it still serves what had reached it by then."""
    watchdog = server(healthcheck_interval="300ms")
    callers = [watchdog.connect() for _ in range(5)] if kept else []
    for caller in callers:
        assert caller.request("POST", "/", body=b"first").text == "first"
    watchdog.term()
    watchdog.await_log("^Removing lock-file : ")
    stop(watchdog.pid)
    stopped_at = time.monotonic()
    if watchdog.lines()[-1].startswith(("No new", "Exiting")):
        watchdog.signal(signal.SIGCONT)
        pytest.skip("the machine stood still itself, for as long as the interval")
    callers = callers or [watchdog.connect() for _ in range(5)]
    for caller in callers:
        caller.send(compose("POST", "/", body=b"waiting"))
    until(lambda: time.monotonic() > stopped_at + 0.4, "the interval is over")
    watchdog.signal(signal.SIGCONT)
    assert [(answer.status, answer.text) for answer in served(callers)] == [(200, "waiting")] * 5
    assert watchdog.await_end() == 0


@pytest.mark.parametrize("seconds", [2, pytest.param(20, marks=pytest.mark.long)])
def test_rolling_restart_behind_nginx(of, house, seconds):
    """Two watchdogs behind nginx, each replaced in turn under constant load, as a rollout does it: no call fails."""
    need("nginx")
    ports = [house.free_port(), house.free_port()]
    front = house.free_port()
    house.write("front.conf", """
daemon off; master_process off; pid %(folder)s/front.pid; error_log %(folder)s/front.log;
events { worker_connections 512; }
http {
  access_log off; client_body_temp_path %(folder)s/f1; proxy_temp_path %(folder)s/f2; fastcgi_temp_path %(folder)s/f3; uwsgi_temp_path %(folder)s/f4; scgi_temp_path %(folder)s/f5;
  upstream functions { server 127.0.0.1:%(first)d max_fails=0; server 127.0.0.1:%(second)d max_fails=0; }
  server { listen 127.0.0.1:%(front)d backlog=512; location / { proxy_pass http://functions; proxy_http_version 1.1; proxy_next_upstream error; } }
}""" % {"folder": house.folder, "first": ports[0], "second": ports[1], "front": front})

    def instance(number):
        folder = house.path("instance%d" % number)
        os.makedirs(folder, exist_ok=True)
        return of("streaming", "cat", port=ports[number], TMPDIR=folder, healthcheck_interval="200ms")
    watchdogs = [instance(0), instance(1)]
    with subprocess.Popen(["nginx", "-p", house.folder, "-c", house.path("front.conf")], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL) as nginx:
        try:
            roll_under_load(front, watchdogs, instance, seconds)
        except AssertionError as failure:
            raise AssertionError("%s\n%s" % (failure, house.read("front.log").decode()[-2000:])) from None
        finally:
            nginx.terminate()


def roll_under_load(front, watchdogs, instance, seconds):
    def accepts():
        try:
            Caller(front).close()
        except OSError:
            return False
        return True
    until(accepts, "nginx listens")
    over = False

    def load(name):
        count = 0
        while not over:
            caller = Caller(front)
            body = b"%d of %d" % (count, name)
            answer = caller.request("POST", "/", body=body)
            caller.close()
            assert (answer.status, answer.body) == (200, body), answer
            count += 1
        return count
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        loads = [pool.submit(load, name) for name in range(4)]
        end, rounds = time.monotonic() + seconds, 0
        try:
            while time.monotonic() < end or rounds < 2:
                number = rounds % 2
                watchdogs[number].term()
                assert watchdogs[number].await_end() == 0
                watchdogs[number] = instance(number)
                rounds += 1
        finally:
            over = True
        assert sum(one.result() for one in loads) > 20
