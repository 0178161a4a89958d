/// The URL of a function's own HTTP server: `http://127.0.0.1:3000`, `http://[::1]:80/base`, `unix:/run/fn.sock`,
/// `http+unix:///run/fn.sock`.
#pragma once

#include <string>
#include <string_view>

#include "async/connect.hpp"
#include "result.hpp"

namespace fwatchdog {

struct UpstreamUrl {
  Endpoint endpoint;
  std::string authority;  ///< for Host where a request has none
  std::string prefix;     ///< goes before every target; no slash at its end, mostly empty
};

/// Errc::invalid for anything else; the text says what is wrong.
Result<UpstreamUrl> parse_upstream_url(std::string_view url);

}  // namespace fwatchdog
