"""Callers that cost: hundreds that send a byte now and then, or never read. Others are served as if they were not there, and when their time is over nothing is left."""
import resource
import time

import pytest

from caller import PATIENCE, compose, until
from footprint import Footprint
from upstreams.played import echo, proxy, upstream  # noqa: F401, fixtures

COUNTS = [pytest.param(200, 0.1, id="200"), pytest.param(2000, 1, id="2000", marks=pytest.mark.long)]
HEAD = b"POST / HTTP/1.1\r\nHost: fn.example\r\nX-Slow: " + b"s" * 10_000
BODY = b"POST / HTTP/1.1\r\nHost: fn.example\r\nContent-Length: 100000\r\n\r\n" + b"b" * 10_000


@pytest.fixture(autouse=True)
def many_descriptors():
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (before[1], before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, before)


def drip(watchdog, count, pause, prompt, limit):
    """`count` callers that send a byte each `pause` seconds, half of them of a head and half of a body. `prompt()` is called all the while,
    until the watchdog has had enough of the slow ones, after `limit` seconds. How often that was."""
    callers = [(watchdog.connect(), message) for _ in range(count // 2) for message in (HEAD, BODY)]
    begun = 100
    for caller, message in callers:
        caller.send(message[:begun])
    prompts, sent, last = 0, begun, time.monotonic()
    patience = last + limit + PATIENCE
    while not all(caller.at_end for caller, _ in callers):
        prompt()
        prompts += 1
        if time.monotonic() < last + pause:
            continue
        last, sent = time.monotonic(), sent + 1
        for caller, message in callers:
            caller.send(message[sent - 1:sent], forgiving=True)
            if not caller.at_end and not caller.silent_for(0):
                caller.receive()
        assert last < patience, "the watchdog ends them"
    for caller, _ in callers:
        caller.close()
    return prompts


@pytest.mark.parametrize("count, pause", COUNTS)
def test_slow_senders(server, count, pause):
    """read_timeout ends them; until then calls are answered, and each of them promptly."""
    limit = 2 if count == 200 else 20
    watchdog = server("cat", read_timeout=limit)
    normal = watchdog.connect()
    slowest = 0.0

    def prompt():
        nonlocal slowest
        begun = time.monotonic()
        assert normal.request("POST", "/", body=b"prompt").text == "prompt"
        slowest = max(slowest, time.monotonic() - begun)
    prompt()
    before = Footprint(watchdog)
    assert drip(watchdog, count, pause, prompt, limit) > 20
    assert slowest < 5
    prompt()
    before.await_return(kept=8192)


@pytest.mark.parametrize("count, pause", COUNTS)
def test_slow_senders_to_a_proxy(proxy, upstream, count, pause):  # noqa: F811
    """The same in http mode, which holds no bodies back: the function has what was sent, and is rid of it."""
    upstream.play(echo)
    limit = 2 if count == 200 else 20
    watchdog = proxy(read_timeout=limit)
    normal = watchdog.connect()

    def prompt():
        assert normal.request("POST", "/", body=b"prompt").text == "prompt"
    prompt()
    before = Footprint(watchdog)
    assert drip(watchdog, count, pause, prompt, limit) > 20
    prompt()
    before.await_return(kept=16384)


def test_callers_that_never_read(server, house):
    """write_timeout ends them, with their functions; until then and afterwards calls are answered."""
    watchdog = server(house.sh('[ "$Http_Query" = much ] && exec head -c 20000000 /dev/zero; exec cat'), write_timeout="2s", read_timeout="2s", exec_timeout="2s")
    normal = watchdog.connect()
    assert normal.request("POST", "/", body=b"x").text == "x"
    before = Footprint(watchdog)
    callers = [watchdog.connect(receive_buffer=4096) for _ in range(10)]
    for caller in callers:
        caller.send(compose("GET", "/?much"))
    until(lambda: watchdog.sample("http_requests_in_flight") == 10, "they are served")

    def over():
        assert normal.request("POST", "/", body=b"prompt").text == "prompt"
        return watchdog.sample("http_requests_in_flight") == 0
    until(over, "they are ended")
    assert normal.request("POST", "/", body=b"x").text == "x"
    before.await_return(kept=8192)
