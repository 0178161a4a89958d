#include "config/memory_size.hpp"

#include <charconv>

namespace fwatchdog {

namespace {

struct Unit {
  std::string_view name;
  std::uint64_t base;
  unsigned power;
};

constexpr Unit kUnits[] = {
    {"", 1000, 0},   {"k", 1000, 1},  {"M", 1000, 2},  {"G", 1000, 3},  {"T", 1000, 4},  {"P", 1000, 5},  {"E", 1000, 6},
    {"Ki", 1024, 1}, {"Mi", 1024, 2}, {"Gi", 1024, 3}, {"Ti", 1024, 4}, {"Pi", 1024, 5}, {"Ei", 1024, 6},
};

std::optional<std::uint64_t> power_of(std::uint64_t base, unsigned power) {
  std::uint64_t value = 1;
  for (; power > 0; --power) {
    if (__builtin_mul_overflow(value, base, &value)) return std::nullopt;
  }
  return value;
}

/// What the text after the number multiplies it by.
std::optional<std::uint64_t> factor_of(std::string_view suffix) {
  for (const Unit& unit : kUnits) {
    if (unit.name == suffix) return power_of(unit.base, unit.power);
  }
  if (suffix.front() != 'e' && suffix.front() != 'E') return std::nullopt;
  unsigned exponent = 0;
  const char* end = suffix.data() + suffix.size();
  const auto [stop, error] = std::from_chars(suffix.data() + 1, end, exponent);
  if (error != std::errc{} || stop != end) return std::nullopt;
  return power_of(10, exponent);
}

}  // namespace

std::optional<std::uint64_t> parse_memory_size(std::string_view text) {
  const std::size_t number_end = text.find_first_not_of("0123456789.");
  const std::string_view number = text.substr(0, number_end);
  const auto factor = factor_of(text.substr(number.size()));
  if (!factor) return std::nullopt;

  const std::size_t point = number.find('.');
  const std::string_view whole = number.substr(0, point);
  const std::string_view fraction = point == std::string_view::npos ? std::string_view() : number.substr(point + 1);
  if (whole.size() + fraction.size() == 0 || fraction.find('.') != std::string_view::npos) return std::nullopt;

  std::uint64_t value = 0;
  for (const char digit : whole) {
    if (__builtin_mul_overflow(value, std::uint64_t{10}, &value)) return std::nullopt;
    if (__builtin_add_overflow(value, static_cast<std::uint64_t>(digit - '0'), &value)) return std::nullopt;
  }
  if (__builtin_mul_overflow(value, *factor, &value)) return std::nullopt;
  std::uint64_t part = 0;  // of the digits behind the one that is looked at, rounded up
  for (auto digit = fraction.rbegin(); digit != fraction.rend(); ++digit) {
    std::uint64_t tenths = 0;
    if (__builtin_mul_overflow(*factor, static_cast<std::uint64_t>(*digit - '0'), &tenths)) return std::nullopt;
    if (__builtin_add_overflow(tenths, part, &tenths)) return std::nullopt;
    part = tenths / 10 + (tenths % 10 != 0 ? 1 : 0);
  }
  if (__builtin_add_overflow(value, part, &value)) return std::nullopt;
  return value;
}

}  // namespace fwatchdog
