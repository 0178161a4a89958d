"""Some tests of other files again, with a given number of workers: what a caller sees does not depend on it.

With more than one, a connection that the test knows nothing of keeps the first worker from being the one that does it all.
"""
import pytest

import fork_limits
import fork_processes
import fork_shutdown
import http_shutdown
import http_streams
import http_tunnels
import metrics_families
import streaming_callers
import streaming_timeouts
from fork_limits import full  # noqa: F401, a fixture
from http_tunnels import tunnel  # noqa: F401, a fixture
from metrics_families import left  # noqa: F401, a fixture
from upstreams.played import proxy, upstream  # noqa: F401, fixtures

CHOSEN = {
    fork_limits: ["over_the_limit", "caller_gone_frees_the_slot", "slots_over_many_calls"],
    fork_processes: ["three_descriptors", "descriptors_of_calls_at_the_same_time"],
    fork_shutdown: ["call_in_flight_is_finished", "drain_is_bounded", "second_signal_skips_the_wait", "signals_up_to_the_very_end"],
    http_shutdown: ["the_drain_closes_connections_politely"],
    http_streams: ["events_one_by_one", "silence_ends_a_stream", "many_streams_at_once"],
    http_tunnels: ["both_ways", "much_at_once", "counted_and_limited", "drain", "many_tunnels"],
    metrics_families: ["counts", "refused_calls_are_counted", "in_flight_after_a_caller_left"],
    streaming_callers: ["gone_before_output", "gone_after_output"],
    streaming_timeouts: ["exec_timeout_before_output", "exec_timeout_ends_grandchildren", "write_timeout_after_output"],
}


@pytest.fixture(params=[1, 2, 4], autouse=True)
def workers(house, request):
    house.workers = request.param


for module, names in CHOSEN.items():
    for name in names:
        globals()["test_%s_%s" % (module.__name__, name)] = getattr(module, "test_" + name)
