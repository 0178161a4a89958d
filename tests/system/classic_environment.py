"""The function's environment: what the request becomes in it."""
import os

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
