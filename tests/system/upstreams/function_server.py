#!/usr/bin/env python3
"""A function's own HTTP server for tests that need a process of their own: it starts late, says things, dies in many ways.

    function_server.py PORT [--delay SECONDS] [--on-term exit|ignore|finish]

/log?out=..&err=..  says so and answers      /exit?code=N, /signal?number=N  answers, then ends itself
/raw?stream=out&hex=..  writes these bytes   /hold?gate=PATH  answers when somebody writes to the named pipe
/env?name=..  a variable's value             anything else: 200 with the body that was sent
"""
import argparse
import http.server
import os
import signal
import sys
import threading
import time
import urllib.parse


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def body(self):
        if "chunked" in self.headers.get("Transfer-Encoding", ""):
            pieces = []
            while size := int(self.rfile.readline(), 16):
                pieces.append(self.rfile.read(size))
                self.rfile.readline()
            self.rfile.readline()
            return b"".join(pieces)
        return self.rfile.read(int(self.headers.get("Content-Length", "0")))

    def answer(self, body, status=200):
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
        self.wfile.flush()

    def do_GET(self):
        url = urllib.parse.urlsplit(self.path)
        query = {name: values[0] for name, values in urllib.parse.parse_qs(url.query).items()}
        body = self.body()
        if url.path == "/log":
            for name, stream in (("out", sys.stdout), ("err", sys.stderr)):
                if name in query:
                    print(query[name], file=stream, flush=True)
            self.answer(b"logged\n")
        elif url.path == "/raw":
            stream = {"out": sys.stdout, "err": sys.stderr}[query["stream"]].buffer
            stream.write(bytes.fromhex(query["hex"]) * int(query.get("times", "1")))
            stream.flush()
            self.answer(b"written\n")
        elif url.path == "/exit":
            self.answer(b"bye\n")
            os._exit(int(query["code"]))
        elif url.path == "/signal":
            self.answer(b"bye\n")
            os.kill(os.getpid(), int(query["number"]))
        elif url.path == "/hold":
            with open(query["gate"]) as gate:
                gate.readline()
            self.answer(b"held\n")
        elif url.path == "/env":
            self.answer(os.environ.get(query["name"], "(none)").encode())
        else:
            self.answer(body or b"hello\n")

    do_POST = do_PUT = do_GET

    def log_message(self, *_):
        pass


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 1024


def on_term(kind):
    def told(*_):
        print("told to end", flush=True)
        if kind == "exit":
            os._exit(0)
        if kind == "finish":
            threading.Timer(0.3, os._exit, (0,)).start()
    return told


parser = argparse.ArgumentParser()
parser.add_argument("port", type=int)
parser.add_argument("--delay", type=float, default=0)
parser.add_argument("--on-term", default="exit")
options = parser.parse_args()
signal.signal(signal.SIGTERM, on_term(options.on_term))
print("function starts", flush=True)
time.sleep(options.delay)
Server(("127.0.0.1", options.port), Handler).serve_forever()
