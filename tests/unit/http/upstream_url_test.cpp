#include "http/upstream_url.hpp"

#include <doctest/doctest.h>

#include <string>
#include <string_view>

using namespace fwatchdog;

TEST_CASE("what an upstream's URL may be") {
  struct Row {
    std::string_view url, host;
    std::uint16_t port;
    std::string_view unix_path, authority, prefix, text;
  };
  const Row rows[] = {
      {"http://127.0.0.1:3000", "127.0.0.1", 3000, "", "127.0.0.1:3000", "", "127.0.0.1:3000"},
      {"http://127.0.0.1:3000/", "127.0.0.1", 3000, "", "127.0.0.1:3000", "", "127.0.0.1:3000"},
      {"http://127.0.0.1", "127.0.0.1", 80, "", "127.0.0.1", "", "127.0.0.1:80"},
      {"HTTP://Name", "Name", 80, "", "Name", "", "Name:80"},
      {"http://localhost:65535/a/b//", "localhost", 65535, "", "localhost:65535", "/a/b", "localhost:65535"},
      {"http://h/a%2Fb", "h", 80, "", "h", "/a%2Fb", "h:80"},
      {"http://[::1]:81/x", "::1", 81, "", "[::1]:81", "/x", "[::1]:81"},
      {"http://[fe80::1]", "fe80::1", 80, "", "[fe80::1]", "", "[fe80::1]:80"},
      {"unix:/run/fn.sock", "", 0, "/run/fn.sock", "localhost", "", "unix:/run/fn.sock"},
      {"unix:///run/fn.sock", "", 0, "/run/fn.sock", "localhost", "", "unix:/run/fn.sock"},
      {"http+unix:///run/fn.sock", "", 0, "/run/fn.sock", "localhost", "", "unix:/run/fn.sock"},
      {"UNIX:/a b", "", 0, "/a b", "localhost", "", "unix:/a b"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.url);
    const Result<UpstreamUrl> parsed = parse_upstream_url(row.url);
    REQUIRE(parsed.ok());
    CHECK(parsed->endpoint.host == row.host);
    CHECK(parsed->endpoint.port == row.port);
    CHECK(parsed->endpoint.unix_path == row.unix_path);
    CHECK(parsed->endpoint.text() == row.text);
    CHECK(parsed->authority == row.authority);
    CHECK(parsed->prefix == row.prefix);
  }
}

TEST_CASE("what it may not be is refused with its text") {
  for (const std::string_view url : {"",
                                     "http",
                                     "http:",
                                     "http:/",
                                     "http://",
                                     "http:///",
                                     "http://:80",
                                     "http:///path",
                                     "https://h",
                                     "ftp://h",
                                     "h:80",
                                     "//h",
                                     "http://u@h",
                                     "http://u:p@h",
                                     "http://h:0",
                                     "http://h:65536",
                                     "http://h:x",
                                     "http://h:-1",
                                     "http://h:+1",
                                     "http://a b",
                                     "http://h?q",
                                     "http://h/?q",
                                     "http://h/#f",
                                     "http://h/a b",
                                     "http://h/a\r\nX: y",
                                     "http://h/%zz",
                                     "http://[::1",
                                     "http://[::1]x",
                                     "http://[h]",
                                     "http://h\n",
                                     "unix:",
                                     "unix:relative",
                                     "unix://host",
                                     "http+unix://",
                                     "unix"}) {
    CAPTURE(url);
    const Result<UpstreamUrl> parsed = parse_upstream_url(url);
    REQUIRE_FALSE(parsed.ok());
    CHECK(parsed.error().code == Errc::invalid);
    CHECK(parsed.error().text().find("upstream_url \"" + std::string(url) + "\": ") == 0);
  }
}
