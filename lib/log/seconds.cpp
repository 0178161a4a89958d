#include "log/seconds.hpp"

#include <array>
#include <charconv>

namespace fwatchdog {

void append_number(std::string& out, std::uint64_t number) {
  std::array<char, 20> digits;
  const char* end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
  out.append(digits.data(), static_cast<std::size_t>(end - digits.data()));
}

}  // namespace fwatchdog
