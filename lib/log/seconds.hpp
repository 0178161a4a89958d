/// Durations as seconds with decimals, in whole numbers: lines and fields with one are made for every request.
#pragma once

#include <array>
#include <cassert>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>

namespace fwatchdog {

/// Appends the digits of a number.
void append_number(std::string& out, std::uint64_t number);

/// Appends `1.234567` for 6 decimals, rounded. `duration` must not be negative. Known when compiled, because dividing by a
/// constant is multiplying.
template <int decimals>
void append_seconds(std::string& out, std::chrono::nanoseconds duration) {
  static_assert(decimals > 0 && decimals <= 9);
  assert(duration.count() >= 0);
  constexpr auto kPower = [](int exponent) {
    std::uint64_t power = 1;
    for (; exponent > 0; --exponent) power *= 10;
    return power;
  };
  constexpr std::uint64_t kUnit = kPower(9 - decimals);  // nanoseconds in one of the last decimal
  constexpr std::uint64_t kPerSecond = kPower(decimals);
  const std::uint64_t units = (static_cast<std::uint64_t>(duration.count()) + kUnit / 2) / kUnit;
  append_number(out, units / kPerSecond);
  std::array<char, decimals + 1> text;
  text[0] = '.';
  std::uint64_t rest = units % kPerSecond;
  for (std::size_t i = decimals; i > 0; --i, rest /= 10) text[i] = static_cast<char>('0' + rest % 10);
  out.append(text.data(), text.size());
}

}  // namespace fwatchdog
