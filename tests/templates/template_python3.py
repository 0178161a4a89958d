"""python3-http: what its handler is given, and everything that a handler of the official template may return."""
import json

import pytest

from caller import CutOff
from laid_out import networked

pytestmark = pytest.mark.templates("python3-http")
HTML, JSON, BINARY = "text/html; charset=utf-8", "application/json", "application/octet-stream"


def answered(watchdog, name, **options):
    answer = watchdog.get("/returns/" + name, **options)
    return answer.status, answer["Content-Type"], answer.text


@networked
def test_results(start, row):
    watchdog = start()
    assert answered(watchdog, "nothing")[0::2] == (200, "")
    assert answered(watchdog, "text") == (200, HTML, "gr\u00fc\u00dfe")
    assert watchdog.get("/returns/bytes_").body == watchdog.get("/returns/body_of_bytes").body == b"\xff\x00"
    assert watchdog.get("/returns/body_of_bytes")["Content-Type"] == BINARY
    answer = watchdog.get("/returns/body_of_dict")
    assert (answer.status, json.loads(answer.body), answer.all("X-Many"), answer["Content-Type"]) == (202, {"a": [1]}, ["1", "2"], JSON)
    assert answered(watchdog, "body_of_number") == (200, HTML, "42")
    answer = watchdog.get("/returns/no_body")
    assert (answer.status, answer["Content-Length"], answer.body) == (204, None, b"")
    answer = watchdog.get("/returns/pairs")
    assert (answer["Content-Type"], answer.all("Set-Cookie")) == ("text/css", ["a=1", "b=2"])
    assert json.loads(watchdog.get("/returns/plain_dict").body) == {"message": "hi"}
    assert answered(watchdog, "pair") == (404, HTML, "missing")
    answer = watchdog.get("/returns/triple")
    assert (answer.status, answer["X-Mine"], json.loads(answer.body)) == (409, "yes", {"error": "x"})
    assert answered(watchdog, "body_and_headers") == (200, "text/csv", "a,b")


@networked
def test_pieces(start, row):
    """An iterator is sent piece by piece; one that fails is cut off."""
    watchdog = start()
    answer = watchdog.get("/returns/pieces")
    assert (answer.framing, answer.text) == ("chunked", "0\n1\n2\n")
    with pytest.raises(CutOff):
        watchdog.get("/returns/broken_pieces")
    watchdog.await_log("no such luck")
    assert watchdog.get("/returns/text").status == 200


@networked
def test_results_that_are_none(start, house, row):
    """They are errors of the handler."""
    house.traces_allowed = True
    watchdog = start()
    for name in ("number", "split_header", "no_status", "no_such_function"):
        answer = watchdog.get("/returns/" + name)
        assert (answer.status, json.loads(answer.body), answer["X-Other"]) == (500, {"error": "the function failed"}, None)
    watchdog.await_log("Traceback", 4)


@networked
def test_event(start, row):
    """As Flask's own mappings have it."""
    seen = json.loads(start().get("/returns/event_parts?a=1&a=2&c=x", [("X-Twice", "1"), ("x-twice", "2")]).body)
    assert seen == {
        "first": "1", "all": ["1", "2"], "number": 1, "none": "no", "bad": 7, "flat": {"a": "1", "c": "x"}, "deep": {"a": ["1", "2"], "c": ["x"]},
        "is_bytes": True, "joined": "1, 2", "twice": ["1", "2"], "has": True, "lost": None, "pairs": "1, 2", "path": "/returns/event_parts"}


@networked
def test_with_flask(start, row):
    """Where the function's requirements install it."""
    pytest.importorskip("flask")
    watchdog = start()
    answer = watchdog.get("/returns/response")
    assert (answer.status, answer["X-Mine"], answer["Content-Type"], answer.text) == (418, "yes", "text/plain; charset=utf-8", "made by Flask")
    answer = watchdog.get("/returns/jsonified?a=1&a=2")
    assert (answer.status, json.loads(answer.body)) == (201, {"path": "/returns/jsonified", "args": ["1", "2"]})
    assert [cookie.split(";")[0] for cookie in answer.all("Set-Cookie")] == ["a=1", "b=2"]
    assert watchdog.get("/returns/streamed?a=x&c=y").text == "xy"
    for chunked in (False, True):
        assert watchdog.call("POST", "/returns/flasks_body", body=b"\xff", chunked=chunked).body == b"\xff/returns/flasks_body"
    assert watchdog.call("POST", "//[odd", body=b"body").body == b"body"
    answer = watchdog.get("/returns/redirected")
    assert (answer.status, answer["Location"]) == (302, "/elsewhere")
