/// The URL of something on the web that is read from here: `https://id.example.org/keys?v=2`.
#pragma once

#include <string>
#include <string_view>

#include "async/connect.hpp"
#include "result.hpp"

namespace fwatchdog {

struct WebUrl {
  bool tls = false;
  Endpoint endpoint;
  std::string authority;  ///< for Host
  std::string target;     ///< path and query, for the request line

  /// The URL again.
  std::string text() const { return (tls ? "https://" : "http://") + authority + target; }
};

/// Errc::invalid for anything but http and https, for blanks and control characters, and for user information; the text says
/// what is wrong. A fragment is cut off.
Result<WebUrl> parse_web_url(std::string_view url);

/// Where a redirect from `base` leads: `location` is a URL, or a path of the same server. Errc::invalid as above, for other
/// relative forms, and for one that would leave TLS.
Result<WebUrl> follow_redirect(const WebUrl& base, std::string_view location);

}  // namespace fwatchdog
