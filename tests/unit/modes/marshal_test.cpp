#include "modes/marshal.hpp"

#include <doctest/doctest.h>

#include <string>
#include <string_view>

#include "support/recorded_call.hpp"

using namespace fwatchdog;
using namespace fwatchdog::test;
using namespace std::string_view_literals;

TEST_CASE("the fields as Go's programs see them") {
  GivenRequest given(
      "GET", "/", {{"x-b", "2"}, {"Host", "h"}, {"ACCEPT", "a"}, {"X-B", "1"}, {"transfer-encoding", "chunked"}, {"x-b", "2"}});
  const auto header = go_header(given.request);
  CHECK(header.size() == 2);
  CHECK(header.at("Accept") == std::vector<std::string_view>{"a"});
  CHECK(header.at("X-B") == std::vector<std::string_view>{"2", "1", "2"});
}

TEST_CASE("a request as one JSON object") {
  GivenRequest given("POST", "/", {{"x-b", "2"}, {"Host", "h"}, {"Accept", "*/*"}, {"X-B", "1"}});
  CHECK(marshal_request(given.request, "hello") == R"({"header":{"Accept":["*/*"],"X-B":["2","1"]},"body":{"raw":"aGVsbG8="}})");
  GivenRequest bare("GET", "/", {{"Host", "h"}});
  CHECK(marshal_request(bare.request, "") == R"({"header":{},"body":{"raw":""}})");
}

TEST_CASE("the body is base64") {
  struct Row {
    std::string_view bytes, text;
  };
  // RFC 4648 10, and all digits.
  const Row rows[] = {
      {"", ""},
      {"f", "Zg=="},
      {"fo", "Zm8="},
      {"foo", "Zm9v"},
      {"foob", "Zm9vYg=="},
      {"fooba", "Zm9vYmE="},
      {"foobar", "Zm9vYmFy"},
      {"\0"sv, "AA=="},
      {"\0\0\0"sv, "AAAA"},
      {"\xff\xff\xff", "////"},
      {"\xfb\xef\xbe", "++++"},
      {"\xff\xfe", "//4="},
  };
  GivenRequest given("POST", "/");
  for (const Row& row : rows) {
    CHECK(marshal_request(given.request, row.bytes) == R"({"header":{},"body":{"raw":")" + std::string(row.text) + R"("}})");
  }
}

TEST_CASE("values are escaped") {
  GivenRequest given("GET", "/", {{"X", "a\"b\\c\td"}});
  const std::string json = marshal_request(given.request, "");
  CHECK(json == "{\"header\":{\"X\":[\"a\\\"b\\\\c\\td\"]},\"body\":{\"raw\":\"\"}}");
}
