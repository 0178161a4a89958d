"""Short calls of a forking mode, and the bare loop that is their limit."""
from figures import Series
from servers import Watchdog, until

CONNECTIONS = 8
BODY = 5


def bare_calls(tools, count):
    return tools.spawn_loop("cat", parallel=CONNECTIONS, requests=count, bytes=BODY)


def calls(tools, program, settings, count):
    """Many short calls on a fresh watchdog, and what they leave behind."""
    with Watchdog(program, settings) as watchdog:
        found = {"idle": watchdog.memory("VmRSS")}
        before = watchdog.idle_descriptors()
        found.update(tools.load(watchdog.port, connections=CONNECTIONS, requests=count, body_bytes=BODY, answer_bytes=BODY))
        try:
            until(lambda: watchdog.processes() == [] and watchdog.descriptors() <= before, "everything is given back")
        except RuntimeError:
            pass  # the figures say so
        own, children = watchdog.cpu_seconds()
        found.update(cpu=own / count, all_cpu=(own + children + found["cpu_seconds"]) / count)
        found.update(after=watchdog.memory("VmRSS"), descriptors=watchdog.descriptors() - before,
                     processes=len(watchdog.processes()))
    return found


def bare_cpu(results, *keys):
    """Microseconds of processor time for each process of the bare loop."""
    return Series([sum(result[key] for key in keys) / result["requests"] * 1e6 for result in results])
