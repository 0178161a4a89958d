"""A caller: one TCP connection that can send anything, reads answers strictly, and tells how the connection ended."""
import os
import select
import socket
import struct
import time

# How long to wait for what is going to happen. Generous: a wait ends when its condition holds.
PATIENCE = float(os.environ.get("FWATCHDOG_PATIENCE", "20"))


def until(condition, what, patience=PATIENCE):
    """Waits until `condition()` is true and returns its value; fails, saying `what` was awaited, after `patience` seconds."""
    end = time.monotonic() + patience
    pause = 0.001
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise AssertionError("waited %g s in vain until %s (last: %r)" % (patience, what, value))
        time.sleep(pause)
        pause = min(pause * 1.5, 0.02)


def most_in_between():
    """Bytes that a sender and a receiver that does nothing may have between them: the largest buffers of sockets, and pipes."""
    largest = 12 << 20
    for name in ("tcp_rmem", "tcp_wmem"):
        with open("/proc/sys/net/ipv4/" + name) as file:
            largest += int(file.read().split()[2])
    return largest


def compose(method="GET", target="/", fields=(), body=None, chunked=False, version="HTTP/1.1", host="fn.example"):
    """The bytes of a well-formed request. `fields` is a dict or a list of pairs; a Host and the framing of the body are added."""
    if isinstance(fields, dict):
        fields = list(fields.items())
    body = body.encode() if isinstance(body, str) else body
    names = {name.lower() for name, _ in fields}
    head = ["%s %s %s" % (method, target, version)]
    if host is not None and "host" not in names:
        head.append("Host: " + host)
    head += ["%s: %s" % field for field in fields]
    if body is not None:
        if chunked:
            head.append("Transfer-Encoding: chunked")
            body = chunks(body)
        elif "content-length" not in names:
            head.append("Content-Length: %d" % len(body))
    return ("\r\n".join(head) + "\r\n\r\n").encode("latin-1") + (body or b"")


def chunk(data):
    return b"%x\r\n%s\r\n" % (len(data), data)


def chunks(body, size=65536):
    """The whole body in the chunked coding."""
    return b"".join(chunk(body[at:at + size]) for at in range(0, len(body), size)) + b"0\r\n\r\n"


class CutOff(Exception):
    """The connection ended inside an answer, or where one was expected."""


class Answer:
    def __init__(self, version, status, reason, fields):
        self.version, self.status, self.reason, self.fields = version, status, reason, fields
        self.body, self.framing, self.trailers, self.interim = b"", "none", [], []

    def all(self, name):
        return [value for key, value in self.fields if key.lower() == name.lower()]

    def __getitem__(self, name):
        """The field's first value, or None."""
        values = self.all(name)
        return values[0] if values else None

    @property
    def text(self):
        return self.body.decode("utf-8", "backslashreplace")

    def __repr__(self):
        shown = self.body if len(self.body) < 300 else self.body[:300] + b"...(%d bytes)" % len(self.body)
        return "<%s %d %s %r %r>" % (self.version, self.status, self.reason, self.fields, shown)


class Caller:
    """One connection. Every wait is bounded by PATIENCE and then raises TimeoutError."""

    def __init__(self, port, host="127.0.0.1", receive_buffer=None):
        self.socket = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
        if receive_buffer:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self.socket.settimeout(PATIENCE)
        self.socket.connect((host, port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.buffer = bytearray()
        self.at_end = False
        self.was_reset = False

    def send(self, data, forgiving=False):
        """`forgiving`: no error when the watchdog does not want all of it."""
        try:
            self.socket.sendall(data.encode("latin-1") if isinstance(data, str) else data)
        except ConnectionError:
            if not forgiving:
                raise

    def request(self, *args, **options):
        """Sends a well-formed request and reads its answer."""
        self.send(compose(*args, **options))
        return self.answer(args[0] if args else options.get("method", "GET"))

    def finish(self):
        """Ends the sending direction (FIN)."""
        try:
            self.socket.shutdown(socket.SHUT_WR)
        except OSError:
            pass

    def reset(self):
        """Goes away at once (RST)."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.socket.close()

    def close(self):
        self.socket.close()

    def receive(self):
        """Takes what comes next into the buffer; False at the end of the stream."""
        if self.at_end:
            return False
        try:
            data = self.socket.recv(1 << 18)
        except ConnectionError:
            self.was_reset, data = True, b""
        self.at_end = not data
        self.buffer += data
        return bool(data)

    def take(self, count):
        while len(self.buffer) < count:
            if not self.receive():
                raise CutOff("%d of %d bytes: %r" % (len(self.buffer), count, bytes(self.buffer[:200])))
        data = bytes(memoryview(self.buffer)[:count])
        del self.buffer[:count]
        return data

    def line(self):
        while (end := self.buffer.find(b"\n")) < 0:
            if not self.receive():
                raise CutOff("inside a line: %r" % bytes(self.buffer[:200]))
        line = self.take(end + 1)
        assert line.endswith(b"\r\n"), "a line ends with CR LF: %r" % line
        return line[:-2].decode("latin-1")

    def field_lines(self):
        fields = []
        while line := self.line():
            name, colon, value = line.partition(":")
            assert colon and name and name == name.strip(), "a field line: %r" % line
            fields.append((name, value.strip()))
        return fields

    def head(self):
        """Reads the next head alone, an interim one too."""
        start = self.line()
        version, _, rest = start.partition(" ")
        status, _, reason = rest.partition(" ")
        assert version.startswith("HTTP/1.") and len(status) == 3, "a status line: %r" % start
        return Answer(version, int(status), reason, self.field_lines())

    def answer(self, method="GET"):
        """Reads one whole answer and the interim ones before it (their statuses are in `interim`). CutOff when it is not whole."""
        interim = []
        while 100 <= (answer := self.head()).status < 200:
            interim.append(answer.status)
        answer.interim = interim
        length = answer.all("Content-Length")
        if method == "HEAD" or answer.status in (204, 304):
            return answer
        if answer["Transfer-Encoding"]:
            assert answer["Transfer-Encoding"] == "chunked" and not length, answer
            answer.framing, pieces = "chunked", []
            while size := int(self.line(), 16):
                pieces.append(self.take(size))
                assert self.take(2) == b"\r\n", "a chunk ends with CR LF"
            answer.body, answer.trailers = b"".join(pieces), self.field_lines()
        elif length:
            assert len(length) == 1, answer
            answer.framing, answer.body = "length", self.take(int(length[0]))
        else:
            answer.framing, answer.body = "close", self.remainder()
            if self.was_reset:
                raise CutOff("reset inside a body that only the end of the connection ends")
        return answer

    def answers(self):
        """Every answer up to the end of the connection. None may be cut off."""
        found = []
        while self.buffer or self.receive():
            found.append(self.answer())
        return found

    def await_text(self, text):
        """Waits until the bytes received so far contain `text`."""
        while text not in self.buffer:
            if not self.receive():
                raise CutOff("ended before %r: %r" % (text, bytes(self.buffer[-300:])))

    def remainder(self):
        """Everything up to the end of the connection."""
        while self.receive():
            pass
        data = bytes(self.buffer)
        self.buffer.clear()
        return data

    def silent_for(self, seconds):
        """True when nothing at all arrives for so long: only for "does not happen", never to be safe."""
        if self.buffer:
            return False
        poll = select.poll()  # select knows no descriptor above 1023
        poll.register(self.socket, select.POLLIN)
        return not poll.poll(seconds * 1000)


def statuses(answers):
    return [answer.status for answer in answers]
