#include "crypto/public_key.hpp"

#include <doctest/doctest.h>

#include <string>

#include "crypto/base64url.hpp"
#include "support/given_keys.hpp"

using namespace fwatchdog;
using namespace fwatchdog::test;

namespace {

std::string bytes(std::string_view text) { return decode_base64url(text).value(); }

PublicKey rsa_key() {
  Result<PublicKey> key = PublicKey::rsa(bytes(kModulus), bytes(kExponent));
  REQUIRE(key.ok());
  return std::move(*key);
}

PublicKey curve_key(const GivenCurve& given) {
  Result<PublicKey> key = PublicKey::elliptic(given.name, bytes(given.x), bytes(given.y));
  REQUIRE(key.ok());
  return std::move(*key);
}

SignatureAlgorithm named(std::string_view name) { return signature_algorithm(name).value(); }

}  // namespace

TEST_CASE("names of algorithms") {
  for (const std::string_view name : {"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512"})
    CHECK(signature_algorithm(name).has_value());
  for (const std::string_view name :
       {"none", "None", "", "HS256", "HS384", "HS512", "rs256", "RS256 ", "RS1", "EdDSA", "ES256K"}) {
    CAPTURE(name);
    CHECK_FALSE(signature_algorithm(name).has_value());
  }
}

TEST_CASE("signatures of an RSA key") {
  const PublicKey key = rsa_key();
  for (const GivenSignature& given : kRsaSignatures) {
    for (const GivenSignature& other : kRsaSignatures) {
      CAPTURE(given.algorithm);
      CAPTURE(other.algorithm);
      CHECK(key.fits(named(other.algorithm)));
      CHECK(key.verifies(named(other.algorithm), "message", bytes(given.signature)) == (given.algorithm == other.algorithm));
    }
    CHECK_FALSE(key.verifies(named(given.algorithm), "another", bytes(given.signature)));
    CHECK_FALSE(key.verifies(named(given.algorithm), "message", bytes(given.signature).substr(1)));
    CHECK_FALSE(key.verifies(named(given.algorithm), "message", bytes(given.signature) + '\0'));
    CHECK_FALSE(key.verifies(named(given.algorithm), "message", ""));
  }
  CHECK_FALSE(key.verifies(SignatureAlgorithm::ps256, "message", bytes(kUnsalted)));
  for (const char byte : {'\0', '\xff'}) CHECK_FALSE(key.verifies(SignatureAlgorithm::rs256, "message", std::string(256, byte)));
}

TEST_CASE("signatures of keys on curves") {
  for (const GivenCurve& given : kCurveKeys) {
    CAPTURE(given.algorithm);
    const PublicKey key = curve_key(given);
    const std::string signature = bytes(given.signature);
    CHECK(key.verifies(named(given.algorithm), "message", signature));
    CHECK_FALSE(key.verifies(named(given.algorithm), "another", signature));
    std::string changed = signature;
    changed.back() = static_cast<char>(changed.back() ^ 1);
    CHECK_FALSE(key.verifies(named(given.algorithm), "message", changed));
    CHECK_FALSE(key.verifies(named(given.algorithm), "message", signature.substr(1)));
    CHECK_FALSE(key.verifies(named(given.algorithm), "message", signature + '\0'));
    CHECK_FALSE(key.verifies(named(given.algorithm), "message", std::string(signature.size(), '\0')));
    CHECK_FALSE(key.verifies(named(given.algorithm), "message", std::string(signature.size(), '\xff')));
    for (const GivenCurve& other : kCurveKeys) CHECK(key.fits(named(other.algorithm)) == (other.algorithm == given.algorithm));
    CHECK_FALSE(key.fits(SignatureAlgorithm::rs256));
    CHECK_FALSE(key.verifies(SignatureAlgorithm::rs256, "message", signature));
  }
  CHECK_FALSE(rsa_key().fits(SignatureAlgorithm::es256));
}

TEST_CASE("what is no key") {
  const std::string modulus = bytes(kModulus);
  const std::string exponent = bytes(kExponent);
  CHECK(PublicKey::rsa(std::string(2, '\0') + modulus, '\0' + exponent).ok());
  CHECK(PublicKey::rsa("", exponent).error().text() == "an RSA key of less than 2048 bits");
  CHECK(PublicKey::rsa(modulus.substr(128), exponent).error().text() == "an RSA key of less than 2048 bits");
  CHECK(PublicKey::rsa(std::string(1025, '\xff'), exponent).error().text() == "an RSA key of more than 8192 bits");
  CHECK_FALSE(PublicKey::rsa(modulus, "").ok());
  CHECK_FALSE(PublicKey::rsa(modulus, std::string(9, '\1')).ok());
  CHECK_FALSE(PublicKey::rsa(modulus, "\x02").ok());
  CHECK_FALSE(PublicKey::rsa(modulus, "\x01").ok());

  const std::string x = bytes(kCurveKeys[0].x);
  const std::string y = bytes(kCurveKeys[0].y);
  CHECK(PublicKey::elliptic("P-256", y, x).error().text() == "a point that is not on its curve");
  CHECK_FALSE(PublicKey::elliptic("P-256", std::string(32, '\0'), std::string(32, '\0')).ok());
  CHECK_FALSE(PublicKey::elliptic("P-256", x, y.substr(1)).ok());
  CHECK_FALSE(PublicKey::elliptic("P-256", '\0' + x, y).ok());
  CHECK_FALSE(PublicKey::elliptic("P-384", x, y).ok());
  for (const std::string_view curve : {"", "P-192", "p-256", "secp256k1", "Ed25519"})
    CHECK(PublicKey::elliptic(curve, x, y).error().code == Errc::unsupported);
}
