"""Limits of the function's process: what they are for it, what is seen when one is reached, and that the watchdog itself has none of them."""
import ctypes
import os
import re
import resource

import pytest

from caller import until
from upstreams.played import proxy, upstream  # noqa: F401, fixtures
from unprivileged import USER, unprivileged
from watchdog import assert_refused

LIMITS = {"exec_memory_limit": "1Gi", "exec_cpu_limit": "90s", "exec_nofile_limit": "64", "fprocess_no_new_privs": "true"}
SHOW = "cat /proc/self/status /proc/self/limits"


def shown(text):
    """What a process says of itself: the flag, then soft and hard limits."""
    found = {"privs": re.search(r"^NoNewPrivs:\t(\d)$", text, re.M).group(1)}
    for key, name in (("memory", "Max address space"), ("cpu", "Max cpu time"), ("files", "Max open files")):
        found[key] = tuple(re.search("^%s +(\\S+) +(\\S+)" % name, text, re.M).groups())
    return found


def of_process(pid):
    text = ""
    for name in ("status", "limits"):
        with open("/proc/%d/%s" % (pid, name)) as file:
            text += file.read()
    return shown(text)


def test_function_is_limited(server):
    """All four, and the watchdog goes on without them."""
    watchdog = server(SHOW, **LIMITS)
    before = of_process(watchdog.pid)
    for _ in range(3):
        assert shown(watchdog.get("/").text) == {"privs": "1", "memory": ("1073741824",) * 2, "cpu": ("90", "91"), "files": ("64", "64")}
    assert of_process(watchdog.pid) == before
    assert before["privs"] == "0" and before["memory"] == ("unlimited", "unlimited")


def test_no_limits_unasked(server):
    """The function has the watchdog's own."""
    watchdog = server(SHOW)
    assert shown(watchdog.get("/").text) == of_process(watchdog.pid)


def test_server_is_limited(proxy):  # noqa: F811
    """In http mode the one process is, but for processor time, of which the log warns."""
    watchdog = proxy(fprocess="sleep 62.5", **LIMITS)
    [function] = watchdog.children()
    found = of_process(function)
    assert found == {"privs": "1", "memory": ("1073741824",) * 2, "cpu": ("unlimited", "unlimited"), "files": ("64", "64")}
    watchdog.await_log("^Warning: exec_cpu_limit ")


def busy(house, first=""):
    """A function that computes for ever when it is asked to."""
    return house.python(first + "\nif os.environ.get('Http_Query') == 'busy':\n while True: pass\nprint('quick')")


def test_processor_time(server, house):
    """A function that computes for too long is ended, and answer and log name the signal. The next call is served."""
    watchdog = server(busy(house), exec_cpu_limit="1s", exec_timeout="60s", write_timeout="60s")
    answer = watchdog.get("/?busy")
    assert (answer.status, answer.text.strip()) == (500, "signal: CPU time limit exceeded")
    watchdog.await_log("^signal: CPU time limit exceeded$")
    assert watchdog.get("/").text == "quick\n"


def test_processor_time_of_a_function_that_ignores_the_signal(streaming, house):
    """A second later nothing helps it."""
    watchdog = streaming(busy(house, "signal.signal(signal.SIGXCPU, signal.SIG_IGN)"), exec_cpu_limit="100ms", exec_timeout="60s", write_timeout="60s")
    answer = watchdog.get("/?busy")
    assert (answer.status, answer.text.strip()) == (500, "signal: killed")
    assert watchdog.get("/").text == "quick\n"


def test_memory(server, house):
    """A function that wants too much gets an error, as much as there is works, and calls go on."""
    program = house.python("try:\n print(len(bytearray(int(os.environ['Http_Query']) << 20)) >> 20)\nexcept MemoryError:\n sys.exit('no memory')")
    watchdog = server(program, exec_memory_limit="256Mi")
    assert watchdog.get("/?100").text == "100\n"
    answer = watchdog.get("/?300")
    assert answer.status == 500 and answer.text.startswith("exit status 1")
    until(lambda: "no memory" in answer.text + watchdog.err(), "the caller or the log is told why")
    assert watchdog.get("/?100").text == "100\n"


def test_descriptors(server, house):
    """A function cannot open more."""
    watchdog = server(house.python("try:\n while True: os.dup(0)\nexcept OSError as error: sys.exit(error.strerror)"), exec_nofile_limit="16")
    text = watchdog.get("/").text
    until(lambda: "Too many open files" in text + watchdog.err(), "the caller or the log is told why")


def test_privileges_are_not_gained(server, house):
    """A set-user-ID program, run by a user without any privilege, stays that user's."""
    options = unprivileged(house, server.program)
    if os.statvfs(house.folder).f_flag & os.ST_NOSUID:
        pytest.skip("set-user-ID bits do not count in the folder for temporary files")
    with open("/usr/bin/id", "rb") as file:
        program = house.write("gains", file.read(), 0o4755)
    for setting, user in (("false", "0"), ("true", str(USER))):
        watchdog = server(program + " -u", fprocess_no_new_privs=setting, **options)
        assert watchdog.get("/").text.strip() == user
        watchdog.end()


def test_limit_that_cannot_be_set_at_the_start(house):
    """One line and exit 1, in both programs."""
    for program, mode in (("classic", None), ("of", "streaming"), ("of", "http")):
        settings = {"fprocess": "cat", "mode": mode, "upstream_url": "http://127.0.0.1:1", "exec_nofile_limit": str(1 << 40)}
        assert_refused(house.run(program, (), settings), "RLIMIT_NOFILE", 1 << 40, "operation not permitted")


def test_limit_that_cannot_be_set_later(server):
    """Somebody lowers the watchdog's own limit: calls fail with the reason in answer and log, and leave nothing behind."""
    def without_the_capability():
        ctypes.CDLL(None).prctl(24, 24, 0, 0, 0)  # PR_CAPBSET_DROP of CAP_SYS_RESOURCE: exec takes it away
    watchdog = server("cat", exec_nofile_limit="512", preexec_fn=without_the_capability)
    assert watchdog.post("/", b"x").text == "x"
    resource.prlimit(watchdog.pid, resource.RLIMIT_NOFILE, (256, 256))
    answer = watchdog.post("/", b"x")
    assert answer.status == 500 and "set RLIMIT_NOFILE to 512: operation not permitted" in answer.text
    watchdog.await_log("set RLIMIT_NOFILE to 512: operation not permitted$")
    assert watchdog.children() == [] and watchdog.health() == 200
