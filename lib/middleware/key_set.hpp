/// KeySet: the public keys of an issuer, from a JSON Web Key Set (RFC 7517 5).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "crypto/public_key.hpp"
#include "result.hpp"

namespace fwatchdog {

/// One key, and what it may be used for.
struct SigningKey {
  SigningKey(std::string id_in, PublicKey key_in) : id(std::move(id_in)), key(std::move(key_in)) {}

  std::string id;                               ///< `kid`
  std::optional<SignatureAlgorithm> algorithm;  ///< `alg`: the only one it may be used with; without: any of its type
  PublicKey key;

  bool allows(SignatureAlgorithm wanted) const;
};

class KeySet {
 public:
  /// Errc::invalid for what is no key set. Keys that cannot check a signature of ours (symmetric ones, for encryption, without a
  /// `kid`, of other types, malformed) are passed over; passed_over() says which.
  static Result<KeySet> parse(std::string_view json);

  const std::vector<SigningKey>& keys() const { return keys_; }
  /// For each key that is of no use: `k1: a curve that is none of P-256, P-384, P-521`.
  const std::vector<std::string>& passed_over() const { return passed_over_; }

  bool has(std::string_view id) const;
  /// The first key of that id that allows the algorithm, or null. Dies with the set.
  const SigningKey* find(std::string_view id, SignatureAlgorithm algorithm) const;

 private:
  std::vector<SigningKey> keys_;
  std::vector<std::string> passed_over_;
};

}  // namespace fwatchdog
