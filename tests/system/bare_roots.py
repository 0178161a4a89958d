"""The programs run in any image: in a root folder that holds nothing but them and a static busybox, read-only, for users without a name."""
import os
import re

import pytest

from bareroot import BareRoot
from caller import until
from nameserver import NameServer
from namespaces import in_own_network
from watchdog import assert_refused, Ended

ROWS = [pytest.param("classic", None, id="classic"), pytest.param("of", "streaming", id="streaming"), pytest.param("of", "serializing", id="serializing")]
USERS = [pytest.param(12000, id="user without a name"), pytest.param(0, id="root without capabilities")]


@pytest.fixture
def bare(house):
    return BareRoot(house)


@pytest.mark.parametrize("user", USERS)
@pytest.mark.parametrize("program, mode", ROWS)
def test_function(bare, program, mode, user):
    """Healthy, calls are answered, variables arrive; the shell is found by PATH."""
    watchdog = bare.start(program, {"mode": mode, "fprocess": "sh -c 'echo $Http_Path $Http_Method; cat'", "suppress_lock": "true"}, user=user)
    with open("/proc/%d/status" % watchdog.pid) as file:
        status = file.read()
    assert re.search(r"^Uid:\t%d\t" % user, status, re.M) and re.search(r"^CapEff:\t0+$", status, re.M)
    answer = watchdog.post("/a%20b", b"body" * 100_000)
    assert (answer.status, answer.body) == (200, b"/a b POST\n" + b"body" * 100_000)
    assert watchdog.health() == 200
    assert watchdog.sample("http_requests_total", code="200", method="post") == 1
    assert sorted(os.listdir(bare.folder)) == ["bin", "fwatchdog"]


@pytest.mark.parametrize("program, mode", ROWS)
def test_lock_file_on_a_read_only_root(bare, program, mode):
    """One line that says how to do without it."""
    watchdog = bare.start(program, {"mode": mode}, wait=False)
    watchdog.expected_code = 1
    assert_refused(Ended(watchdog.await_end(), watchdog.out(), watchdog.err()), "/tmp/.lock", "suppress_lock")


@pytest.mark.parametrize("program, mode", ROWS)
def test_lock_file_in_a_folder_of_its_own(bare, program, mode):
    """With a /tmp to write to, everything is as usual, the health check from inside too."""
    os.mkdir(bare.path("tmp"))
    os.chmod(bare.path("tmp"), 0o1777)
    watchdog = bare.start(program, {"mode": mode}, read_only=False)
    assert os.path.exists(bare.path("tmp/.lock"))
    assert watchdog.post(body=b"x").text == "x"
    check = bare.start(program, {"mode": mode}, read_only=False, args=["--run-healthcheck"], wait=False)
    assert check.await_end() == 0, check.err()
    watchdog.term()
    until(lambda: not os.path.exists(bare.path("tmp/.lock")), "the lock file is removed")


def test_static_site(bare):
    """A web site FROM scratch."""
    bare.write("site/index.html", "<p>from scratch</p>")
    watchdog = bare.start("of", {"mode": "static", "static_path": "/site", "fprocess": None, "suppress_lock": "true"})
    answer = watchdog.get("/")
    assert (answer.status, answer.text, answer["Content-Type"]) == (200, "<p>from scratch</p>", "text/html; charset=utf-8")


@pytest.mark.parametrize("name, hosts", [
    pytest.param("localhost", None, id="localhost, without hosts"),
    pytest.param("localhost", "127.0.0.1 localhost\n", id="localhost, with hosts"),
    pytest.param("hosts.example", "127.0.0.1 localhost hosts.example\n", id="of hosts"),
    pytest.param("fn.example", "127.0.0.1 localhost\n", id="of the name server, with hosts"),
    pytest.param("fn.example", None, id="of the name server, without hosts")])
@in_own_network
def test_names_of_the_upstream(bare, name, hosts):
    """An upstream that is named is found as in any image."""
    server = NameServer({"fn.example": "127.0.0.1"}, port=53)
    bare.write("etc/resolv.conf", "nameserver 127.0.0.1\n")
    if hosts:
        bare.write("etc/hosts", hosts)
    bare.write("site/index.html", "from the server")
    port = bare.house.free_port()
    settings = {"mode": "http", "fprocess": "httpd -f -p 127.0.0.1:%d -h /site" % port, "upstream_url": "http://%s:%d" % (name, port), "suppress_lock": "true"}
    try:
        watchdog = bare.start("of", settings)
        until(lambda: watchdog.get("/_/ready").status == 200, "the upstream is found")
        answer = watchdog.get("/index.html")
        assert (answer.status, answer.text) == (200, "from the server")
        assert name != "fn.example" or name in server.asked
    finally:
        server.close()


@in_own_network
def test_name_that_does_not_exist(bare):
    """The log names it; the watchdog lives on."""
    server = NameServer({}, port=53)
    bare.write("etc/resolv.conf", "nameserver 127.0.0.1\n")
    try:
        watchdog = bare.start("of", {"mode": "http", "fprocess": "cat", "upstream_url": "http://nobody.example:1/", "exec_timeout": "300ms", "suppress_lock": "true"})

        def named():
            assert watchdog.get("/").status in (500, 504)
            return "look up nobody.example: " in watchdog.err()

        until(named, "a call that failed names what was looked up")  # on a busy machine a call may end before the first answer
        assert watchdog.running()
    finally:
        server.close()
