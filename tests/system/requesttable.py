"""Requests that are malformed, or that two parsers could read differently, and odd ones that are neither; each with its one right outcome."""
import typing

HOST = "Host: x\r\n"
GET = "GET /first HTTP/1.1\r\n" + HOST
POST = "POST /first HTTP/1.1\r\n" + HOST
CHUNKED = POST + "Transfer-Encoding: chunked\r\n"
# Hidden in bodies and behind messages: never a request of its own unless the row says so.
HIDDEN = "GET /hidden HTTP/1.1\r\nHost: x\r\n\r\n"


class Row(typing.NamedTuple):
    message: bytes
    statuses: tuple  # of the answers to it, in order
    seen: tuple = ()  # `METHOD target body` of each request that the function saw whole, as the first answers tell
    kept: bool = False  # what follows on the connection is served
    ends: bool = False  # the caller ends its sending behind it


def encoded(text):
    return text.encode("latin-1") if isinstance(text, str) else text


def bad(text, status=400):
    """One answer, which ends the connection; the function sees nothing."""
    return Row(encoded(text), (status,))


def cut(text):
    """The caller ends its sending too early."""
    return Row(encoded(text), (400,), ends=True)


def good(text, *seen):
    return Row(encoded(text), (200,) * len(seen), seen, kept=True)


def last(text, *seen):
    """Answered, and then the connection ends."""
    return Row(encoded(text), (200,) * len(seen), seen)


def then_bad(text, *seen, status=400):
    """Answered, and what is left is no request."""
    return Row(encoded(text), (200,) * len(seen) + (status,), seen)


def start(line):
    return line + "\r\n" + HOST + "\r\n"


REQUEST_LINES = {name: bad(start(line)) for name, line in {
    "no_version": "GET /", "one_word": "GET", "empty": "", "empty_line_first": "\r\nGET / HTTP/1.1", "lf_first": "\nGET / HTTP/1.1", "cr_first": "\rGET / HTTP/1.1",
    "two_empty_lines_first": "\r\n\r\nGET / HTTP/1.1", "tls": "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", "status_line": "HTTP/1.1 200 OK", "space_in_target": "GET /a b HTTP/1.1",
    "nul_in_target": "GET /\0 HTTP/1.1", "control_in_target": "GET /\x01 HTTP/1.1", "delete_in_target": "GET /\x7f HTTP/1.1", "tab_in_target": "GET /a\tb HTTP/1.1",
    "cr_in_target": "GET /a\rb HTTP/1.1", "bad_escape": "GET /%zz HTTP/1.1", "cut_escape": "GET /% HTTP/1.1", "no_slash": "GET foo HTTP/1.1", "no_target": "GET  HTTP/1.1",
    "two_spaces": "GET  / HTTP/1.1", "two_spaces_before_version": "GET /  HTTP/1.1", "tabs": "GET\t/\tHTTP/1.1", "vertical_tab": "GET\x0b/\x0bHTTP/1.1", "form_feed": "GET /\x0cHTTP/1.1",
    "trailing_space": "GET / HTTP/1.1 ", "leading_space": " GET / HTTP/1.1", "no_method": " / HTTP/1.1", "bad_method": "G@T / HTTP/1.1", "method_with_colon": "GET: / HTTP/1.1",
    "method_in_brackets": "[GET] / HTTP/1.1", "method_above_127": "G\xc9T / HTTP/1.1", "nul_in_method": "G\0T / HTTP/1.1", "version_small": "GET / http/1.1",
    "version_short": "GET / HTTP/1", "version_long": "GET / HTTP/1.10", "version_letters": "GET / HTTP/x.y", "version_comma": "GET / HTTP/1,1", "version_sign": "GET / HTTP/+1.1",
    "version_blank": "GET / HTTP/ 1.1", "version_slash": "GET / HTTP//1.1", "version_of_two_digits": "GET / HTTP/11.1", "version_twice": "GET / HTTP/1.1 HTTP/1.1",
    "version_nul": "GET / HTTP/1.1\0", "other_protocol": "GET / ICY/1.1", "https": "GET / HTTPS/1.1", "rtsp": "DESCRIBE rtsp://x/y RTSP/1.0", "sip": "INVITE sip:a@b SIP/2.0",
    "asterisk_for_get": "GET * HTTP/1.1", "asterisk_and_more": "OPTIONS *x HTTP/1.1", "two_asterisks": "OPTIONS ** HTTP/1.1", "connect_without_port": "CONNECT x HTTP/1.1",
    "connect_with_empty_port": "CONNECT x: HTTP/1.1", "connect_without_host": "CONNECT :80 HTTP/1.1", "connect_with_path": "CONNECT x:80/y HTTP/1.1",
    "connect_with_uri": "CONNECT http://x:80/ HTTP/1.1", "authority_for_get": "GET x:80 HTTP/1.1", "empty_authority": "GET http:///first HTTP/1.1", "user_information": "GET http://u:p@x/ HTTP/1.1",
    "only_user_information": "GET http://u@/ HTTP/1.1", "port_too_large": "GET http://x:65536/ HTTP/1.1", "port_of_letters": "GET http://x:y/ HTTP/1.1", "one_slash": "GET http:/x/ HTTP/1.1",
    "no_slashes": "GET http:x HTTP/1.1", "blank_in_authority": "GET http://x y/ HTTP/1.1", "bad_address": "GET http://[::1/ HTTP/1.1", "escaped_nul_in_authority": "GET http://x%00/ HTTP/1.1",
    "no_hierarchy": "GET mailto:a@b HTTP/1.1", "query_alone": "GET ?a HTTP/1.1", "fragment_alone": "GET #a HTTP/1.1", "backslash": "GET \\a HTTP/1.1"}.items()}
REQUEST_LINES.update({
    "bare_lf": bad("GET / HTTP/1.1\nHost: x\n\n"), "bare_cr": bad("GET / HTTP/1.1\rHost: x\r\r"), "cr_cr_lf": bad("GET / HTTP/1.1\r\r\nHost: x\r\n\r\n"), "http_0_9": bad("GET /\r\n"),
    "http_0_9_lf": bad("GET /\n"), "version_0_9": bad(start("GET / HTTP/0.9"), 505), "version_2": bad(start("GET / HTTP/2.0"), 505), "version_3": bad(start("GET / HTTP/3.0"), 505),
    "version_9_9": bad(start("GET / HTTP/9.9"), 505), "version_0_0": bad(start("GET / HTTP/0.0"), 505), "http_2_preface": bad("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505),
    "version_1_2": good(start("GET /first HTTP/1.2"), "GET /first "), "version_1_9": good(start("GET /first HTTP/1.9"), "GET /first "),
    "version_1_0": last(start("GET /first HTTP/1.0"), "GET /first "), "version_1_0_without_host": last("GET /first HTTP/1.0\r\n\r\n", "GET /first "),
    "version_1_0_kept": good("GET /first HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", "GET /first "), "small_method": good(start("get /first HTTP/1.1"), "get /first "),
    "odd_method": good(start("!#$%&'*+-.^_`|~ /first HTTP/1.1"), "!#$%&'*+-.^_`|~ /first "), "two_slashes": good(start("GET //x/first HTTP/1.1"), "GET //x/first "),
    "dots": good(start("GET /a/../%66irst HTTP/1.1").replace("%66", "f"), "GET /a/../first "), "query_of_anything": good(start("GET /first?a=%zz&%&?/ HTTP/1.1"), "GET /first?a=%zz&%&?/ "),
    "absolute": good(start("GET http://other:81/first?q HTTP/1.1"), "GET /first?q "), "absolute_without_path": good(start("GET http://other HTTP/1.1"), "GET / "),
    "absolute_with_query_alone": good(start("GET http://other?q HTTP/1.1"), "GET /?q "), "absolute_https": good(start("GET https://other/first HTTP/1.1"), "GET /first "),
    "absolute_address": good(start("GET http://[::1]:80/first HTTP/1.1"), "GET /first "), "absolute_without_host": bad("GET http://x/first HTTP/1.1\r\n\r\n"),
    "absolute_with_two_hosts": bad("GET http://x/ HTTP/1.1\r\nHost: x\r\nHost: x\r\n\r\n"), "options": good(start("OPTIONS /first HTTP/1.1"), "OPTIONS /first "),
    "options_for_the_server": Row(encoded(start("OPTIONS * HTTP/1.1")), (200,), kept=True), "connect": Row(encoded(start("CONNECT x:80 HTTP/1.1")), (404,), kept=True)})

HOSTS = {name: bad("GET / HTTP/1.1\r\n%s\r\n" % lines) for name, lines in {
    "missing": "", "two": "Host: a\r\nHost: b\r\n", "two_equal": "Host: a\r\nhost: a\r\n", "one_empty_of_two": "Host: a\r\nHost:\r\n", "list": "Host: a, b/c\r\n", "blank_inside": "Host: a b\r\n",
    "tab_inside": "Host: a\tb\r\n", "slash": "Host: a/b\r\n", "uri": "Host: http://a\r\n", "query": "Host: a?b\r\n", "fragment": "Host: a#b\r\n", "user": "Host: u@a\r\n", "backslash": "Host: a\\b\r\n",
    "port_of_letters": "Host: a:b\r\n", "port_negative": "Host: a:-1\r\n", "port_too_large": "Host: a:65536\r\n", "port_overflow": "Host: a:4294967376\r\n", "two_ports": "Host: a:80:80\r\n",
    "address_unclosed": "Host: [::1\r\n", "address_none": "Host: []\r\n", "address_bad": "Host: [::1]x\r\n", "name_in_brackets": "Host: [a]\r\n", "escaped_slash": "Host: a%2fb\r\n",
    "escaped_nul": "Host: a%00\r\n", "bad_escape": "Host: a%zz\r\n", "space_before_colon": "Host : a\r\n", "tab_before_colon": "Host\t: a\r\n", "folded": "Host:\r\n a\r\n",
    "first_line_folded": " Host: a\r\n", "behind_bare_cr": "X: y\rHost: a\r\n", "behind_bare_lf": "X: y\nHost: a\nHost: b\r\n", "nul": "Host: a\0b\r\n", "above_127": "Host: \xe9\r\n",
    "underscore_name": "Host_: a\r\n", "other_name": "X-Host: a\r\n"}.items()}
HOSTS.update({
    "missing_before_body": bad("POST / HTTP/1.1\r\nContent-Length: 1\r\n\r\nx"), "two_in_1_0": bad("GET / HTTP/1.0\r\nHost: a\r\nHost: a\r\n\r\n"),
    "empty": good("GET /first HTTP/1.1\r\nHost:\r\n\r\n", "GET /first "), "blanks_around": good("GET /first HTTP/1.1\r\nHost: \t a \t\r\n\r\n", "GET /first "),
    "no_blank": good("GET /first HTTP/1.1\r\nHost:a\r\n\r\n", "GET /first "), "address": good("GET /first HTTP/1.1\r\nHost: [::1]:80\r\n\r\n", "GET /first "),
    "capitals": good("GET /first HTTP/1.1\r\nHOST: A\r\n\r\n", "GET /first "), "empty_port": good("GET /first HTTP/1.1\r\nHost: a:\r\n\r\n", "GET /first ")})

FIELDS = {name: bad(POST + line + "\r\nContent-Length: 3\r\n\r\nabc") for name, line in {
    "no_colon": "NoColonHere", "space_before_colon": "X-A : b", "tab_before_colon": "X-A\t: b", "vertical_tab_before_colon": "X-A\x0b: b", "empty_name": ": b", "folded": "X-A: b\r\n folded",
    "folded_tab": "X-A: b\r\n\tfolded", "folded_empty": "X-A: b\r\n \t", "leading_blank": " X-A: b", "nul": "X-A: a\0b", "control": "X-A: a\x01b", "escape": "X-A: a\x1b[2J", "delete": "X-A: a\x7fb",
    "vertical_tab": "X-A: a\x0bb", "bare_cr": "X-A: a\rb", "bare_cr_line": "X-A: a\rX-B: b", "bare_cr_at_end": "X-A: a\r", "bare_lf": "X-A: a\nX-B: b", "bare_lf_and_empty_line": "X-A: a\n\nGET /hidden HTTP/1.1",
    "cr_before_name": "X-A: a\r\n\rX-B: b", "name_at": "X@A: b", "name_space": "X A: b", "name_parenthesis": "X(A): b", "name_slash": "X/A: b", "name_quotes": '"X-A": b', "name_brackets": "X[A]: b",
    "name_comma": "X,A: b", "name_equals": "X=A: b", "name_above_127": "X\xe9: b", "name_nul": "X\0A: b", "name_control": "X\x01A: b", "name_cr": "X\rA: b", "name_lf": "X\nA: b"}.items()}
FIELDS.update({
    "odd_name": good(GET + "!#$%&'*+-.^_`|~1: b\r\n\r\n", "GET /first "), "empty_value": good(GET + "X:\r\nY: \t \r\n\r\n", "GET /first "), "above_127": good(GET + "X: \x80\xff\r\n\r\n", "GET /first "),
    "tab_inside": good(GET + "X: a\tb\r\n\r\n", "GET /first "), "colons": good(GET + "X:: :\r\n\r\n", "GET /first "), "two_close": last(GET + "Connection: keep-alive, close\r\n\r\n", "GET /first "),
    "close_in_capitals": last(GET + "connection: CLOSE\r\n\r\n", "GET /first "), "close_in_the_second": last(GET + "Connection: x\r\nConnection: close\r\n\r\n", "GET /first "),
    "nominates_framing": good(POST + "Connection: Content-Length, Host\r\nContent-Length: 3\r\n\r\nabc", "POST /first abc"),
    "upgrade_h2c": good(GET + "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n\r\n", "GET /first "),
    "upgrade_unasked": good(GET + "Upgrade: websocket\r\n\r\n", "GET /first "), "upgrade_with_body": good(POST + "Connection: Upgrade\r\nUpgrade: x\r\nContent-Length: 3\r\n\r\nabc", "POST /first abc")})

EXPECTATIONS = {name: bad(POST + line + "\r\nContent-Length: 3\r\n\r\nabc", 417) for name, line in {
    "unknown": "Expect: something", "misspelled": "Expect: 100-continu", "longer": "Expect: 100-continue!", "other_status": "Expect: 200-ok", "list": "Expect: 100-continue, x",
    "parameter": "Expect: 100-continue;q=1", "second_unknown": "Expect: 100-continue\r\nExpect: x", "first_unknown": "Expect: x\r\nExpect: 100-continue"}.items()}
EXPECTATIONS.update({
    "usual": good(POST + "Expect: 100-continue\r\nContent-Length: 3\r\n\r\nabc", "POST /first abc"), "capitals": good(POST + "EXPECT: 100-Continue\r\nContent-Length: 3\r\n\r\nabc", "POST /first abc"),
    "twice": good(POST + "Expect: 100-continue\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\nabc", "POST /first abc"), "empty": good(POST + "Expect:\r\nContent-Length: 3\r\n\r\nabc", "POST /first abc"),
    "without_body": good(GET + "Expect: 100-continue\r\n\r\n", "GET /first "), "in_1_0": last("POST /first HTTP/1.0\r\nExpect: x\r\nContent-Length: 3\r\n\r\nabc", "POST /first abc"),
    "chunked": good(CHUNKED + "Expect: 100-continue\r\n\r\n3\r\nabc\r\n0\r\n\r\n", "POST /first abc"), "space_before_colon": bad(POST + "Expect : 100-continue\r\nContent-Length: 3\r\n\r\nabc")})

LENGTHS = {name: bad(POST + line + "\r\n\r\nabc") for name, line in {
    "letters": "Content-Length: abc", "negative": "Content-Length: -1", "minus_zero": "Content-Length: -0", "plus": "Content-Length: +3", "hex": "Content-Length: 0x3", "octal_prefix": "Content-Length: 0o3",
    "exponent": "Content-Length: 3e0", "blank_inside": "Content-Length: 1 2", "tab_inside": "Content-Length: 1\t2", "empty": "Content-Length:", "blanks_alone": "Content-Length: \t ", "point": "Content-Length: 3.0",
    "semicolon": "Content-Length: 3;", "quoted": 'Content-Length: "3"', "list": "Content-Length: 3, 3", "list_unequal": "Content-Length: 3, 4", "comma_last": "Content-Length: 3,", "comma_first": "Content-Length: ,3",
    "digits_of_other_scripts": "Content-Length: \xd9\xa3", "nul": "Content-Length: 3\0", "vertical_tab": "Content-Length: \x0b3", "underscores": "Content-Length: 1_0", "space_before_colon": "Content-Length : 3",
    "folded": "Content-Length:\r\n 3", "over_63_bits": "Content-Length: 9223372036854775808", "over_64_bits": "Content-Length: 18446744073709551619", "over_128_bits": "Content-Length: 340282366920938463463374607431768211459",
    "twice_unequal": "Content-Length: 3\r\nContent-Length: 4", "twice_unequal_later": "Content-Length: 3\r\nX: y\r\ncontent-length: 0", "twice_one_bad": "Content-Length: 3\r\nContent-Length: x",
    "twice_one_empty": "Content-Length:\r\nContent-Length: 3", "after_bare_lf": "X: y\nContent-Length: 3", "after_bare_cr": "X: y\rContent-Length: 3", "cr_inside": "Content-Length: 3\r3"}.items()}
LENGTHS.update({
    "equal_twice": good(POST + "Content-Length: 3\r\nContent-Length: 3\r\n\r\nabc", "POST /first abc"), "leading_zeros": good(POST + "Content-Length: 0003\r\n\r\nabc", "POST /first abc"),
    "blanks_around": good(POST + "Content-Length: \t 3  \r\n\r\nabc", "POST /first abc"), "tab_behind": bad(POST + "Content-Length: 3\t\r\n\r\nabc"), "no_blank": good(POST + "CONTENT-LENGTH:3\r\n\r\nabc", "POST /first abc"),
    "zero": good(POST + "Content-Length: 0\r\n\r\n", "POST /first "), "none": good(POST + "\r\n", "POST /first "), "ends_early": cut(POST + "Content-Length: 5\r\n\r\nabc"),
    "ends_before_body": cut(POST + "Content-Length: 5\r\n\r\n"), "hidden_in_a_get": good(GET + "Content-Length: %d\r\n\r\n%s" % (len(HIDDEN), HIDDEN), "GET /first " + HIDDEN),
    "hidden_in_a_post": good(POST + "Content-Length: %d\r\n\r\n%s" % (len(HIDDEN), HIDDEN), "POST /first " + HIDDEN), "too_long": then_bad(POST + "Content-Length: 3\r\n\r\nabcd\r\n\r\n", "POST /first abc"),
    "with_underscore": then_bad(POST + "Content_Length: 5\r\n\r\nabc\r\n\r\n", "POST /first "), "with_other_dash": bad(POST + "Content\xadLength: 3\r\n\r\nabc"),
    "in_1_0": last("POST /first HTTP/1.0\r\nContent-Length: 3\r\n\r\nabc" + HIDDEN, "POST /first abc")})

# What stands behind the head would be a request of its own to a parser that sees no coding, and the end of a body to one that does.
CODINGS = {name: bad(POST + lines + "\r\n\r\n0\r\n\r\n" + HIDDEN, status) for name, (lines, status) in {
    "length_then_chunked": ("Content-Length: 6\r\nTransfer-Encoding: chunked", 400), "chunked_then_length": ("Transfer-Encoding: chunked\r\nContent-Length: 6", 400),
    "length_far_from_chunked": ("Content-Length: 6\r\nX: y\r\nTransfer-Encoding: chunked", 400), "chunked_far_from_length": ("transfer-encoding: Chunked\r\nX: y\r\ncontent-length: 6", 400),
    "zero_length_and_chunked": ("Content-Length: 0\r\nTransfer-Encoding: chunked", 400), "bad_length_and_chunked": ("Content-Length: x\r\nTransfer-Encoding: chunked", 400),
    "length_and_identity": ("Content-Length: 6\r\nTransfer-Encoding: identity", 400), "length_and_unknown": ("Content-Length: 6\r\nTransfer-Encoding: xchunked", 400),
    "gzip": ("Transfer-Encoding: gzip", 501), "identity": ("Transfer-Encoding: identity", 501), "gzip_chunked": ("Transfer-Encoding: gzip, chunked", 501), "chunked_gzip": ("Transfer-Encoding: chunked, gzip", 501),
    "identity_chunked": ("Transfer-Encoding: identity, chunked", 501), "chunked_identity": ("Transfer-Encoding: chunked, identity", 501), "chunked_chunked": ("Transfer-Encoding: chunked, chunked", 501),
    "twice": ("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked", 501), "twice_with_cow": ("Transfer-Encoding: chunked\r\nTransfer-Encoding: cow", 501),
    "twice_after_cow": ("Transfer-Encoding: cow\r\nTransfer-Encoding: chunked", 501), "twice_with_identity": ("Transfer-Encoding: chunked\r\ntransfer-encoding: identity", 501),
    "twice_with_empty": ("Transfer-Encoding: chunked\r\nTransfer-Encoding:", 501), "xchunked": ("Transfer-Encoding: xchunked", 501), "chunkedx": ("Transfer-Encoding: chunkedx", 501),
    "chunk": ("Transfer-Encoding: chunk", 501), "blank_inside": ("Transfer-Encoding: chu nked", 501), "empty": ("Transfer-Encoding:", 501), "comma_last": ("Transfer-Encoding: chunked,", 501),
    "comma_first": ("Transfer-Encoding: ,chunked", 501), "semicolon": ("Transfer-Encoding: chunked;", 501), "parameter": ("Transfer-Encoding: chunked;q=1", 501), "quoted": ('Transfer-Encoding: "chunked"', 501),
    "single_quotes": ("Transfer-Encoding: 'chunked'", 501), "colon": ("Transfer-Encoding:: chunked", 501), "no_break_space": ("Transfer-Encoding: \xa0chunked", 501), "long_s": ("Transfer-Encoding: chun\xe2\x84\xaaed", 501),
    "vertical_tab": ("Transfer-Encoding: \x0bchunked", 400), "form_feed": ("Transfer-Encoding: chunked\x0c", 400), "nul": ("Transfer-Encoding: chunked\0", 400), "cr": ("Transfer-Encoding: chunked\r", 400),
    "cr_inside": ("Transfer-Encoding: chu\rnked", 400), "space_before_colon": ("Transfer-Encoding : chunked", 400), "tab_before_colon": ("Transfer-Encoding\t: chunked", 400),
    "lf_before_colon": ("Transfer-Encoding\n: chunked", 400), "crlf_before_colon": ("Transfer-Encoding\r\n : chunked", 400), "folded": ("Transfer-Encoding:\r\n chunked", 400), "folded_tab": ("Transfer-Encoding:\r\n\tchunked", 400),
    "folded_twice": ("Transfer-Encoding: chunked\r\n , identity", 400), "leading_blank": (" Transfer-Encoding: chunked", 400), "behind_bare_lf": ("X: y\nTransfer-Encoding: chunked", 400),
    "behind_bare_cr": ("X: y\rTransfer-Encoding: chunked", 400), "behind_lf_cr": ("X: y\n\rTransfer-Encoding: chunked", 400), "behind_cr_of_its_own": ("X: y\r\n\rTransfer-Encoding: chunked", 400),
    "in_a_folded_line": ("X: y\r\n Transfer-Encoding: chunked", 400), "nul_in_name": ("Transfer-Enco\0ding: chunked", 400)}.items()}
CODINGS.update({
    "http_1_0": bad("POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + HIDDEN), "http_1_0_with_length": bad("POST / HTTP/1.0\r\nContent-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
    "http_1_0_kept": bad("POST / HTTP/1.0\r\nConnection: keep-alive\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + HIDDEN), "capitals": good(POST + "TRANSFER-ENCODING: CHUNKED\r\n\r\n0\r\n\r\n", "POST /first "),
    "blanks_around": good(POST + "Transfer-Encoding:\t chunked \t\r\n\r\n0\r\n\r\n", "POST /first "), "no_blank": good(POST + "Transfer-Encoding:chunked\r\n\r\n0\r\n\r\n", "POST /first "),
    "with_underscore": then_bad(POST + "Transfer_Encoding: chunked\r\n\r\n0\r\n\r\n", "POST /first "), "escaped_name": then_bad(POST + "Transfer-%45ncoding: chunked\r\n\r\n0\r\n\r\n", "POST /first "),
    "in_te": then_bad(POST + "TE: chunked\r\n\r\n0\r\n\r\n", "POST /first "), "nominated": good(POST + "Connection: Transfer-Encoding\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "POST /first "),
    "of_a_get": good(GET + "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n", "GET /first abc")})

BAD_CHUNKS = {name: bad(CHUNKED + "\r\n" + text + "0\r\n\r\n" + HIDDEN) for name, text in {
    "letters": "xyz\r\nabc\r\n", "negative": "-3\r\nabc\r\n", "empty": "\r\nabc\r\n", "prefixed": "0x3\r\nabc\r\n", "plus": "+3\r\nabc\r\n", "leading_space": " 3\r\nabc\r\n", "leading_tab": "\t3\r\nabc\r\n",
    "blank_inside": "0 3\r\nabc\r\n", "underscore": "0_3\r\nabc\r\n", "hex_suffix": "3h\r\nabc\r\n", "quoted": '"3"\r\nabc\r\n', "nul": "3\0\r\nabc\r\n", "extension_alone": ";x\r\nabc\r\n", "equals": "3=x\r\nabc\r\n",
    "over_63_bits": "8000000000000003\r\nabc\r\n", "over_64_bits": "10000000000000003\r\nabc\r\n", "seventeen_digits": "00000000000000003\r\nabc\r\n", "largest": "ffffffffffffffff\r\nabc\r\n",
    "data_too_long": "3\r\nabcd\r\n", "data_too_short": "4\r\nabc\r\n", "data_without_end": "3\r\nabc", "size_line_lf": "3\nabc\r\n", "size_line_cr": "3\rabc\r\n", "size_line_cr_cr": "3\r\r\nabc\r\n", "data_lf": "3\r\nabc\n",
    "data_cr": "3\r\nabc\r", "data_cr_and_other": "3\r\nabc\rX", "data_lf_cr": "3\r\nabc\n\r", "two_ends": "3\r\nabc\r\n\r\n", "extension_cr": "3;a\rb\r\nabc\r\n", "extension_lf": "3;a\nb\r\nabc\r\n",
    "extension_nul": "3;a\0b\r\nabc\r\n", "extension_control": "3;\x01\r\nabc\r\n", "extension_quoted_line_end": '3;a="\r\nabc\r\n0\r\n\r\n"\r\nabc\r\n', "extension_quote_open": '3;a="b\r\nabc\r\n', "extension_quote_escaped": '3;a="b\\"\r\nabc\r\n', "extension_lf_last": "3;\nabc\r\n",
    "extension_too_long": "3;%s\r\nabc\r\n" % ("e" * 20000), "extensions_too_many": "1;%s\r\na\r\n" % ("e" * 400) * 100, "trailer_folded": "3\r\nabc\r\n0\r\nX-A: b\r\n c\r\n\r\n",
    "trailer_folded_first": "3\r\nabc\r\n0\r\n X-A: b\r\n\r\n", "trailer_space": "3\r\nabc\r\n0\r\nX-A : b\r\n\r\n", "trailer_nothing": "3\r\nabc\r\n0\r\nnothing\r\n\r\n", "trailer_without_name": "3\r\nabc\r\n0\r\n: b\r\n\r\n",
    "trailer_nul": "3\r\nabc\r\n0\r\nX-A: \0\r\n\r\n", "trailer_lf": "3\r\nabc\r\n0\r\nX-A: b\nX-B: c\r\n\r\n", "trailer_cr": "3\r\nabc\r\n0\r\nX-A: b\rX-B: c\r\n\r\n",
    "trailers_are_a_request": "3\r\nabc\r\n0\r\nGET /hidden HTTP/1.1\r\nHost: x\r\n\r\n", "last_lf": "3\r\nabc\r\n0\n\r\n", "last_cr": "3\r\nabc\r\n0\r\r\n\r\n", "end_lf": "3\r\nabc\r\n0\r\n\n", "end_cr": "3\r\nabc\r\n0\r\n\rX",
    "last_negative": "3\r\nabc\r\n-0\r\n\r\n", "last_prefixed": "3\r\nabc\r\n0x0\r\n\r\n", "last_too_long": "3\r\nabc\r\n00000000000000000\r\n\r\n"}.items()}
GOOD_CHUNKS = {name: good(CHUNKED + "\r\n" + text, "POST /first abc") for name, text in {
    "usual": "3\r\nabc\r\n0\r\n\r\n", "zeros": "0003\r\nabc\r\n000\r\n\r\n", "blank_behind": "3 \t\r\nabc\r\n0 \r\n\r\n", "extension": '3;a;b=c; d="e\\"f";;\r\nabc\r\n0;x=y\r\n\r\n', "extension_blank": "3 ; a\r\nabc\r\n0\r\n\r\n",
    "extension_above_127": "3;\xe9\r\nabc\r\n0\r\n\r\n", "bytes": "1\r\na\r\n1\r\nb\r\n1\r\nc\r\n0\r\n\r\n", "trailers": "3\r\nabc\r\n0\r\nX-A: b\r\nX-B:\r\n\r\n",
    "forbidden_trailers": "3\r\nabc\r\n0\r\nContent-Length: 9\r\nTransfer-Encoding: chunked\r\nHost: y\r\nX-A: b\r\n\r\n"}.items()}
CHUNK_ENDS = {name: cut(CHUNKED + "\r\n" + text) for name, text in {
    "nothing": "", "size": "5", "size_line": "5\r\n", "chunk": "5\r\nabc", "data": "3\r\nabc", "last_chunk": "3\r\nabc\r\n", "last_size": "3\r\nabc\r\n0", "end": "3\r\nabc\r\n0\r\n", "end_cr": "3\r\nabc\r\n0\r\n\r",
    "trailer": "3\r\nabc\r\n0\r\nX-A: b", "largest_size": "7fffffffffffffff\r\nabc"}.items()}
CHUNKS = {**BAD_CHUNKS, **{"good_" + name: row for name, row in GOOD_CHUNKS.items()}, **{"ends_in_" + name: row for name, row in CHUNK_ENDS.items()}}
CHUNKS["hidden"] = good(CHUNKED + "\r\n%x\r\n%s\r\n0\r\n\r\n" % (len(HIDDEN), HIDDEN), "POST /first " + HIDDEN)

SEQUENCES = {
    "three": good(GET + "\r\n" + POST + "Content-Length: 3\r\n\r\nabc" + GET.replace("first", "third") + "\r\n", "GET /first ", "POST /first abc", "GET /third "),
    "line_end_behind_a_body": then_bad(POST + "Content-Length: 3\r\n\r\nabc\r\n" + HIDDEN, "POST /first abc"), "line_end_behind_chunks": then_bad(CHUNKED + "\r\n0\r\n\r\n\r\n" + HIDDEN, "POST /first "),
    "garbage_behind_a_body": then_bad(POST + "Content-Length: 3\r\n\r\nabcBAD\r\n\r\n", "POST /first abc"), "garbage_behind_chunks": then_bad(CHUNKED + "\r\n3\r\nabc\r\n0\r\n\r\nBAD\r\n\r\n", "POST /first abc"),
    "http_2_behind_http_1": then_bad(GET + "\r\nPRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "GET /first ", status=505), "unknown_coding_behind": then_bad(GET + "\r\n" + POST + "Transfer-Encoding: x\r\n\r\n", "GET /first ", status=501),
    "hidden_behind": good(GET + "\r\n" + HIDDEN, "GET /first ", "GET /hidden "), "behind_close": last(GET + "Connection: close\r\n\r\n" + HIDDEN, "GET /first "),
    "behind_1_0": last("GET /first HTTP/1.0\r\n\r\n" + HIDDEN, "GET /first "), "two_heads_in_one": bad("GET /first HTTP/1.1\r\nGET /hidden HTTP/1.1\r\nHost: x\r\n\r\n"),
    "head_without_end": Row(encoded(GET), (), ends=True), "start_line_alone": Row(b"GET /first HTTP/1.1\r\n", (), ends=True), "nothing": Row(b"", (), ends=True)}

LARGE = {
    "one_field": bad(GET + "X-Large: " + "v" * 1300000 + "\r\n\r\n", 431), "many_fields": bad(GET + "".join("X-%d: %s\r\n" % (i, "v" * 16000) for i in range(80)) + "\r\n", 431),
    "small_fields": bad(GET + "".join("X-%d: v\r\n" % i for i in range(120000)) + "\r\n", 431), "name": bad(GET + "X" * 1300000 + ": v\r\n\r\n", 431), "target": bad(start("GET /" + "a" * 1300000 + " HTTP/1.1"), 431),
    "query": bad(start("GET /?" + "a" * 1300000 + " HTTP/1.1"), 431), "method": bad(start("M" * 1300000 + " / HTTP/1.1"), 431), "host": bad("GET / HTTP/1.1\r\nHost: " + "a" * 1300000 + "\r\n\r\n", 431),
    "length": bad(POST + "Content-Length: " + "0" * 1300000 + "3\r\n\r\nabc", 431), "version": bad(start("GET / HTTP/1." + "1" * 1300000), 431), "blanks": bad(GET + "X:" + " " * 1300000 + "v\r\n\r\n", 431)}

TABLE = {"%s: %s" % (kind, name): row for kind, rows in {
    "request line": REQUEST_LINES, "Host": HOSTS, "field": FIELDS, "Expect": EXPECTATIONS, "Content-Length": LENGTHS, "Transfer-Encoding": CODINGS, "chunks": CHUNKS, "sequence": SEQUENCES}.items()
    for name, row in rows.items()}


def insertions():
    """A good request with NUL, CR or LF put in at each place of its head; none of them is a request any more."""
    head, body = b"POST /first?q HTTP/1.1\r\nHost: x\r\nX-Name: a value\r\nContent-Length: 3\r\n\r\n", b"abc"
    for at in range(len(head) - 1):
        for byte in (b"\0", b"\r", b"\n"):
            yield "%r at %d" % (byte, at), Row(head[:at] + byte + head[at:] + body + HIDDEN.encode(), (400,))
