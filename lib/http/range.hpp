/// Range requests for bytes (RFC 9110 14), as Go's file server reads them. Whether a Range counts at all is in
/// http/conditional.hpp.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "result.hpp"

namespace fwatchdog {

/// A part of a content: never empty, and within its size.
struct ByteRange {
  std::uint64_t first;
  std::uint64_t length;
};

/// More ranges than this in one request are not served as ranges.
constexpr std::size_t kMaxRanges = 128;

/// Reads the value of a Range field for a content of `size` bytes. Ends beyond it are clamped, ranges beyond it left out.
/// No range means the whole content (200): no spec, no content, more than kMaxRanges, or ranges that add up to more than the
/// content. Both errors are answered with 416 and content_range_unsatisfied(): Errc::invalid `invalid range` when the spec is
/// malformed or its unit is not bytes, Errc::unsupported `invalid range: failed to overlap` when every range lies beyond the
/// content.
Result<std::vector<ByteRange>> parse_range(std::string_view spec, std::uint64_t size);

/// The value of Content-Range for one range: `bytes 0-3/10`.
std::string content_range(const ByteRange& range, std::uint64_t size);

/// The value of Content-Range for a 416: `bytes */10`.
std::string content_range_unsatisfied(std::uint64_t size);

}  // namespace fwatchdog
