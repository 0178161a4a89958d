/// FunctionClaims: what a token whose signature is good says (RFC 7519), as far as a function asks for it.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "result.hpp"

namespace fwatchdog {

struct FunctionClaims {
  std::string issuer;
  std::vector<std::string> audience;     ///< claim `aud`, a text or a list
  std::vector<std::string> permissions;  ///< `function.permissions`: patterns
  std::vector<std::string> functions;    ///< `function.audience`: patterns; empty is no limit
  std::optional<double> expires;         ///< `exp`, in seconds since 1970
  std::optional<double> begins;          ///< `nbf`, likewise

  /// Whether they hold for `issuer`, which must be their audience too, and at `now`, in seconds since 1970: `exp` must be there
  /// and to come, `nbf`, where it is there, passed. Errc::invalid, with what is to be answered.
  Result<void> check(std::string_view issuer, double now) const;
  /// Whether the token is for this function, named `namespace:name`.
  bool permit(std::string_view function) const;
};

/// How far the clocks of issuer and watchdog may be apart.
inline constexpr double kClockLeeway = 1;  // seconds

/// Errc::invalid, with what is to be answered, for what is no JSON object and for claims of another type than theirs.
Result<FunctionClaims> read_claims(std::string_view json);

/// Whether `pattern` is the whole of `name`; `*` in it stands for any number of characters, everything else for itself.
bool matches_pattern(std::string_view pattern, std::string_view name);

}  // namespace fwatchdog
