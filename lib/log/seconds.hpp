/// Durations as seconds with decimals, in whole numbers: lines and fields with one are made for every request.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace fwatchdog {

/// Appends `1.234567` for `decimals` 6, rounded. `duration` must not be negative; at most nine decimals.
void append_seconds(std::string& out, std::chrono::nanoseconds duration, int decimals);

/// Appends the digits of a number.
void append_number(std::string& out, std::uint64_t number);

}  // namespace fwatchdog
