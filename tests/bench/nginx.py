"""nginx with one worker, as others would set it up for speed: what the modes that need no process are measured against."""
import os
import shutil
import socket

from servers import Server, bare_environment

CONNECTIONS = 8192

# One process that serves is one worker. Everything that nginx limits by default and the bench would run into is lifted.
MAIN = """
daemon off;
master_process off;
pid %(folder)s/pid;
error_log stderr;
events { worker_connections %(connections)d; }
http {
  access_log %(log)s;
  client_body_temp_path %(folder)s/body;
  proxy_temp_path %(folder)s/proxy;
  fastcgi_temp_path %(folder)s/fastcgi;
  scgi_temp_path %(folder)s/scgi;
  uwsgi_temp_path %(folder)s/uwsgi;
  client_body_buffer_size 128k;
  keepalive_requests 1000000000;
  keepalive_timeout 1h;
  sendfile on;
  tcp_nopush on;
%(rest)s
}
"""

FILES = """
  server {
    listen 127.0.0.1:%(port)d;
    root %(root)s;
  }
"""

PROXY = """
  upstream function {
    server 127.0.0.1:%(upstream)d;
    keepalive 1024;
    keepalive_requests 1000000000;
  }
  server {
    listen 127.0.0.1:%(port)d;
    location / {
      proxy_pass http://function;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_set_header Host $http_host;
    }
  }
"""

# `return` alone answers without having read the body, after which a proxy cannot keep the connection. A location that proxies has
# read it, so /read passes the request without its body on to the other one.
HELLO = """
  upstream self {
    server unix:%(folder)s/self.sock;
    keepalive 1024;
    keepalive_requests 1000000000;
  }
  server {
    listen 127.0.0.1:%(port)d;
    listen unix:%(folder)s/self.sock;
    location / { return 200 "hello\\n"; }
    location = /read {
      proxy_pass http://self/;
      proxy_http_version 1.1;
      proxy_pass_request_body off;
      proxy_set_header Connection "";
      proxy_set_header Content-Length "";
    }
  }
"""


def full_path():
    found = shutil.which("nginx", path=bare_environment()["PATH"] + ":/usr/local/sbin:/usr/sbin:/sbin")
    if not found:
        raise RuntimeError("nginx is not installed (scripts/setup --bench installs it)")
    return found


class Nginx(Server):
    """nginx with one of the configurations above and what it asks for; use as a context manager."""

    def __init__(self, configuration, log=True, **values):
        self.configuration, self.log, self.values = configuration, log, values

    def command(self):
        file = os.path.join(self.folder, "nginx.conf")
        values = {"folder": self.folder, "port": self.port, "connections": CONNECTIONS,
                  "log": os.path.join(self.folder, "access") if self.log else "off", **self.values}
        with open(file, "w", encoding="utf-8") as out:
            out.write(MAIN % {**values, "rest": self.configuration % values})
        return [full_path(), "-p", self.folder, "-e", "stderr", "-c", file]

    def healthy(self):
        self.still_runs()
        try:
            socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
            return True
        except OSError:
            return False
