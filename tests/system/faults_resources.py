"""What the system has run out of: processes, descriptors, memory, disk. Calls fail with the reason or wait, others go on, and afterwards all is as before."""
import concurrent.futures
import os
import resource
import subprocess
import time

import pytest

from caller import compose, until
from footprint import Footprint
from namespaces import with_disk
from unprivileged import unprivileged
from upstreams.played import echo, proxy, upstream  # noqa: F401, fixtures
from watchdog import Ended, assert_refused


def limited(kind, number):
    """For preexec_fn."""
    return lambda: resource.setrlimit(kind, (number, number))


def test_no_process_to_spare(server, house):
    """RLIMIT_NPROC: one call too many is a 500 that says why, the ones that run are untouched, and then there is room again."""
    options = unprivileged(house, server.program, limited(resource.RLIMIT_NPROC, 12))
    watchdog = server(house.sh('[ -z "$Http_Query" ] || read -r x <"$Http_Query"\nexec cat'), **options)
    assert watchdog.post("/", b"x").text == "x"
    before, running = Footprint(watchdog), []
    for number in range(12):
        gate = house.gate("gate%d" % number)
        os.chmod(gate.path, 0o666)
        caller = watchdog.connect()
        caller.send(compose("POST", "/?" + gate.path, body=b"held"))
        until(lambda: gate.try_enter() or not caller.silent_for(0), "it runs, or was refused")
        if gate.writer is None:
            break
        running.append((caller, gate))
    answer = caller.answer()
    caller.close()
    assert running and answer.status == 500 and answer.text.startswith("fork/exec ") and answer.text.strip().endswith(": resource temporarily unavailable")
    watchdog.await_log("fork/exec .*: resource temporarily unavailable$")
    for caller, gate in running:
        gate.open()
        assert caller.answer().text == "held"
        caller.close()
    assert watchdog.post("/", b"x").text == "x"
    before.await_return()


def test_no_descriptor_for_connections(proxy, upstream):  # noqa: F811
    """RLIMIT_NOFILE: new connections wait, which costs next to no processor time; old ones are served; then the new ones are too."""
    upstream.play(echo)
    watchdog = proxy(preexec_fn=limited(resource.RLIMIT_NOFILE, 64), read_timeout="60s", exec_timeout="60s", write_timeout="60s")
    old = watchdog.connect()
    assert old.request("POST", "/", body=b"old").text == "old"
    before = Footprint(watchdog)
    idle = [watchdog.connect() for _ in range(100)]
    until(lambda: watchdog.descriptors() == 64, "no descriptor is left")
    late = watchdog.connect()
    late.send(compose("POST", "/", body=b"late"))
    spent, begun = watchdog.processor_time(), time.monotonic()
    while time.monotonic() < begun + 1:
        assert old.request("POST", "/", body=b"old").text == "old"
        assert late.silent_for(0.05)
    assert watchdog.sanitized or watchdog.processor_time() - spent < 0.3
    for caller in idle:
        caller.reset()
    assert late.answer().text == "late"
    assert watchdog.health() == 200
    late.close()
    before.await_return()


def test_no_descriptor_for_functions(server, house):
    """A call that cannot have its pipes is a 500 that says why; the connection stays, and later it works."""
    watchdog = server(house.held(), preexec_fn=limited(resource.RLIMIT_NOFILE, 32), read_timeout="60s")
    caller = watchdog.connect()
    assert caller.request("POST", "/", body=b"x").text == "x"
    before = Footprint(watchdog)
    idle = [watchdog.connect() for _ in range(60)]
    until(lambda: watchdog.descriptors() == 32, "no descriptor is left")
    answer = caller.request("POST", "/", body=b"x")
    assert (answer.status, answer.text.strip()) == (500, "pipe: too many open files")
    for one in idle:
        one.reset()
    # Those that were still waiting to be accepted take the descriptors that the first ones give back, until they are seen to be gone too.
    until(lambda: caller.request("POST", "/", body=b"x").text == "x", "a call has its pipes again")
    before.await_return()


# The watchdog's own memory.

LARGE = 200_000_000


def test_output_larger_than_memory(holding, house):
    """RLIMIT_AS: what cannot be held until the function's end is a 500 with the reason; a call beside it and the next ones are served."""
    gate = house.gate()
    watchdog = holding(house.sh('[ "$Http_Query" = large ] && exec head -c %d /dev/zero\n[ -z "$Http_Query" ] || read -r x <"$Http_Query"\ncat' % LARGE))
    if watchdog.sanitized:
        pytest.skip("a sanitizer's address space has no bounds")
    beside = watchdog.connect()
    beside.send(compose("POST", "/?" + gate.path, body=b"beside"))
    gate.await_arrival()
    before = Footprint(watchdog)
    resource.prlimit(watchdog.pid, resource.RLIMIT_AS, (96 << 20, 96 << 20))
    for _ in range(3):
        answer = watchdog.post("/?large", b"x")
        assert (answer.status, answer.text.strip()) == (500, "no memory for the function's output: cannot allocate memory")
        assert watchdog.post("/", b"y" * 1_000_000).body == b"y" * 1_000_000
    gate.open()
    assert beside.answer().text == "beside"
    beside.close()
    before.await_return(kept=8192)


@pytest.mark.parametrize("mode", ["classic", "http"])
def test_body_larger_than_memory(classic, proxy, upstream, mode):  # noqa: F811
    """The same for a body that is held whole on purpose."""
    if mode == "classic":
        watchdog = classic(marshal_request="true")
    else:
        upstream.play(echo)
        watchdog = proxy(http_buffer_req_body="true")
    if watchdog.sanitized:
        pytest.skip("a sanitizer's address space has no bounds")
    assert watchdog.post("/", b"small").status == 200
    resource.prlimit(watchdog.pid, resource.RLIMIT_AS, (96 << 20, 96 << 20))
    caller = watchdog.connect()
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        sending = pool.submit(caller.send, compose("POST", "/", body=bytes(LARGE)), forgiving=True)
        answer = caller.answer()
        caller.reset()
        sending.exception()
    assert answer.status == 500 and answer.text.startswith("no memory for the request")
    watchdog.await_log("no memory for the request")
    assert watchdog.post("/", b"small").status == 200


# Disks.

def test_disk_without_room_for_the_lock_file(house, server):
    """One line with the reason and the way around it, exit 1."""
    os.mkdir(house.path("full"))
    watchdog = server(TMPDIR=house.path("full"), wait=False, preexec_fn=with_disk(house.path("full"), "nr_inodes=1"))
    watchdog.expected_code = 1
    assert_refused(Ended(watchdog.await_end(), watchdog.out(), watchdog.err()), "full/.lock", "no space left on device", "suppress_lock=true")


def test_disk_that_becomes_read_only(house, server):
    """Calls need no disk. The lock file cannot be removed at the end, yet health is 503 at once, the drain happens, and the exit is orderly."""
    os.mkdir(house.path("disk"))
    watchdog = server(TMPDIR=house.path("disk"), healthcheck_interval="30s", preexec_fn=with_disk(house.path("disk")))
    subprocess.run(["nsenter", "--mount", "--target", str(watchdog.pid), "mount", "-o", "remount,ro", house.path("disk")], check=True, timeout=20)
    assert watchdog.post("/", b"x").text == "x" and watchdog.health() == 200
    watchdog.term()
    until(lambda: watchdog.health() == 503, "health is 503")
    assert watchdog.post("/", b"x").text == "x"
    watchdog.term()
    assert watchdog.await_end() == 0
