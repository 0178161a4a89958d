"""What else starts a process for each request: nginx with fcgiwrap, and lighttpd. Both call the same CGI script as ours."""
import contextlib
import os
import tempfile

import nginx
from forks import CONNECTIONS, ServedCalls
from servers import Server, Watchdog, full_path

OURS = "watchdog, cgi_response"
NAME = "function.cgi"
SCRIPT = """#!/bin/sh
printf 'Content-Type: text/plain\\r\\n\\r\\n'
exec cat
"""

LIGHTTPD = """
server.modules = ("mod_accesslog", "mod_cgi")
server.document-root = "%(root)s"
server.bind = "127.0.0.1"
server.port = %(port)d
server.errorlog = "%(folder)s/error"
server.upload-dirs = ("%(folder)s")
accesslog.filename = "%(folder)s/access"
server.max-fds = 16384
server.max-connections = 8192
server.max-keep-alive-requests = 65535
server.max-keep-alive-idle = 3600
cgi.assign = (".cgi" => "")
"""


def write_script(folder):
    os.chmod(folder, 0o755)
    path = os.path.join(folder, NAME)
    with open(path, "w", encoding="utf-8") as file:
        file.write(SCRIPT)
    os.chmod(path, 0o755)
    return path


def watchdog(program, script):
    return Watchdog(program, {"fprocess": script, "cgi_response": "true"})


class FcgiWrap(Server):
    """fcgiwrap with some processes, each of which waits for the program that it has started."""

    def command(self):
        self.socket = os.path.join(self.folder, "fcgi.sock")
        return [full_path("fcgiwrap"), "-c", str(CONNECTIONS), "-s", "unix:" + self.socket]

    def healthy(self):
        self.still_runs()
        return os.path.exists(self.socket) and len(self.processes()) == CONNECTIONS


class NginxAndFcgiWrap:
    """Both of them; use as a context manager, like a Server."""

    def __init__(self, script):
        self.script = script

    def __enter__(self):
        with contextlib.ExitStack() as started:
            wrap = started.enter_context(FcgiWrap())
            front = started.enter_context(nginx.Nginx(nginx.CGI, socket=wrap.socket, script=self.script))
            self.port, self.started = front.port, started.pop_all()
        return self

    def __exit__(self, *_):
        self.started.close()


class Lighttpd(Server):
    """lighttpd with mod_cgi: it starts the program itself."""

    def __init__(self, script):
        self.script = script

    def command(self):
        file = os.path.join(self.folder, "lighttpd.conf")
        with open(file, "w", encoding="utf-8") as out:
            out.write(LIGHTTPD % {"root": os.path.dirname(self.script), "port": self.port, "folder": self.folder})
        return [full_path("lighttpd"), "-D", "-f", file]

    def healthy(self):
        return self.accepts()


class CgiCalls(ServedCalls):
    """Many short calls of the script, on a fresh server that `make` makes of the script's path."""

    def __init__(self, tools, make, count):
        super().__init__(tools, None, count, "/" + NAME)
        self.make = make

    def __enter__(self):
        with contextlib.ExitStack() as stack:
            folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="fwatchdog-bench."))
            self.server = stack.enter_context(self.make(write_script(folder)))
            self.open = stack.pop_all()
        return self

    def __exit__(self, *_):
        self.open.close()


def contestants(tools, program, count):
    """{name: a run on it}."""
    makers = {OURS: lambda script: watchdog(program, script), "nginx and fcgiwrap": NginxAndFcgiWrap, "lighttpd": Lighttpd}
    return {name: (lambda make=make: CgiCalls(tools, make, count)) for name, make in makers.items()}
