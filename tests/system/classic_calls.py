"""One call of the classic program: methods, how the function's end becomes an answer, what is logged."""
import concurrent.futures
import re

import pytest


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE"])
def test_methods_that_run_the_process(server, method):
    """The body is its stdin, its stdout the answer's body."""
    answer = server().call(method, "/", body=b"hello " + method.encode())
    assert (answer.status, answer.text) == (200, "hello " + method)


@pytest.mark.parametrize("method", ["HEAD", "OPTIONS", "TRACE", "PURGE", "PROPFIND", "get", "Post", "X-ODD"])
def test_other_methods(classic, house, method):
    """405, empty, and no process."""
    answer = classic(house.tattling()).call(method, "/")
    assert (answer.status, answer.body) == (405, b"")
    assert not house.exists("ran")


@pytest.mark.parametrize("method", ["OPTIONS", "TRACE", "PURGE", "PROPFIND", "get", "X-ODD", "GET", "POST"])
def test_all_methods(classic, house, method):
    """allow_all_methods=true: any method reaches the function, which sees its name and the body."""
    answer = classic(house.sh('printf "%s " "$Http_Method"; cat'), allow_all_methods="true").call(method, "/", body=b"hello")
    assert (answer.status, answer.text) == (200, method + " hello")


def test_head_where_all_methods_are_allowed(classic, house):
    """HEAD runs the function; the answer has the fields that GET would have, no body, and the connection goes on."""
    caller = classic(house.sh('echo "$Http_Method" >>ran; echo hello'), allow_all_methods="true").connect()
    head, got = caller.request("HEAD", "/"), caller.request("GET", "/")
    assert (head.status, head.body, head["Content-Length"]) == (200, b"", "6")
    assert (got.status, got.text) == (200, "hello\n")
    assert [head[name] for name in ("Content-Type", "Content-Length")] == [got[name] for name in ("Content-Type", "Content-Length")]
    assert re.fullmatch(r"\d+\.\d{6}", head["X-Duration-Seconds"])
    assert house.read("ran") == b"HEAD\nGET\n"


def test_head_of_a_failure_where_all_methods_are_allowed(classic):
    """HEAD of a function that fails: 500 without a body, and the connection goes on."""
    caller = classic("false", allow_all_methods="true").connect()
    head, got = caller.request("HEAD", "/"), caller.request("GET", "/")
    assert (head.status, head.body, head["Content-Length"]) == (500, b"", str(len(got.body)))
    assert (got.status, got.text) == (500, "exit status 1\n")


def test_targets_of_the_server_itself_where_all_methods_are_allowed(classic, house):
    """CONNECT and OPTIONS * are no calls of a function."""
    watchdog = classic(house.tattling(), allow_all_methods="true")
    assert watchdog.call("CONNECT", "example.com:80").status == 404
    assert (watchdog.call("OPTIONS", "*").status, watchdog.call("HEAD", "/_/health").status) == (200, 405)
    assert not house.exists("ran")


def test_connect_has_no_page(classic, house):
    """CONNECT is not for a function: 404."""
    answer = classic(house.tattling()).call("CONNECT", "example.com:80")
    assert (answer.status, answer.text) == (404, "404 page not found\n")
    assert not house.exists("ran")


def test_options_of_the_server_itself(classic, house):
    """OPTIONS * is answered 200, empty, by the server."""
    answer = classic(house.tattling()).call("OPTIONS", "*")
    assert (answer.status, answer.body) == (200, b"")
    assert not house.exists("ran")


def test_success_has_its_duration(classic):
    """X-Duration-Seconds has six decimals."""
    assert re.fullmatch(r"\d+\.\d{6}", classic().post("/", b"x")["X-Duration-Seconds"])


@pytest.mark.parametrize("size", [0, 1, 2048, 2049, 100000, 3000000])
def test_known_length_is_said(classic, size):
    """The output is whole before the answer starts: Content-Length, not chunks."""
    answer = classic("head -c %d /dev/zero" % size).get("/")
    assert answer.framing == "length" and answer["Content-Length"] == str(size)
    assert answer.body == bytes(size)


@pytest.mark.parametrize("code", [1, 2, 3, 42, 127, 255])
def test_exit_status(classic, house, code):
    """Not 0: 500, the status as text, then the output; no X-Duration-Seconds."""
    answer = classic(house.sh("echo some output; exit %d" % code)).post("/", b"")
    assert (answer.status, answer.text) == (500, "exit status %d\nsome output\n" % code)
    assert answer["X-Duration-Seconds"] is None
    assert answer["Content-Type"] == "text/plain; charset=utf-8"


def test_failure_has_stderr_in_it(classic, house):
    """combine_output, the default: what the function wrote to stderr is in the 500."""
    assert classic(house.sh("echo out; echo err >&2; exit 1")).get("/").text == "exit status 1\nout\nerr\n"


def test_failure_ignores_content_type(classic, house):
    """content_type is for successes."""
    assert classic(house.sh("exit 1"), content_type="application/json").get("/")["Content-Type"] == "text/plain; charset=utf-8"


@pytest.mark.parametrize("number, name", [
    (1, "hangup"), (2, "interrupt"), (3, "quit"), (4, "illegal instruction"), (5, "trace/breakpoint trap"), (6, "aborted"), (7, "bus error"),
    (8, "floating point exception"), (9, "killed"), (10, "user defined signal 1"), (11, "segmentation fault"), (12, "user defined signal 2"),
    (13, "broken pipe"), (14, "alarm clock"), (15, "terminated")])
def test_death_by_signal(classic, house, number, name):
    """500 and the signal's name as Go has it."""
    answer = classic(house.sh("ulimit -c 0; kill -%d $$" % number)).get("/")
    assert answer.status == 500
    assert answer.text.replace(" (core dumped)", "") == "signal: %s\n" % name


def test_output_before_death(classic, house):
    """What was written before the signal is in the answer."""
    assert classic(house.sh("echo before; kill -9 $$")).get("/").text == "signal: killed\nbefore\n"


@pytest.mark.parametrize("fprocess, text", [
    ("nope-nope", 'exec: "nope-nope": executable file not found in $PATH\n'),
    ("/no/such/program", "fork/exec /no/such/program: no such file or directory\n"),
    ("/etc/passwd", "fork/exec /etc/passwd: permission denied\n"),
    ("/etc", "fork/exec /etc: permission denied\n")])
def test_cannot_be_started(classic, fprocess, text):
    """500 and the reason, at each call; the watchdog goes on."""
    server = classic(fprocess)
    for _ in range(2):
        answer = server.post("/", b"body")
        assert (answer.status, answer.text) == (500, text)
    assert server.health() == 200


def test_big_body_for_a_program_that_is_missing(classic):
    """The answer arrives whole though nobody read the body."""
    assert classic("nope-nope").post("/", bytes(4 << 20)).status == 500


def test_stdin_unread_is_no_error(classic):
    """A function that never reads its stdin answers as any other, small body or large."""
    server = classic("echo fine")
    for size in (5, 70000, 5 << 20):
        answer = server.post("/", bytes(size))
        assert (answer.status, answer.text) == (200, "fine\n")
    assert server.health() == 200


def test_stdin_closed_early(classic):
    """A function that reads the beginning of its stdin and closes it: no error."""
    assert classic("head -c 3").post("/", b"abc" + bytes(3 << 20)).text == "abc"


def test_stdin_ends(classic):
    """Without a body stdin is at its end at once."""
    assert classic("wc -c").get("/").text.strip() == "0"


def test_stdout_closed_early(classic, house):
    """A function that closes its output and goes on is waited for."""
    server = classic(house.sh("echo early; exec >&- 2>&-; sleep 0.3; touch done"))
    answer = server.get("/")
    assert (answer.status, answer.text) == (200, "early\n")
    assert house.exists("done")


def test_stdout_closed_before_failure(classic, house):
    """The exit status counts though the output ended long before."""
    assert classic(house.sh("echo early; exec >&- 2>&-; sleep 0.2; exit 4")).get("/").text == "exit status 4\nearly\n"


def test_daemon_that_keeps_the_pipe(classic, house):
    """What the function leaves running with its stdout delays nothing, and the output is whole."""
    house.strays_allowed = True
    server = classic(house.sh("setsid sleep 600 & echo whole; head -c 300000 /dev/zero"))
    answer = server.get("/")
    assert (answer.status, len(answer.body)) == (200, 300006)
    assert server.get("/").status == 200


def test_nothing_written(classic):
    """No output: 200, empty, no Content-Type."""
    answer = classic("true").get("/")
    assert (answer.status, answer.body, answer["Content-Type"], answer["Content-Length"]) == (200, b"", None, "0")


def test_call_is_logged(classic):
    """Two lines for each success."""
    server = classic()
    server.post("/", b"hello")
    server.await_log(r"^Wrote 5 Bytes - Duration: \d+\.\d{6}s$")
    assert "Forking fprocess." in server.lines()
    assert server.out() == ""


def test_failure_is_not_logged_as_written(classic, house):
    """A failing function is named in the log and has no `Wrote` line."""
    server = classic(house.sh("exit 7"))
    server.get("/")
    server.await_log("exit status 7")
    assert "Wrote" not in server.err()


@pytest.mark.parametrize("fprocess, arguments", [
    ("show one two --x=3", ["one", "two", "--x=3"]), ("show 'a  b' c", ["a  b", "c"]), ('show "a b"', ["a b"]), (r"show a\ b", ["a b"]),
    ("show a'b c'\"d e\"f", ["ab cd ef"]), (r'show "say \"hi\""', ['say "hi"']), ("show ''", [""]), (r"show 'a\b' \\", [r"a\b", "\\"]),
    ("show $HOME ~ * `id` $(id)", ["$HOME", "~", "*", "`id`", "$(id)"]), ('show "$HOME;|&>x"', ["$HOME;|&>x"]), ("show a;b", ["a;b"]),
    ("show { } # x", ["{", "}", "#", "x"])])
def test_words_of_fprocess(classic, house, fprocess, arguments):
    """Split as a shell splits words, with its quotes; nothing is expanded."""
    show = house.sh('for word in "$@"; do printf "[%s]\\n" "$word"; done', "show")
    text = classic(fprocess.replace("show", show, 1)).get("/").text
    assert text.splitlines() == ["[%s]" % word for word in arguments]


def test_program_is_found_in_path(classic, house):
    """PATH of the watchdog's environment decides, entry by entry."""
    house.sh("echo mine", "mine-alone")
    assert classic("mine-alone", PATH="/nowhere:%s:/usr/bin:/bin" % house.folder).get("/").text == "mine\n"


def test_relative_program(classic, house):
    """A path with a slash is taken from the watchdog's working directory."""
    house.sh("pwd", "here.sh")
    assert classic("./here.sh").get("/").text == house.folder + "\n"


def test_calls_run_side_by_side(classic, house):
    """Each of twenty calls at once has its own answer; none waits for another."""
    gates = [house.gate("gate%d" % i) for i in range(20)]
    server = classic(house.held())
    callers = [server.connect() for _ in gates]
    for i, caller in enumerate(callers):
        caller.send("POST /?%s HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\n%03d" % (gates[i].path, i))
    for gate in gates:
        gate.await_arrival()
    for gate in reversed(gates):
        gate.open()
    assert [caller.answer().text for caller in callers] == ["%03d" % i for i in range(20)]


def test_many_calls_leave_nothing(classic):
    """After hundreds of calls no process and no descriptor is left."""
    server = classic()
    assert server.post("/", b"first").text == "first"
    server.await_no_children()
    before = server.descriptors()

    def calls(worker):
        caller = server.connect()
        texts = [caller.request("POST", "/", body="%d.%d" % (worker, i)).text for i in range(60)]
        caller.close()
        return texts == ["%d.%d" % (worker, i) for i in range(60)]
    with concurrent.futures.ThreadPoolExecutor(5) as pool:
        assert all(pool.map(calls, range(5)))
    server.await_no_children()
    from caller import until
    until(lambda: server.descriptors() <= before, "no descriptor is left")
