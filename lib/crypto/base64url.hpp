/// Base64 with the alphabet for URLs and without padding, as JOSE wants it (RFC 7515 2).
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace fwatchdog {

/// The bytes that `text` stands for. Nothing for any other character, padding and line ends included, for a length that no bytes
/// have, and for bits left over that are not zero: each text of bytes has one spelling.
std::optional<std::string> decode_base64url(std::string_view text);

}  // namespace fwatchdog
