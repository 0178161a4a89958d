#include "http/head_parser.hpp"

#include <doctest/doctest.h>

#include <string>
#include <string_view>
#include <vector>

using namespace fwatchdog;
using namespace std::string_view_literals;
using State = HeadParser::State;
using Kind = HeadParser::Kind;

namespace {

/// All that can be seen of parsing one text.
struct Outcome {
  State state = State::incomplete;
  int refused_with = 0;
  std::string detail;
  std::string first, second;  // method and target, or status and reason
  int minor_version = -1;
  std::size_t head_size = 0;
  std::string fields;  // `name=value;`

  bool operator==(const Outcome&) const = default;
};

std::string text_of(const Outcome& outcome) {
  if (outcome.state == State::incomplete) return "incomplete";
  if (outcome.state == State::refused) return std::to_string(outcome.refused_with) + " " + outcome.detail;
  return outcome.first + "|" + outcome.second + "|1." + std::to_string(outcome.minor_version) + "|" + outcome.fields;
}

void look(Kind kind, const HeadParser& parser, State state, std::string_view bytes, Outcome& outcome) {
  outcome.state = state;
  if (state == State::refused) {
    outcome.refused_with = parser.refusal().status;
    outcome.detail = parser.refusal().detail;
  }
  if (state != State::complete) return;
  outcome.first = kind == Kind::request ? parser.method(bytes) : std::to_string(parser.status());
  outcome.second = kind == Kind::request ? parser.target(bytes) : parser.reason(bytes);
  outcome.minor_version = parser.minor_version();
  outcome.head_size = parser.head_size();
  Headers headers;
  parser.fields(bytes, headers);
  for (const Field& field : headers) outcome.fields.append(field.name).append("=").append(field.value).append(";");
}

/// Gives the text in growing pieces that end at `cuts`, each time as a copy of exactly that size at another place.
Outcome parse_cut_at(Kind kind, std::string_view text, const std::vector<std::size_t>& cuts) {
  HeadParser parser(kind);
  Outcome outcome;
  for (const std::size_t cut : cuts) {
    const std::string copy(text.substr(0, cut));
    const std::vector<char> owned(copy.begin(), copy.end());
    const std::string_view bytes(owned.data(), owned.size());
    const State state = parser.parse(bytes);
    look(kind, parser, state, bytes, outcome);
    if (state != State::incomplete) break;
  }
  return outcome;
}

Outcome parse(Kind kind, std::string_view text) { return parse_cut_at(kind, text, {text.size()}); }

/// Whole, cut once at every place, and byte by byte.
void check_parsed(Kind kind, std::string_view text, std::string_view expected) {
  CAPTURE(text);
  const Outcome whole = parse(kind, text);
  CHECK(text_of(whole) == expected);
  std::vector<std::size_t> every;
  for (std::size_t cut = 0; cut <= text.size(); ++cut) {
    CAPTURE(cut);
    CHECK(parse_cut_at(kind, text, {cut, text.size()}) == whole);
    every.push_back(cut);
  }
  CHECK(parse_cut_at(kind, text, every) == whole);
}

struct Row {
  std::string_view text, expected;
};

}  // namespace

TEST_CASE("heads of requests") {
  const Row rows[] = {
      {"", "incomplete"},
      {"G", "incomplete"},
      {"GET / HTTP/1.1", "incomplete"},
      {"GET / HTTP/1.1\r", "incomplete"},
      {"GET / HTTP/1.1\r\n", "incomplete"},
      {"GET / HTTP/1.1\r\nHost: h\r\n", "incomplete"},
      {"GET / HTTP/1.1\r\nHost: h\r\n\r", "incomplete"},
      {"GET / HTTP/1.1\r\n\r\n", "GET|/|1.1|"},
      {"GET / HTTP/1.0\r\n\r\n", "GET|/|1.0|"},
      {"GET / HTTP/1.2\r\n\r\n", "GET|/|1.1|"},
      {"GET / HTTP/1.1\r\nHost: h\r\n\r\n", "GET|/|1.1|Host=h;"},
      {"GET / HTTP/1.1\r\nHost:h\r\nA:  b \t \r\nB:\t\tc d\t e\r\n\r\n", "GET|/|1.1|Host=h;A=b;B=c d\t e;"},
      {"GET / HTTP/1.1\r\nA:\r\nB: \r\nC:\t\r\nD: x\r\n\r\n", "GET|/|1.1|A=;B=;C=;D=x;"},
      {"GET / HTTP/1.1\r\nA: 1\r\na: 2\r\nB: x\r\nA: 3\r\n\r\n", "GET|/|1.1|A=1;a=2;B=x;A=3;"},
      {"GET / HTTP/1.1\r\nA: b:c: d\r\n\r\n", "GET|/|1.1|A=b:c: d;"},
      {"GET / HTTP/1.1\r\n!#$%&'*+-.^_`|~09aZ: t\r\n\r\n", "GET|/|1.1|!#$%&'*+-.^_`|~09aZ=t;"},
      {"GET / HTTP/1.1\r\nA: \xc3\xa9\xff\r\n\r\n", "GET|/|1.1|A=\xc3\xa9\xff;"},
      {"M-SEARCH * HTTP/1.1\r\n\r\n", "M-SEARCH|*|1.1|"},
      {"get /a HTTP/1.1\r\n\r\n", "get|/a|1.1|"},
      {"X!#$%&'*+-.^_`|~ /a HTTP/1.1\r\n\r\n", "X!#$%&'*+-.^_`|~|/a|1.1|"},
      {"GET //a/../b;c?d=%2F&e#f HTTP/1.1\r\n\r\n", "GET|//a/../b;c?d=%2F&e#f|1.1|"},
      {"GET \xc3\xa9 HTTP/1.1\r\n\r\n", "GET|\xc3\xa9|1.1|"},
      {"POST / HTTP/1.1\r\nContent-Length: 5\r\nContent-Length: 5\r\n\r\n", "POST|/|1.1|Content-Length=5;Content-Length=5;"},
      {"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n", "POST|/|1.1|Transfer-Encoding=chunked;"},
      {"GET / HTTP/1.1\r\nConnection: upgrade, close\r\nUpgrade: websocket\r\n\r\n",
       "GET|/|1.1|Connection=upgrade, close;Upgrade=websocket;"},
      {"POST / HTTP/1.1\r\nTransfer-Encoding: gzip\r\n\r\n",
       "POST|/|1.1|Transfer-Encoding=gzip;"},  // body_framing judges codings
      // Refused.
      {"\r\n", "400 malformed request line"},
      {"GET\r\n", "400 malformed request line"},
      {"GET /\r\n", "400 malformed request line"},
      {"GET  HTTP/1.1\r\n", "400 malformed request line"},
      {" / HTTP/1.1\r\n", "400 invalid method"},
      {"G@T / HTTP/1.1\r\n", "400 invalid method"},
      {"GET / HTTP/2.0\r\n", "505 unsupported protocol version"},
      {"GET / HTTP/0.9\r\n", "505 unsupported protocol version"},
      {"GET / HTTP/1.1x\r\n", "400 malformed HTTP version"},
      {"GET / HTTP/11\r\n", "400 malformed HTTP version"},
      {"GET / HTTP/1,1\r\n", "400 malformed HTTP version"},
      {"GET / http/1.1\r\n", "400 malformed HTTP version"},
      {"GET / HTTP/1.1\n", "400 bare LF in start line"},
      {"GET /\x01", "400 malformed start line"},
      {"GET /\0 HTTP/1.1\r\n"sv, "400 malformed start line"},
      {"GET /\r HTTP/1.1\r\n", "400 malformed start line"},
      {"GET / HTTP/1.1\r\r\n", "400 malformed start line"},
      {"GET / HTTP/1.1\r\nA: b\n", "400 bare CR or LF in header"},
      {"GET / HTTP/1.1\r\nA: b\rc", "400 bare CR or LF in header"},
      {"GET / HTTP/1.1\r\nA : b\r\n", "400 malformed header"},
      {"GET / HTTP/1.1\r\nA\r\n", "400 malformed header"},
      {"GET / HTTP/1.1\r\n: b\r\n", "400 malformed header"},
      {"GET / HTTP/1.1\r\nA: b\r\n c\r\n\r\n", "400 malformed header"},
      {"GET / HTTP/1.1\r\nA: \0\r\n"sv, "400 malformed header"},
      {"GET / HTTP/1.1\r\nA: \x7f\r\n", "400 malformed header"},
      {"POST / HTTP/1.1\r\nContent-Length: x\r\n", "400 invalid Content-Length"},
      {"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\nContent-Length: 1\r\n\r\n",
       "400 both Content-Length and Transfer-Encoding"},
  };
  for (const Row& row : rows) check_parsed(Kind::request, row.text, row.expected);
}

TEST_CASE("heads of responses") {
  const Row rows[] = {
      {"HTTP/1.1 200 OK\r\n\r\n", "200|OK|1.1|"},
      {"HTTP/1.0 404 Not Found\r\nA: b\r\n\r\n", "404|Not Found|1.0|A=b;"},
      {"HTTP/1.1 200\r\n\r\n", "200||1.1|"},
      {"HTTP/1.1 200 \r\n\r\n", "200||1.1|"},
      {"HTTP/1.1 999 \xc3\xa9 \t x\r\n\r\n", "999|\xc3\xa9 \t x|1.1|"},
      {"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n",
       "101|Switching Protocols|1.1|Upgrade=x;Connection=Upgrade;"},
      {"HTTP/1.1 204 No\r\nContent-Length: 5\r\n\r\n", "204|No|1.1|Content-Length=5;"},
      {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", "200|OK|1.1|Transfer-Encoding=chunked;"},
      {"HTTP/1.1 2", "incomplete"},
      {"HTTP/1.1\r\n", "502 malformed status line"},
      {"HTTP/1.1 20\r\n", "502 malformed status line"},
      {"HTTP/1.1 2000\r\n", "502 malformed status line"},
      {"HTTP/1.1 099 X\r\n", "502 malformed status line"},
      {"HTTP/1.1 2x0 X\r\n", "502 malformed status line"},
      {"HTTP/1.1  200 OK\r\n", "502 malformed status line"},
      {"HTTP/1.1 -20 OK\r\n", "502 malformed status line"},
      {"HTTP/2.0 200 OK\r\n", "505 unsupported protocol version"},
      {"ICY 200 OK\r\n", "400 malformed HTTP version"},
      {"HTTP/1.1 200 OK\n", "400 bare LF in start line"},
      {"HTTP/1.1 200 O\x01K\r\n", "400 malformed start line"},
      {"HTTP/1.1 200 OK\r\nA: b\r\n c\r\n", "400 malformed header"},
  };
  for (const Row& row : rows) check_parsed(Kind::response, row.text, row.expected);
}

TEST_CASE("what follows a head is left alone") {
  const std::string head = "POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\n";
  for (const std::string_view after : {"abc"sv, "GET / HTTP/1.1\r\n\r\n"sv, "\r\n\r\n"sv, "\0\x01\xff"sv}) {
    const Outcome outcome = parse(Kind::request, head + std::string(after));
    CHECK(outcome.state == State::complete);
    CHECK(outcome.head_size == head.size());
    CHECK(outcome.fields == "Host=h;Content-Length=3;");
  }
}

TEST_CASE("a parser is used again after reset()") {
  HeadParser parser(Kind::request);
  Headers headers;
  const std::string_view bad = "GET / HTTP/1.1\r\nA: b\nX";
  CHECK(parser.parse(bad) == State::refused);
  CHECK(parser.parse(bad) == State::refused);  // it stays so
  parser.reset();
  const std::string_view first = "GET /1 HTTP/1.0\r\nA: b\r\nB: c\r\n\r\n";
  CHECK(parser.parse(first) == State::complete);
  CHECK(parser.parse(first) == State::complete);
  CHECK(parser.minor_version() == 0);
  parser.reset();
  const std::string_view second = "PUT /2 HTTP/1.1\r\nC: d\r\n\r\n";
  CHECK(parser.parse(second.substr(0, 20)) == State::incomplete);
  CHECK(parser.parse(second) == State::complete);
  parser.fields(second, headers);
  CHECK(headers.size() == 1);
  CHECK(parser.method(second) == "PUT");
  CHECK(parser.target(second) == "/2");
  CHECK(parser.minor_version() == 1);
  CHECK(parser.head_size() == second.size());
}

TEST_CASE("a head larger than the limit is refused with 431, however it comes") {
  const auto head_of = [](std::size_t size) {
    const std::string begin = "GET / HTTP/1.1\r\nX: ", end = "\r\n\r\n";
    return begin + std::string(size - begin.size() - end.size(), 'x') + end;
  };
  CHECK(parse(Kind::request, head_of(kMaxHeadSize)).state == State::complete);
  CHECK(parse(Kind::request, head_of(kMaxHeadSize) + "and a body").state == State::complete);
  CHECK(parse(Kind::request, head_of(kMaxHeadSize + 1)).refused_with == 431);
  CHECK(parse(Kind::request, std::string(kMaxHeadSize + 1, 'G')).refused_with == 431);
  CHECK(parse(Kind::request, "GET / HTTP/1.1\r\n" + std::string(kMaxHeadSize, 'n')).refused_with == 431);
  const std::string large = head_of(kMaxHeadSize + 1);
  std::vector<std::size_t> cuts;
  for (std::size_t cut = 60'000; cut < large.size(); cut += 60'000) cuts.push_back(cut);
  cuts.push_back(large.size());
  CHECK(parse_cut_at(Kind::request, large, cuts).refused_with == 431);
}
