#include "http/headers.hpp"

#include <doctest/doctest.h>

#include <string_view>

using namespace fwatchdog;

TEST_CASE("names compare without the case of ASCII letters") {
  CHECK(equal_ignoring_case("Content-Length", "content-LENGTH"));
  CHECK(equal_ignoring_case("", ""));
  CHECK_FALSE(equal_ignoring_case("a", ""));
  CHECK_FALSE(equal_ignoring_case("a", "b"));
  CHECK_FALSE(equal_ignoring_case("a-b", "a_b"));
  // Characters that differ from each other as letters of two cases do.
  CHECK_FALSE(equal_ignoring_case("@", "`"));
  CHECK_FALSE(equal_ignoring_case("[", "{"));
  CHECK_FALSE(equal_ignoring_case("\xc3\x89", "\xc3\xa9"));
}

TEST_CASE("members of a list") {
  struct Row {
    std::string_view list, token;
    bool found;
  };
  const Row rows[] = {
      {"close", "close", true},   {"Close", "close", true},           {" close\t", "close", true},  {"a,close", "close", true},
      {"close,a", "close", true}, {"a , \tclose , b", "close", true}, {",,close,,", "close", true}, {"", "close", false},
      {",", "close", false},      {"closed", "close", false},         {"a close", "close", false},  {"close;q=1", "close", false},
      {"clo,se", "close", false},
  };
  for (const Row& row : rows) {
    CAPTURE(row.list);
    CHECK(has_token(row.list, row.token) == row.found);
  }
}

TEST_CASE("blanks at both ends") {
  CHECK(trim_ows("  a b\t ") == "a b");
  CHECK(trim_ows("\t \t").empty());
  CHECK(trim_ows("").empty());
  CHECK(trim_ows("\va\r") == "\va\r");
}

TEST_CASE("fields keep their order and all their values") {
  Headers headers;
  CHECK(headers.empty());
  headers.add(Field{"Accept", "a"});
  headers.add(Field{"X", "1"});
  headers.add(Field{"accept", "b, c"});
  CHECK(headers.size() == 3);
  CHECK(headers.get("ACCEPT") == "a");
  CHECK_FALSE(headers.get("Accep").has_value());
  CHECK(headers.count("Accept") == 2);
  CHECK(headers.count("Y") == 0);
  CHECK(headers.any_has_token("Accept", "C"));
  CHECK_FALSE(headers.any_has_token("X", "C"));
  std::string_view last;
  for (const Field& field : headers) last = field.value;
  CHECK(last == "b, c");
  CHECK(headers.all()[1].name == "X");
  headers.clear();
  CHECK(headers.empty());
  CHECK_FALSE(headers.get("X").has_value());
}

TEST_CASE("a field line is appended") {
  std::string head = "GET / HTTP/1.1\r\n";
  append_field(head, "Host", "a:80");
  append_field(head, "X-Empty", "");
  CHECK(head == "GET / HTTP/1.1\r\nHost: a:80\r\nX-Empty: \r\n");
}
