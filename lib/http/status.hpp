/// Status codes: the standard phrases (RFC 9110 15) and what a status says of a body.
#pragma once

#include <string_view>

namespace fwatchdog {

/// The phrase for `status`; `Status` for one that has none.
std::string_view reason_phrase(int status);

/// False for 1xx, 204 and 304, whose answers never have a body.
constexpr bool allows_body(int status) { return status >= 200 && status != 204 && status != 304; }

}  // namespace fwatchdog
