"""An upstream that the test itself plays: it takes the watchdog's connections, reads requests strictly, and chooses every byte of
the answers. Fixtures for the tests of the http mode: `upstream`, and `proxy` which starts a watchdog in front of it."""
import select
import socket
import struct
import threading
import time

import pytest

from caller import PATIENCE, Caller, CutOff

# How long the watchdog keeps a connection that nobody uses.
IDLE_TIME = 0.4


class Received:
    """One request as the upstream got it."""

    def __init__(self, peer, line, fields):
        self.peer, self.line, self.fields = peer, line, fields
        self.method, self.target, self.version = line.split(" ")
        self.body, self.framing, self.trailers = b"", "none", []

    def all(self, name):
        return [value for key, value in self.fields if key.lower() == name.lower()]

    def __getitem__(self, name):
        values = self.all(name)
        return values[0] if values else None

    def names(self):
        return {key.lower() for key, _ in self.fields}

    def reply(self, status=200, fields=(), body=b"", reason="OK", length=True):
        """A whole answer, with its length where it has a body."""
        self.peer.reply(status, fields, body, reason, length)

    def send(self, data):
        self.peer.send(data)


class Peer(Caller):
    """The upstream's end of a connection that the watchdog made."""

    def __init__(self, accepted):
        self.socket = accepted
        accepted.settimeout(PATIENCE)
        if accepted.family != socket.AF_UNIX:
            accepted.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.buffer = bytearray()
        self.at_end = self.was_reset = self.taken = False
        self.last_sent = time.monotonic()

    def send(self, data, forgiving=False):
        super().send(data, forgiving)
        self.last_sent = time.monotonic()

    def receive(self):
        try:
            return super().receive()
        except TimeoutError:
            raise
        except OSError:  # closed by the test while a thread of it was reading
            self.at_end = True
            return False

    def head_of_request(self):
        line = self.line()
        return Received(self, line, self.field_lines())

    def body_pieces(self, request):
        """The body as it comes."""
        length, coding = request.all("Content-Length"), request.all("Transfer-Encoding")
        assert len(length) + len(coding) <= 1, "one framing: %r" % request.fields
        if coding:
            assert coding == ["chunked"], coding
            request.framing = "chunked"
            while size := int(self.line(), 16):
                yield self.take(size)
                assert self.take(2) == b"\r\n"
            request.trailers = self.field_lines()
        elif length:
            request.framing, left = "length", int(length[0])
            while left:
                if not self.buffer and not self.receive():
                    raise CutOff("%d bytes of the body are missing" % left)
                piece = self.take(min(left, len(self.buffer)))
                left -= len(piece)
                yield piece

    def request(self):
        request = self.head_of_request()
        request.body = b"".join(self.body_pieces(request))
        return request

    def reply(self, status=200, fields=(), body=b"", reason="OK", length=True):
        body = body.encode() if isinstance(body, str) else body
        lines = ["HTTP/1.1 %d %s" % (status, reason)] + ["%s: %s" % field for field in fields]
        if length and not any(name.lower() == "content-length" for name, _ in fields):
            lines.append("Content-Length: %d" % len(body))
        self.send(("\r\n".join(lines) + "\r\n\r\n").encode("latin-1") + body)

    def await_end(self):
        """Waits until the watchdog has ended the connection; what came before is dropped."""
        self.remainder()


class Upstream:
    """Listens on a port of its own, or on a Unix socket. Without play() everything happens in the test's thread."""

    def __init__(self, path=None, host="127.0.0.1", port=0):
        family = socket.AF_UNIX if path else socket.AF_INET6 if ":" in host else socket.AF_INET
        self.listener = socket.socket(family)
        self.listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.listener.bind(path or (host, port))
        self.listener.listen(1024)
        shown = "[%s]" % host if ":" in host else host
        self.port = None if path else self.listener.getsockname()[1]
        self.url = "unix:" + path if path else "http://%s:%d" % (shown, self.port)
        self.peers, self.threads, self.failures = [], [], []
        self.connections = 0
        self.lulled = self.ended = False
        self.last_accept = time.monotonic()

    def accept(self):
        peer = Peer(self.listener.accept()[0])
        self.connections += 1
        # On a machine that stood still idle connections may have been given up meanwhile.
        self.lulled |= time.monotonic() - max([self.last_accept] + [peer.last_sent for peer in self.peers]) > IDLE_TIME
        self.last_accept = time.monotonic()
        self.peers.append(peer)
        return peer

    def saw_connections(self, count):
        """So many were made, as far as that can be told."""
        return self.connections == count or (self.lulled and self.connections > count)

    def close(self):
        self.ended = True
        for stopped in [self.listener] + [peer.socket for peer in self.peers]:
            try:
                stopped.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
            stopped.close()
        for thread in self.threads:
            thread.join(PATIENCE)
        assert not self.failures, self.failures

    # In the test's thread.

    def step(self, patience=PATIENCE):
        """Takes what comes next on any connection; the peer that has an unread request, or None."""
        for peer in self.peers:
            if peer.buffer and not peer.taken:
                return peer
        open_ones = {peer.socket: peer for peer in self.peers if not peer.at_end and not peer.taken and peer.socket.fileno() >= 0}
        readable, _, _ = select.select([self.listener, *open_ones], [], [], patience)
        if not readable:
            raise TimeoutError("nothing came to the upstream within %g s" % patience)
        for ready in readable:
            if ready is self.listener:
                self.accept()
            else:
                open_ones[ready].receive()
        return None

    def peer(self):
        """The connection on which the next request comes."""
        while not (peer := self.step()):
            pass
        return peer

    def receive(self):
        """The next request, whole, on whichever connection it comes."""
        return self.peer().request()

    def head(self):
        """The head of the next request; its body is left on the connection, which is the test's from now on."""
        peer = self.peer()
        peer.taken = True
        return peer.head_of_request()

    def silent_for(self, seconds):
        """True when no request comes for so long: only for "does not happen". Connections may come and go."""
        try:
            while not self.step(seconds):
                pass
        except TimeoutError:
            return True
        return False

    # In threads of its own.

    def play(self, act, whole=True):
        """From now on `act(request)` answers every request, one thread for each connection. False, or a closed connection, ends it.
        `whole`: the body was read before."""
        def serve(peer):
            try:
                while not self.ended and (peer.buffer or peer.receive()):
                    request = peer.request() if whole else peer.head_of_request()
                    if act(request) is False:
                        break
            except (ConnectionError, CutOff, TimeoutError):
                pass
            except OSError as failure:
                if not self.ended:
                    self.failures.append(failure)
            except AssertionError as failure:
                self.failures.append(failure)
            finally:
                peer.close()

        def accept_all():
            for peer in list(self.peers):
                start(peer)
            while not self.ended:
                try:
                    peer = self.accept()
                except OSError:
                    return
                start(peer)

        def start(peer):
            thread = threading.Thread(target=serve, args=(peer,), daemon=True)
            thread.start()
            self.threads.append(thread)

        acceptor = threading.Thread(target=accept_all, daemon=True)
        acceptor.start()
        self.threads.append(acceptor)
        return self


def close_with_reset(peer):
    peer.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    peer.socket.close()


def echo(request):
    request.reply(body=request.body)


def refused_by_us(answer, status=500):
    """The answer is the watchdog's own for an upstream that failed."""
    assert answer.status == status, answer
    assert answer["X-OpenFaaS-Internal"] == "of-watchdog" and answer.body == b"", answer
    seconds = answer["X-Duration-Seconds"]
    whole, _, fraction = (seconds or "").partition(".")
    assert whole.isdigit() and fraction.isdigit() and len(fraction) == 6, answer
    return True


@pytest.fixture
def upstream():
    played = Upstream()
    yield played
    played.close()


@pytest.fixture
def proxy(of, upstream):
    """`proxy(setting=value, ...)`: a watchdog in front of `upstream`; its process does nothing."""
    def start(**settings):
        settings.setdefault("fprocess", "cat")
        settings.setdefault("upstream_url", upstream.url)
        settings.setdefault("workers", of.house.workers or 1)  # the tests count connections, of which each worker has its own
        return of("http", **settings)
    return start


