#include "http/content_coding.hpp"

#include <optional>

#include "http/weighted_list.hpp"

namespace fwatchdog {

namespace {

bool names(std::string_view name, std::string_view coding) {
  return equal_ignoring_case(name, coding) || (coding == "gzip" && equal_ignoring_case(name, "x-gzip"));
}

/// What the fields say of `coding`, else of `*`; nothing when they say nothing. Codings have no parameters.
std::optional<Weight> stated_weight(std::span<const Field> fields, std::string_view coding) {
  std::optional<Weight> any;
  WeightedList list(fields, "Accept-Encoding");
  while (const std::optional<WeightedMember> member = list.next()) {
    const Weight weight = member->has_parameters ? 0 : member->weight.value_or(0);
    if (names(member->name, coding)) return weight;
    if (member->name == "*" && !any) any = weight;
  }
  return any;
}

}  // namespace

Weight coding_weight(std::span<const Field> fields, std::string_view coding) { return stated_weight(fields, coding).value_or(0); }

Weight identity_weight(std::span<const Field> fields) { return stated_weight(fields, "identity").value_or(1); }

}  // namespace fwatchdog
