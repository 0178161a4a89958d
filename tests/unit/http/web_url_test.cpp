#include "http/web_url.hpp"

#include <doctest/doctest.h>

#include <string>
#include <string_view>

using namespace fwatchdog;

TEST_CASE("the parts of a URL") {
  struct Row {
    std::string_view url;
    bool tls;
    std::string_view host;
    std::uint16_t port;
    std::string_view authority, target;
  };
  const Row rows[] = {
      {"http://h", false, "h", 80, "h", "/"},
      {"https://h", true, "h", 443, "h", "/"},
      {"HTTPS://h:8443/a/b?c=d", true, "h", 8443, "h:8443", "/a/b?c=d"},
      {"http://h?x", false, "h", 80, "h", "/?x"},
      {"http://h/a?", false, "h", 80, "h", "/a?"},
      {"http://h/a#part?x", false, "h", 80, "h", "/a"},
      {"http://h#part", false, "h", 80, "h", "/"},
      {"https://[::1]:1/x", true, "::1", 1, "[::1]:1", "/x"},
      {"http://127.0.0.1:8000/.well-known/x", false, "127.0.0.1", 8000, "127.0.0.1:8000", "/.well-known/x"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.url);
    const Result<WebUrl> url = parse_web_url(row.url);
    REQUIRE(url.ok());
    CHECK(url->tls == row.tls);
    CHECK(url->endpoint.host == row.host);
    CHECK(url->endpoint.port == row.port);
    CHECK(url->authority == row.authority);
    CHECK(url->target == row.target);
  }
  CHECK(parse_web_url("HTTPS://h?x")->text() == "https://h/?x");
}

TEST_CASE("what is refused with its text") {
  for (const std::string_view url : {"",
                                     "h",
                                     "/path",
                                     "//h/x",
                                     "ftp://h",
                                     "file:///etc/passwd",
                                     "http:",
                                     "http:/h",
                                     "http://",
                                     "http:///x",
                                     "https://:443",
                                     "http://u@h/",
                                     "http://u:p@h/",
                                     "http://h:0",
                                     "http://h:99999",
                                     "http://a b/",
                                     "http://h/a b",
                                     "http://h/\r\nX: y",
                                     "http://h/\x01",
                                     "http://h/%zz",
                                     "unix:/x",
                                     "javascript:x"}) {
    CAPTURE(url);
    const Result<WebUrl> parsed = parse_web_url(url);
    REQUIRE_FALSE(parsed.ok());
    CHECK(parsed.error().code == Errc::invalid);
    CHECK(parsed.error().text().find("the URL \"" + std::string(url) + "\": ") == 0);
  }
}

TEST_CASE("where redirects lead") {
  const WebUrl http = *parse_web_url("http://h:81/a/b?c");
  const WebUrl https = *parse_web_url("https://h/a");
  CHECK(follow_redirect(http, "/x?y")->text() == "http://h:81/x?y");
  CHECK(follow_redirect(https, "/x")->text() == "https://h/x");
  CHECK(follow_redirect(http, "http://other/")->text() == "http://other/");
  CHECK(follow_redirect(http, "https://other/")->text() == "https://other/");
  CHECK(follow_redirect(https, "https://other:1/z")->text() == "https://other:1/z");
  CHECK_FALSE(follow_redirect(https, "http://h/a").ok());
  for (const std::string_view location : {"", "x", "../x", "?x", "//other/x", "ftp://h/", "/a b", "/\r\n"}) {
    CAPTURE(location);
    CHECK_FALSE(follow_redirect(http, location).ok());
  }
}
