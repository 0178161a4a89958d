#include "middleware/function_claims.hpp"

#include <doctest/doctest.h>

#include <string>
#include <string_view>

using namespace fwatchdog;

namespace {

constexpr std::string_view kIssuer = "http://issuer";

std::string with(std::string_view more) { return R"({"iss":"http://issuer","aud":"http://issuer")" + std::string(more) + "}"; }

/// Empty where the claims hold.
std::string verdict(std::string_view json, double now = 1000) {
  const Result<FunctionClaims> claims = read_claims(json);
  if (!claims.ok()) return claims.error().text();
  const Result<void> checked = claims->check(kIssuer, now);
  return checked.ok() ? "" : checked.error().text();
}

bool permits(std::string_view function, std::string_view name) {
  const Result<FunctionClaims> claims = read_claims(R"({"function":)" + std::string(function) + "}");
  REQUIRE(claims.ok());
  return claims->permit(name);
}

}  // namespace

TEST_CASE("times, to the edge of the leeway of one second") {
  const std::string expired = "token has invalid claims: token is expired";
  const std::string early = "token has invalid claims: token is not valid yet";
  CHECK(verdict(with(R"(,"exp":1000)"), 999) == "");
  CHECK(verdict(with(R"(,"exp":1000)"), 1000.999) == "");
  CHECK(verdict(with(R"(,"exp":1000)"), 1001) == expired);
  CHECK(verdict(with(R"(,"exp":1000.5)"), 1001.4) == "");
  CHECK(verdict(with(R"(,"exp":1000.5)"), 1001.5) == expired);
  CHECK(verdict(with(R"(,"exp":-1)"), 1000) == expired);
  CHECK(verdict(with(R"(,"exp":0)"), 1000) == expired);
  CHECK(verdict(with(R"(,"exp":1e300)"), 1000) == "");
  CHECK(verdict(with(R"(,"exp":2000,"nbf":1000)"), 999) == "");
  CHECK(verdict(with(R"(,"exp":2000,"nbf":1000)"), 998.999) == early);
  CHECK(verdict(with(R"(,"exp":2000,"iat":1999)"), 1000) == "");
  CHECK(verdict(with("")) == "token has invalid claims: exp claim is required");
  CHECK(verdict(with(R"(,"exp":null)")) == "token has invalid claims: exp claim is required");
}

TEST_CASE("issuer and audience") {
  const std::string exp = R"("exp":2000)";
  CHECK(verdict("{" + exp + R"(,"aud":"http://issuer"})") == "token has invalid claims: token has invalid issuer");
  CHECK(verdict("{" + exp + R"(,"iss":"http://issuer/","aud":"http://issuer"})") ==
        "token has invalid claims: token has invalid issuer");
  for (const std::string_view audience : {"null", "[]", "\"\"", "\"http://issuer2\"", "[\"a\",\"b\"]"}) {
    CAPTURE(audience);
    CHECK(verdict("{" + exp + R"(,"iss":"http://issuer","aud":)" + std::string(audience) + "}") ==
          "token has invalid claims: token has invalid audience");
  }
  CHECK(verdict("{" + exp + R"(,"iss":"http://issuer","aud":["a","http://issuer"]})") == "");
}

TEST_CASE("claims of another type than theirs") {
  struct Row {
    std::string_view json, claim;
  };
  const Row rows[] = {
      {"[]", "set"},
      {"", "set"},
      {R"({"iss":1})", "iss"},
      {R"({"aud":1})", "aud"},
      {R"({"aud":[1]})", "aud"},
      {R"({"aud":{}})", "aud"},
      {R"({"exp":"1"})", "exp"},
      {R"({"exp":true})", "exp"},
      {R"({"nbf":[]})", "nbf"},
      {R"({"iat":"x"})", "iat"},
      {R"({"function":"x"})", "function"},
      {R"({"function":[]})", "function"},
      {R"({"function":{"permissions":"*"}})", "function"},
      {R"({"function":{"permissions":["*",null]}})", "function"},
      {R"({"function":{"audience":{}}})", "function"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.json);
    CHECK(verdict(row.json) == "token is malformed: could not JSON decode claim " + std::string(row.claim));
  }
}

TEST_CASE("permissions and audience of functions") {
  CHECK(permits(R"({"permissions":["fn:a"]})", "fn:a"));
  CHECK(permits(R"({"permissions":["x","fn:*"],"audience":[]})", "fn:a"));
  CHECK(permits(R"({"permissions":["*"],"audience":["fn:b","fn:a"]})", "fn:a"));
  CHECK(permits(R"({"permissions":["*"],"audience":null})", "fn:a"));
  CHECK_FALSE(permits(R"({"permissions":["*"],"audience":["fn:b"]})", "fn:a"));
  CHECK_FALSE(permits(R"({"permissions":["fn:b"],"audience":["fn:a"]})", "fn:a"));
  CHECK_FALSE(permits(R"({"permissions":[]})", "fn:a"));
  CHECK_FALSE(permits(R"({"audience":["*"]})", "fn:a"));
  CHECK_FALSE(permits("{}", "fn:a"));
  CHECK_FALSE(permits("null", "fn:a"));
}

TEST_CASE("patterns") {
  struct Row {
    std::string_view pattern, name;
    bool matches;
  };
  const Row rows[] = {
      {"", "", true},
      {"", "a", false},
      {"a", "", false},
      {"a", "a", true},
      {"a", "A", false},
      {"a", "ab", false},
      {"b", "ab", false},
      {"*", "", true},
      {"*", "fn:a", true},
      {"**", "x", true},
      {"a*", "a", true},
      {"a*", "abc", true},
      {"a*", "ba", false},
      {"*c", "abc", true},
      {"*c", "abcd", false},
      {"a*c", "abc", true},
      {"a*c", "ac", true},
      {"a*c", "acb", false},
      {"a*b*c", "aXbXbc", true},
      {"a*b*c", "aXcXb", false},
      {"*a*", "bab", true},
      {"*a*", "bbb", false},
      {"a.c", "abc", false},
      {"a?c", "abc", false},
      {"[a]", "a", false},
      {"*ab", "aab", true},
      {"*aab", "aaab", true},
      {"a*a", "a", false},
      {"fn:*", "fn:", true},
      {"fn:*:x", "fn:a:b:x", true},
  };
  for (const Row& row : rows) {
    CAPTURE(row.pattern);
    CAPTURE(row.name);
    CHECK(matches_pattern(row.pattern, row.name) == row.matches);
  }
}
