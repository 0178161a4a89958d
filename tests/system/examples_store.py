"""The functions of examples/store, with the settings of their Dockerfiles and the programs of this machine."""
import glob
import hashlib
import http.server
import os
import re
import shlex
import struct
import subprocess
import threading

import pytest

from examplefiles import last_stage, read, settings_of
from functions import need
from nameserver import NameServer
from watchdog import ROOT

FONT = "/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf"
NAMES = sorted(os.path.basename(folder) for folder in glob.glob(os.path.join(ROOT, "examples", "store", "*")))


@pytest.fixture
def function(classic):
    """`function(name)`: that example, running; skips where its program is not installed."""
    def start(name):
        settings = settings_of(read("examples", "store", name, "Dockerfile"))
        words = shlex.split(settings["fprocess"])
        need(words[1] if words[0] == "xargs" else words[0])
        return classic(**settings)
    return start


def size_of_png(data):
    assert data[:8] == b"\x89PNG\r\n\x1a\n", data[:80]
    return struct.unpack("!II", data[16:24])


@pytest.mark.parametrize("name", NAMES)
def test_dockerfile(name):
    """Each takes the watchdog from an image that can be chosen, runs as nobody special, and says how it is checked."""
    dockerfile = read("examples", "store", name, "Dockerfile")
    assert "ARG WATCHDOG_IMAGE=fwatchdog:classic\nFROM $WATCHDOG_IMAGE AS watchdog\n" in dockerfile
    last = last_stage(dockerfile)
    for line in ("COPY --from=watchdog /fwatchdog /usr/bin/fwatchdog", 'HEALTHCHECK --interval=3s CMD ["/usr/bin/fwatchdog", "--run-healthcheck"]',
                 "EXPOSE 8080", "USER 1000:1000", 'CMD ["fwatchdog"]'):
        assert "\n%s\n" % line in last
    assert "| [`%s`](examples/store/%s/Dockerfile) | `%s` |" % (name, name, settings_of(dockerfile)["fprocess"]) in read("README.md")


def test_env(function):
    text = function("env").get("/a/b?c=d", {"X-Mine": "1"}).text
    assert {"Http_Method=GET", "Http_Path=/a/b", "Http_Query=c=d", "Http_X_Mine=1"} <= set(text.splitlines())


def test_sha512sum(function):
    body = os.urandom(3_000_000)
    assert function("sha512sum").post(body=body).text == hashlib.sha512(body).hexdigest() + "  -\n"


def test_figlet(function):
    answer = function("figlet").post(body=b"Hi!")
    assert (answer.status, answer.text) == (200, subprocess.run(["figlet"], input="Hi!", text=True, capture_output=True, check=True).stdout)
    assert "| | | (_) |" in answer.text


def test_nslookup(function):
    server = NameServer({"fn.example": "192.0.2.7"})
    try:
        watchdog = function("nslookup")
        answer = watchdog.post(body=b"-port=%d fn.example. 127.0.0.1" % server.port)
        assert answer.status == 200 and re.search(r"^Address: 192\.0\.2\.7$", answer.text, re.M), answer.text
        assert watchdog.post(body=b"-port=%d nobody.example. 127.0.0.1" % server.port).status == 500
    finally:
        server.close()


class Redirecting(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(302 if self.path == "/" else 200)
        self.send_header("Location", "/page")
        self.send_header("Content-Length", "4")
        self.end_headers()
        self.wfile.write(b"page")

    def log_message(self, *args):
        pass


def test_curl(function):
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Redirecting) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            answer = function("curl").post(body=b"http://127.0.0.1:%d/" % server.server_port)
        finally:
            server.shutdown()
    assert (answer.status, answer.text) == (200, "page")


def test_qrencode(function):
    watchdog = function("qrencode")
    answer = watchdog.post(body=b"https://fn.example/")
    assert (answer.status, answer["Content-Type"]) == (200, "image/png")
    assert answer.body == subprocess.run(["qrencode", "-o", "-", "https://fn.example/"], capture_output=True, check=True).stdout
    assert size_of_png(answer.body)[0] > 50


def picture(house, name, *drawing):
    """Made by ImageMagick; skips where that is not installed."""
    need("convert")
    subprocess.run(["convert", *drawing, house.path(name)], check=True, timeout=60)
    return house.read(name)


def test_tesseract(function, house):
    need("tesseract")
    if not os.path.exists(FONT):
        pytest.skip("fonts-dejavu-core is not installed")
    scan = picture(house, "scan.png", "-size", "600x120", "xc:white", "-fill", "black", "-font", FONT, "-pointsize", "48", "-annotate", "+20+75", "Hello from a picture")
    answer = function("tesseract").post(body=scan)
    assert (answer.status, answer.text.strip()) == (200, "Hello from a picture")


@pytest.mark.parametrize("form", ["png", "jpg"])
def test_convert(function, house, form):
    photo = picture(house, "photo." + form, "-size", "320x200", "gradient:red-blue")
    answer = function("convert").post(body=photo)
    assert answer.status == 200
    house.write("half", answer.body)
    seen = subprocess.run(["identify", house.path("half")], capture_output=True, text=True, check=True, timeout=60).stdout
    assert {"png": "PNG", "jpg": "JPEG"}[form] + " 160x100 " in seen


def test_convert_no_picture(function):
    need("convert")
    assert function("convert").post(body=b"no picture").status == 500


@pytest.mark.parametrize("flags", [[], ["-movflags", "+faststart"]], ids=["index at the end", "index first"])
def test_ffmpeg(function, house, flags):
    need("ffmpeg")
    subprocess.run(["ffmpeg", "-loglevel", "error", "-f", "lavfi", "-i", "testsrc=size=640x360:rate=10:duration=2", *flags, house.path("film.mp4")],
                   check=True, stdin=subprocess.DEVNULL, timeout=120)
    answer = function("ffmpeg").post(body=house.read("film.mp4"))
    assert (answer.status, answer["Content-Type"], size_of_png(answer.body)) == (200, "image/png", (320, 180))
