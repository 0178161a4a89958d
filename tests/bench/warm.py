"""A Python function of the classic watchdog with and without warm processes: calls one after the other, with pauses in between."""
import http.client
import os
import statistics
import tempfile
import time

from figures import Figure, Series
from rounds import alternate
from servers import Watchdog, free_port, full_path, until

CALLS = 12  # in each round
PAUSE = .2  # seconds: a stock that is taken from faster than it is filled measures the processors
STOCK = 4
FUNCTION = """import asyncio, decimal, email.message, http.client, json, logging.config, os, sqlite3, sys, urllib.request, xml.etree.ElementTree
sys.stdout.write(sys.stdin.read().upper())
sys.stdout.flush()
os._exit(0)
"""

NOTES = [
    "A script that imports what a service function imports (`asyncio`, `json`, `urllib.request`, `logging.config`, `sqlite3`, ...) and answers its input in capitals; one "
    "call at a time, %g s apart. The time is that from the request to the end of the answer, which waits for the end of the process." % PAUSE,
    "The function ends without the interpreter's own clean-up (`os._exit`), which is the same in both and would be most of the warm call.",
    "Runs alternate. A ratio is that of the medians; `rounds` shows the smallest and the largest of the single rounds.",
]


def processes_that_wait(port):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    connection.request("GET", "/metrics")
    lines = connection.getresponse().read().decode().splitlines()
    connection.close()
    return next((int(float(line.split()[1])) for line in lines if line.startswith("fwatchdog_warm_processes ")), 0)


def calls(watchdog, stock):
    """Seconds of each call."""
    times = []
    with watchdog:
        until(lambda: processes_that_wait(int(watchdog.settings["metrics_port"])) == stock, "the stock is full")
        connection = http.client.HTTPConnection("127.0.0.1", watchdog.port, timeout=20)
        for _ in range(CALLS):
            time.sleep(PAUSE)
            begun = time.perf_counter()
            connection.request("POST", "/", b"hello")
            answer = connection.getresponse().read()
            times.append(time.perf_counter() - begun)
            if answer != b"HELLO":
                raise RuntimeError("the function answered %r" % answer)
        connection.close()
    return statistics.median(times)


def run(bench):
    with tempfile.TemporaryDirectory(prefix="fwatchdog-bench.") as folder:
        script = os.path.join(folder, "function.py")
        with open(script, "w", encoding="utf-8") as file:
            file.write(FUNCTION)
        settings = {"fprocess": "%s %s" % (full_path("python3"), script), "cgi_headers": "false"}

        def contestant(stock):
            own = {**settings, "metrics_port": str(free_port()), **({"warm_processes": str(stock)} if stock else {})}
            return lambda: calls(Watchdog(bench.programs["classic"], own), stock)
        found = alternate({"cold": contestant(0), "warm": contestant(STOCK)}, bench.rounds, "python")
    cold, warm = (Series(found[name]) for name in ("cold", "warm"))
    return [Figure.of("python, p50 of a call, a process started for it", cold.scaled(1e3), "ms"),
            Figure.of("python, p50 of a call, warm_processes=%d" % STOCK, warm.scaled(1e3), "ms"),
            Figure.ratio("python, the warm one in parts of the cold one", warm, cold, at_most=.1)], NOTES
