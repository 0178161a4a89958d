/// PublicKey: checks signatures as JSON Web Algorithms defines them (RFC 7518 3), with a key of a certain type. Mbed TLS does the
/// arithmetic; lib/crypto is the only folder that knows it.
#pragma once

#include <memory>
#include <optional>
#include <string_view>

#include "result.hpp"

namespace fwatchdog {

/// The algorithms whose keys are public on one side: neither `none` nor one of the HMAC family is among them.
enum class SignatureAlgorithm { rs256, rs384, rs512, ps256, ps384, ps512, es256, es384, es512 };

/// By the name that `alg` has in JOSE, exactly: `RS256`. Nothing for any other.
std::optional<SignatureAlgorithm> signature_algorithm(std::string_view name);

class PublicKey {
 public:
  /// Both numbers as big-endian bytes. Errc::invalid, with a reason, for a modulus of less than 2048 or more than 8192 bits and
  /// for what is no key.
  static Result<PublicKey> rsa(std::string_view modulus, std::string_view exponent);
  /// `curve`: `P-256`, `P-384` or `P-521`; both coordinates have exactly its size. Errc::unsupported for any other curve,
  /// Errc::invalid for a point that is not on it.
  static Result<PublicKey> elliptic(std::string_view curve, std::string_view x, std::string_view y);

  PublicKey(PublicKey&&) noexcept;
  PublicKey& operator=(PublicKey&&) noexcept;
  ~PublicKey();

  /// Whether an algorithm is for keys of this type, and of this curve.
  bool fits(SignatureAlgorithm algorithm) const;
  /// Whether `signature` is this key's for `message`; never true where the algorithm does not fit.
  bool verifies(SignatureAlgorithm algorithm, std::string_view message, std::string_view signature) const;

 private:
  struct Impl;
  explicit PublicKey(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace fwatchdog
