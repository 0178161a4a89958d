#!/usr/bin/env python3
"""seen_server.py PORT FILE: writes each request that it has read to its end to FILE, a line of JSON, before it answers."""
import http.server
import json
import sys


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def exactly(self, size):
        data = self.rfile.read(size)
        if len(data) < size:
            raise EOFError
        return data

    def body(self):
        if "chunked" not in self.headers.get("Transfer-Encoding", ""):
            return self.exactly(int(self.headers.get("Content-Length", "0")))
        pieces = []
        while size := int(self.rfile.readline().split(b";")[0] or b"x", 16):
            pieces.append(self.exactly(size))
            self.rfile.readline()
        while self.rfile.readline().strip():
            pass
        return b"".join(pieces)

    def serve(self):
        try:
            body = self.body()
        except (EOFError, ValueError):
            self.close_connection = True
            return
        with open(sys.argv[2], "a") as file:
            file.write(json.dumps({"method": self.command, "target": self.requestline.split()[1], "body": body.decode("latin-1"), "status": 200}) + "\n")
        self.send_response(200)
        self.send_header("Content-Length", "4")
        self.end_headers()
        self.wfile.write(b"seen")

    def __getattr__(self, name):
        if name.startswith("do_"):
            return self.serve
        raise AttributeError(name)

    def log_message(self, *_):
        pass


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 1024


Server(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
