/// Sizes as docker's go-units prints them.
#pragma once

#include <cstdint>
#include <string>

namespace fwatchdog {

/// `5B`, `1.234kB`, `10.49MB`: four significant digits, powers of 1000. A negative number stands for an unknown size: `-1B`.
/// The unit is chosen before rounding, so that 999999 is `1000kB` (FACTS: of-watchdog, streaming).
std::string human_size(std::int64_t bytes);

}  // namespace fwatchdog
