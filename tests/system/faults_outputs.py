"""The watchdog's own stdout and stderr are closed, or on a disk that is full: serving goes on, and so does the end."""
import os

import pytest

from caller import compose
from upstreams.played import echo, proxy, upstream  # noqa: F401, fixtures


def close_outputs():
    os.close(1)
    os.close(2)


def fill_outputs():
    full = os.open("/dev/full", os.O_WRONLY)
    os.dup2(full, 1)
    os.dup2(full, 2)


FAULTS = [pytest.param(close_outputs, id="closed"), pytest.param(fill_outputs, id="full")]


def serves_and_ends(watchdog):
    caller = watchdog.connect()
    for number in range(20):
        caller.send(compose("POST", "/%d" % number, body=b"x" * 5000))
        assert caller.answer().body == b"x" * 5000
    assert watchdog.health() == 200
    watchdog.term()
    assert watchdog.await_end() == 0


@pytest.mark.parametrize("fault", FAULTS)
def test_function(server, house, fault):
    """Whatever the function says on stderr is lost, and nothing else."""
    watchdog = server(house.sh("seq 1 500 >&2; exec cat"), combine_output="false", write_debug="true", healthcheck_interval="50ms", preexec_fn=fault, stderr=-3)
    serves_and_ends(watchdog)


@pytest.mark.parametrize("fault", FAULTS)
def test_server(proxy, upstream, house, fault):  # noqa: F811
    """The process of the http mode can write on."""
    upstream.play(echo)
    watchdog = proxy(fprocess=house.sh("seq 1 5000; seq 1 5000 >&2; touch written; exec cat"), healthcheck_interval="50ms", preexec_fn=fault, stderr=-3)
    house.await_file("written")
    serves_and_ends(watchdog)
