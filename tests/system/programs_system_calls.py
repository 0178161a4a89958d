"""The system calls of both programs are those that SECURITY.md lists and examples/seccomp/fwatchdog.json allows."""
import json
import os
import platform
import re
import subprocess

import pytest

from functions import need
from upstreams.played import echo, proxy, upstream  # noqa: F401, fixtures
from watchdog import PROGRAMS, ROOT, has_sanitizer

PROFILE = os.path.join(ROOT, "examples", "seccomp", "fwatchdog.json")


def allowed():
    with open(PROFILE) as file:
        profile = json.load(file)
    assert profile["defaultAction"] == "SCMP_ACT_ERRNO"
    assert [entry["action"] for entry in profile["syscalls"]] == ["SCMP_ACT_ALLOW"] * len(profile["syscalls"])
    return [name for entry in profile["syscalls"] for name in entry["names"]]


def documented():
    with open(os.path.join(ROOT, "SECURITY.md")) as file:
        section = file.read().split("\n## System calls\n")[1].split("\n## ")[0]
    return [name for row in section.splitlines() if row.startswith("| ") for name in re.findall("`([a-z0-9_]+)`", row)]


def test_profile_and_list_agree():
    """The same names, each once in the profile."""
    assert sorted(allowed()) == sorted(set(documented()))
    assert len(allowed()) == len(set(allowed()))


def own_calls(trace):
    """Names of the calls in what `strace -f` wrote, but for those of a process that has executed a function."""
    names, foreign, first = set(), set(), None
    for line in trace.splitlines():
        pid, _, call = line.partition(" ")
        first = first or pid
        if pid in foreign:
            continue
        if started := re.match(r"\s*([a-z0-9_]+)\(", call):
            names.add(started.group(1))
        if pid != first and re.match(r"\s*(execve\(|<\.\.\. execve resumed>).* = 0$", call):
            foreign.add(pid)
    return names


@pytest.fixture
def tracing(house):
    """Options of a launcher, and `calls()`, which ends the watchdog and tells its calls."""
    need("strace")
    system = platform.freedesktop_os_release()
    if (platform.machine(), system["ID"], system.get("VERSION_ID")) != ("x86_64", "debian", "12"):
        pytest.skip("the list is of amd64 and the libraries of Debian 12")
    if any(has_sanitizer(path) for path in PROGRAMS.values()):
        pytest.skip("a sanitizer has calls of its own")
    if subprocess.run(["strace", "-qq", "-o", house.path("tried"), "true"], stderr=subprocess.DEVNULL).returncode:
        pytest.skip("tracing is not permitted here")
    path = house.path("trace")

    def calls():
        [watchdog] = house.watchdogs
        watchdog.scrape()
        watchdog.term()
        assert watchdog.await_end() == 0
        return own_calls(house.read("trace").decode("utf-8", "replace"))
    return {"wrapper": ("strace", "-f", "-qq", "-o", path), "healthcheck_interval": "0"}, calls


def test_forking_modes(server, tracing):
    """With every limit of the function's process, small and large bodies both ways, and a function that is not there."""
    options, calls = tracing
    watchdog = server("cat", fprocess_no_new_privs="true", exec_memory_limit="1Gi", exec_cpu_limit="10s", exec_nofile_limit="100", workers="2", **options)
    for size in (0, 10, 3_000_000):
        assert watchdog.post("/", bytes(size), chunked=size > 10).body == bytes(size)
    assert sorted(calls() - set(allowed())) == []


def test_warm_processes(server, tracing):
    """Functions that wait for their calls."""
    options, calls = tracing
    watchdog = server("cat", cgi_headers="false", warm_processes="2", **options)
    for number in range(5):
        assert watchdog.post("/", b"%d" % number).text == str(number)
    assert sorted(calls() - set(allowed())) == []


@pytest.mark.parametrize("way", ["address", "name"])
def test_server(proxy, upstream, tracing, way):  # noqa: F811
    """The http mode, whose function is found by address or by name."""
    options, calls = tracing
    upstream.play(echo)
    watchdog = proxy(upstream_url="http://%s:%d" % ("localhost" if way == "name" else "127.0.0.1", upstream.port), **options)
    assert watchdog.post("/", bytes(3_000_000)).body == bytes(3_000_000)
    assert sorted(calls() - set(allowed())) == []


def test_files(of, house, tracing):
    """The static mode: small and large ones, a folder, a symbolic link, and what is not there."""
    options, calls = tracing
    os.makedirs(house.path("site/folder"))
    house.write("site/small", "small")
    house.write("site/large", bytes(3_000_000))
    os.symlink("small", house.path("site/link"))
    watchdog = of("static", static_path=house.path("site"), **options)
    assert [watchdog.get("/" + name).status for name in ("small", "large", "folder/", "link", "nothing")] == [200, 200, 200, 200, 404]
    assert sorted(calls() - set(allowed())) == []


def test_cgi_programs(of, house, tracing):
    """The cgi mode, with a body in chunks that is too large for memory."""
    options, calls = tracing
    watchdog = of("cgi", house.write("program.py", "#!/usr/bin/python3 -ISE\nimport sys\nprint('Content-Type: a/b\\n')\nprint(len(sys.stdin.buffer.read()))\n", 0o755), **options)
    assert watchdog.post("/", bytes(3_000_000), chunked=True).text == "3000000\n"
    assert sorted(calls() - set(allowed())) == []
