#include "log/human_size.hpp"

#include <fmt/format.h>

namespace fwatchdog {

std::string human_size(std::int64_t bytes) {
  constexpr std::string_view kUnits[] = {"B", "kB", "MB", "GB", "TB", "PB", "EB"};  // 64 bits end in the last one
  if (bytes < 1000) return fmt::format_int(bytes).str() + 'B';  // the usual answer is small, and floating point is slow to print
  auto size = static_cast<double>(bytes);
  std::size_t unit = 0;
  while (size >= 1000.0 && unit + 1 < std::size(kUnits)) {
    size /= 1000.0;
    ++unit;
  }
  return fmt::format("{:.4g}{}", size, kUnits[unit]);
}

}  // namespace fwatchdog
