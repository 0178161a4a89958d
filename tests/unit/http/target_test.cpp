#include "http/target.hpp"

#include <doctest/doctest.h>

#include <string>
#include <string_view>

using namespace fwatchdog;
using namespace std::string_view_literals;
using Form = Target::Form;

TEST_CASE("targets are split into their parts") {
  struct Row {
    std::string_view method, raw;
    Form form;
    std::string_view path;
    bool has_query;
    std::string_view query, authority;
  };
  const Row rows[] = {
      {"GET", "/", Form::origin, "/", false, "", ""},
      {"POST", "/a/b?c=d&e", Form::origin, "/a/b", true, "c=d&e", ""},
      {"GET", "/a?", Form::origin, "/a", true, "", ""},
      {"GET", "/a?b?c", Form::origin, "/a", true, "b?c", ""},
      {"GET", "//a//b", Form::origin, "//a//b", false, "", ""},
      {"GET", "/%2F%2f/;x", Form::origin, "/%2F%2f/;x", false, "", ""},
      {"GET", "/a#b?c", Form::origin, "/a#b", true, "c", ""},
      {"GET", "/?%zz%", Form::origin, "/", true, "%zz%", ""},
      {"GET", "/\xC3\xA4?\xFF", Form::origin, "/\xC3\xA4", true, "\xFF", ""},
      {"GET", "/%00", Form::origin, "/%00", false, "", ""},
      {"GET", "/../x", Form::origin, "/../x", false, "", ""},
      {"CONNECT", "/rpc", Form::origin, "/rpc", false, "", ""},
      {"GET", "http://a.example/b?c", Form::absolute, "/b", true, "c", "a.example"},
      {"GET", "http://a.example", Form::absolute, "/", false, "", "a.example"},
      {"GET", "http://a.example?c", Form::absolute, "/", true, "c", "a.example"},
      {"GET", "http://a.example?c/d", Form::absolute, "/", true, "c/d", "a.example"},
      {"GET", "HTTPS://[::1]:8080/", Form::absolute, "/", false, "", "[::1]:8080"},
      {"GET", "ws+x.y-1://h:/x", Form::absolute, "/x", false, "", "h:"},
      {"CONNECT", "a.example:443", Form::authority, "", false, "", "a.example:443"},
      {"CONNECT", "[::1]:443", Form::authority, "", false, "", "[::1]:443"},
      {"OPTIONS", "*", Form::asterisk, "*", false, "", ""},
  };
  for (const Row& row : rows) {
    CAPTURE(row.raw);
    const auto target = parse_target(row.method, row.raw);
    REQUIRE(target.ok());
    CHECK(target->form == row.form);
    CHECK(target->path == row.path);
    CHECK(target->has_query == row.has_query);
    CHECK(target->query == row.query);
    CHECK(target->authority == row.authority);
  }
}

TEST_CASE("bad targets are refused") {
  struct Row {
    std::string_view method, raw;
  };
  const Row rows[] = {
      {"GET", ""},
      {"GET", "a"},
      {"GET", "?a"},
      {"GET", "*"},
      {"get", "*"},
      {"OPTIONS", "**"},
      {"OPTIONS", "*?a"},
      {"GET", "/a b"},
      {"GET", "/a\tb"},
      {"GET", "/?a b"},
      {"GET", "/a\0b"sv},
      {"GET", "/\x7f"},
      {"GET", "/\r"},
      {"GET", "/a\n"},
      {"GET", "/%"},
      {"GET", "/%4"},
      {"GET", "/%zz"},
      {"GET", "/%4g"},
      {"GET", "/%%41"},
      {"GET", "/a%2?41"},
      {"GET", "http:/a"},
      {"GET", "http:a"},
      {"GET", "://a/"},
      {"GET", "1http://a/"},
      {"GET", "ht_tp://a/"},
      {"GET", "http://"},
      {"GET", "http:///a"},
      {"GET", "http://:80/a"},
      {"GET", "http://user@a/"},
      {"GET", "http://user:word@a/"},
      {"GET", "http://a#b/"},
      {"GET", "http://a:b/"},
      {"GET", "http://a\\b/"},
      {"GET", "http://a/%zz"},
      {"GET", "a.example:443"},
      {"CONNECT", "a.example"},
      {"CONNECT", "a.example:"},
      {"CONNECT", ":443"},
      {"CONNECT", "a.example:99999"},
      {"CONNECT", "a@b:443"},
      {"CONNECT", "a:443/x"},
      {"CONNECT", "*"},
      {"CONNECT", "http://a:80/"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.raw);
    const auto target = parse_target(row.method, row.raw);
    REQUIRE_FALSE(target.ok());
    CHECK(target.error().code == Errc::invalid);
    CHECK_FALSE(target.error().what.empty());
  }
}

TEST_CASE("every byte but blanks, controls and a lone percent sign may stand in a path") {
  for (int c = 0; c < 256; ++c) {
    CAPTURE(c);
    const std::string raw = std::string("/") + static_cast<char>(c);
    CHECK(parse_target("GET", raw).ok() == (c > 0x20 && c != 0x7f && c != '%'));
  }
}

TEST_CASE("no cut of a target reads outside of it") {
  for (const std::string_view raw : {"http://[::1]:8080/a%20b?c=%41"sv, "/%41%42?%43"sv, "a.example:443"sv}) {
    for (std::size_t size = 0; size <= raw.size(); ++size) {
      // A copy of exactly that size, so that the sanitizer sees any byte too many.
      const std::string cut(raw.substr(0, size));
      for (const std::string_view method : {"GET"sv, "CONNECT"sv}) {
        if (const auto target = parse_target(method, cut); target.ok()) CHECK(target->path.size() <= cut.size() + 1);
      }
    }
  }
}

TEST_CASE("paths are decoded once") {
  CHECK(percent_decode("") == "");
  CHECK(percent_decode("/a%20b") == "/a b");
  CHECK(percent_decode("/%41%62%2f%2F") == "/Ab//");
  CHECK(percent_decode("/%2541") == "/%41");
  CHECK(percent_decode("/+") == "/+");
  CHECK(percent_decode("/%C3%A4\xC3") == "/\xC3\xA4\xC3");
  CHECK(percent_decode("/%00x") == "/\0x"sv);
  CHECK(percent_decode("%") == "%");
  CHECK(percent_decode("%4") == "%4");
  CHECK(percent_decode("%zz%41") == "%zzA");
  for (int c = 0; c < 256; ++c) {
    const char* digits = "0123456789abcdef";
    const std::string escape = {'%', digits[c / 16], digits[c % 16]};
    CHECK(percent_decode(escape) == std::string(1, static_cast<char>(c)));
  }
}

TEST_CASE("an encoded NUL is found") {
  CHECK(encodes_nul("/a%00"));
  CHECK_FALSE(encodes_nul("/a%2500"));
  CHECK_FALSE(encodes_nul("/a00"));
  CHECK_FALSE(encodes_nul("/%20%01"));
}

TEST_CASE("hosts that are taken") {
  for (const std::string_view host :
       {""sv, "a"sv, "a.example"sv, "A.EXAMPLE."sv, "localhost:8080"sv, "127.0.0.1"sv, "127.0.0.1:1"sv, "[::1]"sv, "[::1]:80"sv,
        "[2001:db8::1]:65535"sv, "[::ffff:1.2.3.4]"sv, "a_b-c~d"sv, "a%C3%A4b"sv, "a%41"sv, "a:"sv, ":8080"sv, "a:0080"sv,
        "a,b"sv, "(a)!$&'*+;="sv}) {
    CAPTURE(host);
    CHECK(valid_host(host));
  }
}

TEST_CASE("hosts that are refused") {
  for (const std::string_view host : {"a b"sv,
                                      " a"sv,
                                      "a "sv,
                                      "a@b"sv,
                                      "a/b"sv,
                                      "a\\b"sv,
                                      "a?b"sv,
                                      "a#b"sv,
                                      "a:b"sv,
                                      "a:80:90"sv,
                                      "a:65536"sv,
                                      "a:99999999999999999999"sv,
                                      "a:-1"sv,
                                      "a:+1"sv,
                                      "a: 1"sv,
                                      "::1"sv,
                                      "["sv,
                                      "[]"sv,
                                      "[::1"sv,
                                      "::1]"sv,
                                      "[::1]x"sv,
                                      "[::1]x:80"sv,
                                      "[::1]:x"sv,
                                      "[a]"sv,
                                      "[1.2.3.4]"sv,
                                      "[::1%25eth0]"sv,
                                      "[v1.x]"sv,
                                      "[[::1]]"sv,
                                      "[::1\0]"sv,
                                      "[:::1]"sv,
                                      "[1:2:3:4:5:6:7:8:9]"sv,
                                      "a\0b"sv,
                                      "a\x7f"sv,
                                      "a\t"sv,
                                      "\xC3\xA4"sv,
                                      "a%"sv,
                                      "a%4"sv,
                                      "a%zz"sv,
                                      "a%00"sv,
                                      "a%2fb"sv,
                                      "a%40b"sv,
                                      "a%20"sv,
                                      "a%25"sv,
                                      "<a>"sv,
                                      "\"a\""sv,
                                      "a|b"sv,
                                      "a^b"sv,
                                      "a`b"sv,
                                      "{a}"sv,
                                      "[0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0000]"sv}) {
    CAPTURE(host);
    CHECK_FALSE(valid_host(host));
  }
}

TEST_CASE("tokens") {
  CHECK(is_token("GET"));
  CHECK(is_token("!#$%&'*+-.^_`|~09azAZ"));
  for (const std::string_view text : {""sv, " "sv, "a b"sv, "a:"sv, "a\0"sv, "a\x80"sv, "(a)"sv, "a,b"sv, "a/b"sv, "[a]"sv,
                                      "{a}"sv, "a@b"sv, "a=b"sv, "\""sv}) {
    CAPTURE(text);
    CHECK_FALSE(is_token(text));
  }
}

TEST_CASE("field names get Go's canonical form") {
  struct Row {
    std::string_view name, canonical;
  };
  const Row rows[] = {
      {"eTAG-x", "Etag-X"},
      {"x-forwarded-by", "X-Forwarded-By"},
      {"x-a1-2b", "X-A1-2b"},
      {"CONTENT-LENGTH", "Content-Length"},
      {"x_y-z", "X_y-Z"},
      {"-a--b-", "-A--B-"},
      {"a", "A"},
      {"", ""},
      {"X OPENFAAS", "X OPENFAAS"},
      {"x-\xC3\xA4", "x-\xC3\xA4"},
      {"a:b", "a:b"},
      {"X-OpenFaaS-Internal", "X-Openfaas-Internal"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.name);
    CHECK(canonical_name(row.name) == row.canonical);
  }
}
