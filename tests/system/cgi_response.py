"""cgi_response=true: a CGI header block in front of the output sets status and headers of the answer."""
import re

import pytest

from caller import CutOff, compose, until

BLOCK = "Status: 201 Made\\nContent-Type: text/x-made\\nX-Seen: a\\nX-Seen: b\\n\\n"


@pytest.fixture
def printing(server, house):
    """`printing(format, then)`: a watchdog whose function prints that, as printf does, and goes on with `then`."""
    def start(text, then="", **settings):
        settings.setdefault("cgi_response", "true")
        return server(house.sh("printf '%s'\n%s" % (text, then)), **settings)
    return start


WARNING = "^Warning: the output has no CGI header block: .*"


def assert_fails(watchdog, holds, text):
    """A 500 that begins with `text` where the output is held; else an answer that has begun and is cut off."""
    caller = watchdog.connect()
    caller.send(compose("GET", "/"))
    if holds:
        answer = caller.answer()
        assert answer.status == 500 and answer.text.startswith(text), answer
    else:
        with pytest.raises(CutOff):
            caller.answer()


def test_status_and_headers(printing):
    """Status, reason, type and every other field, a doubled one too; what follows the empty line is the body."""
    watchdog = printing(BLOCK + "hello\\n")
    answer = watchdog.post("/", b"x")
    assert (answer.status, answer.reason, answer.text) == (201, "Made", "hello\n")
    assert (answer["Content-Type"], answer.all("X-Seen"), answer["Status"]) == ("text/x-made", ["a", "b"], None)
    assert "no CGI header block" not in watchdog.err()


def test_off_by_default(printing):
    """Without the variable the block is part of the body."""
    assert printing("Status: 404\\n\\nhello", cgi_response=None).get("/").text == "Status: 404\n\nhello"


def test_carriage_returns(printing):
    """Lines may end with CR LF."""
    answer = printing("Status: 404\\r\\nX-A: 1\\r\\n\\r\\nhello").get("/")
    assert (answer.status, answer["X-A"], answer.text) == (404, "1", "hello")


@pytest.mark.parametrize("output", ["hello, world\\n", "hello: world\\n\\nbody", "", "Status: 200", "\\n\\nbody", "Status: 999\\n\\nbody", "HTTP/1.1 204 No Content\\r\\n\\r\\n"])
def test_without_a_block(printing, output):
    """All of the output is the body, as before, and one line warns."""
    watchdog = printing(output)
    answer = watchdog.get("/x?y=z")
    assert (answer.status, answer.text) == (200, output.encode().decode("unicode_escape"))
    watchdog.await_log(WARNING + r": GET /x\?y=z$")


@pytest.mark.parametrize("value", ["a\\rX-Evil: 1", "a\\000b", "a\\177"])
def test_nothing_is_smuggled(printing, value):
    """A value with a control byte makes no header: the block is none."""
    watchdog = printing("Status: 200\\nX-Good: %s\\n\\nbody" % value)
    answer = watchdog.get("/")
    assert (answer["X-Good"], answer["X-Evil"]) == (None, None)
    watchdog.await_log(WARNING)
    assert answer.body.endswith(b"\n\nbody")


def test_fields_of_the_connection(printing):
    """Connection, Transfer-Encoding and their kin are ours to say."""
    watchdog = printing("Status: 200\\nConnection: close, X-Hop\\nX-Hop: 1\\nTransfer-Encoding: chunked\\nKeep-Alive: 5\\nUpgrade: h2c\\nX-Stays: 1\\n\\nhello")
    caller = watchdog.connect()
    for _ in range(2):
        answer = caller.request("GET", "/")
        assert (answer.text, answer["Connection"], answer["X-Hop"], answer["Keep-Alive"], answer["Upgrade"], answer["X-Stays"]) == ("hello", None, None, None, None, "1")


@pytest.mark.parametrize("block, status, location", [
    ("Location: https://example.com/a?b\\n\\n", 302, "https://example.com/a?b"), ("Location: /elsewhere\\n\\n", 302, "/elsewhere"),
    ("Status: 307\\nLocation: /elsewhere\\n\\n", 307, "/elsewhere"), ("Status: 201\\nLocation: /new\\nContent-Type: text/plain\\n\\nmade", 201, "/new")])
def test_location(printing, block, status, location):
    """A Location without a Status is a 302; the caller follows it, whatever it names."""
    answer = printing(block).post("/", b"x")
    assert (answer.status, answer["Location"]) == (status, location)


@pytest.mark.parametrize("status", [204, 304])
def test_answers_without_body(printing, status):
    """204 and 304 have none, whatever follows the block, and the connection goes on."""
    caller = printing("Status: %d\\nETag: \"x\"\\n\\nignored" % status).connect()
    for _ in range(2):
        answer = caller.request("GET", "/")
        assert (answer.status, answer["ETag"], answer.body, answer["Content-Type"]) == (status, '"x"', b"", None)


def test_head(printing):
    """HEAD gets the fields and no body; a length that is given is passed on."""
    caller = printing("Status: 200\\nContent-Type: a/b\\nContent-Length: 5\\n\\n", '[ "$Http_Method" = HEAD ] || printf hello', allow_all_methods="true").connect()
    head, got = caller.request("HEAD", "/"), caller.request("GET", "/")
    assert (head.status, head["Content-Type"], head["Content-Length"], head.body) == (200, "a/b", "5", b"")
    assert (got.text, got["Content-Length"], got.framing) == ("hello", "5", "length")


@pytest.mark.parametrize("length", ["3", "50"])
def test_length_that_is_not_true(printing, length, server):
    """A Content-Length that the body does not have shows: 500 where the output is held, else an answer that is cut off."""
    watchdog = printing("Status: 200\\nContent-Length: %s\\n\\nhello" % length)
    assert_fails(watchdog, server.row.holds, "the header block says Content-Length %s, and 5 bytes follow it" % length)
    watchdog.await_log("Content-Length (of )?" + length)


def test_block_in_pieces(printing):
    """The block may come in as many pieces as it likes."""
    answer = printing("Sta", "sleep 0.01; printf 'tus: 40'; sleep 0.01; printf '4\\r'; sleep 0.01; printf '\\nX-A: 1\\n\\r'; sleep 0.01; printf '\\nhel'; printf lo").get("/")
    assert (answer.status, answer["X-A"], answer.text) == (404, "1", "hello")


def test_large_block_and_body(server, house):
    """A block of 60 KB and a body of 5 MB; a block above 64 KiB is none."""
    function = house.python("""size = int(os.environ["Http_Query"])
sys.stdout.buffer.write(b"Status: 200\\nX-Large: " + b"x" * size + b"\\n\\n" + bytes(5000000))""")
    watchdog = server(function, cgi_response="true")
    answer = watchdog.get("/?60000")
    assert (len(answer["X-Large"]), len(answer.body)) == (60000, 5000000)
    answer = watchdog.get("/?70000")
    assert (answer["X-Large"], len(answer.body)) == (None, 5070023)
    watchdog.await_log(WARNING + "no end within 65536 bytes")


def test_type_of_a_body_without_one(printing, server):
    """content_type is for a body whose block names no type."""
    watchdog = printing("Status: 200\\n\\nhello", content_type="text/x-ours")
    assert watchdog.get("/")["Content-Type"] == "text/x-ours"


def test_failure(printing, server):
    """A function that fails is a 500, whatever its block said, or is cut off where the answer has begun."""
    watchdog = printing("Status: 200\\n\\nhello", "exit 3")
    assert_fails(watchdog, server.row.holds, "exit status 3")


def test_failure_that_was_told(printing):
    """A function that answers 4xx or 5xx and then exits with an error has told of it: its answer is whole, the status is logged."""
    watchdog = printing("Status: 422\\nContent-Type: text/plain\\n\\nwhy", "exit 3")
    answer = watchdog.get("/")
    assert (answer.status, answer.text, answer["Content-Type"]) == (422, "why", "text/plain")
    watchdog.await_log("^exit status 3$")


def test_killed_function(printing, server):
    """One that is killed has not told: the answer fails visibly."""
    watchdog = printing("Status: 500\\n\\nhalf", "kill -9 $$")
    assert_fails(watchdog, server.row.holds, "signal: killed")


def test_stderr_is_no_part_of_it(printing):
    """stderr goes to the log, in classic too, where it would break the block."""
    watchdog = printing("Status: 404\\n\\nhello", "echo noise >&2")
    answer = watchdog.get("/")
    assert (answer.status, answer.text) == (404, "hello")
    watchdog.await_log("stderr: noise$")


def test_counted_and_logged(printing, server):
    """Metrics and log have the function's status."""
    watchdog = printing("Status: 404\\n\\nhello")
    watchdog.get("/")
    until(lambda: watchdog.sample("http_requests_total", code="404", method="get") == 1, "it is counted")
    if server.program == "of":
        watchdog.await_log(r"^GET / - 404 - ContentLength: 5B \(")
    else:
        watchdog.await_log(r"^Wrote 5 Bytes - Duration: ")


def test_duration(printing, server):
    """X-Duration-Seconds is ours."""
    answer = printing("Status: 200\\nX-Duration-Seconds: 99\\n\\nhello").get("/")
    if server.row.holds:
        assert re.fullmatch(r"\d\d?\.\d{6}", answer["X-Duration-Seconds"])
    else:
        assert answer["X-Duration-Seconds"] is None


def test_head_goes_out_at_once(streaming, house):
    """streaming: status and fields arrive before the body does."""
    gate = house.gate()
    watchdog = streaming(house.sh("printf 'Status: 202\\nX-A: 1\\n\\n'; read -r x <\"$Http_Query\"; echo later"), cgi_response="true")
    caller = watchdog.connect()
    caller.send(compose("GET", "/?" + gate.path))
    caller.await_text(b"X-A: 1\r\n")
    gate.open()
    answer = caller.answer()
    assert (answer.status, answer.text) == (202, "later\n")


def test_output_that_is_no_block_is_not_held_back(streaming, house):
    """streaming: what cannot be a field goes out as it is written."""
    gate = house.gate()
    watchdog = streaming(house.sh("printf 'some words'; read -r x <\"$Http_Query\""), cgi_response="true")
    caller = watchdog.connect()
    caller.send(compose("GET", "/?" + gate.path))
    caller.await_text(b"some words")
    gate.open()
    assert caller.answer().text == "some words"


def test_time_limit_in_the_block(streaming, house):
    """streaming: a function whose block does not end in time gets a 504."""
    assert streaming(house.sh("printf 'Status: 200\\n'; sleep 60"), cgi_response="true", exec_timeout="300ms").get("/").status == 504
