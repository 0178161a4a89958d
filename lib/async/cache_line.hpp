/// What two threads write to often lies on different cache lines, or each write costs the other one a wait.
#pragma once

#include <cstddef>

namespace fwatchdog {

/// Of the processors that are built for; larger ones only share a line that they need not.
inline constexpr std::size_t kCacheLine = 64;

}  // namespace fwatchdog
