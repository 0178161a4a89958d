"""With jwt_auth=true: which tokens call the function, and what becomes of all others."""
import json
import os
import time

import pytest

from conftest import Launcher
from namespaces import in_own_network
from oidc import ISSUER, SETTINGS, Provider, assert_denied, b64, call, claims, hmac_token, key, part, unsigned


@pytest.fixture(params=["classic", "of"])
def guarded(house, request):
    """`guarded(keys..., setting=value)`: a watchdog of either program that asks for tokens; `.provider` has its keys."""
    def start(*keys, **settings):
        provider = Provider(house, *keys)
        watchdog = Launcher(house, request.param)(house.tattling(), **dict(SETTINGS, **settings))
        watchdog.provider = provider
        return watchdog
    return start


def assert_all_denied(watchdog, tokens, status=401):
    """None of the tokens of {name: token} or {name: (token, text of the answer)} runs the function."""
    for name, token in tokens.items():
        token, text = token if isinstance(token, tuple) else (token, None)
        try:
            assert_denied(call(watchdog, token), status, text)
        except AssertionError as failure:
            raise AssertionError("%s: %s" % (name, failure)) from None
    assert not watchdog.house.exists("ran")
    watchdog.await_log(r"^POST /x - %d ACCESS DENIED - \(\d+\S*s\)$" % status, len(tokens))


@in_own_network
def test_every_algorithm(guarded):
    """RSA with both paddings, the three curves: a good token calls the function, a changed one does not."""
    algorithms = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512"]
    rsa = key("RS256")
    keys = [rsa.jwk("rsa", alg=None)] + [key(name).jwk(name) for name in algorithms if name.startswith("ES")]
    watchdog = guarded(*keys)
    changed = {}
    for name in algorithms:
        signer = key(name) if name.startswith("ES") else rsa
        token = signer.sign(claims(), name, kid=name if name.startswith("ES") else "rsa")
        answer = call(watchdog, token)
        assert (answer.status, answer.body) == (200, b"payload"), name
        head, body, signature = token.split(".")
        changed[name + ", other claims"] = ".".join((head, part(claims(sub="other")), signature)), "token signature is invalid"
        changed[name + ", other signature"] = ".".join((head, body, ("B" if signature[0] == "A" else "A") + signature[1:]))
        changed[name + ", shorter signature"] = ".".join((head, body, signature[:-4]))
        changed[name + ", no signature"] = ".".join((head, body, ""))
    os.remove(watchdog.house.path("ran"))
    assert_all_denied(watchdog, changed)


@in_own_network
def test_a_function_of_the_http_mode(of, house):
    """Behind the same check; the token reaches the function, as in Go's program."""
    Provider(house, key())
    port = house.free_port()
    server = house.python("""
import http.server
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        body = self.headers["Authorization"].encode()
        self.send_response(201)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
http.server.HTTPServer(("127.0.0.1", %d), Handler).serve_forever()""" % port)
    watchdog = of("http", server, upstream_url="http://127.0.0.1:%d" % port, **SETTINGS)
    assert_denied(watchdog.get("/a"))
    token = "Bearer " + key().sign(claims())
    answer = watchdog.get("/a", {"Authorization": token})
    assert (answer.status, answer.text) == (201, token)


@in_own_network
def test_no_token(guarded):
    """What is wanted is said, and in the log; calls are counted with their status; the path is logged without its query."""
    watchdog = guarded(key())
    assert_denied(call(watchdog, target="/a%20b?secret=1"), text="Bearer must be present in Authorization header\n")
    watchdog.await_log(r"^POST /a b - 401 ACCESS DENIED - \(\d+\S*s\)$")
    assert_denied(call(watchdog, ""), text="Bearer must be present")
    assert watchdog.sample("http_requests_total", code="401", method="post") == 2
    assert not watchdog.house.exists("ran")


@in_own_network
def test_probes_need_no_token(guarded):
    """Health, and readiness with a function's path too."""
    watchdog = guarded(key(), ready_path="/ready")
    assert watchdog.health() == 200
    assert watchdog.get("/_/ready").status == 200
    assert watchdog.house.exists("ran")


@in_own_network
def test_schemes(guarded):
    """As in Go's program `Bearer` may be left out, but not be spelled in another way."""
    watchdog = guarded(key())
    token = key().sign(claims())
    assert [call(watchdog, token, scheme).status for scheme in ("Bearer ", "Bearer   ", "", "bearer ", "Basic ", "Token ")] == [200, 200, 200, 401, 401, 401]


@in_own_network
def test_what_is_no_token(guarded):
    """Text, missing and additional parts, wrong Base64 and JSON, members of the wrong type, and sizes beyond reason."""
    watchdog = guarded(key())
    good = key().sign(claims())
    head, body, signature = good.split(".")
    wanted = {"alg": "ES256", "kid": "k1"}

    def with_header(header):
        text = unsigned(header, claims())
        return text + "." + b64(key().signature(text))

    tokens = {
        "words": ("not a token", "token contains an invalid number of segments"),
        "one part": head, "two parts": head + "." + body, "four parts": good + ".AAAA", "three dots": "...", "empty parts": "..",
        "padding": (head + "=." + body + "." + signature, "could not base64 decode header"),
        "other alphabet": head + "." + body + ".+/+/", "blank inside": head + " ." + body + "." + signature,
        "left-over bits": (head + "." + body + "." + signature[:-1] + chr(ord(signature[-1]) + 1), "could not base64 decode signature"),
        "header is no JSON": (part(b"{") + "." + body + "." + signature, "could not JSON decode header"),
        "header is a list": with_header([wanted]), "header is a text": part("ES256") + "." + body + "." + signature,
        "header with trailing text": part(json.dumps(wanted).encode() + b" x") + "." + body + "." + signature,
        "a name twice": with_header(b'{"alg":"ES256","kid":"k1","kid":"k1"}'),
        "not UTF-8": with_header(b'{"alg":"ES256","kid":"k1","x":"\xff"}'),
        "NUL in kid": with_header(b'{"alg":"ES256","kid":"k1\\u0000"}'),
        "nested deeply": with_header(b'{"x":' + b"[" * 3000 + b"]" * 3000 + b"}"),
        "no alg": with_header({"kid": "k1"}), "alg is a number": with_header(dict(wanted, alg=1)),
        "alg in small letters": with_header(dict(wanted, alg="es256")),
        "no kid": (with_header({"alg": "ES256"}), "invalid kid"), "kid is a number": with_header(dict(wanted, kid=1)),
        "kid is null": with_header(dict(wanted, kid=None)), "kid is empty": with_header(dict(wanted, kid="")),
        "crit": with_header(dict(wanted, crit=["exp"])),
        "claims are no JSON": key().sign(b"exp"), "claims are a list": key().sign([claims()]),
        "claims with a name twice": key().sign(b'{"exp":1,"exp":9999999999}'),
        "huge": (head + "." + "A" * 70_000 + "." + signature, "token is too large"),
        "900 KB": "A" * 900_000,
    }
    tokens.update({"the first %d bytes" % size: good[:size] for size in range(1, len(good), 29)})
    assert_all_denied(watchdog, tokens)
    assert watchdog.health() == 200
    assert call(watchdog, good).status == 200


@in_own_network
def test_confusion_of_algorithms(guarded):
    """`none`, HMAC with the public key as its secret, and algorithms of other keys than the one named: all 401."""
    rsa, curve = key("RS256"), key("ES256")
    watchdog = guarded(rsa.jwk("rsa"), curve.jwk("curve"), rsa.jwk("free", alg=None), key("EdDSA").jwk("ed"),
                       {"kty": "oct", "kid": "oct", "k": b64(b"secret"), "alg": "HS256", "use": "sig"})
    secrets = {"PEM": rsa.public(), "PEM without its end": rsa.public().strip(), "DER": rsa.public("DER"), "nothing": b"", "jwk": json.dumps(rsa.jwk()).encode()}
    tokens = {"HS256 with " + name: (hmac_token(secret, claims(), kid="rsa"), "signing method is not available") for name, secret in secrets.items()}
    for spelling in ("none", "None", "NONE", "nOnE", ""):
        for signature in ("", "AAAA"):
            tokens["%s with %r" % (spelling, signature)] = unsigned({"alg": spelling, "kid": "rsa"}, claims()) + "." + signature
    tokens["a symmetric key"] = hmac_token(b"secret", claims(), kid="oct")
    tokens["ES256 by an RSA key"] = curve.sign(claims(), kid="rsa")
    tokens["RS256 by a curve"] = rsa.sign(claims(), kid="curve")
    tokens["PS256 where alg says RS256"] = rsa.sign(claims(), "PS256", kid="rsa")
    tokens["RS512 where alg says RS256"] = rsa.sign(claims(), "RS512", kid="rsa")
    tokens["ES384 on P-256"] = curve.sign(claims(), kid="curve", alg="ES384")
    tokens["RS256's signature as PS256"] = rsa.sign(claims(), kid="free", alg="PS256")
    tokens["RS256's signature as RS512"] = rsa.sign(claims(), kid="free", alg="RS512")
    tokens["EdDSA"] = curve.sign(claims(), kid="ed", alg="EdDSA")
    tokens["a key of its own"] = curve.sign(claims(), kid="rsa", jwk=curve.jwk(), jku=ISSUER + "/keys")
    head, body, _ = curve.sign(claims(), kid="curve").split(".")
    for name, numbers in (("zeros", b"\0" * 64), ("the order", bytes.fromhex("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551") * 2)):
        tokens["a signature of " + name] = head + "." + body + "." + b64(numbers)
    assert_all_denied(watchdog, tokens)
    assert call(watchdog, rsa.sign(claims(), "PS256", kid="free")).status == 200


@in_own_network
def test_another_key_of_that_name(guarded):
    watchdog = guarded(key())
    assert_all_denied(watchdog, {"another key": (key(label="b").sign(claims()), "token signature is invalid")})


@in_own_network
def test_claims_that_do_not_hold(guarded):
    """Times with a second of leeway, issuer and audience; claims of the wrong type."""
    watchdog = guarded(key())
    now = int(time.time())
    bad = {
        "expired": (claims(exp=now - 60), "token is expired"), "expired for two seconds": claims(exp=now - 2), "exp of 1970": claims(exp=0),
        "exp before 1970": claims(exp=-1), "no exp": (claims(exp=None), "exp claim is required"), "exp is a text": claims(exp=str(now + 60)),
        "exp is null": {**claims(), "exp": None}, "exp is a list": claims(exp=[now + 60]), "exp is a boolean": claims(exp=True),
        "exp beyond 64 bits": json.dumps(claims(exp=10 ** 40)).encode(),
        "not yet": (claims(nbf=now + 60), "token is not valid yet"), "nbf is a text": claims(nbf="0"), "iat is a text": claims(iat="0"),
        "another issuer": (claims(iss="http://elsewhere"), "token has invalid issuer"), "no issuer": claims(iss=None),
        "issuer with a slash": claims(iss=ISSUER + "/"), "issuer is a list": claims(iss=[ISSUER]),
        "another audience": (claims(aud="http://elsewhere"), "token has invalid audience"), "other audiences": claims(aud=["a", "b"]),
        "no audience": claims(aud=None), "an empty audience": claims(aud=[]), "audience is a number": claims(aud=1),
        "audience has a number": claims(aud=[ISSUER, 1]), "audience begins alike": claims(aud=ISSUER + "0"),
        "function is a text": claims(function="openfaas-fn:env"), "permissions are a text": claims(function={"permissions": "*"}),
        "permissions have a number": claims(function={"permissions": ["*", 1]}),
        "function.audience is a text": claims(function={"permissions": ["*"], "audience": "*"}),
    }
    tokens = {}
    for name, given in bad.items():
        given, text = given if isinstance(given, tuple) else (given, None)
        tokens[name] = key().sign(given), text
    assert_all_denied(watchdog, tokens)


@in_own_network
def test_claims_that_hold(guarded):
    """One audience as a text, several; times that are not whole, or far away; a token's `iat` says when, not whether."""
    watchdog = guarded(key())
    now = int(time.time())
    good = {"audience as a text": claims(aud=ISSUER), "several audiences": claims(aud=["a", ISSUER]), "exp with a fraction": claims(exp=now + 3600.5),
            "exp as 1e10": json.dumps(claims()).replace(str(claims()["exp"]), "1e10").encode(), "no nbf, no iat": claims(nbf=None, iat=None),
            "iat to come": claims(iat=now + 3600), "other claims": claims(jti="x", scope=["y"], nested={"a": [1, None, True]})}
    for name, given in good.items():
        assert call(watchdog, key().sign(given)).status == 200, name


@in_own_network
def test_permissions(guarded):
    """Patterns for namespace:name, of which each must be the whole; function.audience narrows where it is not empty."""
    watchdog = guarded(key())

    def status(permissions, audience=None):
        function = {"permissions": permissions} if audience is None else {"permissions": permissions, "audience": audience}
        return call(watchdog, key().sign(claims(function=function))).status

    for pattern in ("openfaas-fn:env", "*", "openfaas-fn:*", "*:env", "open*:e*v", "**", "openfaas-fn:env*", "*openfaas-fn:env"):
        assert status([pattern]) == 200, pattern
        assert status(["*"], ["other", pattern]) == 200, pattern
    for pattern in ("openfaas-fn:other", "", "openfaas-fn:en", "openfaas-fn:envy", "penfaas-fn:env", "fn:env", "openfaas-fn:e.v", "openfaas-fn:ENV",
                    "openfaas?fn:env", "openfaas-fn", ":env", "*:*:*", "openfaas-fn:env\n"):
        assert status([pattern]) == 403, pattern
        assert status(["*"], [pattern]) == 403, pattern
    assert status([]) == 403
    assert status(["other:*", "openfaas-fn:env"], []) == 200
    denied = call(watchdog, key().sign(claims(function=None)))
    assert_denied(denied, 403)
    assert denied.text == "insufficient permissions\n"
    watchdog.await_log(r"^POST /x - 403 ACCESS DENIED - \(\d+\S*s\)$")


@in_own_network
def test_the_limits_around_it(guarded):
    """A call that is denied needs no slot for long; one above max_inflight is told so before its token is looked at."""
    watchdog = guarded(key(), max_inflight="1", max_body_bytes="10")
    assert [call(watchdog).status for _ in range(3)] == [401] * 3
    large = watchdog.post("/", b"x" * 11, {"Authorization": "Bearer " + key().sign(claims())})
    assert large.status == 413
    assert_denied(watchdog.post("/", b"x" * 11))


@in_own_network
def test_what_debug_shows(guarded):
    """Issuer, keys, audiences and why a call was denied; never a token."""
    watchdog = guarded(key(), {"kty": "OKP", "kid": "k2"}, jwt_auth_debug="true")
    token = key().sign(claims(aud=[ISSUER, "other"]))
    assert call(watchdog, token).status == 200
    assert_denied(call(watchdog, key().sign(claims(aud="elsewhere"))))
    for line in (r"Issuer: http://127\.0\.0\.1:8000\tJWKS URI: http://127\.0\.0\.1:8000/keys", "Key: k1", r"Token: audience: \[http://127.0.0.1:8000 other\]\tissuer: http://127.0.0.1:8000",
                 r"Key passed over: k2: a type that is neither RSA nor EC", r"Token: audience: \[elsewhere\]\tissuer: ", "Denied: .*token has invalid audience"):
        watchdog.await_log(r"^\[JWT Auth\] " + line)
    assert not any(text in watchdog.err() for text in token.split("."))
