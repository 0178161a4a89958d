"""Requests put together by chance from parts that parsers have disagreed on, and a strict reading of RFC 9112 to tell what is in them."""
import random
import re

HIDDEN = b"GET /hidden HTTP/1.1\r\nHost: x\r\n\r\n"
LAST = b"GET /last HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"

STARTS = [b"POST /first HTTP/1.1"] * 6 + [b"GET /first HTTP/1.1", b"POST /first HTTP/1.0", b"POST http://x/first HTTP/1.1", b"POST /first?q=%0d%0a HTTP/1.1", b"PUT /first HTTP/1.1"]
LENGTHS = [b"Content-Length: %s" % value for value in (b"0", b"3", b"5", b"%d" % len(HIDDEN), b"%d" % (len(HIDDEN) + 5), b"03", b"+3", b"3, 3", b"0x3", b"-1", b"", b"3 ", b"\t3")]
LENGTHS += [b"Content-Length : 3", b"content-length:3", b"Content_Length: 3", b"Content-Length\t: 5"]
CODINGS = [b"Transfer-Encoding: %s" % value for value in (b"chunked", b"chunked", b"Chunked", b" \tchunked", b"chunked ", b"chunked, identity", b"identity", b"gzip, chunked", b"chunked;q=1", b"\x0bchunked", b"xchunked", b"")]
CODINGS += [b"Transfer-Encoding : chunked", b"transfer-encoding:chunked", b"Transfer_Encoding: chunked", b"Transfer-Encoding:\r\n chunked", b"TE: chunked"]
OTHERS = [b"X: y", b"X: y\r\n z", b"X: a\rb", b"Connection: keep-alive", b"Connection: Content-Length", b"Connection: Transfer-Encoding", b"Connection: close, Host", b"Connection: Upgrade\r\nUpgrade: h2c", b"Expect: 100-continue",
          b"Trailer: Content-Length", b"Host: y", b"X-Forwarded-Host: y", b"Keep-Alive: 5", b"X:", b"X: \xff", b"X\0: y"]
CHUNKED = [b"0\r\n\r\n", b"3\r\nabc\r\n0\r\n\r\n", b"03;a=b\r\nabc\r\n0;c\r\n\r\n", b"3 \r\nabc\r\n0\r\nX: y\r\n\r\n", b"3\r\nabc\r\n0\r\nContent-Length: 50\r\n\r\n", b"%x\r\n%s\r\n0\r\n\r\n" % (len(HIDDEN), HIDDEN),
           b"3\nabc\r\n0\r\n\r\n", b"3\r\nabcd\r\n0\r\n\r\n", b"0x3\r\nabc\r\n0\r\n\r\n", b"3\r\nabc\r\n0\r\n", b"0\r\n\r\n" + HIDDEN]
PLAIN = [b"", b"abc", b"abc" + HIDDEN, HIDDEN, b"0\r\n\r\n" + HIDDEN, b"abcde\r\n"]
ENDS = [b"\r\n"] * 300 + [b"\n", b"\r", b"\r\r\n", b"\n\r\n"]

TOKEN = rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]+"
START = re.compile(rb"(%s) ([^\x00-\x20\x7f]+) HTTP/1\.([0-9])" % TOKEN)
FIELD = re.compile(rb"(%s):[ \t]*([\t\x20-\x7e\x80-\xff]*?)[ \t]*" % TOKEN)
SIZE = re.compile(rb"([0-9A-Fa-f]{1,16})[ \t]*(;[\t\x20-\x7e\x80-\xff]*)?")


def variants(count, seed):
    """The same ones for the same seed. About half of them have nothing wrong in them."""
    chance = random.Random(seed)
    for _ in range(count):
        chunked = chance.random() < 0.5
        body = chance.choice(CHUNKED if chunked else PLAIN)
        lines = [chance.choice(STARTS), b"Host: x", b"Transfer-Encoding: chunked" if chunked else b"Content-Length: %d" % len(body)]
        odd = [chance.choice(kind) for kind in (LENGTHS, CODINGS, OTHERS, OTHERS) if chance.random() < 0.15]
        if odd and chance.random() < 0.5:
            lines.pop()
        lines[1:] = chance.sample(lines[1:] + odd, len(lines) - 1 + len(odd))
        head = b"".join(line + chance.choice(ENDS) for line in lines) + chance.choice(ENDS)
        yield head + body + chance.choice((b"", HIDDEN)) + LAST


class Refused(Exception):
    pass


class Incomplete(Exception):
    pass


class StrictReading:
    """`seen`: `METHOD target body` of each request that is whole; `refused`: something behind them is none; `incomplete`: or goes on."""

    def __init__(self, data):
        self.rest, self.seen, self.refused, self.incomplete = data, [], False, False
        try:
            while self.rest and self.request():
                pass
        except Refused:
            self.refused = True
        except Incomplete:
            self.incomplete = True

    def line(self):
        end = self.rest.find(b"\n")
        if end < 0:
            raise Refused if b"\r" in self.rest[:-1] else Incomplete
        line, self.rest = self.rest[:end + 1], self.rest[end + 1:]
        if not line.endswith(b"\r\n") or b"\r" in line[:-2] or b"\0" in line:
            raise Refused
        return line[:-2]

    def take(self, size):
        if len(self.rest) < size:
            raise Incomplete
        data, self.rest = self.rest[:size], self.rest[size:]
        return data

    def fields(self):
        found = []
        while line := self.line():
            match = FIELD.fullmatch(line)
            if not match:
                raise Refused
            found.append((match[1].lower(), match[2]))
        return found

    def request(self):
        """True where another one may follow."""
        start = START.fullmatch(self.line())
        if not start:
            raise Refused
        method, target, minor = start[1], start[2], int(start[3])
        fields = self.fields()
        named = {name: [value for key, value in fields if key == name] for name, _ in fields}
        if len(named.get(b"host", [])) != 1:
            raise Refused
        body = self.body(named, minor)
        if target.startswith(b"http://"):
            target = b"/" + target[7:].partition(b"/")[2]
        self.seen.append("%s %s %s" % (method.decode(), target.decode(), body.decode("latin-1")))
        options = b",".join(named.get(b"connection", [])).lower()
        return b"close" not in options and (minor > 0 or b"keep-alive" in options)

    def body(self, named, minor):
        lengths, codings = named.get(b"content-length", []), named.get(b"transfer-encoding", [])
        if codings and (lengths or minor == 0 or [coding.lower() for coding in codings] != [b"chunked"]):
            raise Refused
        if any(not length.isdigit() for length in lengths) or len({int(length) for length in lengths}) > 1:
            raise Refused
        if not codings:
            return self.take(int(lengths[0]) if lengths else 0)
        pieces = []
        while size := self.size():
            pieces.append(self.take(size))
            if self.take(2) != b"\r\n":
                raise Refused
        self.fields()
        return b"".join(pieces)

    def size(self):
        match = SIZE.fullmatch(self.line())
        if not match:
            raise Refused
        return int(match[1], 16)
