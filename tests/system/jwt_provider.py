"""With jwt_auth=true: where the keys come from, at the start and later."""
import concurrent.futures
import json
import os
import threading

import pytest

from caller import until
from conftest import Launcher
from namespaces import in_own_network
from oidc import CONFIGURATION, SETTINGS, Authority, Provider, answer, assert_denied, call, claims, key


@pytest.fixture(params=["classic", "of"])
def either(house, request):
    """Starts a watchdog of either program that asks for tokens; `.run` for a start that fails."""
    launcher = Launcher(house, request.param)

    def start(**settings):
        return launcher("cat", **dict(SETTINGS, **settings))
    start.run = lambda **settings: launcher.run(**dict(SETTINGS, **settings))
    return start


def assert_not_started(ended, *texts):
    """Exit 1, and a last line that has all of `texts`; nothing was served before."""
    assert ended.code == 1, ended
    last = ended.err.splitlines()[-1]
    assert "Error creating JWTAuthMiddleware: " in last, ended.err
    for text in texts:
        assert text in last, "%r is in %r" % (text, last)
    assert "Listening on port" not in ended.err and ended.out == "", ended


@in_own_network
def test_what_is_asked_at_the_start(either, house):
    """The configuration, then the keys, once each, with a name of our own."""
    provider = Provider(house, key())
    watchdog = either()
    assert provider.asked == [CONFIGURATION, "/keys"]
    assert [(head["Host"], head["User-Agent"], head["Connection"]) for head in provider.heads] == [("127.0.0.1:8000", "openfaas-watchdog", "close")] * 2
    assert watchdog.lines()[0].startswith("Version: ")
    assert len([line for line in watchdog.lines() if line.startswith("Version: ")]) == 1


@in_own_network
def test_provider_that_never_comes(either):
    """After a quarter of a minute the start is given up, with the reason; it was told at once that there is trouble."""
    ended = either.run()
    assert_not_started(ended, "failed to get config from http://127.0.0.1:8000" + CONFIGURATION, "connection refused", "given up after 15s")
    assert ended.err.count("; trying again") == 1, ended.err


@in_own_network
def test_provider_that_comes_late(either, house):
    """The start waits for it, with nobody listening on our port meanwhile."""
    watchdog = either(wait=False)
    watchdog.await_log("^JWT: failed to get config from http://127.0.0.1:8000/.*: connection refused; trying again$")
    assert not watchdog.accepts()
    broken = Provider(house, answers={CONFIGURATION: lambda handler: answer(handler, "", 503)})
    watchdog.await_log("^JWT: failed to get config from http://127.0.0.1:8000/.*: status code: 503; trying again$")
    broken.close()
    Provider(house, key())
    watchdog.await_start()
    assert call(watchdog, key().sign(claims())).status == 200


@in_own_network
def test_told_to_end_while_waiting(either):
    """SIGTERM ends a start that waits for the provider, at once and with 0."""
    watchdog = either(wait=False)
    watchdog.await_log("; trying again$")
    watchdog.term()
    watchdog.await_log("^SIGTERM: ended before anything was served$")
    assert watchdog.await_end() == 0


@in_own_network
def test_what_is_missing(either, house):
    """The function's name and namespace are looked at before anybody is asked."""
    provider = Provider(house, key())
    assert_not_started(either.run(OPENFAAS_NAME=None), "failed to get function name: env variable 'OPENFAAS_NAME' not set")
    if not os.path.exists("/var/run/secrets/kubernetes.io/serviceaccount/namespace"):
        assert_not_started(either.run(OPENFAAS_NAMESPACE=None), "failed to get function namespace", "OPENFAAS_NAMESPACE", "no such file or directory")
    assert provider.asked == []


def test_values_that_are_no_booleans(either):
    """A function must not be open because of a spelling; both programs take the same ones."""
    ended = either.run(jwt_auth="yes")
    assert ended.code == 1 and 'jwt_auth="yes" is not a boolean' in ended.err, ended
    watchdog = either(jwt_auth="0")
    assert watchdog.post("/", b"x").status == 200


def long_configuration(handler):
    answer(handler, '{"issuer":"' + "x" * (1 << 20) + '"}')


def cut_configuration(handler):
    handler.wfile.write(b'HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"issuer":')
    handler.close_connection = True


def raw(data):
    def write(handler):
        handler.wfile.write(data)
        handler.close_connection = True
    return write


BAD = {
    "status": (lambda handler: answer(handler, "no", 404), "status code: 404"),
    "no JSON": (lambda handler: answer(handler, "<html>"), "no valid JSON"),
    "no issuer": (lambda handler: answer(handler, '{"jwks_uri":"http://127.0.0.1:8000/keys"}'), "issuer or jwks_uri is missing"),
    "no jwks_uri": (lambda handler: answer(handler, '{"issuer":"x","jwks_uri":7}'), "issuer or jwks_uri is missing"),
    "too large": (long_configuration, "the answer is too large"),
    "announced as too large": (raw(b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n"), "the answer is too large"),
    "cut off": (cut_configuration, "response body: unexpected EOF"),
    "no HTTP": (raw(b"220 smtp ready\r\n"), "malformed HTTP response"),
    "nothing": (raw(b""), "HTTP response: unexpected EOF"),
    "redirects for ever": (lambda handler: answer(handler, "", 302, Location=CONFIGURATION), "too many redirects"),
    "redirect to nowhere": (lambda handler: answer(handler, "", 302), "it must begin with http:// or https://"),
    "redirect to a file": (lambda handler: answer(handler, "", 302, Location="file:///etc/passwd"), "it must begin with http:// or https://"),
    "keys elsewhere": (lambda handler: answer(handler, '{"issuer":"x","jwks_uri":"ftp://x/"}'), 'the URL "ftp://x/": it must begin with http:// or https://'),
    "keys with a blank": (lambda handler: answer(handler, '{"issuer":"x","jwks_uri":"http://x/a b"}'), "blank or control character"),
    "keys of a user": (lambda handler: answer(handler, '{"issuer":"x","jwks_uri":"http://u:p@x/"}'), "invalid host"),
    "keys at a name unknown": (lambda handler: answer(handler, '{"issuer":"x","jwks_uri":"http://no-such-host.invalid/"}'), "look up no-such-host.invalid: "),
    "keys refused": (lambda handler: answer(handler, '{"issuer":"x","jwks_uri":"http://127.0.0.1:9/"}'), "connect to 127.0.0.1:9: connection refused"),
    "keys are no set": (lambda handler: answer(handler, '{"issuer":"x","jwks_uri":"http://127.0.0.1:8000/other"}'), 'no list "keys" is in it'),
}


@pytest.mark.parametrize("name", BAD)
@in_own_network
def test_answers_that_are_of_no_use(classic, house, name):
    """Each is told of in one line, and tried again: what comes up slowly may answer all sorts of things."""
    behaviour, text = BAD[name]
    provider = Provider(house, key())
    provider.answers[CONFIGURATION] = behaviour
    provider.answers["/other"] = lambda handler: answer(handler, '{"keys":{}}')
    watchdog = classic("cat", wait=False, **SETTINGS)
    line = watchdog.await_log("^JWT: failed to get (config|keyset) from .*; trying again$").group(0)
    assert text in line, line
    del provider.answers[CONFIGURATION]
    watchdog.await_start()
    assert call(watchdog, key().sign(claims())).status == 200


@in_own_network
def test_a_provider_that_does_not_answer(classic, house):
    """It is left after ten seconds, and asked again."""
    gate = threading.Event()
    provider = Provider(house, key())

    def silent_at_first(handler):
        if provider.asked.count("/keys") == 1:
            gate.wait(60)
        else:
            answer(handler, json.dumps({"keys": provider.keys}))

    provider.answers["/keys"] = silent_at_first
    watchdog = classic("cat", wait=False, **SETTINGS)
    watchdog.await_log("^JWT: failed to get keyset from http://127.0.0.1:8000/keys: no answer within 10 seconds; trying again$")
    watchdog.await_start()
    gate.set()


@in_own_network
def test_forms_of_answers(classic, house):
    """Chunked, up to the end of the connection, after an interim answer, and behind redirects."""
    provider = Provider(house, key())

    def chunked(handler):
        handler.wfile.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        text = b'{"issuer":"http://127.0.0.1:8000","jwks_uri":"http://127.0.0.1:8000/first?x=1#part"}'
        for byte in text:
            handler.wfile.write(b"1\r\n%c\r\n" % byte)
        handler.wfile.write(b"0\r\n\r\n")

    provider.answers[CONFIGURATION] = chunked
    provider.answers["/first?x=1"] = lambda handler: answer(handler, "", 301, Location="/second")
    provider.answers["/second"] = lambda handler: answer(handler, "", 307, Location="http://127.0.0.1:8000/third")
    keys = ('{"keys":[%s]}' % json.dumps(key().jwk())).encode()
    provider.answers["/third"] = raw(b"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.0 200 OK\r\n\r\n" + keys)
    watchdog = classic("cat", **SETTINGS)
    assert call(watchdog, key().sign(claims())).status == 200
    assert provider.asked == [CONFIGURATION, "/first?x=1", "/second", "/third"]


@in_own_network
def test_keys_of_no_use(classic, house):
    """They are passed over one by one; without any other the watchdog starts, says so, and denies everything."""
    good, rsa = key().jwk("good"), key("RS256")
    bad = [dict(good, kid="x", x="AAAA"), dict(good, kid="y", y=good["x"]), dict(good, kid="crv", crv="P-384"), dict(good, kid="curve", crv="secp256k1"),
           dict(good, kid="kty", kty="OKP"), dict(good, kid="alg", alg="RS256"), dict(good, kid="enc", use="enc"), dict(good, kid="ops", key_ops=["sign"]),
           {name: value for name, value in good.items() if name != "kid"}, dict(good, kid=5), key("RS256", "short", 1024).jwk("short"),
           rsa.jwk("e", e="AA"), rsa.jwk("n", n=None), "text", None, {}]
    provider = Provider(house)
    provider.keys = bad
    watchdog = classic("cat", jwt_auth_debug="true", **SETTINGS)
    watchdog.await_log("^JWT: no key in http://127.0.0.1:8000/keys can check a token: every call is denied$")
    assert len([line for line in watchdog.lines() if line.startswith("[JWT Auth] Key passed over: ")]) == len(bad)
    provider.keys = bad + [dict(good, use=None, key_ops=["verify"], alg=None)]
    assert call(watchdog, key().sign(claims(), kid="good")).status == 200
    for kid in ("x", "y", "crv", "alg", "enc", "ops", "kty"):
        assert_denied(call(watchdog, key().sign(claims(), kid=kid)))


@in_own_network
def test_rotation(either, house):
    """A key that is not known is asked for, once for all who wait; then it is known, and the one that is gone is not."""
    provider = Provider(house, key().jwk("old"))
    watchdog = either()
    old, new = key().sign(claims(), kid="old"), key(label="b").sign(claims(), kid="new")
    assert call(watchdog, old).status == 200
    gate = threading.Event()
    keys = [key(label="b").jwk("new")]

    def slowly(handler):
        gate.wait(60)
        answer(handler, json.dumps({"keys": keys}))

    provider.answers["/keys"] = slowly
    with concurrent.futures.ThreadPoolExecutor(5) as pool:
        calls = [pool.submit(call, watchdog, new) for _ in range(5)]
        until(lambda: watchdog.sample("http_requests_in_flight") == 5, "five calls wait for the key")
        assert call(watchdog, old).status == 200  # needs no new key
        gate.set()
        assert [done.result().status for done in calls] == [200] * 5
    assert provider.asked.count("/keys") == 2
    assert_denied(call(watchdog, old))
    assert_denied(call(watchdog, key(label="c").sign(claims(), kid="newer")))
    assert provider.asked.count("/keys") == 2, "at most once a minute"


@in_own_network
def test_rotation_with_several_workers(either, house):
    """What one worker learns all of them know: the new key, and that the old one is gone."""
    provider = Provider(house, key().jwk("old"))
    watchdog = either(workers="3")
    old, new = key().sign(claims(), kid="old"), key(label="b").sign(claims(), kid="new")
    callers = [watchdog.connect() for _ in range(6)]

    def statuses(token):
        for caller in callers:
            caller.send("GET / HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\n\r\n" % token)
        return [caller.answer().status for caller in callers]

    assert statuses(old) == [200] * 6
    provider.keys = [key(label="b").jwk("new")]
    assert statuses(new) == [200] * 6
    assert provider.asked.count("/keys") == 2
    assert statuses(old) == [401] * 6
    assert provider.asked.count("/keys") == 2, "at most once a minute, by all of them"


@in_own_network
def test_a_reading_that_fails_later(either, house):
    """The keys of before are kept, and the log has the reason."""
    provider = Provider(house, key())
    watchdog = either()
    provider.answers["/keys"] = lambda handler: answer(handler, "", 500)
    assert_denied(call(watchdog, key().sign(claims(), kid="k2")))
    watchdog.await_log("^JWT: failed to get keyset from http://127.0.0.1:8000/keys: status code: 500; the keys of before are kept$")
    assert call(watchdog, key().sign(claims())).status == 200


@in_own_network
def test_callers_and_the_end_while_keys_are_read(either, house):
    """A caller that leaves, and a shutdown, do not wait for a provider that is silent."""
    provider = Provider(house, key())
    watchdog = either(write_timeout="1s", healthcheck_interval="0s")
    gate = threading.Event()
    provider.answers["/keys"] = lambda handler: gate.wait(60)
    token = key().sign(claims(), kid="k2")
    leaving, staying = watchdog.connect(), watchdog.connect()
    for caller in (leaving, staying):
        caller.send("GET / HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\n\r\n" % token)
    provider.await_asked("/keys", 2)
    until(lambda: watchdog.sample("http_requests_in_flight") == 2, "both calls wait")
    leaving.reset()
    until(lambda: watchdog.sample("http_requests_in_flight") == 1, "the one call has ended")
    watchdog.term()
    assert watchdog.await_end() == 0
    gate.set()


def https(house, authority, host="localhost", asked="localhost", **options):
    """Keys behind https, at a port of their own; the configuration as ever."""
    keys = Provider(house, key(), port=house.free_port(), certificate=authority.issue(host, **options))
    return Provider(house, jwks_uri="https://%s:%d/keys" % (asked, keys.port))


@in_own_network
def test_keys_over_https(either, house):
    """With an authority of one's own, named by SSL_CERT_FILE; what else is in that file does no harm."""
    authority = Authority(house)
    https(house, authority)
    with open(authority.certificate) as file:
        bundle = house.write("bundle.pem", "some text\n-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n" + file.read())
    watchdog = either(SSL_CERT_FILE=bundle)
    assert call(watchdog, key().sign(claims())).status == 200
    assert_denied(call(watchdog))


@in_own_network
def test_keys_over_https_from_an_address(either, house):
    """As that of the API server of Kubernetes: its certificate has addresses, too."""
    authority = Authority(house)
    https(house, authority, host="127.0.0.1", asked="127.0.0.1")
    assert call(either(SSL_CERT_FILE=authority.certificate), key().sign(claims())).status == 200


@in_own_network
def test_certificates_that_are_not_good(classic, house):
    """Each of them is refused, and the log says what is wrong with it."""
    authority, stranger = Authority(house), Authority(house, "stranger")
    cases = {
        "another authority": (dict(host="localhost"), stranger.certificate, "is signed by no authority in " + stranger.certificate),
        "another name": (dict(host="example.org"), authority.certificate, "is for another name than localhost"),
        "another address": (dict(host="127.0.0.2", asked="127.0.0.1"), authority.certificate, "is for another name than 127.0.0.1"),
        "an address for a name": (dict(host="127.0.0.1"), authority.certificate, "is for another name than localhost"),
        "expired": (dict(valid=("-days", "-1")), authority.certificate, "has expired"),
        "no such file": (dict(host="localhost"), "/no/such.pem", "certificates of authorities, /no/such.pem: no such file or directory (set SSL_CERT_FILE)"),
        "no certificates": (dict(host="localhost"), house.write("none.pem", "text\n"), "no certificate in PEM form is in it"),
        "a folder": (dict(host="localhost"), house.folder, "is no file"),
    }
    for name, (options, certificates, text) in cases.items():
        provider = https(house, authority, **options)
        watchdog = classic("cat", wait=False, **dict(SETTINGS, SSL_CERT_FILE=certificates))
        line = watchdog.await_log("^JWT: failed to get keyset from https://(localhost|127.0.0.1):.*; trying again$").group(0)
        assert text in line, (name, line)
        watchdog.term()
        assert watchdog.await_end() == 0, name
        provider.close()


@in_own_network
def test_servers_that_do_not_speak_tls(classic, house):
    """http behind https://, one that ends the connection at once, and a redirect from https to http."""
    authority = Authority(house)
    plain = Provider(house, key(), port=house.free_port())
    keys = Provider(house, key(), port=house.free_port(), certificate=authority.issue())
    keys.answers["/down"] = lambda handler: answer(handler, "", 302, Location="http://127.0.0.1:8000/keys")
    keys.answers["/cut"] = raw(b'HTTP/1.1 200 OK\r\n\r\n{"keys":[')
    provider = Provider(house, key())
    for url, text in (("https://localhost:%d/keys" % plain.port, "the server does not speak TLS"),
                      ("https://localhost:%d/down" % keys.port, "a redirect must not lead from https to http"),
                      ("https://localhost:%d/cut" % keys.port, "TLS: unexpected EOF|no valid JSON")):
        provider.configuration["jwks_uri"] = url
        watchdog = classic("cat", wait=False, **dict(SETTINGS, SSL_CERT_FILE=authority.certificate))
        watchdog.await_log("^JWT: failed to get keyset from https://localhost:.*(%s).*; trying again$" % text)
        watchdog.term()
        assert watchdog.await_end() == 0
