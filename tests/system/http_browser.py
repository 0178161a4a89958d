"""A page in a real browser, served through the watchdog: EventSource, WebSocket, streamed and many fetches."""
import base64
import hashlib
import json
import os
import shutil
import subprocess

import pytest

from caller import until
from upstreams.played import proxy, upstream  # noqa: F401, fixtures

HERE = os.path.dirname(os.path.abspath(__file__))
GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"


def frame(opcode, data):
    length = bytes([len(data)]) if len(data) < 126 else b"\x7e" + len(data).to_bytes(2, "big") if len(data) < 65536 else b"\x7f" + len(data).to_bytes(8, "big")
    return bytes([0x80 | opcode]) + length + data


def read_frame(peer):
    first, second = peer.take(2)
    size = second & 127
    if size > 125:
        size = int.from_bytes(peer.take(2 if size == 126 else 8), "big")
    mask = peer.take(4)
    data = peer.take(size)
    return first & 15, bool(first & 128), (int.from_bytes(data, "big") ^ int.from_bytes((mask * (size // 4 + 1))[:size], "big")).to_bytes(size, "big")


def serve_socket(request):
    """Echoes messages until the other side closes (RFC 6455)."""
    accept = base64.b64encode(hashlib.sha1((request["Sec-WebSocket-Key"] + GUID).encode()).digest()).decode()
    request.send("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: %s\r\nSec-WebSocket-Protocol: chat\r\n\r\n" % accept)
    message, kind = b"", 1
    while True:
        opcode, last, data = read_frame(request.peer)
        if opcode == 8:
            request.send(frame(8, data))
            return
        if opcode in (0, 1, 2):
            message, kind = message + data, opcode or kind
            if last:
                request.send(frame(kind, message))
                message = b""


class Page:
    """Plays the function: the page and what it asks for."""

    def __init__(self):
        self.report = None
        with open(os.path.join(HERE, "upstreams", "page.html"), "rb") as file:
            self.text = file.read()

    def __call__(self, request):
        path = request.target.rsplit("/", 1)[1]
        if path == "socket":
            serve_socket(request)
            return False
        if path == "events":
            request.send("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nCache-Control: no-store\r\n\r\n")
            for number in range(5):
                request.send("event: tick\ndata: %d\n\n" % number)
            request.peer.await_end()  # the page has to leave
            return False
        if path == "stream":
            request.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
            for _ in range(50):
                request.send(b"4000\r\n" + b"s" * 0x4000 + b"\r\n")
            request.send("0\r\n\r\n")
        elif path == "report":
            self.report = json.loads(request.body)
            request.reply()
        elif path == "echo":
            request.reply(body=request.body)
        elif path == "":
            request.reply(fields=[("Content-Type", "text/html; charset=utf-8")], body=self.text)
        else:
            request.reply(404, reason="Not Found")
        return True


def test_page_in_chromium(proxy, upstream, house):  # noqa: F811
    """All that the page tries works; the stream it leaves and the socket it closes are given up."""
    browser = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if not browser:
        pytest.skip("no Chromium is installed")
    watchdog = proxy(exec_timeout="5s")
    page = Page()
    upstream.play(page)
    with open(house.path("browser.log"), "wb") as log:
        process = subprocess.Popen([browser, "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run", "--disable-background-networking",
                                    "--no-proxy-server", "--user-data-dir=" + house.path("profile"), "--remote-debugging-port=0", "http://127.0.0.1:%d/page/" % watchdog.port],
                                   stdout=log, stderr=log, start_new_session=True)
    try:
        until(lambda: page.report or process.poll() is not None, "the page reports", 60)
    finally:
        try:
            os.killpg(process.pid, 9)
        except ProcessLookupError:
            pass
        process.wait()
    if page.report is None:
        pytest.skip("Chromium does not run here: " + house.read("browser.log").decode("utf-8", "replace")[-300:])
    assert page.report == {
        "events": ["0", "1", "2", "3", "4"],
        "socket": {"got": ["text \u20ac", 70000], "protocol": "chat", "code": 4000, "clean": True},
        "streamed": 50 * 0x4000,
        "many": ["call %d" % number for number in range(30)],
    }
    until(lambda: watchdog.sample("http_requests_in_flight") == 0, "nothing is in flight")
    assert watchdog.sample("http_requests_total", code="101", method="get") == 1
