/// The authority of a URL, `host[:port]`, as the place to connect to.
#pragma once

#include <cstdint>
#include <string_view>

#include "async/connect.hpp"
#include "result.hpp"

namespace fwatchdog {

/// Brackets around an IPv6 address are taken off; without a port it is `default_port`. Errc::invalid, with the end of a sentence
/// about a URL, for an authority without a valid host (user information is none) or with a port that is none.
Result<Endpoint> parse_authority(std::string_view authority, std::uint16_t default_port);

}  // namespace fwatchdog
