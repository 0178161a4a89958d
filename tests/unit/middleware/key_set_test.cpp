#include "middleware/key_set.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "support/given_keys.hpp"

using namespace fwatchdog;
using namespace fwatchdog::test;

namespace {

/// The members of kJwk but its kid, and `more`.
std::string curve_key(const std::string& more) {
  std::string key(kJwk);
  const std::string kid = R"("kid":"k1",)";
  key.erase(key.find(kid), kid.size());
  key.pop_back();
  return key + more + "}";
}

std::string rsa_key(const std::string& more) {
  return R"({"kty":"RSA","n":")" + std::string(kModulus) + R"(","e":"AQAB")" + more + "}";
}

std::string set_of(const std::string& keys) { return R"({"keys":[)" + keys + "]}"; }

std::vector<std::string> passed_over(const std::string& keys) {
  const Result<KeySet> set = KeySet::parse(set_of(keys));
  REQUIRE(set.ok());
  CHECK(set->keys().empty());
  return set->passed_over();
}

}  // namespace

TEST_CASE("keys are found by id and algorithm") {
  const Result<KeySet> set = KeySet::parse(set_of(curve_key(R"(,"kid":"a","use":"sig","key_ops":["sign","verify"])") + "," +
                                                  rsa_key(R"(,"kid":"a")") + "," + rsa_key(R"(,"kid":"b","alg":"PS256")")));
  REQUIRE(set.ok());
  CHECK(set->keys().size() == 3);
  CHECK(set->passed_over().empty());
  CHECK(set->has("a"));
  CHECK_FALSE(set->has("c"));
  CHECK_FALSE(set->has(""));
  CHECK(set->find("a", SignatureAlgorithm::es256) == &set->keys()[0]);
  CHECK(set->find("a", SignatureAlgorithm::rs256) == &set->keys()[1]);
  CHECK(set->find("a", SignatureAlgorithm::ps512) == &set->keys()[1]);
  CHECK(set->find("a", SignatureAlgorithm::es384) == nullptr);
  CHECK(set->find("b", SignatureAlgorithm::ps256) == &set->keys()[2]);
  CHECK(set->find("b", SignatureAlgorithm::rs256) == nullptr);
  CHECK(set->find("c", SignatureAlgorithm::rs256) == nullptr);
}

TEST_CASE("keys that are of no use are passed over, with a reason") {
  using Reasons = std::vector<std::string>;
  CHECK(passed_over(curve_key("")) == Reasons{"key 1: no kid"});
  CHECK(passed_over(curve_key(R"(,"kid":1)")) == Reasons{"key 1: no kid"});
  CHECK(passed_over(curve_key(R"(,"kid":"k","use":"enc")")) == Reasons{"k: not for signatures"});
  CHECK(passed_over(curve_key(R"(,"kid":"k","use":1)")) == Reasons{"k: not for signatures"});
  CHECK(passed_over(curve_key(R"(,"kid":"k","key_ops":["sign"])")) == Reasons{"k: not for signatures"});
  CHECK(passed_over(curve_key(R"(,"kid":"k","key_ops":"verify")")) == Reasons{"k: not for signatures"});
  CHECK(passed_over(curve_key(R"(,"kid":"k","alg":"RS256")")) == Reasons{"k: an alg that is not for its type"});
  CHECK(passed_over(curve_key(R"(,"kid":"k","alg":"ES384")")) == Reasons{"k: an alg that is not for its type"});
  CHECK(passed_over(rsa_key(R"(,"kid":"k","alg":"RSA-OAEP")")) == Reasons{"k: an alg that is not for its type"});
  CHECK(passed_over(rsa_key(R"(,"kid":"k","alg":"HS256")")) == Reasons{"k: an alg that is not for its type"});
  CHECK(passed_over(R"({"kty":"oct","kid":"k","k":"AAAA"})") == Reasons{"k: a type that is neither RSA nor EC"});
  CHECK(passed_over(R"({"kty":"EC","kid":"k","crv":"P-256","x":"AA","y":5})") ==
        Reasons{"k: coordinates of another curve's size"});
  CHECK(passed_over(R"({"kty":"RSA","kid":"k","n":"!","e":"AQAB"})") == Reasons{"k: an RSA key of less than 2048 bits"});
  CHECK(passed_over(R"("text",null,{})") == Reasons{"key 1: no kid", "key 2: no kid", "key 3: no kid"});
}

TEST_CASE("what is no set of keys") {
  for (const char* text : {"", "[]", "{}", R"({"keys":{}})", R"({"keys":null})", R"({"Keys":[]})", "<html>"}) {
    CAPTURE(text);
    CHECK_FALSE(KeySet::parse(text).ok());
  }
  CHECK(KeySet::parse(set_of(""))->keys().empty());
}
