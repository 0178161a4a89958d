"""How speed, latency and processor time change as the work grows: connections, bytes of the body, header fields, files in a folder."""
import contextlib
import dataclasses
import os
import tempfile

import cgi_servers
import http_mode
import nginx
import plots
from figures import Figure, Series
from rounds import alternate
from servers import Watchdog

CONNECTIONS = (1, 8, 32, 256, 1000)
BODIES = {"0": 0, "1 KiB": 1024, "64 KiB": 64 * 1024, "1 MiB": 1024 * 1024}
FIELDS = (5, 20, 80)
FILES = (10, 1000, 10_000)
FILE_BYTES = 1024
REQUESTS_A_SECOND = 10_000  # what `bench.requests` is turned into the time of a run with

NOTES = [
    "http: `hello` from the upstream of the suite http, through of-watchdog and through nginx. Bodies are posted to a path that reads them. "
    "16 connections where these are not the axis.",
    "classic: `cat` by the classic watchdog; and a CGI script of /bin/sh that becomes `cat`, by the classic watchdog with "
    "`cgi_response=true` and by lighttpd. 8 connections where these are not the axis. fcgiwrap is not here: it hands the whole body over "
    "before it reads any output, so a program that answers while it reads, as `cat` does, is stuck with a body of 1 MiB.",
    "static: a file of 1 KiB in a folder of so many, and the list of that folder; 8 connections.",
    "Header fields are those of the request in all. Processor time is user and system time of the server and of all processes it starts; "
    "upstream and load generator are left out.",
    "Speed counts good answers only; what failed is in the figure of errors. Runs of the same point alternate, each lasts as long as "
    "10,000 (with --quick 1,000) requests would at 10,000 a second.",
]


@dataclasses.dataclass
class Axis:
    subject: str
    name: str
    label: str
    points: dict  # {what a reader calls the point: options of the load generator}


def http_axes():
    hello = dict(http_mode.HELLO)
    post = {"method": "POST", "path": "/", "connections": 16, "answer_bytes": http_mode.ANSWER}
    yield Axis("http", "connections", "connections", {str(n): {**hello, "connections": n} for n in CONNECTIONS})
    yield Axis("http", "body", "bytes of the request's body", {name: {**post, "body_bytes": size} for name, size in BODIES.items()})
    # The load generator's own is Host.
    yield Axis("http", "fields", "header fields of the request",
               {str(n): {**hello, "connections": 16, "extra_fields": n - 1} for n in FIELDS})


def classic_axes():
    def echo(size, **options):
        return {"path": "/" + cgi_servers.NAME, "connections": 8, "body_bytes": size, "answer_bytes": size, **options}

    yield Axis("classic", "connections", "connections", {str(n): echo(5, connections=n) for n in CONNECTIONS})
    yield Axis("classic", "body", "bytes of the body, there and back", {name: echo(size) for name, size in BODIES.items()})
    # The load generator's own are Host and Content-Length.
    yield Axis("classic", "fields", "header fields of the request", {str(n): echo(5, extra_fields=n - 2) for n in FIELDS})


def static_axes():
    def get(path, **options):
        return {"method": "GET", "path": path, "connections": 8, **options}

    yield Axis("static", "files", "files in the folder of the one that is served",
               {str(n): get("/%d/file%d" % (n, n // 2), answer_bytes=FILE_BYTES) for n in FILES})
    yield Axis("static", "listing", "files in the folder that is listed", {str(n): get("/%d/" % n) for n in FILES})


def write_files(root):
    os.chmod(root, 0o755)
    for count in FILES:
        folder = os.path.join(root, str(count))
        os.mkdir(folder)
        for number in range(count):
            with open(os.path.join(folder, "file%d" % number), "wb") as file:
                file.write(b"x" * FILE_BYTES)


def with_peer(bench, program, ours, settings):
    """{name: watchdog}, ours first, and another one where it is named."""
    found = {ours: Watchdog(bench.programs[program], settings)}
    if bench.peers.get(program):
        found["peer"] = Watchdog(bench.peers[program], settings)
    return found


def http_servers(bench, started):
    upstream = started.enter_context(http_mode.Hello(bench.tools))
    return {**with_peer(bench, "of", "of-watchdog", http_mode.settings(upstream.port)),
            "nginx": nginx.Nginx(nginx.PROXY, upstream=upstream.port)}


def classic_servers(bench, started):
    script = cgi_servers.write_script(started.enter_context(tempfile.TemporaryDirectory(prefix="fwatchdog-bench.")))
    return {**with_peer(bench, "classic", "watchdog", {"fprocess": "cat"}),
            cgi_servers.OURS: cgi_servers.watchdog(bench.programs["classic"], script),
            "lighttpd": cgi_servers.Lighttpd(script)}


def static_servers(bench, started):
    root = started.enter_context(tempfile.TemporaryDirectory(prefix="fwatchdog-bench."))
    write_files(root)
    return {**with_peer(bench, "of", "of-watchdog", {"mode": "static", "static_path": root}), "nginx": nginx.Nginx(nginx.FILES, root=root)}


# Each with who is compared with whom.
SUBJECTS = (
    (http_servers, http_axes, "of-watchdog", "nginx"),
    (classic_servers, classic_axes, cgi_servers.OURS, "lighttpd"),
    (static_servers, static_axes, "of-watchdog", "nginx"),
)


def measured(tools, server, milliseconds, options):
    before = server.all_cpu_seconds()
    found = tools.run("load", dict(options, milliseconds=milliseconds, port=server.port))
    good = found["requests"] - found["errors"]
    return {"rate": good / found["seconds"], "p50": found["p50_us"] / 1e3, "p99": found["p99_us"] / 1e3, "errors": found["errors"],
            "cpu": (server.all_cpu_seconds() - before) / max(good, 1) * 1e6}


def measure(bench, axis, servers):
    """{point: {contestant: [a run, ...]}}."""
    milliseconds = max(bench.requests * 1000 // REQUESTS_A_SECOND, 1)
    found = {}
    for point, options in axis.points.items():
        runs = {name: (lambda server=server, options=options: measured(bench.tools, server, milliseconds, options))
                for name, server in servers.items()}
        found[point] = alternate(runs, bench.rounds, "%s, %s: %s" % (axis.subject, axis.label, point))
    return found


def column(runs, key):
    return Series([run[key] for run in runs])


UNITS = {"rate": ("speed", "/s"), "p50": ("p50", "ms"), "p99": ("p99", "ms"), "cpu": ("processor time", "us/request")}


def figures_of(axis, found, ours, theirs):
    for point, by_name in found.items():
        title = "%s, %s %s" % (axis.subject, axis.name, point)
        for name, runs in by_name.items():
            for key, (what, unit) in UNITS.items():
                yield Figure.of("%s: %s: %s" % (title, name, what), column(runs, key), unit)
        if min(column(by_name[theirs], "rate").values) > 0:
            yield Figure.ratio("%s: %s in parts of %s" % (title, ours, theirs), column(by_name[ours], "rate"), column(by_name[theirs], "rate"))


def errors_of(subject, by_axis, names, others):
    """Errors of all runs together; `others` have no bar to reach."""
    for name in names:
        count = sum(run["errors"] for found in by_axis for by_name in found.values() for run in by_name[name])
        yield Figure.of("%s: %s: errors in all runs" % (subject, name), Series([count]), **({} if name in others else {"at_most": 0}))


def plot(axis, found):
    names = next(iter(found.values()))
    curves = {name: [(point, *(column(by_name[name], key).median for key in UNITS)) for point, by_name in found.items()] for name in names}
    return "axes-%s-%s.svg" % (axis.subject, axis.name), "%s: %s" % (axis.subject, axis.label), axis.label, curves


def run(bench):
    figures, drawn = [], []
    for make_servers, make_axes, ours, theirs in SUBJECTS:
        with contextlib.ExitStack() as started:
            servers = {name: started.enter_context(server) for name, server in make_servers(bench, started).items()}
            results = [(axis, measure(bench, axis, servers)) for axis in make_axes()]
        for axis, found in results:
            figures += figures_of(axis, found, ours, theirs)
            drawn.append(plot(axis, found))
        figures += errors_of(results[0][0].subject, [found for _, found in results], servers, ("peer", theirs))
    plots.draw(bench.results, drawn)
    return figures, NOTES
