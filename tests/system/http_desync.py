"""Real servers behind the watchdog, which parse as they like: never do they see another request where the watchdog saw one."""
import json
import os
import sys

import pytest

from caller import until
from functions import need
from protocol_malformed import LAST
from requesttable import TABLE, insertions
from requestvariants import StrictReading, variants

HERE = os.path.dirname(os.path.abspath(__file__))


def node(house, port, file):
    need("node")
    return "node %s %d %s" % (os.path.join(HERE, "upstreams", "seen_server.js"), port, file)


def python(house, port, file):
    return "%s %s %d %s" % (sys.executable, os.path.join(HERE, "upstreams", "seen_server.py"), port, file)


def nginx(house, port, file):
    """nginx reads a body only to pass it on, so that it has another server of its own behind it."""
    need("nginx")
    house.write("nginx.conf", """
daemon off; master_process off; pid %(folder)s/nginx.pid; error_log stderr;
events { worker_connections 1024; }
http {
  log_format seen escape=json '{"method":"$request_method","target":"$request_uri","body":"$request_body","status":$status}';
  client_body_buffer_size 1m; client_body_in_single_buffer on; keepalive_requests 100000;
  client_body_temp_path %(folder)s/body; proxy_temp_path %(folder)s/proxy; fastcgi_temp_path %(folder)s/fastcgi;
  uwsgi_temp_path %(folder)s/uwsgi; scgi_temp_path %(folder)s/scgi;
  server { listen 127.0.0.1:%(port)d backlog=1024; access_log %(file)s seen; location / { proxy_pass http://unix:%(folder)s/behind.sock; } }
  server { listen unix:%(folder)s/behind.sock; access_log off; return 200 seen; }
}""" % {"folder": house.folder, "port": port, "file": file})
    return "nginx -p %s -c %s" % (house.folder, house.path("nginx.conf"))


class Behind:
    """A watchdog in front of a server that logs what it sees."""

    def __init__(self, of, house, server):
        self.house, self.marks, self.taken = house, 0, 0
        port = house.free_port()
        self.watchdog = of("http", server(house, port, house.path("seen")), upstream_url="http://127.0.0.1:%d" % port)
        until(lambda: self.watchdog.get("/_/ready").status == 200, "the server listens")

    def logged(self):
        """What it has seen since the last call. A request of its own tells that the log is complete."""
        self.marks += 1
        target = "/mark/%d" % self.marks
        assert self.watchdog.get(target).status == 200

        def entries():
            lines = self.house.read("seen").decode("latin-1").splitlines() if self.house.exists("seen") else []
            found = [json.loads(line) for line in lines[self.taken:]]
            return found if any(entry["target"] == target for entry in found) else None
        found = until(entries, "the server logs " + target)
        self.taken += len(found)
        return ["%(method)s %(target)s %(body)s" % entry for entry in found if entry["status"] == 200 and entry["target"] != target]

    def compare(self, message, ends, wanted):
        """What is wrong with what the server saw of these bytes, in which `wanted` is to be seen."""
        caller = self.watchdog.connect()
        caller.send(message, forgiving=True)
        if ends:
            caller.finish()
        answers = caller.answers()
        caller.close()
        # Ours have no such field. What the server refuses itself it need not log.
        forwarded = [answer.status for answer in answers if answer["X-Duration-Seconds"]]
        seen = self.logged()
        if len(forwarded) != len(wanted):
            return "answers %r for %r" % (answers, wanted)
        accepted = [text for text, status in zip(wanted, forwarded) if status == 200]
        return None if seen == accepted else "it saw %r, not %r" % (seen, accepted)


@pytest.fixture(params=[nginx, node, python], ids=lambda server: server.__name__)
def behind(of, house, request):
    return Behind(of, house, request.param)


def test_table(behind):
    """Of each row of the table, and with NUL, CR and LF everywhere, the server sees the requests that the function is to see."""
    wrong = {}
    for name, row in [*TABLE.items(), *insertions()]:
        # The watchdog itself answers 400 to a body that is cut off, and the server must not take what it got for whole.
        found = behind.compare(row.message if row.ends else row.message + LAST, row.ends, [*row.seen, *(["GET /last "] if row.kept else [])])
        if found:
            wrong[name] = found
    assert not wrong, "\n".join("%s: %s" % item for item in wrong.items())


@pytest.mark.parametrize("seed", [1, 2])
def test_variants(behind, seed):
    """The same for requests put together by chance, read strictly."""
    wrong, refused = {}, 0
    for message in variants(300, seed):
        reading = StrictReading(message)
        refused += reading.refused
        found = behind.compare(message, reading.incomplete, reading.seen)
        if found:
            wrong[message] = found
    assert not wrong, "\n".join("%r: %s" % item for item in wrong.items())
    assert 100 < refused < 300
