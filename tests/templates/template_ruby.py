"""ruby-http: every way in which a handler of the official template may answer, and some in which it may not."""
import json

import pytest

from laid_out import networked

pytestmark = pytest.mark.templates("ruby-http")


@networked
def test_results(start, row):
    watchdog = start()
    for name, expected in (("text", (200, "text/html;charset=utf-8", "text")), ("nothing", (200, "text/html;charset=utf-8", "")),
                           ("pieces", (200, "text/csv", "abc")), ("status_text", (410, "text/html;charset=utf-8", "gone"))):
        answer = watchdog.get("/returns/" + name)
        assert (answer.status, answer["Content-Type"], answer.text) == expected, name
    answer = watchdog.get("/returns/cookies")
    assert (answer.status, answer.all("Set-Cookie"), answer["X-Number"]) == (202, ["a=1", "b=2"], "7")
    assert watchdog.get("/returns/no_content").status == 204
    assert watchdog.get("/returns/split_header")["X-Other"] is None


@networked
def test_failures(start, row):
    """Also what no `rescue` catches: `exit`, and a stack that is too deep."""
    watchdog = start()
    for name in ("hash", "hash_body", "number", "exit", "deep"):
        answer = watchdog.get("/returns/" + name)
        assert (answer.status, json.loads(answer.body)) == (500, {"error": "the function failed"}), name
    assert watchdog.get("/returns/text").text == "text"
