"""java17: what its handler is given, what it may return, and what is a failure."""
import json

import pytest

from laid_out import networked

pytestmark = pytest.mark.templates("java17")


@networked
def test_results(start, row):
    watchdog = start()
    answer = watchdog.get("/returns/all?a=1&a=%32&c", {"X-Twice": "one"})
    assert (answer.status, answer["Content-Type"], answer.text) == (200, "text/plain", "all {returns=all} 2 [one]")
    assert (watchdog.get("/returns/null_body").status, watchdog.get("/returns/null_body").body) == (200, b"")
    assert watchdog.get("/returns/no_content").status == 204
    head = watchdog.call("HEAD", "/returns/all")
    assert (head.status, head["Content-Length"]) == (200, str(len("all {returns=all} null []")))


@networked
def test_failures(start, row):
    """Also what is no Exception: a stack that is too deep."""
    watchdog = start()
    for name in ("nothing", "split_header", "deep"):
        answer = watchdog.get("/returns/" + name)
        assert (answer.status, json.loads(answer.body), answer["X-Other"]) == (500, {"error": "the function failed"}, None), name
    assert watchdog.get("/returns/all").status == 200
