#include "http/content_coding.hpp"

#include <algorithm>
#include <cstddef>
#include <optional>

namespace fwatchdog {

namespace {

constexpr CodingWeight kFull = 1000;

/// `0`, `0.5`, `1.000`: at most three decimals (RFC 9110 12.4.2). Malformed: 0.
CodingWeight parse_weight(std::string_view text) {
  if (text.empty() || (text.front() != '0' && text.front() != '1')) return 0;
  CodingWeight weight = text.front() == '1' ? kFull : 0;
  text.remove_prefix(1);
  if (text.empty()) return weight;
  if (text.front() != '.' || text.size() > 4) return 0;
  CodingWeight unit = kFull / 10;
  for (const char c : text.substr(1)) {
    if (c < '0' || c > '9') return 0;
    weight += (c - '0') * unit;
    unit /= 10;
  }
  return weight <= kFull ? weight : 0;
}

/// The weight that follows a coding's name in a member of the list.
CodingWeight weight_of(std::string_view parameters) {
  if (parameters.empty()) return kFull;
  parameters = trim_ows(parameters.substr(1));
  const bool is_weight = parameters.starts_with("q=") || parameters.starts_with("Q=");
  return is_weight ? parse_weight(parameters.substr(2)) : 0;
}

bool names(std::string_view name, std::string_view coding) {
  return equal_ignoring_case(name, coding) || (coding == "gzip" && equal_ignoring_case(name, "x-gzip"));
}

/// What the fields say of `coding`, else of `*`; nothing when they say nothing.
std::optional<CodingWeight> stated_weight(std::span<const Field> fields, std::string_view coding) {
  std::optional<CodingWeight> any;
  for (const Field& field : fields) {
    if (!equal_ignoring_case(field.name, "Accept-Encoding")) continue;
    for (std::string_view list = field.value; !list.empty();) {
      const std::string_view member = list.substr(0, list.find(','));
      list.remove_prefix(std::min(member.size() + 1, list.size()));
      const std::size_t end = std::min(member.find(';'), member.size());
      const std::string_view name = trim_ows(member.substr(0, end));
      if (names(name, coding)) return weight_of(member.substr(end));
      if (name == "*" && !any) any = weight_of(member.substr(end));
    }
  }
  return any;
}

}  // namespace

CodingWeight coding_weight(std::span<const Field> fields, std::string_view coding) {
  return stated_weight(fields, coding).value_or(0);
}

CodingWeight identity_weight(std::span<const Field> fields) { return stated_weight(fields, "identity").value_or(1); }

}  // namespace fwatchdog
