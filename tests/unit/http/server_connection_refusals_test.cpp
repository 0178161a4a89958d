// Messages that are refused: what two parsers could read differently, and what no parser could read.
#include <doctest/doctest.h>

#include <string>
#include <string_view>
#include <vector>

#include "http/server_connection.hpp"
#include "support/stage.hpp"

using namespace fwatchdog;
using namespace fwatchdog::test;
using namespace std::string_view_literals;

namespace {

const std::string kHost = "Host: h\r\n";
/// What must never be taken for a request of its own.
const std::string kSmuggled = "GET /smuggled HTTP/1.1\r\nHost: h\r\n\r\n";

std::size_t count(std::string_view text, std::string_view part) {
  std::size_t found = 0;
  for (std::size_t at = text.find(part); at != std::string_view::npos; at = text.find(part, at + 1)) ++found;
  return found;
}

/// The handler must not be called for it, the answer must be `line`, and the connection end.
void check_refused(const std::string& sent, const std::string& line, std::string_view body) {
  CAPTURE(sent);
  for (const Pace pace : {Pace::at_once, Pace::bytewise}) {
    const Exchange seen = talk(tell, sent + kSmuggled, pace);
    CHECK(seen.received == refused(line, body));
    CHECK(seen.calls == 0);
  }
}
void check_refused(const std::string& sent, const std::string& line) { check_refused(sent, line, line); }

}  // namespace

TEST_CASE("heads that no two parsers agree on are refused") {
  const std::string get = "GET / HTTP/1.1\r\n" + kHost;
  const std::string post = "POST / HTTP/1.1\r\n" + kHost;
  struct Row {
    std::string sent, detail;
  };
  const std::vector<Row> rows = {
      // Two framings.
      {post + "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "both Content-Length and Transfer-Encoding"},
      {post + "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n", "both Content-Length and Transfer-Encoding"},
      {post + "Transfer-Encoding: chunked\r\nX: y\r\nContent-Length: 0\r\n\r\n0\r\n\r\n",
       "both Content-Length and Transfer-Encoding"},
      {post + "content-length: 5\r\ntransfer-encoding: Chunked\r\n\r\n0\r\n\r\n", "both Content-Length and Transfer-Encoding"},
      {post + "Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello", "unequal Content-Length fields"},
      {post + "Content-Length: 6\r\nX: y\r\ncontent-length: 5\r\n\r\nhello", "unequal Content-Length fields"},
      {post + "Content-Length: 0\r\nContent-Length: 35\r\n\r\n", "unequal Content-Length fields"},
      // Lengths that are no lengths.
      {post + "Content-Length: 5, 5\r\n\r\nhello", "invalid Content-Length"},
      {post + "Content-Length: 5, 6\r\n\r\nhello", "invalid Content-Length"},
      {post + "Content-Length: +5\r\n\r\nhello", "invalid Content-Length"},
      {post + "Content-Length: -5\r\n\r\nhello", "invalid Content-Length"},
      {post + "Content-Length: 0x5\r\n\r\nhello", "invalid Content-Length"},
      {post + "Content-Length: 5a\r\n\r\nhello", "invalid Content-Length"},
      {post + "Content-Length: a5\r\n\r\nhello", "invalid Content-Length"},
      {post + "Content-Length: 1 2\r\n\r\nhello", "invalid Content-Length"},
      {post + "Content-Length: 5.0\r\n\r\nhello", "invalid Content-Length"},
      {post + "Content-Length: 5;\r\n\r\nhello", "invalid Content-Length"},
      {post + "Content-Length: \"5\"\r\n\r\nhello", "invalid Content-Length"},
      {post + "Content-Length: five\r\n\r\nhello", "invalid Content-Length"},
      {post + "Content-Length:\r\n\r\nhello", "invalid Content-Length"},
      {post + "Content-Length: \t\r\n\r\nhello", "invalid Content-Length"},
      {post + "Content-Length: 18446744073709551616\r\n\r\n", "invalid Content-Length"},
      {post + "Content-Length: 18446744073709551621\r\n\r\n", "invalid Content-Length"},
      {post + "Content-Length: 9223372036854775808\r\n\r\n", "invalid Content-Length"},
      {post + "Content-Length: 99999999999999999999999999999\r\n\r\n", "invalid Content-Length"},
      // Where a line ends, where a name ends.
      {get + "X: y\n\r\n", "bare CR or LF in header"},
      {get + "X: y\n\n", "bare CR or LF in header"},
      {get + "X: y\r\r\n\r\n", "bare CR or LF in header"},
      {get + "X: y\rZ: w\r\n\r\n", "bare CR or LF in header"},
      {get + "X: y\r\n\n", "malformed header"},
      {get + "\n", "malformed header"},
      {get + "X: y\r\n\rZ: w\r\n\r\n", "malformed header"},
      {post + "Content-Length : 5\r\n\r\nhello", "malformed header"},
      {post + "Content-Length\t: 5\r\n\r\nhello", "malformed header"},
      {post + "Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n", "malformed header"},
      {post + " Content-Length: 5\r\n\r\nhello", "malformed header"},
      {post + "X: y\r\n Content-Length: 5\r\n\r\nhello", "malformed header"},
      {post + "X: y\r\n\tTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "malformed header"},
      {post + "Transfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n", "malformed header"},
      {post + "Content-Length:\r\n 5\r\n\r\nhello", "malformed header"},
      {"GET / HTTP/1.1\r\n Host: h\r\n\r\n", "malformed header"},
      {get + "no colon\r\n\r\n", "malformed header"},
      {get + ": no name\r\n\r\n", "malformed header"},
      {get + "a b: c\r\n\r\n", "malformed header"},
      {get + "a(b): c\r\n\r\n", "malformed header"},
      {get + "\"a\": c\r\n\r\n", "malformed header"},
      {get + "a\x80: c\r\n\r\n", "malformed header"},
      {get + "a\x0b: c\r\n\r\n", "malformed header"},
      {get + std::string("a\0b: c\r\n\r\n"sv), "malformed header"},
      {get + std::string("a: b\0c\r\n\r\n"sv), "malformed header"},
      {get + "a: b\x01\r\n\r\n", "malformed header"},
      {get + "a: b\x7f\r\n\r\n", "malformed header"},
      {get + "a: b\x0b\r\n\r\n", "malformed header"},
      {get + "a: b\x1b[2J\r\n\r\n", "malformed header"},
      // Who is asked.
      {"GET / HTTP/1.1\r\n\r\n", "missing required Host header"},
      {"GET / HTTP/1.1\r\nX-Host: h\r\n\r\n", "missing required Host header"},
      {"GET http://h/ HTTP/1.1\r\n\r\n", "missing required Host header"},
      {get + "Host: h\r\n\r\n", "too many Host headers"},
      {get + "host: other\r\n\r\n", "too many Host headers"},
      {"GET / HTTP/1.0\r\n" + kHost + "Host: i\r\n\r\n", "too many Host headers"},
      {"GET / HTTP/1.1\r\nHost: a b\r\n\r\n", "malformed Host header"},
      {"GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", "malformed Host header"},
      {"GET / HTTP/1.1\r\nHost: a@b\r\n\r\n", "malformed Host header"},
      {"GET / HTTP/1.1\r\nHost: h:port\r\n\r\n", "malformed Host header"},
      {"GET / HTTP/1.1\r\nHost: [::1\r\n\r\n", "malformed Host header"},
      {"GET / HTTP/1.1\r\nHost: h:99999\r\n\r\n", "malformed Host header"},
      // An older version knows no transfer codings.
      {"POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "Transfer-Encoding in HTTP/1.0"},
      {"POST / HTTP/1.0\r\nConnection: keep-alive\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
       "Transfer-Encoding in HTTP/1.0"},
      // Start lines.
      {"\r\n" + get + "\r\n", "malformed request line"},
      {"GET\r\n\r\n", "malformed request line"},
      {"GET /\r\n\r\n", "malformed request line"},
      {"GET  / HTTP/1.1\r\n" + kHost + "\r\n", "malformed request line"},
      {"GET /  HTTP/1.1\r\n" + kHost + "\r\n", "malformed HTTP version"},
      {"GET / HTTP/1.1 \r\n" + kHost + "\r\n", "malformed HTTP version"},
      {"GET / a HTTP/1.1\r\n" + kHost + "\r\n", "malformed HTTP version"},
      {" GET / HTTP/1.1\r\n" + kHost + "\r\n", "invalid method"},
      {"GE(T) / HTTP/1.1\r\n" + kHost + "\r\n", "invalid method"},
      {"G\xc3\xa9T / HTTP/1.1\r\n" + kHost + "\r\n", "invalid method"},
      {"GET\t/\tHTTP/1.1\r\n" + kHost + "\r\n", "malformed request line"},
      {"GET / HTTP/1.1\n" + kHost + "\r\n", "bare LF in start line"},
      {"GET / HTTP/1.1\rHost: h\r\n\r\n", "malformed start line"},
      {"GET /\r HTTP/1.1\r\n" + kHost + "\r\n", "malformed start line"},
      {std::string("GET /\0 HTTP/1.1\r\n"sv) + kHost + "\r\n", "malformed start line"},
      {"GET /\x7f HTTP/1.1\r\n" + kHost + "\r\n", "malformed start line"},
      {"\x16\x03\x01\x02\x05\x01\x0b", "malformed start line"},
      {"GET / HTTP/1\r\n" + kHost + "\r\n", "malformed HTTP version"},
      {"GET / HTTP/1.10\r\n" + kHost + "\r\n", "malformed HTTP version"},
      {"GET / HTTP/+1.1\r\n" + kHost + "\r\n", "malformed HTTP version"},
      {"GET / http/1.1\r\n" + kHost + "\r\n", "malformed HTTP version"},
      {"GET / HTTPS/1.1\r\n" + kHost + "\r\n", "malformed HTTP version"},
      {"GET / ICY/1.1\r\n" + kHost + "\r\n", "malformed HTTP version"},
      // Targets.
      {"GET /%zz HTTP/1.1\r\n" + kHost + "\r\n", "invalid percent escape in the request target"},
      {"GET /% HTTP/1.1\r\n" + kHost + "\r\n", "invalid percent escape in the request target"},
      {"GET * HTTP/1.1\r\n" + kHost + "\r\n", "the request target * is for OPTIONS alone"},
      {"GET a HTTP/1.1\r\n" + kHost + "\r\n", "the request target is neither a path nor a URI"},
      {"GET http:///a HTTP/1.1\r\n" + kHost + "\r\n", "invalid host in the request target"},
      {"GET http://u@h/ HTTP/1.1\r\n" + kHost + "\r\n", "invalid host in the request target"},
      {"CONNECT h HTTP/1.1\r\n" + kHost + "\r\n", "CONNECT needs host:port"},
  };
  for (const Row& row : rows) check_refused(row.sent, "400 Bad Request: " + row.detail);
}

TEST_CASE("transfer codings other than chunked are not implemented") {
  const std::string post = "POST / HTTP/1.1\r\n" + kHost;
  const std::string rows[] = {
      "Transfer-Encoding: gzip\r\n",
      "Transfer-Encoding: identity\r\n",
      "Transfer-Encoding: xchunked\r\n",
      "Transfer-Encoding: chunked-x\r\n",
      "Transfer-Encoding: chunk\r\n",
      "Transfer-Encoding: x\r\n",
      "Transfer-Encoding: gzip, chunked\r\n",
      "Transfer-Encoding: chunked, gzip\r\n",
      "Transfer-Encoding: chunked, chunked\r\n",
      "Transfer-Encoding: chunked,\r\n",
      "Transfer-Encoding: ,chunked\r\n",
      "Transfer-Encoding: chunked;q=1\r\n",
      "Transfer-Encoding: \"chunked\"\r\n",
      "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
      "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n",
      "Transfer-Encoding: gzip\r\ntransfer-encoding: chunked\r\n",
      "Transfer-Encoding: chunked\r\nTransfer-Encoding: x\r\n",
      "Transfer-Encoding:\r\n",
      "Transfer-Encoding: cow\r\nTransfer-Encoding: chunked\r\n",
      "Transfer-Encoding: \xc3\xa9\r\n",
  };
  for (const std::string& fields : rows) {
    check_refused(post + fields + "\r\n0\r\n\r\n", "501 Not Implemented", "Unsupported transfer encoding");
  }
  // Vertical tabs and their like around the word are no blanks.
  check_refused(post +
                    "Transfer-Encoding: \x0b"
                    "chunked\r\n\r\n0\r\n\r\n",
                "400 Bad Request: malformed header");
}

TEST_CASE("versions that we do not speak") {
  const std::string rows[] = {"GET / HTTP/2.0\r\n" + kHost + "\r\n", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "GET / HTTP/0.9\r\n\r\n",
                              "GET / HTTP/3.1\r\n\r\n"};
  for (const std::string& sent : rows) check_refused(sent, "505 HTTP Version Not Supported: unsupported protocol version");
}

TEST_CASE("chunks that no two parsers agree on end the request and its connection") {
  const std::string head = "POST / HTTP/1.1\r\n" + kHost + "Transfer-Encoding: chunked\r\n\r\n";
  const std::string rows[] = {
      "0x5\r\nhello\r\n0\r\n\r\n",
      "+5\r\nhello\r\n0\r\n\r\n",
      "-5\r\nhello\r\n0\r\n\r\n",
      " 5\r\nhello\r\n0\r\n\r\n",
      "5 5\r\nhello\r\n0\r\n\r\n",
      "\r\n5\r\nhello\r\n0\r\n\r\n",
      ";x\r\nhello\r\n0\r\n\r\n",
      "5\nhello\r\n0\r\n\r\n",
      "5\rhello\r\n0\r\n\r\n",
      "5\r\nhello\n0\r\n\r\n",
      "5\r\nhello\r0\r\n\r\n",
      "5\r\nhelloX\r\n0\r\n\r\n",
      "5\r\nhello0\r\n\r\n",
      "5\r\nhello\r\n0\n\r\n",
      "5\r\nhello\r\n0\r\n\n",
      "5\r\nhello\r\n0\r\n\rX",
      "5;a\nb\r\nhello\r\n0\r\n\r\n",
      "5;a\rb\r\nhello\r\n0\r\n\r\n",
      std::string("5;\0\r\nhello\r\n0\r\n\r\n"sv),
      "10000000000000005\r\nhello\r\n0\r\n\r\n",
      "FFFFFFFFFFFFFFFFF\r\nhello\r\n0\r\n\r\n",
      "5\r\nhello\r\n0\r\nbad trailer\r\n\r\n",
      "5\r\nhello\r\n0\r\nX : y\r\n\r\n",
      "5\r\nhello\r\n0\r\nX: y\r\n folded\r\n\r\n",
      "5\r\nhello\r\n0\r\nX: y\nZ: w\r\n\r\n",
      std::string("5\r\nhello\r\n0\r\nX: \0\r\n\r\n"sv),
  };
  for (const std::string& chunks : rows) {
    CAPTURE(chunks);
    for (const Pace pace : {Pace::at_once, Pace::bytewise}) {
      const Exchange seen = talk(tell, head + chunks + kSmuggled, pace);
      CHECK(seen.received.rfind("HTTP/1.1 400 Bad Request\r\n", 0) == 0);
      CHECK(seen.received.find("\r\nConnection: close\r\n") != std::string::npos);
      CHECK(count(seen.received, "HTTP/1.1 ") == 1);
      CHECK(seen.calls == 1);
      CHECK(seen.received.find("smuggled") == std::string::npos);
    }
  }
}

TEST_CASE("a head may have one MiB") {
  const std::string line = "X: " + std::string(995, 'v') + "\r\n";  // 1,000 bytes
  std::string most = "GET / HTTP/1.1\r\n" + kHost;
  while (most.size() + line.size() + 2 <= (1U << 20U)) most += line;
  CHECK(talk(tell, most + "\r\n").received == told("GET / "));
  std::string more = most;
  for (int i = 0; i < 10; ++i) more += line;
  CHECK(talk(tell, more + "\r\n").received == refused("431 Request Header Fields Too Large"));
  const std::string endless(2U << 20U, 'e');
  CHECK(talk(tell, "GET /" + endless).received == refused("431 Request Header Fields Too Large"));
  CHECK(talk(tell, "GET / HTTP/1.1\r\n" + kHost + "X: " + endless).received == refused("431 Request Header Fields Too Large"));
  CHECK(talk(tell, "GET / HTTP/1.1\r\n" + kHost + endless).received == refused("431 Request Header Fields Too Large"));
}
