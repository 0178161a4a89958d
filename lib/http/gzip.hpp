/// The gzip content coding (RFC 9110 8.4.1.3, RFC 1952).
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace fwatchdog {

/// `bytes` with the coding; nullopt where zlib has no memory. For texts of some kilobytes: it takes some 30 KiB meanwhile, and
/// finds what repeats itself within 4 KiB.
std::optional<std::string> gzip(std::string_view bytes);

}  // namespace fwatchdog
