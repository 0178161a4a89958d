"""Real servers as functions: each entry tells how to start one in front of which the watchdog stands."""
import contextlib
import fcntl
import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
import tempfile

import pytest

from functions import need

HERE = os.path.dirname(os.path.abspath(__file__))
PYTHON = sys.executable


def need_module(name, package):
    if importlib.util.find_spec(name) is None:
        pytest.skip("%s is not installed" % package)


@contextlib.contextmanager
def made_once(name, sources):
    """A folder outside the source tree that outlives the tests, for what takes long to make; its maker holds a lock. Yields the
    folder and whether it is to be filled."""
    digest = hashlib.sha256()
    for source in sources:
        with open(source, "rb") as file:
            digest.update(file.read())
    folder = os.path.join(tempfile.gettempdir(), "fwatchdog-test-peers.%d" % os.getuid(), name + "-" + digest.hexdigest()[:16])
    os.makedirs(folder, mode=0o700, exist_ok=True)
    with open(folder + ".lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        done = folder + ".done"
        yield folder, not os.path.exists(done)
        with open(done, "w"):
            pass


def gunicorn(house, port):
    need_module("flask", "python3-flask")
    need_module("gunicorn", "gunicorn")
    return "%s -m gunicorn --chdir %s --bind 127.0.0.1:%d --worker-class gthread --threads 8 --backlog 1024 --worker-tmp-dir %s wsgi_app:app" % (
        PYTHON, HERE, port, house.folder)


def waitress(house, port):
    need_module("flask", "python3-flask")
    need_module("waitress", "python3-waitress")
    return "env PYTHONPATH=%s %s -m waitress --listen=127.0.0.1:%d --threads=8 wsgi_app:app" % (HERE, PYTHON, port)


def go(house, port):
    need("go")
    source = os.path.join(HERE, "server.go")
    with made_once("go", [source]) as (folder, wanted):
        program = os.path.join(folder, "server")
        if wanted:
            built = subprocess.run(["go", "build", "-o", program, source], cwd=folder, capture_output=True, text=True, timeout=600,
                                   env=dict(os.environ, GOFLAGS="", GO111MODULE="off", GOCACHE=os.path.join(folder, "cache"), CGO_ENABLED="0"))
            assert built.returncode == 0, built.stderr
            shutil.rmtree(os.path.join(folder, "cache"), ignore_errors=True)
    return "%s %d" % (program, port)


def express(house, port):
    need("node", "npm")
    source = os.path.join(HERE, "express")
    files = [os.path.join(source, name) for name in ("package.json", "package-lock.json", "server.js")]
    with made_once("express", files) as (folder, wanted):
        if wanted:
            for file in files:
                shutil.copy(file, folder)
            installed = subprocess.run(["npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts"], cwd=folder, capture_output=True, text=True, timeout=300)
            if installed.returncode != 0:
                pytest.skip("npm cannot install Express here: " + installed.stderr.strip().splitlines()[-1][:200])
    return "node %s %d" % (os.path.join(folder, "server.js"), port)


def http_server(house, port):
    os.makedirs(house.path("site"), exist_ok=True)
    return "%s -m http.server --bind 127.0.0.1 --directory %s %d" % (PYTHON, house.path("site"), port)


def nginx(house, port):
    need("nginx")
    os.makedirs(house.path("site"), exist_ok=True)
    house.write("nginx.conf", """
daemon off; master_process off; pid %(folder)s/nginx.pid; error_log stderr;
events { worker_connections 1024; }
http {
  access_log off; client_max_body_size 200m; sendfile on; types { text/html html; } default_type application/octet-stream;
  client_body_temp_path %(folder)s/body; proxy_temp_path %(folder)s/proxy; fastcgi_temp_path %(folder)s/fastcgi;
  uwsgi_temp_path %(folder)s/uwsgi; scgi_temp_path %(folder)s/scgi;
  server {
    listen 127.0.0.1:%(port)d backlog=1024; root %(folder)s/site;
    location /put/ { dav_methods PUT DELETE; create_full_put_path on; }
    location /seen { return 200 "$request_uri $host"; }
    location /fails { return 500; }
  }
}""" % {"folder": house.folder, "port": port})
    return "nginx -p %s -c %s" % (house.folder, house.path("nginx.conf"))


def websocket(house, port):
    need_module("websockets", "python3-websockets")
    return "%s %s %d" % (PYTHON, os.path.join(HERE, "websocket_server.py"), port)


PEERS = {"gunicorn": gunicorn, "waitress": waitress, "go": go, "express": express, "http_server": http_server, "nginx": nginx, "websocket": websocket}
