/// SignedToken: a JSON Web Token in its compact form (RFC 7515 7.1), taken apart. Whether the signature is good, and what the
/// claims say, is left to others.
#pragma once

#include <string>
#include <string_view>

#include "crypto/public_key.hpp"
#include "result.hpp"

namespace fwatchdog {

struct SignedToken {
  SignatureAlgorithm algorithm{};
  std::string key_id;
  std::string_view message;  ///< what is signed: a view into the token
  std::string claims;        ///< JSON, not looked at yet
  std::string signature;
};

/// The largest token that is looked at; anything real has a few kilobytes.
inline constexpr std::size_t kMaxTokenSize = 64 * 1024;

/// Errc::invalid, with what is to be answered, for anything that is not well formed; for an algorithm that is not asymmetric
/// (`none`, HMAC) or not known; for a `kid` that is no text; and for `crit`, by which a sender demands what we do not know.
Result<SignedToken> parse_signed_token(std::string_view token);

}  // namespace fwatchdog
