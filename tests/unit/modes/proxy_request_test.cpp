#include "modes/proxy_request.hpp"

#include <doctest/doctest.h>

#include <string>
#include <string_view>
#include <vector>

#include "http/body_framing.hpp"
#include "http/head_parser.hpp"

using namespace fwatchdog;

namespace {

/// A request as the server would have parsed it. The views point into `head`.
struct Parsed {
  explicit Parsed(std::string text) : head(std::move(text)) {
    HeadParser parser(HeadParser::Kind::request);
    REQUIRE(parser.parse(head) == HeadParser::State::complete);
    parser.fields(head, headers);
    request.method = parser.method(head);
    request.raw_target = parser.target(head);
    request.minor_version = parser.minor_version();
    request.headers = &headers;
    const Result<Target> target = parse_target(request.method, request.raw_target);
    REQUIRE(target.ok());
    request.target = *target;
    request.host = request.target.form == Target::Form::absolute ? request.target.authority : headers.get("Host").value_or("");
    const auto framing = request_framing(headers, request.minor_version);
    REQUIRE(std::holds_alternative<BodyFraming>(framing));
    request.framing = std::get<BodyFraming>(framing);
  }
  Parsed(const Parsed&) = delete;
  Parsed& operator=(const Parsed&) = delete;

  std::string head;
  Headers headers;
  Request request;
};

std::string composed(const std::string& head, const std::string& url = "http://up:3000") {
  const Parsed parsed(head);
  const Result<UpstreamUrl> upstream = parse_upstream_url(url);
  REQUIRE(upstream.ok());
  std::string made = "what was in it before";
  compose_proxy_request(made, parsed.request, *upstream, parsed.request.framing, asks_for_upgrade(parsed.request));
  return made;
}

}  // namespace

TEST_CASE("the head that goes to the upstream") {
  struct Row {
    std::string_view in, out;
  };
  const Row rows[] = {
      {"GET /a//b%2F?c=;d HTTP/1.1\r\nHost: h\r\n\r\n", "GET /a//b%2F?c=;d HTTP/1.1\r\nHost: h\r\n\r\n"},
      {"GET / HTTP/1.0\r\n\r\n", "GET / HTTP/1.1\r\nHost: up:3000\r\n\r\n"},
      {"GET / HTTP/1.0\r\nHost: mine\r\n\r\n", "GET / HTTP/1.1\r\nHost: mine\r\n\r\n"},
      {"GET http://o:1/p?q HTTP/1.1\r\nX: y\r\nHost: h\r\n\r\n", "GET /p?q HTTP/1.1\r\nHost: o:1\r\nX: y\r\n\r\n"},
      {"GET http://o?q HTTP/1.1\r\nHost: h\r\n\r\n", "GET /?q HTTP/1.1\r\nHost: o\r\n\r\n"},
      {"X-Y /? HTTP/1.1\r\nhost: h\r\na: 1\r\nB:\r\na:  2 \r\n\r\n", "X-Y /? HTTP/1.1\r\nhost: h\r\na: 1\r\nB: \r\na: 2\r\n\r\n"},
      {"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n",
       "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\n"},
      {"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\n", "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\n"},
      {"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: CHUNKED\r\nTrailer: T\r\n\r\n",
       "POST / HTTP/1.1\r\nHost: h\r\nTrailer: T\r\nTransfer-Encoding: chunked\r\n\r\n"},
      {"GET / HTTP/1.1\r\nHost: h\r\nConnection: a, close, Host\r\nA: 1\r\nKeep-Alive: 2\r\nProxy-Authorization: 3\r\nTE: "
       "trailers\r\nB: 4\r\n\r\n",
       "GET / HTTP/1.1\r\nHost: h\r\nB: 4\r\nTE: trailers\r\n\r\n"},
      {"GET / HTTP/1.1\r\nHost: h\r\nConnection: keep-alive, UPGRADE\r\nUpgrade: x/1, y\r\n\r\n",
       "GET / HTTP/1.1\r\nHost: h\r\nUpgrade: x/1, y\r\nConnection: Upgrade\r\n\r\n"},
      {"GET / HTTP/1.1\r\nHost: h\r\nUpgrade: x\r\n\r\n", "GET / HTTP/1.1\r\nHost: h\r\n\r\n"},
      {"GET / HTTP/1.0\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n", "GET / HTTP/1.1\r\nHost: h\r\n\r\n"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.in);
    CHECK(composed(std::string(row.in)) == row.out);
  }
}

TEST_CASE("the path of the upstream's URL stands before the target") {
  const std::string get = "GET /x?y HTTP/1.1\r\nHost: h\r\n\r\n";
  CHECK(composed(get, "http://up/base/") == "GET /base/x?y HTTP/1.1\r\nHost: h\r\n\r\n");
  CHECK(composed(get, "unix:/a") == "GET /x?y HTTP/1.1\r\nHost: h\r\n\r\n");
  CHECK(composed("GET / HTTP/1.0\r\n\r\n", "unix:/a") == "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
}

TEST_CASE("a body can be sent otherwise than it came") {
  const Parsed parsed("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n");
  const Result<UpstreamUrl> upstream = parse_upstream_url("http://up");
  REQUIRE(upstream.ok());
  BodyFraming framing;
  framing.kind = BodyFraming::Kind::length;
  framing.length = 18446744073709551615U;
  std::string head;
  compose_proxy_request(head, parsed.request, *upstream, framing, false);
  CHECK(head == "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 18446744073709551615\r\n\r\n");
}

TEST_CASE("which requests ask for a stream of events") {
  struct Row {
    std::string_view accept;
    bool streams;
  };
  for (const Row& row : {Row{"text/event-stream", true}, Row{"text/html, TEXT/Event-Stream;q=0.1", true},
                         Row{"application/x-ndjson", true}, Row{"*/*", false}, Row{"", false}, Row{"text/event", false},
                         Row{"text/event-stream;q=0", false}, Row{"text/event-stream-like", false}}) {
    CAPTURE(row.accept);
    const Parsed parsed("GET / HTTP/1.1\r\nHost: h\r\nX: text/event-stream\r\nAccept: " + std::string(row.accept) + "\r\n\r\n");
    CHECK(accepts_event_stream(parsed.request) == row.streams);
  }
  CHECK(accepts_event_stream(Parsed("GET / HTTP/1.1\r\nHost: h\r\nAccept: a\r\nAccept: application/x-ndjson\r\n\r\n").request));
}
