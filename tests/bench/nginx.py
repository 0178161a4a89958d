"""nginx with one worker, as others would set it up for speed: what the modes that need no process are measured against."""
import os

from servers import Server, full_path

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
  client_body_buffer_size 1m;
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
    autoindex on;
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

# A program per request, by way of fcgiwrap.
CGI = """
  server {
    listen 127.0.0.1:%(port)d;
    location / {
      fastcgi_pass unix:%(socket)s;
      fastcgi_param SCRIPT_FILENAME %(script)s;
      fastcgi_param SCRIPT_NAME $fastcgi_script_name;
      fastcgi_param QUERY_STRING $query_string;
      fastcgi_param REQUEST_METHOD $request_method;
      fastcgi_param CONTENT_TYPE $content_type;
      fastcgi_param CONTENT_LENGTH $content_length;
      fastcgi_param REQUEST_URI $request_uri;
      fastcgi_param SERVER_PROTOCOL $server_protocol;
      fastcgi_param GATEWAY_INTERFACE CGI/1.1;
      fastcgi_param SERVER_NAME $server_name;
      fastcgi_param SERVER_PORT $server_port;
      fastcgi_param REMOTE_ADDR $remote_addr;
    }
  }
"""


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
        return [full_path("nginx"), "-p", self.folder, "-e", "stderr", "-c", file]

    def healthy(self):
        return self.accepts()
