#include "log/seconds.hpp"

#include <array>
#include <cassert>
#include <charconv>

namespace fwatchdog {

void append_number(std::string& out, std::uint64_t number) {
  std::array<char, 20> digits;
  const char* end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
  out.append(digits.data(), static_cast<std::size_t>(end - digits.data()));
}

void append_seconds(std::string& out, std::chrono::nanoseconds duration, int decimals) {
  assert(duration.count() >= 0 && decimals > 0 && decimals <= 9);
  std::uint64_t unit = 1;  // nanoseconds in one of the last decimal
  for (int i = decimals; i < 9; ++i) unit *= 10;
  const std::uint64_t per_second = 1'000'000'000 / unit;
  const std::uint64_t units = (static_cast<std::uint64_t>(duration.count()) + unit / 2) / unit;
  append_number(out, units / per_second);
  out += '.';
  std::array<char, 9> digits;
  std::uint64_t rest = units % per_second;
  for (int i = decimals - 1; i >= 0; --i, rest /= 10) digits[static_cast<std::size_t>(i)] = static_cast<char>('0' + rest % 10);
  out.append(digits.data(), static_cast<std::size_t>(decimals));
}

}  // namespace fwatchdog
