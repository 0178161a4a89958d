#include "http/authority.hpp"

#include <doctest/doctest.h>

#include <string_view>

using namespace fwatchdog;

TEST_CASE("host and port") {
  struct Row {
    std::string_view authority, host;
    std::uint16_t port;
  };
  const Row rows[] = {{"h", "h", 443},        {"h:", "h", 443},
                      {"h:1", "h", 1},        {"127.0.0.1:80", "127.0.0.1", 80},
                      {"[::1]", "::1", 443},  {"[::1]:65535", "::1", 65535},
                      {"a-b.c", "a-b.c", 443}};
  for (const Row& row : rows) {
    CAPTURE(row.authority);
    const Result<Endpoint> endpoint = parse_authority(row.authority, 443);
    REQUIRE(endpoint.ok());
    CHECK(endpoint->host == row.host);
    CHECK(endpoint->port == row.port);
  }
}

TEST_CASE("what is no authority") {
  for (const std::string_view authority : {"", ":80", "u@h", "u:p@h", "h:0", "h:65536", "h:x", "a b", "[h]", "[::1", "::1"}) {
    CAPTURE(authority);
    const Result<Endpoint> endpoint = parse_authority(authority, 443);
    REQUIRE_FALSE(endpoint.ok());
    CHECK(endpoint.error().code == Errc::invalid);
  }
}
