#include "http/range.hpp"

#include <algorithm>
#include <limits>
#include <optional>

#include "http/headers.hpp"

namespace fwatchdog {

namespace {

constexpr std::string_view kUnit = "bytes=";

/// Digits alone. A number too large for its type is the largest one, which lies beyond any content.
std::optional<std::uint64_t> parse_position(std::string_view text) {
  if (text.empty()) return std::nullopt;
  constexpr std::uint64_t kMax = std::numeric_limits<std::uint64_t>::max();
  std::uint64_t number = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return std::nullopt;
    const auto digit = static_cast<std::uint64_t>(c - '0');
    number = number > (kMax - digit) / 10 ? kMax : number * 10 + digit;
  }
  return number;
}

/// One member of the list; its length is 0 when it does not overlap the content, and it is nothing when it is malformed.
std::optional<ByteRange> parse_member(std::string_view member, std::uint64_t size) {
  const std::size_t dash = member.find('-');
  if (dash == std::string_view::npos) return std::nullopt;
  const std::string_view first_text = trim_ows(member.substr(0, dash));
  const std::string_view last_text = trim_ows(member.substr(dash + 1));
  const auto last = parse_position(last_text);
  if (!last && !last_text.empty()) return std::nullopt;
  if (first_text.empty()) {
    if (!last) return std::nullopt;
    const std::uint64_t length = std::min(*last, size);
    return ByteRange{size - length, length};
  }
  const auto first = parse_position(first_text);
  if (!first || (last && *last < *first)) return std::nullopt;
  if (*first >= size) return ByteRange{size, 0};
  return ByteRange{*first, last ? std::min(*last, size - 1) - *first + 1 : size - *first};
}

}  // namespace

Result<std::vector<ByteRange>> parse_range(std::string_view spec, std::uint64_t size) {
  std::vector<ByteRange> ranges;
  if (spec.empty()) return ranges;
  if (!equal_ignoring_case(spec.substr(0, kUnit.size()), kUnit)) return Error(Errc::invalid, "invalid range");
  std::string_view list = spec.substr(kUnit.size());
  bool any_beyond = false;
  bool whole = size == 0;
  std::uint64_t total = 0;
  while (!list.empty()) {
    const std::string_view member = list.substr(0, list.find(','));
    list.remove_prefix(std::min(member.size() + 1, list.size()));
    if (trim_ows(member).empty()) continue;
    const auto range = parse_member(trim_ows(member), size);
    if (!range) return Error(Errc::invalid, "invalid range");
    if (range->length == 0) {
      any_beyond = true;
    } else if (whole || ranges.size() == kMaxRanges || range->length > size - total) {
      whole = true;
    } else {
      total += range->length;
      ranges.push_back(*range);
    }
  }
  if (whole) return std::vector<ByteRange>{};
  if (any_beyond && ranges.empty()) return Error(Errc::unsupported, "invalid range: failed to overlap");
  return ranges;
}

std::string content_range(const ByteRange& range, std::uint64_t size) {
  return "bytes " + std::to_string(range.first) + "-" + std::to_string(range.first + range.length - 1) + "/" +
         std::to_string(size);
}

std::string content_range_unsatisfied(std::uint64_t size) { return "bytes */" + std::to_string(size); }

}  // namespace fwatchdog
