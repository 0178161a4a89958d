#include "config/duration.hpp"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <limits>

namespace fwatchdog {

namespace {

// Go adds up magnitudes in unsigned 64 bits, so that the most negative duration can be read, and refuses what is above this.
constexpr std::uint64_t kMostNegative = std::uint64_t{1} << 63;

struct Unit {
  std::string_view name;
  std::uint64_t nanoseconds;
};

constexpr Unit kUnits[] = {
    {"ns", 1},          {"us", 1'000},        {"\u00b5s", 1'000},  // micro sign
    {"\u03bcs", 1'000},                                            // Greek mu
    {"ms", 1'000'000},  {"s", 1'000'000'000}, {"m", 60'000'000'000}, {"h", 3'600'000'000'000},
};

bool is_digit(char c) { return c >= '0' && c <= '9'; }

std::string_view take_digits(std::string_view& rest) {
  const auto end = std::find_if_not(rest.begin(), rest.end(), is_digit);
  const std::string_view digits = rest.substr(0, static_cast<std::size_t>(end - rest.begin()));
  rest.remove_prefix(digits.size());
  return digits;
}

std::optional<std::uint64_t> whole_number(std::string_view digits) {
  std::uint64_t value = 0;
  for (const char c : digits) {
    if (value > kMostNegative / 10) return std::nullopt;
    value = value * 10 + static_cast<std::uint64_t>(c - '0');
    if (value > kMostNegative) return std::nullopt;
  }
  return value;
}

// The part of a unit that the digits after a point stand for. Computed in floating point, as Go does, to end on the same
// nanosecond.
std::uint64_t fraction_of(std::string_view digits, std::uint64_t unit) {
  std::uint64_t value = 0;
  double scale = 1;
  for (const char c : digits) {
    if (value > (kMostNegative - 1) / 10) break;
    const std::uint64_t next = value * 10 + static_cast<std::uint64_t>(c - '0');
    if (next > kMostNegative) break;
    value = next;
    scale *= 10;
  }
  return static_cast<std::uint64_t>(static_cast<double>(value) * (static_cast<double>(unit) / scale));
}

const Unit* take_unit(std::string_view& rest) {
  const auto end = std::find_if(rest.begin(), rest.end(), [](char c) { return c == '.' || is_digit(c); });
  const std::string_view name = rest.substr(0, static_cast<std::size_t>(end - rest.begin()));
  const auto* unit = std::find_if(std::begin(kUnits), std::end(kUnits), [name](const Unit& known) { return known.name == name; });
  if (unit == std::end(kUnits)) return nullptr;
  rest.remove_prefix(name.size());
  return unit;
}

// One number with its unit, in nanoseconds.
std::optional<std::uint64_t> take_term(std::string_view& rest) {
  const std::string_view whole = take_digits(rest);
  std::string_view fraction;
  if (!rest.empty() && rest.front() == '.') {
    rest.remove_prefix(1);
    fraction = take_digits(rest);
  }
  if (whole.empty() && fraction.empty()) return std::nullopt;
  const auto number = whole_number(whole);
  const Unit* unit = take_unit(rest);
  if (!number || unit == nullptr || *number > kMostNegative / unit->nanoseconds) return std::nullopt;
  const std::uint64_t value = *number * unit->nanoseconds + fraction_of(fraction, unit->nanoseconds);
  if (value > kMostNegative) return std::nullopt;
  return value;
}

bool take_sign(std::string_view& rest) {
  if (rest.empty() || (rest.front() != '-' && rest.front() != '+')) return false;
  const bool negative = rest.front() == '-';
  rest.remove_prefix(1);
  return negative;
}

std::string with_unit(std::uint64_t value, std::uint64_t unit, std::string_view name) {
  std::string text = std::to_string(value / unit);
  if (const std::uint64_t part = value % unit; part != 0) {
    // Adding the unit puts a 1 before the fraction that keeps its leading zeros.
    std::string digits = std::to_string(unit + part);
    digits.erase(digits.find_last_not_of('0') + 1);
    text += '.';
    text.append(digits, 1, std::string::npos);
  }
  return text.append(name);
}

}  // namespace

std::optional<Duration> parse_go_duration(std::string_view text) {
  const bool negative = take_sign(text);
  if (text == "0") return Duration::zero();
  if (text.empty()) return std::nullopt;
  std::uint64_t total = 0;
  while (!text.empty()) {
    const auto term = take_term(text);
    if (!term || *term > kMostNegative - total) return std::nullopt;
    total += *term;
  }
  if (total == kMostNegative) return negative ? std::optional(Duration::min()) : std::nullopt;
  const auto magnitude = static_cast<std::int64_t>(total);
  return Duration(negative ? -magnitude : magnitude);
}

std::optional<Duration> parse_duration_setting(std::string_view text) {
  std::string_view digits = text;
  const bool negative = take_sign(digits);
  if (digits.empty() || !std::all_of(digits.begin(), digits.end(), is_digit)) {
    const auto duration = parse_go_duration(text);
    return duration && *duration >= Duration::zero() ? duration : std::nullopt;
  }
  std::int64_t seconds = 0;
  if (std::from_chars(digits.data(), digits.data() + digits.size(), seconds).ec != std::errc{}) return std::nullopt;
  if (seconds > std::numeric_limits<std::int64_t>::max() / 1'000'000'000 || (negative && seconds != 0)) return std::nullopt;
  return std::chrono::seconds(seconds);
}

std::string format_go_duration(Duration duration) {
  if (duration == Duration::zero()) return "0s";
  const bool negative = duration < Duration::zero();
  auto value = static_cast<std::uint64_t>(duration.count());
  if (negative) value = ~value + 1;  // the magnitude of the most negative value fits only unsigned

  std::string text = negative ? "-" : "";
  if (value < 1'000) return text + with_unit(value, 1, "ns");
  if (value < 1'000'000) return text + with_unit(value, 1'000, "\u00b5s");
  if (value < 1'000'000'000) return text + with_unit(value, 1'000'000, "ms");

  constexpr std::uint64_t kMinute = 60'000'000'000;
  if (const std::uint64_t minutes = value / kMinute; minutes > 0) {
    if (minutes >= 60) text += std::to_string(minutes / 60) + 'h';
    text += std::to_string(minutes % 60) + 'm';
  }
  return text + with_unit(value % kMinute, 1'000'000'000, "s");
}

}  // namespace fwatchdog
