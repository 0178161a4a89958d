/// Which content codings a caller accepts (RFC 9110 12.5.3). Pure functions.
#pragma once

#include <span>
#include <string_view>

#include "http/weighted_list.hpp"

namespace fwatchdog {

/// How much the caller wants `coding` (`gzip`, `br`): what its Accept-Encoding fields say of it, else of `*`, else 0. A member
/// whose weight is malformed counts as refused. `x-gzip` is `gzip` (RFC 9110 8.4.1.3).
Weight coding_weight(std::span<const Field> fields, std::string_view coding);

/// The same for content without a coding, which is acceptable unless it is refused: 1 where nothing is said of it, so that any
/// accepted coding is wanted more.
Weight identity_weight(std::span<const Field> fields);

}  // namespace fwatchdog
