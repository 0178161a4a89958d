#include "http/weighted_list.hpp"

#include <algorithm>
#include <cstddef>

namespace fwatchdog {

namespace {

/// `0`, `0.5`, `1.000`: at most three decimals.
std::optional<Weight> parse_weight(std::string_view text) {
  if (text.empty() || (text.front() != '0' && text.front() != '1')) return std::nullopt;
  Weight weight = text.front() == '1' ? kFullWeight : 0;
  text.remove_prefix(1);
  if (text.empty()) return weight;
  if (text.front() != '.' || text.size() > 4) return std::nullopt;
  Weight unit = kFullWeight / 10;
  for (const char c : text.substr(1)) {
    if (c < '0' || c > '9') return std::nullopt;
    weight += (c - '0') * unit;
    unit /= 10;
  }
  return weight <= kFullWeight ? std::optional(weight) : std::nullopt;
}

/// Takes what comes before the next `end` that is in no quoted string (RFC 9110 5.6.4), and that.
std::string_view take_until(std::string_view& text, char end) {
  bool quoted = false;
  std::size_t at = 0;
  for (; at < text.size() && (quoted || text[at] != end); ++at) {
    if (text[at] == '"') quoted = !quoted;
    if (quoted && text[at] == '\\') ++at;
  }
  const std::string_view taken = text.substr(0, at);
  text.remove_prefix(std::min(at + 1, text.size()));
  return taken;
}

WeightedMember parse_member(std::string_view text) {
  WeightedMember member;
  const std::size_t name_end = std::min(text.find(';'), text.size());
  member.name = trim_ows(text.substr(0, name_end));
  if (name_end == text.size()) return member;
  text.remove_prefix(name_end + 1);
  do {
    const std::string_view parameter = trim_ows(take_until(text, ';'));
    if (parameter.starts_with("q=") || parameter.starts_with("Q=")) {
      member.weight = parse_weight(parameter.substr(2));
    } else {
      member.has_parameters = true;
    }
  } while (!text.empty());
  return member;
}

}  // namespace

std::optional<WeightedMember> WeightedList::next() {
  for (;;) {
    while (!list_.empty()) {
      const WeightedMember member = parse_member(take_until(list_, ','));
      if (!member.name.empty()) return member;
    }
    if (fields_.empty()) return std::nullopt;
    if (equal_ignoring_case(fields_.front().name, name_)) list_ = fields_.front().value;
    fields_ = fields_.subspan(1);
  }
}

bool accepts_by_name(std::span<const Field> fields, std::string_view media_type) {
  WeightedList list(fields, "Accept");
  while (const std::optional<WeightedMember> member = list.next()) {
    if (equal_ignoring_case(member->name, media_type) && member->weight.value_or(kFullWeight) > 0) return true;
  }
  return false;
}

}  // namespace fwatchdog
