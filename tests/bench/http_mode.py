"""of-watchdog's http mode beside nginx as a proxy: both in front of the same upstream."""
import nginx
from figures import Figure, Series
from rounds import TURNS, Run, ServerRun, interleave
from servers import Server, Watchdog

MIB = 1024 * 1024
ANSWER = len("hello\n")
MANY = 1000  # connections
LIMIT = "byte proxy"
TWO = "of-watchdog with two workers"
POSTED = 64 * 1024
HELLO = {"method": "GET", "path": "/", "answer_bytes": ANSWER}
POST = {"method": "POST", "path": "/", "body_bytes": POSTED, "answer_bytes": ANSWER}

NOTES = [
    "The upstream (`hello.cpp`) reads a request with its body and answers `hello`; it keeps its connections. Load generator, upstream and "
    "proxy share the processors: what all but the proxy cost is in the ratios, so both are as lean as they can be.",
    "nginx as a proxy: one worker, access log (`combined`) on, upstream connections kept, bodies up to 1 MiB held in memory instead of "
    "in a file. Every watchdog logs each request too.",
    "byte proxy: libuv alone, passes bytes on and looks at none of them (`byte_proxy.cpp`): the limit of every proxy on libuv.",
    "Added latency: p50 through the proxy less p50 directly to the upstream in the same round, one connection; its bar is nginx's of the "
    "same run.",
    TURNS,
    "Processor times say what the clock cannot where other programs run too.",
    "Memory with 1,000 connections is VmHWM, the most at any moment, while all of them send requests.",
]


class ByteProxy(Server):
    """The limit of every proxy on libuv."""

    def __init__(self, tools, upstream):
        self.tools, self.upstream = tools, upstream

    def command(self):
        return [self.tools.path("byte_proxy"), "--port", str(self.port), "--upstream", str(self.upstream)]

    def healthy(self):
        return self.accepts()


class Hello(Server):
    """The function behind all proxies."""

    def __init__(self, tools):
        self.tools = tools

    def command(self):
        return [self.tools.path("hello"), "--port", str(self.port)]

    def healthy(self):
        return self.accepts()


def settings(upstream):
    """The upstream is there already; the function only has to live."""
    return {"mode": "http", "fprocess": "sleep 100000", "upstream_url": "http://127.0.0.1:%d" % upstream}


class Requests(Run):
    """Requests to a server that is there already. Errors are counted here, for they are a figure."""

    def __init__(self, tools, server, load, requests):
        super().__init__()
        self.tools, self.server, self.load, self.requests = tools, server, load, requests

    def measure(self):
        return self.tools.run("load", dict(self.load, requests=self.requests, port=self.server.port))


class Proxied(ServerRun, Requests):
    """Through a proxy of the round, and what it cost."""

    def __init__(self, tools, server, load, requests):
        Requests.__init__(self, tools, server, load, requests)

    def result(self):
        found = super().result()
        found.update(cpu=self.server.cpu_seconds()[0] / found["requests"], peak=self.server.memory("VmHWM"))
        return found


def column(results, name, key):
    return Series([result[key] for result in results[name]])


class Contest:
    """All runs, ours and the peers' in one go. `requests` of a run are those of a slice."""

    def __init__(self, bench, upstream):
        self.bench, self.tools, self.upstream = bench, bench.tools, upstream
        self.programs = {"of-watchdog": bench.programs["of"]}
        if bench.peers.get("of"):
            self.programs["peer"] = bench.peers["of"]

    def proxies(self, requests, several=False, **load):
        """{name: a run on a fresh server}, nginx first. `several`: one with two workers, and the limit, too."""
        port = self.upstream.port
        makers = {"nginx": lambda: nginx.Nginx(nginx.PROXY, upstream=port)}
        for name, program in self.programs.items():
            makers[name] = lambda program=program: Watchdog(program, settings(port))
        if several:
            makers[TWO] = lambda: Watchdog(self.programs["of-watchdog"], {**settings(port), "workers": "2"})
            makers[LIMIT] = lambda: ByteProxy(self.tools, port)
        return {name: (lambda make=make: Proxied(self.tools, make(), load, requests)) for name, make in makers.items()}

    def run(self):
        rounds, count = self.bench.rounds, self.bench.requests
        direct = {"upstream": lambda: Requests(self.tools, self.upstream, {**HELLO, "connections": 1}, count)}
        # Enough in a slice that what its first requests cost, on connections just made, is below what p99 sees.
        self.hello = interleave(self.proxies(count * 6, several=True, connections=32, **HELLO), rounds, 5, "32 connections")
        self.single = interleave({**direct, **self.proxies(count, connections=1, **HELLO)}, rounds, 5, "1 connection")
        self.many = interleave(self.proxies(count * 5, connections=MANY, **HELLO), rounds, 3, "1,000 connections")
        self.post = interleave(self.proxies(count * 2, connections=16, **POST), rounds, 4, "64 KiB")

    def added(self, name):
        pairs = zip(column(self.single, name, "p50_us").values, column(self.single, "upstream", "p50_us").values)
        return Series([through - direct for through, direct in pairs])

    def figures(self):
        yield Figure.of("upstream: p50 at 1 connection, nothing between", column(self.single, "upstream", "p50_us"), "us")
        for name in ("nginx", *self.programs):
            yield from self.figures_of(name)
        yield Figure.of("%s: hello, 32 connections" % LIMIT, column(self.hello, LIMIT, "rate"), "/s")
        yield Figure.of("%s: its processor time" % LIMIT, column(self.hello, LIMIT, "cpu").scaled(1e6), "us/request")
        for name in self.programs:
            yield Figure.ratio("%s: hello in parts of that limit" % name, column(self.hello, name, "rate"),
                               column(self.hello, LIMIT, "rate"), **({"at_least": .8} if name == "of-watchdog" else {}))
        yield from self.speed("%s: hello, 32 connections", self.hello, TWO, {})
        yield Figure.of("%s: p99" % TWO, column(self.hello, TWO, "p99_us"), "us")

    def figures_of(self, name):
        def bar(**bars):
            """Only ours has bars to reach."""
            return bars if name == "of-watchdog" else {}

        yield from self.speed("%s: hello, 32 connections", self.hello, name, bar(at_least=1.2))
        yield Figure.of("%s: p50" % name, column(self.hello, name, "p50_us"), "us")
        yield Figure.of("%s: p99" % name, column(self.hello, name, "p99_us"), "us",
                        **bar(at_most=column(self.hello, "nginx", "p99_us").median))
        yield Figure.of("%s: p50 added at 1 connection" % name, self.added(name), "us", **bar(at_most=self.added("nginx").median))
        yield Figure.of("%s: 1,000 connections" % name, column(self.many, name, "rate"), "/s")
        errors = sum(column(self.all_runs(), name, "errors").values)
        yield Figure.of("%s: errors in all runs, those with 1,000 connections too" % name, Series([errors]), **bar(at_most=0))
        yield Figure.of("%s: 1,000 connections, memory" % name, column(self.many, name, "peak").scaled(1 / MIB), "MiB", **bar(at_most=12))
        yield from self.speed("%s: POST of 64 KiB, 16 connections", self.post, name, bar(at_least=1.0))

    def all_runs(self):
        return {name: [run for runs in (self.hello, self.single, self.many, self.post) for run in runs.get(name, [])] for name in self.hello}

    @staticmethod
    def speed(title, found, name, bars):
        yield Figure.of(title % name, column(found, name, "rate"), "/s")
        if name != "nginx":
            yield Figure.ratio("%s: the same, in parts of nginx" % name, column(found, name, "rate"),
                               column(found, "nginx", "rate"), **bars)
        yield Figure.of("%s: its processor time" % name, column(found, name, "cpu").scaled(1e6), "us/request")


def run(bench):
    with Hello(bench.tools) as upstream:
        contest = Contest(bench, upstream)
        contest.run()
        return list(contest.figures()), NOTES
