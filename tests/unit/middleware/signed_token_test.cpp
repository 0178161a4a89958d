#include "middleware/signed_token.hpp"

#include <doctest/doctest.h>

#include <string>
#include <string_view>

#include "support/given_keys.hpp"

using namespace fwatchdog;
using namespace fwatchdog::test;

TEST_CASE("a token taken apart") {
  const Result<SignedToken> token = parse_signed_token(kGoodToken);
  REQUIRE(token.ok());
  CHECK(token->algorithm == SignatureAlgorithm::es256);
  CHECK(token->key_id == "k1");
  CHECK(token->message == kGoodToken.substr(0, kGoodToken.rfind('.')));
  CHECK(token->claims == R"({"iss":"http://issuer","aud":"http://issuer","exp":9999999999,"function":{"permissions":["fn:*"]}})");
  CHECK(token->signature.size() == 64);
}

TEST_CASE("a token that was cut off anywhere is none, or has no whole signature") {
  for (std::size_t size = 0; size < kGoodToken.size(); ++size) {
    CAPTURE(size);
    const Result<SignedToken> token = parse_signed_token(kGoodToken.substr(0, size));
    if (token.ok()) CHECK(token->signature.size() < 64);
  }
}

TEST_CASE("what is refused, and what is said of it") {
  struct Row {
    std::string_view token, why;
  };
  const Row rows[] = {
      {"", "token is malformed: token contains an invalid number of segments"},
      {"words", "token is malformed: token contains an invalid number of segments"},
      {"a.b", "token is malformed: token contains an invalid number of segments"},
      {"a.b.c.d", "token is malformed: token contains an invalid number of segments"},
      {"..", "token is malformed: could not JSON decode header"},
      {"a.AA.AA", "token is malformed: could not base64 decode header"},
      {"e30.A.AA", "token is malformed: could not base64 decode claim"},
      {"e30.AA.A", "token is malformed: could not base64 decode signature"},
      {"e30.AA.AA", "token is malformed: alg is no text"},                                                     // {}
      {"W10.AA.AA", "token is malformed: could not JSON decode header"},                                       // []
      {"eyJhbGciOiJub25lIiwia2lkIjoiayJ9.AA.", "token is unverifiable: signing method is not available"},      // none
      {"eyJhbGciOiJIUzI1NiIsImtpZCI6ImsifQ.AA.AA", "token is unverifiable: signing method is not available"},  // HS256
      {"eyJhbGciOiJFUzI1NiJ9.AA.AA", "token is unverifiable: invalid kid"},                                    // no kid
      {"eyJhbGciOiJFUzI1NiIsImtpZCI6NX0.AA.AA", "token is unverifiable: invalid kid"},                         // "kid":5
      {"eyJhbGciOiJFUzI1NiIsImtpZCI6ImsiLCJjcml0IjpbXX0.AA.AA", "token is unverifiable: crit is not understood"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.token);
    const Result<SignedToken> token = parse_signed_token(row.token);
    REQUIRE_FALSE(token.ok());
    CHECK(token.error().text() == row.why);
  }
  CHECK(parse_signed_token(std::string(kMaxTokenSize + 1, 'A')).error().text() == "token is malformed: token is too large");
}
