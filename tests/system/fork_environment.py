"""The function's environment: what the request becomes in it."""
import os
import resource

import pytest


def asking(launcher):
    def ask(method="GET", target="/", fields=(), body=None, settings=None, **options):
        answer = launcher("env -0", **(settings or {})).call(method, target, fields, body, **options)
        assert answer.status == 200, answer
        return [tuple(entry.split("=", 1)) for entry in answer.text.split("\0") if entry]
    return ask


@pytest.fixture
def environment(server):
    """`environment(method, target, fields, ...)` calls `env -0` and returns its entries as pairs."""
    return asking(server)


@pytest.fixture
def classic_environment(classic):
    """The same for what of-watchdog leaves out (see of_environment.py)."""
    return asking(classic)


def http_names(entries):
    return sorted(name for name, _ in entries if name.lower().startswith("http_"))


@pytest.mark.parametrize("field, name", [
    ("x-forwarded-by", "Http_X_Forwarded_By"), ("X-FORWARDED-BY", "Http_X_Forwarded_By"), ("Accept", "Http_Accept"), ("x-a1-2b", "Http_X_A1_2b"),
    ("eTAG-x", "Http_Etag_X"), ("X--Y", "Http_X__Y"), ("a", "Http_A"), ("X.Dot", "Http_X.dot"), ("Content-Type", "Http_Content_Type"),
    ("X_Under_Score", "Http_X_under_score"), ("X-Trailing-", "Http_X_Trailing_")])
def test_header_names(environment, field, name):
    """Http_ and the canonical name, dashes as underscores."""
    assert (name, "the value") in environment(fields={field: "the value"})


@pytest.mark.parametrize("given, seen", [("", ""), ("  blanks inside  it  ", "blanks inside  it"), ("a=b;c=\"d\"", "a=b;c=\"d\""),
                                         ("\xe9\xff\x80", r"\xe9\xff\x80"), ("tab\tinside", "tab\tinside"), ("$HOME `id`", "$HOME `id`")])
def test_header_values(environment, given, seen):
    """The value as it came, blanks around it taken off; empty ones too, bytes above 127 unchanged."""
    assert dict(environment(fields={"X-Value": given}))["Http_X_Value"] == seen


def test_repeated_header(environment):
    """The first value alone, and the name once."""
    entries = environment(fields=[("X-Many", "one"), ("x-many", "two"), ("X-Many", "three")])
    assert [value for name, value in entries if name == "Http_X_Many"] == ["one"]


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE"])
def test_method(environment, method):
    """Http_Method."""
    assert dict(environment(method))["Http_Method"] == method


@pytest.mark.parametrize("target, path, query", [
    ("/", "/", None), ("/a/b%20c?q=serverless&page=1%2B", "/a/b c", "q=serverless&page=1%2B"), ("/a%2Fb?x=%zz", "/a/b", "x=%zz"), ("/?", "/", None),
    ("/caf%C3%A9", "/café", None), ("/a?b?c=/d", "/a", "b?c=/d"), ("//a//b", "//a//b", None), ("/a/./b/../c", "/a/./b/../c", None),
    ("/a;p=1+2", "/a;p=1+2", None), ("/%3Fno?yes", "/?no", "yes"), ("/a'\"$()`|&<>b", "/a'\"$()`|&<>b", None)])
def test_path_and_query(environment, target, path, query):
    """Http_Path is decoded, Http_Query raw and absent when empty; the target is not cleaned."""
    entries = dict(environment("GET", target))
    assert (entries["Http_Path"], entries.get("Http_Query")) == (path, query)


def test_host(classic_environment):
    """Http_Host, once."""
    entries = classic_environment(host="fn.example.com:8080")
    assert [value for name, value in entries if name == "Http_Host"] == ["fn.example.com:8080"]


def test_absolute_target(classic_environment):
    """A target in absolute form: its host, path and query are the call's."""
    entries = dict(classic_environment("GET", "http://other.example:81/abs/path?x=1", host="ignored"))
    assert (entries["Http_Host"], entries["Http_Path"], entries["Http_Query"]) == ("other.example:81", "/abs/path", "x=1")


@pytest.mark.parametrize("body, chunked, length", [(b"12345", False, "5"), (b"", False, "0"), (None, False, "0"), (b"12345", True, "-1")])
def test_content_length(classic_environment, body, chunked, length):
    """Both spellings; -1 when chunked. Http_Transfer_Encoding is there only then."""
    entries = classic_environment("POST", body=body, chunked=chunked)
    assert [value for name, value in entries if name in ("Http_ContentLength", "Http_Content_Length")] == [length, length]
    assert [value for name, value in entries if name == "Http_Transfer_Encoding"] == (["chunked"] if chunked else [])


@pytest.mark.parametrize("name", ["Proxy", "proxy", "PROXY", "pRoXy"])
def test_proxy_header_is_not_passed(environment, name):
    """A Proxy header would become the proxy of the function's HTTP library (CVE-2016-1000110)."""
    entries = environment(fields={name: "http://evil.example:1", "Proxy-Authorization": "kept"})
    assert "Http_Proxy" not in dict(entries)
    assert not [name for name, _ in entries if name.lower() == "http_proxy"]
    assert dict(entries)["Http_Proxy_Authorization"] == "kept"


@pytest.mark.parametrize("field, name, ours", [
    ("Method", "Http_Method", "POST"), ("Path", "Http_Path", "/p"), ("Query", "Http_Query", "q=1"), ("Content-Length", "Http_Content_Length", "2")])
def test_our_names_win(environment, field, name, ours):
    """A header of a name that the watchdog sets does not replace it, and no name is there twice."""
    entries = environment("POST", "/p?q=1", {field: "forged"} if field != "Content-Length" else {}, b"ab")
    assert [value for key, value in entries if key == name] == [ours]
    names = [key for key, _ in entries]
    assert len(names) == len(set(names)), names


@pytest.mark.parametrize("name", ["Query", "query"])
def test_header_is_no_query(environment, name):
    """A header Query does not become Http_Query where the request has none."""
    assert "Http_Query" not in dict(environment("GET", "/p", {name: "forged=1"}))


def test_spellings_of_our_names(environment):
    """Headers that nearly have the name of one of our variables get names of their own, and ours keep their values."""
    entries = environment("POST", "/p?q=1", [("METHOD", "x"), ("mEthod", "x"), ("PATH", "x"), ("Contentlength", "x"), ("Content_Length", "x"), ("content_length", "x"), ("Transfer_Encoding", "x"),
                                             ("Http-Method", "x"), ("Http_Path", "x"), ("Host_", "x")], b"ab")
    ours = {"Http_Method": "POST", "Http_Path": "/p", "Http_Query": "q=1", "Http_Content_Length": "2"}
    assert {name: value for name, value in entries if name in ours} == ours
    names = [name for name, _ in entries]
    assert len(names) == len(set(names)), names
    assert {"Http_Contentlength", "Http_Content_length", "Http_Transfer_encoding", "Http_Http_Method", "Http_Http_path", "Http_Host_"} <= set(names)
    assert dict(entries).get("Http_ContentLength", "2") == "2" and dict(entries).get("Http_Host", "fn.example") == "fn.example"


def test_headers_reach_no_other_variable(environment):
    """Whatever a header is called: it is under Http_, and every variable that the watchdog was given is as before."""
    names = ["fprocess", "Fprocess", "function_process", "mode", "write_timeout", "Path", "PATH", "Home", "Ld-Preload", "LD_PRELOAD", "Ld-Library-Path", "Ifs", "Env", "Bash-Env", "Shellopts", "Pythonpath", "Node-Options",
             "Http-Proxy", "HTTPS_PROXY", "Tmpdir", "http_path", "BASH_FUNC_x%%", "_", "__proto__", "1"]
    before = [entry for entry in environment() if not entry[0].startswith("Http_") and entry[0] not in ("TMPDIR", "HOME", "PWD", "port", "metrics_port", "FWATCHDOG_TEST_MARK")]
    after = dict(environment(fields=[(name, "/forged") for name in names]))
    assert "/forged" not in [value for name, value in after.items() if not name.startswith("Http_")]
    assert [(name, after.get(name)) for name, _ in before] == before


@pytest.mark.parametrize("first, second, names", [("X-A", "X_A", {"Http_X_A": "one", "Http_X_a": "two"}), ("X-1", "X_1", {"Http_X_1": "one"}), ("X_1", "X-1", {"Http_X_1": "one"}), ("X--1", "X_-1", {"Http_X__1": "one"})])
def test_dashes_and_underscores(environment, first, second, names):
    """Two headers that make the same variable: the first one counts, and the name is there once."""
    entries = environment(fields=[(first, "one"), (second, "two")])
    assert [entry for entry in entries if entry[0].startswith("Http_X")] == list(names.items())


@pytest.mark.parametrize("line", ["X-A: one\ntwo", "X-A: one\r\n two", "X-A: one\rX-B: two", "X-A: one\0two", "X-A\0: one", "X-A=B: one", "X-A: \x0b"])
def test_values_have_no_line_ends(server, house, line):
    """What could be two variables, or half of one, is refused before any process is run."""
    answers = server(house.tattling()).exchange("GET / HTTP/1.1\r\nHost: x\r\n%s\r\n\r\n" % line)
    assert [answer.status for answer in answers] == [400]
    assert not house.exists("ran")


def test_path_with_a_nul(server, house):
    """No variable can hold it: 400, and no process that believes in a shorter path."""
    watchdog = server(house.tattling())
    for target in ("/a%00b", "/%00", "/a%00/../b?q"):
        assert watchdog.get(target).status == 400, target
    assert not house.exists("ran")
    assert watchdog.get("/a?%00").status == 200


def test_path_with_a_line_end(environment):
    """A decoded line end is a part of the one variable."""
    entries = environment("GET", "/a%0aHttp_Method=FORGED%0d%0ab")
    assert dict(entries)["Http_Path"] == "/a\nHttp_Method=FORGED\r\nb" and dict(entries)["Http_Method"] == "GET"


def test_watchdog_environment_is_kept(environment):
    """The function has the watchdog's variables as well; a header cannot replace them."""
    entries = environment(fields={"Http-Seen": "no"}, settings={"MY_SETTING": "a=b c", "EMPTY": ""})
    assert ("MY_SETTING", "a=b c") in entries and ("EMPTY", "") in entries
    assert dict(entries)["PATH"] == os.environ["PATH"]


def test_request_beats_inherited_variable(environment):
    """A variable of the watchdog with the name of one of the request's is replaced, not doubled."""
    entries = environment("GET", "/now", settings={"Http_Path": "/inherited"})
    assert [value for name, value in entries if name == "Http_Path"] == ["/now"]


def test_no_cgi_headers(classic_environment):
    """cgi_headers=false: nothing of the request."""
    entries = classic_environment("POST", "/p?q=1", {"X-One": "1"}, b"x", settings={"cgi_headers": "false", "KEPT": "yes"})
    assert http_names(entries) == []
    assert dict(entries)["KEPT"] == "yes"


def test_nothing_else_is_added(classic_environment):
    """Exactly the documented names."""
    entries = classic_environment("POST", "/p?q=1", {"Accept": "*/*"}, b"x")
    assert http_names(entries) == sorted(["Http_Accept", "Http_ContentLength", "Http_Content_Length", "Http_Host", "Http_Method", "Http_Path", "Http_Query"])


def test_header_too_large_for_a_variable(server, house):
    """128 KiB is the kernel's limit for one variable: 431, no process, and the next call works."""
    server = server(house.tattling())
    assert server.get("/", {"X-Large": "v" * 140000}).status == 431
    assert not house.exists("ran")
    assert server.post("/", b"next").text == "next"


@pytest.mark.parametrize("target", ["/" + "p" * 140000, "/?" + "q" * 140000, "/" + "%41" * 140000])
def test_target_too_large_for_a_variable(server, house, target):
    """The same for the path, which counts decoded, and for the query."""
    watchdog = server(house.tattling())
    assert watchdog.get(target).status == 431
    assert not house.exists("ran")
    assert watchdog.get("/" + "%41" * 120000).status == 200


def test_headers_too_many_for_an_environment(server):
    """Each of them small, together more than the kernel takes: 431, and the next call works."""
    eight_mebibytes = lambda: resource.setrlimit(resource.RLIMIT_STACK, (8 << 20, resource.getrlimit(resource.RLIMIT_STACK)[1]))  # noqa: E731, the kernel takes a quarter
    watchdog = server("cat", preexec_fn=eight_mebibytes)
    answer = watchdog.get("/", [("a%x" % number, "") for number in range(104_000)])
    assert answer.status == 431 and "argument list too long" in answer.text
    assert watchdog.post("/", b"next").text == "next"


def test_large_header_without_cgi_headers(classic):
    """Where headers do not become variables a large one is no problem."""
    assert classic(cgi_headers="false").post("/", b"x", {"X-Large": "v" * 140000}).text == "x"


def test_header_just_small_enough(environment):
    """A header of 128,000 bytes arrives whole."""
    assert dict(environment(fields={"X-Large": "v" * 128000}))["Http_X_Large"] == "v" * 128000


def test_many_headers(environment):
    """Five hundred headers arrive."""
    entries = dict(environment(fields={"X-N%d" % i: str(i) for i in range(500)}))
    assert all(entries["Http_X_N%d" % i] == str(i) for i in range(500))


def test_long_query(environment):
    """A query of 60 KB arrives whole."""
    assert dict(environment("GET", "/p?" + "q" * 60000))["Http_Query"] == "q" * 60000
