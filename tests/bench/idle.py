"""Connections that are kept and say nothing more: what each of them costs a server."""
import contextlib
import http.client

CONNECTIONS = 1000


def memory_with_idle_connections(server, path="/", count=CONNECTIONS):
    """VmRSS in bytes with `count` connections open, each of which has had an answer: one without any request is cheaper."""
    with contextlib.ExitStack() as open_ones:
        for _ in range(count):
            connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=20)
            open_ones.callback(connection.close)
            connection.request("GET", path)
            sock = connection.sock
            answer = connection.getresponse()
            answer.read()
            if answer.status != 200 or connection.sock is not sock:
                raise RuntimeError("a connection was not kept, or the answer was %d" % answer.status)
        return server.memory("VmRSS")
