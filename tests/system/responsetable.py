"""Answers of a function that is a server which break a rule, or which two parsers could read differently."""

OK = b"HTTP/1.1 200 OK\r\n"
OK_CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n"
TWO = b"Content-Length: 2\r\n\r\nok"
TWO_CHUNKED = b"\r\n2\r\nok\r\n0\r\n\r\n"

# Before the head is whole nothing has gone to the caller.
BAD_HEADS = {
    "nothing": b"", "line_end": b"\r\n", "line_end_first": b"\r\n" + OK + TWO, "lf_first": b"\n" + OK + TWO, "not_http": b"this is not http\r\n\r\n", "html": b"<html>oops</html>\r\n\r\n", "http_0_9": b"ok\n",
    "tls_alert": b"\x15\x03\x01\x00\x02\x02\x16", "ssh": b"SSH-2.0-OpenSSH_9.2\r\n", "smtp": b"220 mail ESMTP\r\n", "shoutcast": b"ICY 200 OK\r\n" + TWO, "rtsp": b"RTSP/1.0 200 OK\r\n" + TWO,
    "a_request": b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", "nul_first": b"\0" + OK + TWO, "byte_order_mark": b"\xef\xbb\xbf" + OK + TWO,
    "http_2_preface": b"\0\0\x12\x04\0\0\0\0\0\0\x03\0\0\0\x64\0\x04\0\x40\0\0\0\x02\0\0\0\0", "http_2_version": b"HTTP/2.0 200 OK\r\n" + TWO, "http_3_version": b"HTTP/3.0 200 OK\r\n" + TWO,
    "http_0_9_version": b"HTTP/0.9 200 OK\r\n" + TWO, "http_1_version": b"HTTP/1 200 OK\r\n" + TWO, "http_11_1_version": b"HTTP/11.1 200 OK\r\n" + TWO, "http_1_10_version": b"HTTP/1.10 200 OK\r\n" + TWO,
    "no_version": b"HTTP 200 OK\r\n" + TWO, "lower_case": b"http/1.1 200 OK\r\n" + TWO, "no_status": b"HTTP/1.1\r\n" + TWO, "blank_status": b"HTTP/1.1  \r\n" + TWO,
    "status_of_two_digits": b"HTTP/1.1 20 OK\r\n" + TWO, "status_of_four_digits": b"HTTP/1.1 2000 OK\r\n" + TWO, "status_0": b"HTTP/1.1 000 OK\r\n" + TWO, "status_099": b"HTTP/1.1 099 OK\r\n" + TWO,
    "status_of_letters": b"HTTP/1.1 2OO OK\r\n" + TWO, "negative_status": b"HTTP/1.1 -20 OK\r\n" + TWO, "signed_status": b"HTTP/1.1 +200 OK\r\n" + TWO, "two_blanks": b"HTTP/1.1  200 OK\r\n" + TWO,
    "tab_before_status": b"HTTP/1.1\t200 OK\r\n" + TWO, "tab_after_status": b"HTTP/1.1 200\tOK\r\n" + TWO, "reason_without_blank": b"HTTP/1.1 200OK\r\n" + TWO, "leading_blank": b" HTTP/1.1 200 OK\r\n" + TWO,
    "control_in_reason": b"HTTP/1.1 200 O\x01K\r\n" + TWO, "nul_in_reason": b"HTTP/1.1 200 O\0K\r\n" + TWO, "bare_cr_in_reason": b"HTTP/1.1 200 O\rK\r\n" + TWO, "cr_cr_lf_after_status": b"HTTP/1.1 200 OK\r\r\n" + TWO,
    "bare_lf_after_status": b"HTTP/1.1 200 OK\n" + TWO, "bare_lf_in_fields": OK + b"X: y\n" + TWO, "bare_lf_at_end": OK + b"Content-Length: 2\r\n\nok", "bare_lf_everywhere": b"HTTP/1.1 200 OK\nContent-Length: 2\n\nok",
    "bare_cr_in_value": OK + b"X: a\rb\r\n" + TWO, "bare_cr_at_end": OK + b"Content-Length: 2\r\n\rok", "bare_cr_hides_length": OK + b"X: a\rContent-Length: 9\r\n" + TWO, "nul_in_value": OK + b"X: a\0b\r\n" + TWO,
    "control_in_value": OK + b"X: a\x07b\r\n" + TWO, "delete_in_value": OK + b"X: a\x7fb\r\n" + TWO, "folded": OK + b"X: a\r\n b\r\n" + TWO, "folded_tab": OK + b"X: a\r\n\tb\r\n" + TWO,
    "folded_length": OK + b"Content-Length:\r\n 2\r\n\r\nok", "folded_coding": OK + b"Transfer-Encoding:\r\n chunked\r\n" + TWO_CHUNKED, "blank_before_colon": OK + b"Content-Length : 2\r\n\r\nok",
    "blank_before_colon_of_coding": OK + b"Transfer-Encoding : chunked\r\n" + TWO_CHUNKED, "blank_in_name": OK + b"X Y: a\r\n" + TWO, "nul_in_name": OK + b"X\0Y: a\r\n" + TWO, "above_127_in_name": OK + b"X\xe9: a\r\n" + TWO,
    "empty_name": OK + b": a\r\n" + TWO, "no_colon": OK + b"nonsense\r\n" + TWO, "leading_blank_in_field": OK + b" X: a\r\n" + TWO, "two_heads": OK + OK + TWO,
    "length_and_chunked": OK + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n", "chunked_and_length": OK + b"Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
    "chunked_far_from_length": OK + b"Transfer-Encoding: chunked\r\nX: y\r\nContent-Length: 0\r\n\r\n5\r\nhello\r\n0\r\n\r\n", "unequal_lengths": OK + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\nok",
    "unequal_lengths_far_apart": OK + b"Content-Length: 2\r\nX: y\r\ncontent-length: 0\r\n\r\nok", "length_list": OK + b"Content-Length: 2, 2\r\n\r\nok", "negative_length": OK + b"Content-Length: -2\r\n\r\nok",
    "signed_length": OK + b"Content-Length: +2\r\n\r\nok", "hex_length": OK + b"Content-Length: 0x2\r\n\r\nok", "empty_length": OK + b"Content-Length:\r\n\r\nok", "length_of_letters": OK + b"Content-Length: two\r\n\r\nok",
    "length_with_point": OK + b"Content-Length: 2.0\r\n\r\nok", "length_with_blank": OK + b"Content-Length: 1 2\r\n\r\nok", "huge_length": OK + b"Content-Length: 99999999999999999999\r\n\r\nok",
    "length_of_64_bits": OK + b"Content-Length: 18446744073709551618\r\n\r\nok", "length_of_63_bits": OK + b"Content-Length: 9223372036854775808\r\n\r\nok", "unknown_coding": OK + b"Transfer-Encoding: gzip\r\n\r\nok",
    "identity": OK + b"Transfer-Encoding: identity\r\n\r\nok", "empty_coding": OK + b"Transfer-Encoding:\r\n\r\nok", "misspelled_coding": OK + b"Transfer-Encoding: xchunked\r\n" + TWO_CHUNKED,
    "vertical_tab_before_coding": OK + b"Transfer-Encoding: \x0bchunked\r\n" + TWO_CHUNKED, "coding_before_chunked": OK + b"Transfer-Encoding: gzip, chunked\r\n" + TWO_CHUNKED,
    "coding_after_chunked": OK + b"Transfer-Encoding: chunked, gzip\r\n" + TWO_CHUNKED, "chunked_twice": OK + b"Transfer-Encoding: chunked, chunked\r\n" + TWO_CHUNKED,
    "chunked_in_two_lines": OK + b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n" + TWO_CHUNKED, "chunked_and_identity": OK + b"Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n" + TWO_CHUNKED,
    "quoted_coding": OK + b"Transfer-Encoding: \"chunked\"\r\n" + TWO_CHUNKED, "chunked_in_1_0": b"HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n" + TWO_CHUNKED,
    "switches_unasked": b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n", "ends_after_interim": b"HTTP/1.1 103 Early Hints\r\n\r\n", "interim_alone": b"HTTP/1.1 100 Continue\r\n\r\n",
    "bad_head_after_interim": b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 2x0 OK\r\n\r\n", "body_after_interim": b"HTTP/1.1 102 Processing\r\nContent-Length: 2\r\n\r\nok" + OK + TWO, "too_large": OK + b"X: " + b"x" * 1_200_000 + b"\r\n\r\n",
    "too_many_fields": OK + b"".join(b"X-%d: y\r\n" % number for number in range(120_000)) + b"\r\n", "endless_line": b"HTTP/1.1 200 " + b"x" * 1_200_000}

# Some of them end with the connection before anything could be wrong.
UNFINISHED_HEADS = ("nothing", "ends_after_interim", "interim_alone")

# The head is fine, and has gone to the caller by then or not.
BAD_BODIES = {
    "short": OK + b"Content-Length: 10\r\n\r\nfour", "no_body": OK + b"Content-Length: 10\r\n\r\n", "largest_length": OK + b"Content-Length: 4611686018427387904\r\n\r\nfour", "short_in_1_0": b"HTTP/1.0 200 OK\r\nContent-Length: 10\r\n\r\nfour",
    **{name: OK_CHUNKED + body for name, body in {
        "no_chunk_size": b"\r\n", "bad_chunk_size": b"xyz\r\nabc\r\n0\r\n\r\n", "negative_chunk_size": b"-1\r\na\r\n0\r\n\r\n", "signed_chunk_size": b"+1\r\na\r\n0\r\n\r\n", "hex_prefix": b"0x2\r\nok\r\n0\r\n\r\n",
        "blank_before_size": b" 2\r\nok\r\n0\r\n\r\n", "huge_chunk_size": b"fffffffffffffffff\r\nok\r\n0\r\n\r\n", "chunk_size_of_64_bits": b"10000000000000002\r\nok\r\n0\r\n\r\n", "chunk_too_long": b"2\r\nokay\r\n0\r\n\r\n",
        "chunk_too_short": b"4\r\nok\r\n0\r\n\r\n", "bare_lf_after_size": b"2\nok\r\n0\r\n\r\n", "bare_cr_after_size": b"2\rok\r\n0\r\n\r\n", "bare_lf_after_chunk": b"2\r\nok\n0\r\n\r\n", "bare_lf_at_end": b"2\r\nok\r\n0\n\n",
        "control_in_extension": b"2;\x01\r\nok\r\n0\r\n\r\n", "nul_in_extension": b"2;\0\r\nok\r\n0\r\n\r\n", "bare_lf_in_extension": b"2;a\nb\r\nok\r\n0\r\n\r\n", "quote_open_in_extension": b'2;a="\r\nok\r\n0\r\n\r\n',
        "extension_too_long": b"2;" + b"e" * 20000 + b"\r\nok\r\n0\r\n\r\n", "bad_trailer": b"2\r\nok\r\n0\r\nno colon\r\n\r\n", "folded_trailer": b"2\r\nok\r\n0\r\nX: y\r\n z\r\n\r\n", "nul_in_trailer": b"2\r\nok\r\n0\r\nX: \0\r\n\r\n",
        "trailer_is_an_answer": b"2\r\nok\r\n0\r\n" + OK + TWO, "trailers_too_large": b"2\r\nok\r\n0\r\nX: " + b"y" * 70_000 + b"\r\n\r\n", "not_chunked_at_all": b"<html>all of it</html>", "nothing_at_all": b"",
        "no_chunk": b"2", "no_data": b"2\r\n", "no_end_of_chunk": b"2\r\nok", "no_last_chunk": b"2\r\nok\r\n", "no_end": b"2\r\nok\r\n0", "no_end_of_trailers": b"2\r\nok\r\n0\r\nX: y\r\n"}.items()}}

FORGED = OK + b"X-Forged: yes\r\nContent-Length: 6\r\n\r\nforged"

# Whole answers with more behind them, which nobody asked for: (method, what the function says, the body that the caller gets).
MORE_BEHIND = {
    "length": ("POST", OK + TWO + FORGED, "ok"), "empty": ("POST", OK + b"Content-Length: 0\r\n\r\n" + FORGED, ""), "chunked": ("POST", OK + b"Transfer-Encoding: chunked\r\n" + TWO_CHUNKED + FORGED, "ok"),
    "no_content": ("POST", b"HTTP/1.1 204 No Content\r\n\r\n" + FORGED, ""), "no_content_with_length": ("POST", b"HTTP/1.1 204 No Content\r\nContent-Length: 94\r\n\r\n" + FORGED, ""),
    "no_content_chunked": ("POST", b"HTTP/1.1 204 No Content\r\nTransfer-Encoding: chunked\r\n" + TWO_CHUNKED + FORGED, ""), "not_modified": ("GET", b"HTTP/1.1 304 Not Modified\r\nContent-Length: 94\r\n\r\n" + FORGED, ""),
    "head": ("HEAD", OK + b"Content-Length: 94\r\n\r\n" + FORGED, ""), "head_chunked": ("HEAD", OK + b"Transfer-Encoding: chunked\r\n" + TWO_CHUNKED + FORGED, ""), "line_end": ("POST", OK + TWO + b"\r\n" + FORGED, "ok"),
    "one_byte": ("POST", OK + TWO + b"H", "ok"), "interim": ("POST", b"HTTP/1.1 103 Early Hints\r\n\r\n" + OK + TWO + b"HTTP/1.1 100 Continue\r\n\r\n" + FORGED, "ok"),
    "kept_in_1_0": ("POST", b"HTTP/1.0 200 OK\r\nConnection: keep-alive\r\n" + TWO + FORGED, "ok"), "closes": ("POST", OK + b"Connection: close\r\n" + TWO + FORGED, "ok"), "error": ("POST", b"HTTP/1.1 500 No\r\n" + TWO + FORGED, "ok")}
