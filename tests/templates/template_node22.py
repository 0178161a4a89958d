"""node22: what its handler is given, and every way in which a handler of the official template may answer."""
import json

import pytest

from laid_out import networked

pytestmark = pytest.mark.templates("node22")


def answered(watchdog, name, **options):
    answer = watchdog.get("/returns/" + name, **options)
    return answer.status, answer["Content-Type"], answer.text


@networked
def test_results(start, row):
    watchdog = start()
    assert answered(watchdog, "promise") == answered(watchdog, "plain") == (200, "text/html; charset=utf-8", "text")
    assert answered(watchdog, "nothing") == (200, None, "")
    for name, value in (("object", {"a": [1]}), ("list", [1, "2"]), ("number", 42), ("callback", {"by": "callback"})):
        answer = watchdog.get("/returns/" + name)
        assert (answer.status, answer["Content-Type"], json.loads(answer.body)) == (200, "application/json; charset=utf-8", value)
    assert watchdog.get("/returns/bytes").body == b"\xff\x00"
    assert answered(watchdog, "context")[0::2] == (202, "later")
    assert answered(watchdog, "twice")[2] == "first"
    answer = watchdog.get("/returns/headers")
    assert (answer["Content-Type"], answer.all("Set-Cookie"), answer["X-Number"], answer.text) == ("text/css", ["a=1", "b=2"], "7", "p {}")
    answer = watchdog.get("/returns/noContent")
    assert (answer.status, answer["Content-Length"]) == (204, None)


@networked
def test_failures(start, row):
    """What a handler says by `fail` or by the callback is told to the caller; what it throws is not."""
    watchdog = start()
    assert answered(watchdog, "fail")[0::2] == (500, "told to the caller")
    assert answered(watchdog, "callbackError")[0::2] == (500, "Error: told to the caller")
    assert answered(watchdog, "failStatus")[0::2] == (422, '{"field":"name"}')
    for name in ("rejected", "thrown", "thrownText", "badStatus", "splitHeader", "cycle", "noSuchFunction"):
        answer = watchdog.get("/returns/" + name)
        assert (answer.status, json.loads(answer.body), answer["X-Other"]) == (500, {"error": "the function failed"}, None), name
    watchdog.await_log("no such luck", 3)


def body_seen(watchdog, content_type, body):
    answer = watchdog.post("/returns/body", body, {"Content-Type": content_type} if content_type else ())
    return json.loads(answer.body) if answer.status == 200 else answer.status


@networked
def test_bodies(start, row):
    """Parsed as the type says."""
    watchdog = start()
    assert body_seen(watchdog, None, b"text")["value"] == body_seen(watchdog, "text/csv; charset=utf-8", b"text")["value"] == "text"
    assert body_seen(watchdog, "application/json", b'{"a":1}')["value"] == body_seen(watchdog, "application/problem+json", b'{"a":1}')["value"] == {"a": 1}
    assert body_seen(watchdog, "application/json", b"")["value"] == body_seen(watchdog, None, b"")["value"] == {}
    assert body_seen(watchdog, "application/json", b"{") == 400
    assert body_seen(watchdog, "application/x-www-form-urlencoded", b"a=1&a=2&b=x+y")["value"] == {"a": ["1", "2"], "b": "x y"}
    assert body_seen(watchdog, "image/png", b"\xff")["type"] == "buffer"
    assert json.loads(watchdog.get("/returns/query?a=1&b=%20&b=").body) == {"a": "1", "b": [" ", ""]}


@networked
def test_limits_of_bodies(start, row):
    """MAX_RAW_SIZE and MAX_JSON_SIZE, as in the official template; without them there are none."""
    watchdog = start(MAX_JSON_SIZE="10b", MAX_RAW_SIZE="1kb")
    assert body_seen(watchdog, "application/json", b'{"a":"1234567"}') == 413
    assert body_seen(watchdog, "text/plain", b"x" * 1024)["type"] == "string"
    assert body_seen(watchdog, "text/plain", b"x" * 1025) == 413


@networked
def test_raw_bodies(start, row):
    """RAW_BODY=true: every body is a Buffer."""
    watchdog = start(RAW_BODY="true")
    assert (body_seen(watchdog, "application/json", b"{")["type"], body_seen(watchdog, None, b"")["type"]) == ("buffer", "buffer")
