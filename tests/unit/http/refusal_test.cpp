#include "http/refusal.hpp"

#include <doctest/doctest.h>

using namespace fwatchdog;

namespace {

Headers hosts(std::initializer_list<std::string_view> values) {
  Headers headers;
  for (const std::string_view value : values) headers.add(Field{"host", value});
  return headers;
}

constexpr std::string_view kDate = "Sun, 06 Nov 1994 08:49:37 GMT";

}  // namespace

TEST_CASE("refusal: one well-formed Host, which HTTP/1.0 may leave out") {
  CHECK_FALSE(refusal_of_host(hosts({"example.org:80"}), 1));
  CHECK_FALSE(refusal_of_host(hosts({}), 0));
  CHECK(refusal_of_host(hosts({}), 1)->detail == "missing required Host header");
  CHECK(refusal_of_host(hosts({"a", "a"}), 1)->detail == "too many Host headers");
  CHECK(refusal_of_host(hosts({"a b"}), 0)->detail == "malformed Host header");
  CHECK(refusal_of_host(hosts({"a b"}), 0)->status == 400);
}

TEST_CASE("refusal: every Expect field must say 100-continue, or nothing") {
  const auto status = [](std::initializer_list<std::string_view> values) {
    Headers headers;
    for (const std::string_view value : values) headers.add(Field{"expect", value});
    const auto refusal = refusal_of_expectation(headers);
    return refusal ? refusal->status : 0;
  };
  CHECK(status({}) == 0);
  CHECK(status({""}) == 0);
  CHECK(status({"100-Continue"}) == 0);
  CHECK(status({"100-continue", "100-continue"}) == 0);
  CHECK(status({"x"}) == 417);
  CHECK(status({"100-continue, x"}) == 417);
  CHECK(status({"100-continue", "x"}) == 417);
}

TEST_CASE("refusal: the answer says what is wrong in its reason and in its body") {
  CHECK(refusal_answer(Refusal{400, "bare CR"}, kDate) ==
        "HTTP/1.1 400 Bad Request: bare CR\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\nContent-Type: text/plain; charset=utf-8\r\n"
        "Content-Length: 24\r\nConnection: close\r\n\r\n400 Bad Request: bare CR");
  CHECK(refusal_answer(Refusal{501, "Unsupported transfer encoding"}, kDate).ends_with("\r\n\r\nUnsupported transfer encoding"));
  CHECK(refusal_answer(Refusal{417, ""}, kDate).ends_with("Content-Length: 0\r\nConnection: close\r\n\r\n"));
}
