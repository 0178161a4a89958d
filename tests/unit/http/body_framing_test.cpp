#include "http/body_framing.hpp"

#include <doctest/doctest.h>

#include <string>
#include <string_view>
#include <vector>

using namespace fwatchdog;

namespace {

struct Row {
  std::vector<Field> fields;
  std::string_view framing;  // or the refusal
  int minor_version = 1;
};

Headers headers_of(const std::vector<Field>& fields) {
  Headers headers;
  for (const Field& field : fields) headers.add(field);
  return headers;
}

std::string text(const std::variant<BodyFraming, Refusal>& framing) {
  if (const auto* refusal = std::get_if<Refusal>(&framing)) return std::to_string(refusal->status) + " " + refusal->detail;
  const auto& body = std::get<BodyFraming>(framing);
  switch (body.kind) {
    case BodyFraming::Kind::none: return "none";
    case BodyFraming::Kind::length: return std::to_string(body.length);
    case BodyFraming::Kind::chunked: return "chunked";
    default: return "until close";
  }
}

const Row kBroken[] = {
    {{{"Content-Length", ""}}, "400 invalid Content-Length"},
    {{{"Content-Length", "-1"}}, "400 invalid Content-Length"},
    {{{"Content-Length", "+1"}}, "400 invalid Content-Length"},
    {{{"Content-Length", "1 "}}, "400 invalid Content-Length"},
    {{{"Content-Length", " 1"}}, "400 invalid Content-Length"},
    {{{"Content-Length", "1,1"}}, "400 invalid Content-Length"},
    {{{"Content-Length", "1.0"}}, "400 invalid Content-Length"},
    {{{"Content-Length", "0x1"}}, "400 invalid Content-Length"},
    {{{"Content-Length", "1e3"}}, "400 invalid Content-Length"},
    {{{"Content-Length", "\xd9\xa1"}}, "400 invalid Content-Length"},
    {{{"Content-Length", "18446744073709551616"}}, "400 invalid Content-Length"},
    {{{"Content-Length", "18446744073709551615"}}, "400 invalid Content-Length"},
    {{{"Content-Length", "9223372036854775807"}}, "400 invalid Content-Length"},
    {{{"Content-Length", "1"}, {"content-length", "2"}}, "400 unequal Content-Length fields"},
    {{{"Content-Length", "1"}, {"Content-Length", "x"}}, "400 invalid Content-Length"},
    {{{"Content-Length", "0"}, {"Transfer-Encoding", "chunked"}}, "400 both Content-Length and Transfer-Encoding"},
    {{{"Transfer-Encoding", "chunked"}, {"Content-Length", "1"}}, "400 both Content-Length and Transfer-Encoding"},
    {{{"Transfer-Encoding", "gzip"}, {"Content-Length", "1"}}, "400 both Content-Length and Transfer-Encoding"},
    {{{"Transfer-Encoding", "chunked"}}, "400 Transfer-Encoding in HTTP/1.0", 0},
    {{{"Transfer-Encoding", "identity"}}, "400 Transfer-Encoding in HTTP/1.0", 0},
    {{{"Transfer-Encoding", ""}}, "501 Unsupported transfer encoding"},
    {{{"Transfer-Encoding", "gzip"}}, "501 Unsupported transfer encoding"},
    {{{"Transfer-Encoding", "identity"}}, "501 Unsupported transfer encoding"},
    {{{"Transfer-Encoding", "gzip, chunked"}}, "501 Unsupported transfer encoding"},
    {{{"Transfer-Encoding", "chunked, chunked"}}, "501 Unsupported transfer encoding"},
    {{{"Transfer-Encoding", "chunked;x"}}, "501 Unsupported transfer encoding"},
    {{{"Transfer-Encoding", "chunked\v"}}, "501 Unsupported transfer encoding"},
    {{{"Transfer-Encoding", "chunked"}, {"Transfer-Encoding", "chunked"}}, "501 Unsupported transfer encoding"},
};

}  // namespace

TEST_CASE("where the body of a request ends") {
  const Row rows[] = {
      {{}, "none"},
      {{{"X", "y"}}, "none"},
      {{}, "none", 0},
      {{{"Content-Length", "0"}}, "0"},
      {{{"content-length", "007"}}, "7"},
      {{{"Content-Length", "5"}}, "5", 0},
      {{{"Content-Length", "5"}, {"Content-Length", "5"}}, "5"},
      {{{"Content-Length", "5"}, {"Content-Length", "05"}}, "400 unequal Content-Length fields"},
      {{{"Content-Length", "4611686018427387904"}}, "4611686018427387904"},
      {{{"Transfer-Encoding", "chunked"}}, "chunked"},
      {{{"TRANSFER-ENCODING", "Chunked"}}, "chunked"},
      {{{"X-Content-Length", "5"}, {"Content_Length", "6"}}, "none"},
  };
  for (const Row& row : rows) CHECK(text(request_framing(headers_of(row.fields), row.minor_version)) == row.framing);
  for (const Row& row : kBroken) CHECK(text(request_framing(headers_of(row.fields), row.minor_version)) == row.framing);
}

TEST_CASE("where the body of a response ends") {
  struct Answer {
    std::vector<Field> fields;
    int status;
    std::string_view method, framing;
    int minor_version = 1;
  };
  const Answer rows[] = {
      {{}, 200, "GET", "until close"},
      {{}, 200, "GET", "until close", 0},
      {{{"Content-Length", "5"}}, 200, "GET", "5"},
      {{{"Content-Length", "0"}}, 200, "GET", "0"},
      {{{"Content-Length", "5"}}, 500, "POST", "5", 0},
      {{{"Transfer-Encoding", "chunked"}}, 200, "GET", "chunked"},
      {{{"Content-Length", "5"}}, 200, "HEAD", "none"},
      {{{"Transfer-Encoding", "chunked"}}, 200, "HEAD", "none"},
      {{}, 200, "HEAD", "none"},
      {{{"Content-Length", "5"}}, 204, "GET", "none"},
      {{{"Content-Length", "5"}}, 304, "GET", "none"},
      {{{"Content-Length", "5"}}, 100, "GET", "none"},
      {{{"Transfer-Encoding", "chunked"}}, 304, "GET", "none"},
      {{}, 205, "GET", "until close"},
      {{{"Content-Length", "5"}}, 200, "head", "5"},
  };
  for (const Answer& row : rows) {
    CHECK(text(response_framing(headers_of(row.fields), row.minor_version, row.status, row.method)) == row.framing);
  }
  // The length that GET would have got stays known.
  const auto of_head = response_framing(headers_of({{"Content-Length", "5"}}), 1, 200, "HEAD");
  CHECK(std::get<BodyFraming>(of_head).length == 5);
}

TEST_CASE("a response that a request could not be like is not passed on, whatever its status") {
  for (const Row& row : kBroken) {
    CHECK(text(response_framing(headers_of(row.fields), row.minor_version, 200, "GET")) == row.framing);
    CHECK(text(response_framing(headers_of(row.fields), row.minor_version, 304, "HEAD")) == row.framing);
  }
}
