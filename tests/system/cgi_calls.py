"""of-watchdog's cgi mode: what a CGI program is told, what its output becomes, and the limits that hold in every mode."""
import os
import signal

import pytest

from caller import CutOff, chunk, compose, until
from conftest import Launcher
from functions import need
from namespaces import in_own_network
from oidc import SETTINGS, Provider, assert_denied, call, claims, key

TELL = "printf 'Content-Type: text/plain\\n\\n'; "
VARIABLES = ("AUTH_TYPE CONTENT_LENGTH CONTENT_TYPE GATEWAY_INTERFACE PATH_INFO PATH_TRANSLATED QUERY_STRING REMOTE_ADDR REMOTE_HOST REMOTE_IDENT REMOTE_USER REQUEST_METHOD "
             "REQUEST_URI SCRIPT_NAME SERVER_NAME SERVER_PORT SERVER_PROTOCOL SERVER_SOFTWARE").split()


@pytest.fixture
def cgi(house):
    return Launcher(house, "of", "cgi")


def variables(answer):
    return dict(line.split("=", 1) for line in answer.text.splitlines() if "=" in line)


def test_variables(cgi, house):
    """Each variable of RFC 3875 as the request has it; those of a body only with a body."""
    watchdog = cgi(house.sh(TELL + "env"))
    answer = watchdog.post("/a%20b/../c?d=e%20f", b"hello", {"Content-Type": "text/x-body", "Host": "fn.example:81", "X-Own": "1", "Proxy": "evil"})
    found = variables(answer)
    version = found.pop("SERVER_SOFTWARE")
    assert version.startswith("fwatchdog/")
    assert {name: found[name] for name in VARIABLES if name in found} == {
        "CONTENT_LENGTH": "5", "CONTENT_TYPE": "text/x-body", "GATEWAY_INTERFACE": "CGI/1.1", "PATH_INFO": "/c", "QUERY_STRING": "d=e%20f", "REMOTE_ADDR": "127.0.0.1",
        "REMOTE_HOST": "127.0.0.1", "REQUEST_METHOD": "POST", "REQUEST_URI": "/a%20b/../c?d=e%20f", "SCRIPT_NAME": "", "SERVER_NAME": "fn.example",
        "SERVER_PORT": str(watchdog.port), "SERVER_PROTOCOL": "HTTP/1.1"}
    assert (found["HTTP_X_OWN"], found["HTTP_HOST"], "HTTP_PROXY" in found, "Http_Path" in found) == ("1", "fn.example:81", False, False)
    without = variables(watchdog.get("/"))
    assert "CONTENT_LENGTH" not in without and "CONTENT_TYPE" not in without and without["QUERY_STRING"] == ""


def test_variables_over_ipv6(cgi, house):
    """The caller's address is the one of its own network."""
    watchdog = cgi(house.sh(TELL + "env"))
    found = variables(watchdog.connect(host="::1").request("GET", "/"))
    assert (found["REMOTE_ADDR"], found["REMOTE_HOST"]) == ("::1", "::1")


def test_operators_variables(cgi, house):
    """What stands in the watchdog's environment and not in the request reaches the program; DOCUMENT_ROOT translates paths."""
    watchdog = cgi(house.sh(TELL + "env"), SCRIPT_NAME="/function/x", DOCUMENT_ROOT="/srv", REMOTE_USER="somebody", CONTENT_LENGTH="9", QUERY_STRING="old")
    found = variables(watchdog.get("/../../a"))
    assert [found.get(name) for name in ("SCRIPT_NAME", "PATH_TRANSLATED", "REMOTE_USER", "CONTENT_LENGTH", "QUERY_STRING")] == ["/function/x", "/srv/a", "somebody", None, ""]


def test_query_is_no_command_line(cgi, house):
    """A query without `=` never becomes arguments."""
    assert cgi(house.sh(TELL + 'echo "$# $QUERY_STRING"')).get("/?-s+-x").text == "0 -s+-x\n"


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE", "OPTIONS", "PATCH", "PROPFIND", "get"])
def test_methods(cgi, house, method):
    """Every method reaches the program."""
    assert cgi(house.sh(TELL + 'printf "%s " "$REQUEST_METHOD"; cat')).call(method, "/", body=b"x").text == method + " x"


def test_head(cgi, house):
    """HEAD: no body, whatever the program writes, and the connection goes on."""
    caller = cgi(house.sh(TELL + 'echo "$REQUEST_METHOD"')).connect()
    head = caller.request("HEAD", "/")
    assert (head.status, head.body, head["Content-Type"]) == (200, b"", "text/plain")
    assert caller.request("GET", "/").text == "GET\n"


@pytest.mark.parametrize("size", [0, 1, 70000, (1 << 20) + 1, 5 << 20])
def test_chunked_body_has_its_length(cgi, house, size):
    """The program is told the length of a body that came in chunks, in memory or in a file; nothing is left behind."""
    body = os.urandom(size)
    watchdog = cgi(house.sh(TELL + 'printf "%s " "$CONTENT_LENGTH"; cat | wc -c; exec cat'))
    answer = watchdog.post("/", body, chunked=True)
    assert answer.text.split() == [str(size), str(size)]
    watchdog = cgi(house.sh("printf 'Content-Type: a/b\\n\\n'; exec cat", "echo.sh"))
    assert watchdog.post("/", body, chunked=True).body == body
    assert [name for name in os.listdir(house.folder) if name.startswith("fwatchdog.")] == []


def test_large_chunked_body_needs_no_memory(cgi, house):
    """Tens of megabytes lie in the file."""
    watchdog = cgi(house.sh(TELL + "wc -c"))
    before = watchdog.memory("VmHWM")
    caller = watchdog.connect()
    caller.send(b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n")
    for _ in range(40):
        caller.send(chunk(bytes(1 << 20)))
    caller.send(b"0\r\n\r\n")
    assert caller.answer().text.strip() == str(40 << 20)
    watchdog.assert_memory_below(before + (8 << 10), "VmHWM")


def test_chunked_body_that_cannot_be_held(cgi, house):
    """Without a folder for it: 500 and the reason, which names TMPDIR; small ones need none."""
    watchdog = cgi(house.tattling(TELL + "wc -c"), TMPDIR=house.path("missing"), suppress_lock="true")
    assert watchdog.post("/", b"small", chunked=True).text.strip() == "5"
    answer = watchdog.post("/", bytes(2 << 20), chunked=True)
    assert answer.status == 500 and "TMPDIR" in answer.text
    watchdog.await_log("^cannot hold the request's body: make a file in .*missing")
    assert house.read("ran") == b"ran\n"


@pytest.mark.parametrize("chunked", [False, True])
def test_body_limit(cgi, house, chunked):
    """max_body_bytes: 413, and no process."""
    watchdog = cgi(house.tattling(TELL), max_body_bytes="1000")
    assert watchdog.post("/", bytes(1001), chunked=chunked).status == 413
    assert not house.exists("ran")


def test_broken_chunked_body(cgi, house):
    """A body that is malformed or does not come whole: 400, and no process."""
    watchdog = cgi(house.tattling(TELL))
    for sent in (b"xyz\r\n", b"5\r\nhe"):
        caller = watchdog.connect()
        caller.send(b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n" + sent)
        caller.finish()
        assert caller.answer().status == 400
    assert not house.exists("ran")


def test_both_directions_at_once(cgi, house):
    """A body with a length flows to the program while its output flows back."""
    watchdog = cgi(house.sh("printf 'Content-Type: a/b\\n\\n'; exec cat"))
    caller = watchdog.connect()
    caller.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nfirst")
    caller.await_text(b"first")
    caller.send("later")
    assert caller.answer().text == "firstlater"


@pytest.mark.parametrize("output", ["hello, world\\n", "", "Content-Type: a/b", "X: y\\n\\nbody", "HTTP/1.1 200 OK\\r\\nContent-Type: a/b\\r\\n\\r\\nbody"])
def test_output_without_a_head(cgi, house, output):
    """A program that is no CGI program: 500 with the reason, in the log too. Its own status line (NPH) is no head."""
    watchdog = cgi(house.sh("printf '%s'" % output))
    answer = watchdog.get("/")
    assert answer.status == 500 and answer.text.startswith("the output has no CGI header block: ")
    watchdog.await_log("^the output has no CGI header block: ")


def test_failures(cgi, house):
    """exit status, signal and missing program before the head: 500 and the reason; after it the answer is cut off."""
    assert cgi(house.sh("exit 3")).get("/").text == "exit status 3\n"
    assert cgi("no-such-program").get("/").text == 'exec: "no-such-program": executable file not found in $PATH\n'
    watchdog = cgi(house.sh(TELL + "echo half; exit 3", "half.sh"))
    caller = watchdog.connect()
    caller.send(compose("GET", "/"))
    with pytest.raises(CutOff):
        caller.answer()
    watchdog.await_log("^exit status 3$")


def test_local_redirect(cgi, house):
    """A Location that is a path, and nothing else: the program is asked again, with GET and without the body."""
    watchdog = cgi(house.sh("""case $PATH_INFO in
/to) printf 'Content-Type: text/plain\\n\\n%s %s %s %s' "$REQUEST_METHOD" "$REQUEST_URI" "$QUERY_STRING" "${CONTENT_LENGTH-none} ${CONTENT_TYPE-none} $HTTP_X_KEPT"; cat;;
/loop) printf 'Location: /loop\\n\\n';;
/cookie) printf 'Location: /to\\nSet-Cookie: a=1\\n\\n';;
*) printf 'Location: /to?q=1\\n\\nignored';;
esac"""))
    answer = watchdog.post("/from", b"hello", {"Content-Type": "a/b", "X-Kept": "kept"})
    assert (answer.status, answer.text, answer["Location"]) == (200, "GET /to?q=1 q=1 none none kept", None)
    assert watchdog.post("/from", b"hello", {"X-Kept": "kept"}, chunked=True).text == "GET /to?q=1 q=1 none none kept"
    answer = watchdog.get("/cookie")
    assert (answer.status, answer["Location"], answer["Set-Cookie"]) == (302, "/to", "a=1")
    assert (watchdog.get("/loop").status, watchdog.get("/loop").text) == (500, "the function redirects in circles\n")
    watchdog.await_log("^the function redirects in circles: GET /loop$")


def test_time_limits(cgi, house):
    """exec_timeout and X-Timeout: 504 before the head, an answer that is cut off after it; nothing is left running."""
    watchdog = cgi(house.sh('[ -z "$QUERY_STRING" ] || printf "Content-Type: a/b\\n\\nhalf"; sleep 60'), exec_timeout="10s")
    assert watchdog.get("/", {"X-Timeout": "200ms"}).status == 504
    watchdog.await_log("^X-Timeout passed after .*: GET /$")
    caller = watchdog.connect()
    caller.send(compose("GET", "/?head", {"X-Timeout": "300ms"}))
    with pytest.raises(CutOff):
        caller.answer()
    watchdog.await_no_children()


@pytest.mark.parametrize("leave", ["reset", "close"])
def test_caller_that_leaves(cgi, house, leave):
    """Its program is ended."""
    gate = house.gate()
    watchdog = cgi(house.sh('read -r x <"$QUERY_STRING"'))
    caller = watchdog.connect()
    caller.send(compose("GET", "/?" + gate.path))
    gate.await_arrival()
    getattr(caller, leave)()
    watchdog.await_no_children()


def test_limit_drain_metrics_and_log(cgi, house):
    """max_inflight, the drain, the counters and the request's line are as in every mode."""
    gate = house.gate()
    watchdog = cgi(house.sh('[ -z "$QUERY_STRING" ] || read -r x <"$QUERY_STRING"; printf "Status: 404\\n\\nhello"; echo noise >&2'), max_inflight="1", healthcheck_interval="0")
    caller = watchdog.connect()
    caller.send(compose("GET", "/?" + gate.path))
    gate.await_arrival()
    assert (watchdog.get("/").status, watchdog.get("/_/ready").status, watchdog.health()) == (429, 429, 200)
    watchdog.signal(signal.SIGTERM)
    watchdog.await_log("^No new connections allowed, draining: 1 requests$")
    gate.open()
    assert (caller.answer().status, watchdog.await_end()) == (404, 0)
    watchdog.await_log(r"^GET /\?.* - 404 - ContentLength: 5B \(")
    watchdog.await_log("^stderr: noise$")


def test_counted(cgi, house):
    """The program's status is what is counted; ready_path is asked of the program."""
    watchdog = cgi(house.sh("printf 'Status: 418 %s\\n\\n' \"$PATH_INFO\""), ready_path="/probe")
    assert watchdog.get("/x").reason == "/x"
    until(lambda: watchdog.sample("http_requests_total", code="418", method="get") == 1, "it is counted")
    assert watchdog.get("/_/ready").reason == "/probe"


@in_own_network
def test_tokens(cgi, house):
    """jwt_auth=true: without a token no program runs; with one the program runs, and sees it."""
    need("openssl")
    Provider(house, key())
    watchdog = cgi(house.tattling(TELL + 'echo "$HTTP_AUTHORIZATION"'), **SETTINGS)
    assert_denied(call(watchdog), 401)
    assert not house.exists("ran")
    token = key().sign(claims())
    assert call(watchdog, token).text == "Bearer %s\n" % token


def test_thousands_of_header_fields(cgi, house):
    """A head with many fields is taken, or refused as too large for an environment."""
    watchdog = cgi(house.sh(TELL + "env | grep -c ^HTTP_X"))
    assert watchdog.get("/", [("X-%d" % i, "v") for i in range(2000)]).text.strip() == "2000"
    assert watchdog.get("/", [("X-Large", "v" * 200000)]).status == 431
