"""warm_processes, where an interpreter starts for each call."""
import pytest

from caller import until
from laid_out import networked

EVERY_BYTE = bytes(range(256))


@pytest.mark.templates("python3", "php8", "perl", "bash-streaming")
@networked
def test_warm_calls(start, house, row):
    """Each call gets a process of its own, which had loaded the handler before the call came; in the end none is left."""
    watchdog = start(warm_processes="2", cgi_headers="false", LOADED=house.path("loaded"), healthcheck_interval="100ms")

    def metric(name):
        return watchdog.sample("fwatchdog_warm_" + name)

    def loaded():
        return house.read("loaded").split() if house.exists("loaded") else []
    served = set()
    for number in range(4):
        until(lambda: len(loaded()) == 2 + number and metric("processes") == 2, "two wait that have loaded the handler")
        before = loaded()
        body = b"call %d " % number + EVERY_BYTE * number
        answer = watchdog.post("/any", body)
        assert answer.status == 200
        given, _, process = answer.body.rpartition(b" by ")
        assert given == body and process in before
        served.add(process)
    assert len(served) == 4
    assert (metric("hits_total"), metric("misses_total"), metric("replacements_total")) == (4, 0, 0)
    watchdog.term()
    assert watchdog.await_end() == 0
    until(lambda: not house.marked(), "none that waited is left")
