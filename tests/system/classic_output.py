"""The answer's type and body, and the switches that change what goes in and out."""
import base64
import json

import pytest

TEXT, BINARY = "text/plain; charset=utf-8", "application/octet-stream"


def test_content_type_setting(classic):
    """content_type decides."""
    assert classic(content_type="application/json").post("/", b"{}", {"Content-Type": "text/csv"})["Content-Type"] == "application/json"


def test_content_type_with_a_line_break(classic):
    """As a YAML block may end: it ends no header block."""
    answer = classic(content_type="text/html\n").post("/", b"x")
    assert (answer["Content-Type"], answer.text) == ("text/html", "x")
    assert answer["X-Duration-Seconds"]


def test_content_type_of_the_request(classic):
    """Without content_type the request's own type is the answer's."""
    assert classic().post("/", b"a,b", {"Content-Type": "text/csv; header=present"})["Content-Type"] == "text/csv; header=present"


@pytest.mark.parametrize("output, kind", [
    (b"hello", TEXT), (b"\n", TEXT), ("größer".encode(), TEXT), (b"\xef\xbb\xbfwith mark", TEXT), (b"tab\tff\x0cesc\x1b[0m\r\n", TEXT), (b"\xff\xe9", TEXT),
    (b"x" * 5000, TEXT), (b"\x00", BINARY), (b"text\x01", BINARY), (b"a\x08b", BINARY), (b"a\x0bb", BINARY), (b"\x7fELF\x02\x01", BINARY),
    (b"a\x1ab", BINARY), (b"a\x1fb", BINARY), (bytes(range(256)), BINARY), (b"", None)])
def test_sniffed_type(classic, house, output, kind):
    """Without any type given the output's bytes decide between text and binary; no output has no type."""
    house.write("output", output)
    answer = classic("cat output").get("/")
    assert (answer["Content-Type"], answer.body) == (kind, output)


def test_one_content_type(classic):
    """The field is there once."""
    assert len(classic(content_type="a/b").post("/", b"x", {"Content-Type": "c/d"}).all("Content-Type")) == 1


def test_request_headers_are_not_reflected(classic):
    """Nothing of the request but its type comes back."""
    answer = classic().post("/", b"x", {"X-Mine": "1", "Set-Cookie": "a=b"})
    assert sorted(name.lower() for name, _ in answer.fields) == ["content-length", "content-type", "date", "x-duration-seconds"]


def test_stderr_is_in_the_answer(classic, house):
    """combine_output, the default: both outputs in the order in which they were written."""
    answer = classic(house.sh("echo 1; echo 2 >&2; echo 3; echo 4 >&2")).get("/")
    assert answer.text == "1\n2\n3\n4\n"


def test_stderr_apart(classic, house):
    """combine_output=false: stdout alone is the answer, stderr is logged line by line."""
    server = classic(house.sh("echo out; echo one >&2; echo two >&2; printf 'no end' >&2"), combine_output="false")
    assert server.get("/").text == "out\n"
    server.await_log("^stderr: no end$")
    assert [line for line in server.lines() if line.startswith("stderr")] == ["stderr: one", "stderr: two", "stderr: no end"]


def test_stderr_is_logged_while_the_function_runs(classic, house):
    """combine_output=false: a line is in the log before the function ends."""
    gate = house.gate()
    server = classic(house.sh("echo progress >&2; read -r x <gate; echo done"), combine_output="false")
    caller = server.connect()
    caller.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
    server.await_log("^stderr: progress$")
    gate.open()
    assert caller.answer().text == "done\n"


def test_much_stderr_apart(classic, house):
    """combine_output=false: a megabyte of log lines hinders nobody and none is cut or mixed."""
    server = classic(house.sh("seq 1 150000 >&2; echo done"), combine_output="false")
    assert server.get("/").text == "done\n"
    server.await_log("^stderr: 150000$")
    assert [line for line in server.lines() if line.startswith("stderr")] == ["stderr: %d" % i for i in range(1, 150001)]


def test_endless_line_on_stderr(classic, house):
    """combine_output=false: a line of a megabyte does not stop the logging of what follows."""
    server = classic(house.sh("head -c 1000000 /dev/zero | tr '\\0' L >&2; echo >&2; echo after >&2; echo done"), combine_output="false")
    assert server.get("/").text == "done\n"
    server.await_log("^stderr: after$")
    assert server.err().count("L") >= 1000000


def test_stderr_of_a_failure_apart(classic, house):
    """combine_output=false: a failure's answer has stdout alone."""
    server = classic(house.sh("echo out; echo err >&2; exit 1"), combine_output="false")
    assert server.get("/").text == "exit status 1\nout\n"
    server.await_log("^stderr: err$")


def test_binary_both_ways(classic):
    """All byte values survive."""
    data = bytes(range(256)) * 200
    assert classic().post("/", data).body == data


def test_marshal_request(classic):
    """marshal_request=true: stdin is JSON with all headers as lists and the body in base64; no Host."""
    answer = classic(marshal_request="true").post("/", b"\x00\xffdata", [("X-One", "a"), ("x-one", "b"), ("Accept", "*/*"), ("x-low", "1")])
    sent = json.loads(answer.text)
    assert sorted(sent) == ["body", "header"] and sorted(sent["body"]) == ["raw"]
    assert base64.b64decode(sent["body"]["raw"], validate=True) == b"\x00\xffdata"
    assert sent["header"] == {"X-One": ["a", "b"], "Accept": ["*/*"], "X-Low": ["1"], "Content-Length": ["6"]}


def test_marshal_request_begins_with_the_header(classic):
    """The text is compact, the header before the body."""
    text = classic(marshal_request="true").post("/", b"hi", {"A": "b"}).text
    assert text.startswith('{"header":{') and text.rstrip("\n").endswith('},"body":{"raw":"aGk="}}')


@pytest.mark.parametrize("body", [None, b""])
def test_marshal_request_without_body(classic, body):
    """An empty body is an empty text."""
    assert json.loads(classic(marshal_request="true").call("POST", "/", body=body).text)["body"] == {"raw": ""}


@pytest.mark.parametrize("value", ['a "quoted" \\ back', "<tag>&amp;", "tab\there", "gr\xc3\xb6\xc3\x9fer", "\xff\xfe\x80"])
def test_marshal_request_is_json_whatever_is_sent(classic, value):
    """Quotes, backslashes and bytes that are no UTF-8 still make valid JSON."""
    body = classic(marshal_request="true").post("/", b"x", {"X-Odd": value}).body
    found = json.loads(body.decode("utf-8"))["header"]["X-Odd"][0]
    sent = value.encode("latin-1").decode("utf-8", "replace")
    assert found == sent or "\ufffd" in sent


def test_marshal_request_large(classic):
    """A body of 5 MiB is wrapped whole, chunked too."""
    data = bytes(range(256)) * (5 << 12)
    server = classic(marshal_request="true")
    for chunked in (False, True):
        assert base64.b64decode(json.loads(server.post("/", data, chunked=chunked).text)["body"]["raw"]) == data


def test_write_debug(classic):
    """write_debug=true: the output on our stdout; query and path in the log; the last line without the bytes."""
    server = classic(write_debug="true")
    assert server.post("/some/path?q=1", b"to see\n").text == "to see\n"
    server.await_log(r"^Duration: \d+\.\d{6}s$")
    server.await_log(r"^Query\s+q=1$")
    server.await_log(r"^Path\s+/some/path$")
    assert "to see\n" in server.out()
    assert "Wrote" not in server.err()


def test_write_debug_shows_the_path_decoded(classic):
    """As the function gets it, and on one line whatever is in it; the query as it came."""
    server = classic(write_debug="true")
    server.post("/p%20q%0Ar?a=b%20c", b"x")
    server.await_log(r"^Path  /p q\\x0ar$")
    server.await_log(r"^Query  a=b%20c$")


def test_no_debug(classic):
    """Without the debug switches stdout stays empty and neither query nor path is logged."""
    server = classic()
    server.post("/secret?token=1", b"to see\n", {"X-Seen": "v"})
    server.await_log("^Wrote 7 Bytes")
    assert server.out() == ""
    assert "secret" not in server.err() and "token" not in server.err()


def test_debug_headers(classic):
    """debug_headers=true: the headers in and out, with all values, on our stdout."""
    server = classic(debug_headers="true", content_type="text/special")
    server.post("/", b"x", [("X-Seen", "v1"), ("x-seen", "v2"), ("Accept", "*/*")])
    server.await_log("^Wrote")
    lines = server.out().splitlines()
    assert "[in] X-Seen=[v1 v2]" in lines and "[in] Accept=[*/*]" in lines
    assert "[out] Content-Type=[text/special]" in lines
    assert [line for line in lines if line.startswith("[out] X-Duration-Seconds=[")]
