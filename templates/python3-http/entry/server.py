"""HTTP/1.1 for one peer, the watchdog: requests with whole bodies in, answers out, a thread for each connection."""
import http
import signal
import socket
import sys
import threading
import typing


class Request(typing.NamedTuple):
    method: str
    target: str  # as it was sent
    fields: list  # pairs of name and value, in their order
    body: bytes


class Answer(typing.NamedTuple):
    status: int
    fields: list
    body: typing.Any  # bytes, or an iterable of them that is sent piece by piece


class BadRequest(Exception):
    pass


def serve(address, call):
    """Answers with `call(request) -> Answer` until SIGTERM, after which calls in progress end and the function returns."""
    with socket.create_server(address, backlog=512) as listener:
        # Accepting then fails, which ends the loop below.
        signal.signal(signal.SIGTERM, lambda *_: listener.shutdown(socket.SHUT_RDWR))
        connections = set()
        while True:
            try:
                peer, _ = listener.accept()
            except OSError:
                break
            connection = Connection(peer, call, connections.discard)
            connections.add(connection)
            connection.start()
    for connection in list(connections):
        connection.finish()
    for connection in list(connections):
        connection.join()


class Connection(threading.Thread):
    def __init__(self, peer, call, ended):
        super().__init__(daemon=True)
        self.peer, self.call, self.ended = peer, call, ended
        self.finishing = False
        peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def finish(self):
        """Takes no further request; one that has arrived already is still read and answered."""
        self.finishing = True
        try:
            self.peer.shutdown(socket.SHUT_RD)
        except OSError:
            pass  # the peer has closed it

    def run(self):
        try:
            with self.peer, self.peer.makefile("rb") as reader:
                while self.exchange(reader):
                    pass
        except OSError as error:
            print("the connection to the watchdog broke:", error, file=sys.stderr)
        finally:
            self.ended(self)

    def exchange(self, reader):
        """One request and its answer; False when there is to be no other."""
        try:
            request = read_request(reader)
        except BadRequest as error:
            print("bad request:", error, file=sys.stderr)
            self.peer.sendall(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
            return False
        if request is None:
            return False
        self.send(self.call(request), request.method)
        return not self.finishing

    def send(self, answer, method):
        empty = answer.status in (204, 304) or answer.status < 200
        streamed = not isinstance(answer.body, bytes)
        fields = [field for field in answer.fields if field[0].lower() not in ("content-length", "transfer-encoding", "connection")]
        if self.finishing:
            fields.append(("Connection", "close"))
        if streamed:
            fields.append(("Transfer-Encoding", "chunked"))
        elif not empty:
            fields.append(("Content-Length", str(len(answer.body))))
        lines = ["HTTP/1.1 %d %s" % (answer.status, reason_of(answer.status))]
        lines += ["%s: %s" % field for field in fields]
        head = ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1", "replace")
        if method == "HEAD" or empty:
            self.peer.sendall(head)
        elif streamed:
            self.send_pieces(head, answer.body)
        else:
            self.peer.sendall(head + answer.body)

    def send_pieces(self, head, pieces):
        """If making a piece fails, the connection is closed without the last chunk, so that the caller sees the cut."""
        self.peer.sendall(head)
        for piece in pieces:
            if piece:
                piece = piece.encode() if isinstance(piece, str) else piece
                self.peer.sendall(b"%x\r\n%s\r\n" % (len(piece), piece))
        self.peer.sendall(b"0\r\n\r\n")


def reason_of(status):
    try:
        return http.HTTPStatus(status).phrase
    except ValueError:
        return "Unknown"


def read_request(reader):
    """The next request with its whole body, or None at the end of the connection."""
    start = reader.readline()
    if not start:
        return None
    words = start.decode("latin-1").split()
    if len(words) != 3:
        raise BadRequest("the first line is %r" % start[:100])
    fields = read_fields(reader)
    named = {name.lower(): value for name, value in fields}
    if named.get("transfer-encoding", "").lower() == "chunked":
        body = b"".join(chunks(reader))
    else:
        body = exactly(reader, number(named.get("content-length", "0"), 10))
    return Request(words[0], words[1], fields, body)


def read_fields(reader):
    fields = []
    while line := reader.readline().decode("latin-1").rstrip("\r\n"):
        name, colon, value = line.partition(":")
        if not colon:
            raise BadRequest("the header line %r has no colon" % line[:100])
        fields.append((name, value.strip()))
    return fields


def chunks(reader):
    """The data of a chunked body; its trailers are read and dropped."""
    while size := number(reader.readline().partition(b";")[0].decode("latin-1"), 16):
        yield exactly(reader, size)
        reader.readline()
    read_fields(reader)


def number(text, base):
    try:
        return int(text.strip(), base)
    except ValueError:
        raise BadRequest("%r is no length" % text[:100]) from None


def exactly(reader, size):
    data = reader.read(size)
    if len(data) != size:
        raise ConnectionError("%d of %d bytes of the body arrived" % (len(data), size))
    return data
