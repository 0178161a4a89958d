"""The function's environment in of-watchdog's forking modes, where it differs from the classic program's (see fork_environment.py)."""
import pytest

from fork_environment import asking, http_names


@pytest.fixture
def environment(forking):
    """`environment(method, target, fields, ...)` calls `env -0` and returns its entries as pairs."""
    return asking(forking)


def test_names(environment):
    """Exactly the documented names: no Http_Host, no Http_ContentLength."""
    entries = environment("POST", "/p?q=1", {"Accept": "*/*"}, b"x")
    assert http_names(entries) == ["Http_Accept", "Http_Content_Length", "Http_Method", "Http_Path", "Http_Query"]


@pytest.mark.parametrize("body, chunked, length", [(b"12345", False, ["5"]), (b"", False, ["0"]), (None, False, []), (b"12345", True, [])])
def test_content_length(environment, body, chunked, length):
    """Only the request's own header makes Http_Content_Length; Http_Transfer_Encoding is there where it is chunked."""
    entries = environment("POST", body=body, chunked=chunked)
    assert [value for name, value in entries if name == "Http_Content_Length"] == length
    assert [value for name, value in entries if name == "Http_Transfer_Encoding"] == (["chunked"] if chunked else [])
    assert "Http_ContentLength" not in dict(entries)


@pytest.mark.parametrize("method", ["HEAD", "OPTIONS", "TRACE", "PURGE", "get", "X-ODD"])
def test_any_method(forking, house, method):
    """Every method reaches the function under its own name."""
    watchdog = forking(house.sh('printf %s "$Http_Method" >method.part && mv method.part method'))
    assert watchdog.call(method, "/").status == 200
    assert house.read("method") == method.encode()


def test_absolute_target(environment):
    """A target in absolute form: its path and query are the call's."""
    entries = dict(environment("GET", "http://other.example:81/abs/path?x=1", host="ignored"))
    assert (entries["Http_Path"], entries["Http_Query"]) == ("/abs/path", "x=1")
    assert "Http_Host" not in entries


@pytest.mark.parametrize("name", ["Proxy", "pRoXy"])
def test_proxy_header_is_not_passed(environment, name):
    """A Proxy header would become the proxy of the function's HTTP library (CVE-2016-1000110)."""
    entries = environment(fields={name: "http://evil.example:1", "Proxy-Authorization": "kept"})
    assert http_names(entries) == ["Http_Method", "Http_Path", "Http_Proxy_Authorization"]


@pytest.mark.parametrize("settings", [{"combine_output": "true"}, {"write_debug": "true"}, {"debug_headers": "true"}])
def test_classic_settings_mean_nothing(forking, house, settings):
    """The classic program's switches change nothing here."""
    watchdog = forking(house.sh('printf "$Http_Path "; cat; echo unseen >&2'), **settings)
    assert watchdog.post("/p", b"body").text == "/p body"
    watchdog.await_log("^stderr: unseen$")
    assert watchdog.out() == ""
