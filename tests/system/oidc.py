"""An OpenID provider for tests, with keys, tokens and certificates that the `openssl` command makes."""
import atexit
import base64
import functools
import hashlib
import hmac
import http.server
import json
import shutil
import ssl
import subprocess
import tempfile
import threading
import time

from caller import until
from functions import need

ISSUER = "http://127.0.0.1:8000"
CONFIGURATION = "/.well-known/openid-configuration"
SETTINGS = {"jwt_auth": "true", "jwt_auth_local": "true", "OPENFAAS_NAME": "env", "OPENFAAS_NAMESPACE": "openfaas-fn"}
CURVES = {"ES256": ("P-256", 32), "ES384": ("P-384", 48), "ES512": ("P-521", 66)}


def b64(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def openssl(*args, data=None):
    need("openssl")
    done = subprocess.run(("openssl", *args), input=data, capture_output=True, timeout=60)
    assert done.returncode == 0, "openssl %s: %s" % (" ".join(args), done.stderr.decode("utf-8", "replace"))
    return done.stdout


@functools.lru_cache
def folder():
    made = tempfile.mkdtemp(prefix="fwatchdog.oidc.")
    atexit.register(shutil.rmtree, made, True)
    return made


class Key:
    """A private key for one algorithm. `key(...)` below makes each only once, for RSA takes its time."""

    def __init__(self, algorithm, label, bits):
        self.algorithm, self.path = algorithm, "%s/%s-%s-%d.pem" % (folder(), algorithm, label, bits)
        if algorithm in CURVES:
            options = ("EC", "-pkeyopt", "ec_paramgen_curve:" + CURVES[algorithm][0])
        elif algorithm == "EdDSA":
            options = ("ED25519",)
        else:
            options = ("RSA", "-pkeyopt", "rsa_keygen_bits:%d" % bits)
        openssl("genpkey", "-algorithm", *options, "-out", self.path)

    def public(self, form="PEM"):
        return openssl("pkey", "-in", self.path, "-pubout", "-outform", form)

    def jwk(self, kid="k1", **changes):
        if self.algorithm in CURVES:
            curve, size = CURVES[self.algorithm]
            point = self.public("DER")[-2 * size:]
            made = {"kty": "EC", "crv": curve, "x": b64(point[:size]), "y": b64(point[size:])}
        elif self.algorithm == "EdDSA":
            made = {"kty": "OKP", "crv": "Ed25519", "x": b64(self.public("DER")[-32:])}
        else:
            modulus = openssl("rsa", "-in", self.path, "-noout", "-modulus").decode().strip().split("=")[1]
            made = {"kty": "RSA", "n": b64(bytes.fromhex(modulus)), "e": "AQAB"}
        made = dict(dict(made, kid=kid, alg=self.algorithm, use="sig"), **changes)
        return {name: value for name, value in made.items() if value is not None}

    def signature(self, text, algorithm=None):
        algorithm = algorithm or self.algorithm
        options = ["dgst", "-sha" + algorithm[2:], "-sign", self.path]
        if algorithm.startswith("PS"):
            options += ["-sigopt", "rsa_padding_mode:pss", "-sigopt", "rsa_pss_saltlen:digest"]
        made = openssl(*options, data=text.encode())
        return joined(made, CURVES[algorithm][1]) if algorithm in CURVES else made

    def sign(self, claims, algorithm=None, **header):
        """A token; None takes a member out of the header, and `kid` is k1 where nothing else is said."""
        head = dict({"alg": algorithm or self.algorithm, "typ": "JWT", "kid": "k1"}, **header)
        text = unsigned({name: value for name, value in head.items() if value is not None}, claims)
        return text + "." + b64(self.signature(text, algorithm))


@functools.lru_cache(None)
def key(algorithm="ES256", label="a", bits=2048):
    return Key(algorithm, label, bits)


def joined(der, size):
    """An ECDSA signature: from ASN.1 to two numbers of the curve's size."""
    at, numbers = (3 if der[1] & 0x80 else 2), b""
    for _ in range(2):
        length = der[at + 1]
        numbers += int.from_bytes(der[at + 2:at + 2 + length], "big").to_bytes(size, "big")
        at += 2 + length
    return numbers


def part(value):
    return b64(value if isinstance(value, bytes) else json.dumps(value).encode())


def unsigned(header, claims):
    return part(header) + "." + part(claims)


def hmac_token(secret, claims, **header):
    text = unsigned(dict({"alg": "HS256", "typ": "JWT", "kid": "k1"}, **header), claims)
    return text + "." + b64(hmac.new(secret, text.encode(), hashlib.sha256).digest())


def claims(**changes):
    """Claims that permit the function; None takes one out."""
    now = int(time.time())
    made = dict({"iss": ISSUER, "aud": [ISSUER], "sub": "fed:caller", "iat": now - 5, "nbf": now - 5, "exp": now + 3600,
                 "function": {"permissions": ["openfaas-fn:env"]}}, **changes)
    return {name: value for name, value in made.items() if value is not None}


class Authority:
    """A certificate authority, and certificates that it signs."""

    def __init__(self, house, name="ca"):
        self.house, self.name = house, name
        self.certificate = house.path(name + ".pem")
        openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "30", "-subj", "/CN=" + name,
                "-keyout", house.path(name + ".key"), "-out", self.certificate)

    def issue(self, host="localhost", valid=("-days", "30")):
        """(certificate, key) of a server."""
        base = self.house.path("%s.%s.%s" % (self.name, host, valid[-1]))
        openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=" + host,
                "-keyout", base + ".key", "-out", base + ".csr")
        with open(base + ".ext", "w") as file:
            file.write("subjectAltName=DNS:other.example,%s:%s\n" % ("IP" if host[-1].isdigit() else "DNS", host))
        openssl("x509", "-req", "-in", base + ".csr", "-CA", self.certificate, "-CAkey", self.house.path(self.name + ".key"),
                "-CAcreateserial", *valid, "-extfile", base + ".ext", "-out", base + ".pem")
        return base + ".pem", base + ".key"


class Provider:
    """Answers at 127.0.0.1:8000, or at `port`. What it answers may be changed while it runs: `configuration` and `keys` as values,
    `answers[path]` as a function that is given the request's handler."""

    def __init__(self, house, *keys, port=8000, certificate=None, answers=(), **configuration):
        self.keys = [made if isinstance(made, dict) else made.jwk() for made in keys]
        self.configuration = dict({"issuer": ISSUER, "jwks_uri": ISSUER + "/keys"}, **configuration)
        self.asked, self.heads, self.answers = [], [], dict(answers)
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", port), self.handler())
        self.server.daemon_threads = True
        self.port = self.server.server_port
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*certificate)
            self.server.socket = context.wrap_socket(self.server.socket, server_side=True, do_handshake_on_connect=False)
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()
        house.callers.append(self)

    def close(self):
        self.server.shutdown()
        self.server.server_close()

    def handler(provider):
        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                provider.asked.append(self.path)
                provider.heads.append(self.headers)
                if self.path in provider.answers:
                    provider.answers[self.path](self)
                elif self.path == CONFIGURATION:
                    answer(self, json.dumps(provider.configuration))
                else:
                    answer(self, json.dumps({"keys": provider.keys}))

            def log_message(self, *_):
                pass

            def handle(self):
                try:
                    super().handle()
                except (OSError, ssl.SSLError):
                    pass  # the other side has left, or does not trust us
        return Handler

    def await_asked(self, path, count):
        until(lambda: self.asked.count(path) >= count, "%s was asked for %d times" % (path, count))


def answer(handler, text, status=200, **fields):
    body = text if isinstance(text, bytes) else text.encode()
    handler.send_response(status)
    for name, value in dict({"Content-Type": "application/json", "Content-Length": str(len(body))}, **fields).items():
        handler.send_header(name.replace("_", "-"), value)
    handler.end_headers()
    handler.wfile.write(body)


def call(watchdog, token=None, scheme="Bearer ", target="/x", **options):
    fields = [] if token is None else [("Authorization", scheme + token)]
    return watchdog.post(target, b"payload", fields, **options)


def assert_denied(answer, status=401, text=None):
    assert answer.status == status, answer
    assert answer["X-OpenFaaS-Internal"] == "faas-middleware", answer
    assert answer["Content-Type"] == "text/plain; charset=utf-8", answer
    assert answer["WWW-Authenticate"] == ("Bearer realm=IAM function invoke" if status == 401 else None), answer
    assert b"payload" not in answer.body and answer.body.endswith(b"\n"), answer
    assert text is None or text in answer.text, "%r is in %r" % (text, answer.text)
