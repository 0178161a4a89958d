/// The body of an answer with several ranges: multipart/byteranges (RFC 9110 14.6), with Go's spelling of it.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "http/range.hpp"

namespace fwatchdog {

/// What stands around the ranges. The body is head 0, range 0, head 1, range 1, ..., end.
struct MultipartRanges {
  std::string content_type;        ///< of the answer
  std::vector<std::string> heads;  ///< what stands before each range
  std::string end;
  std::uint64_t length = 0;  ///< of the whole body
};

/// For `ranges` of a content of `size` bytes and media type `type`. `boundary` must not occur in the content (see
/// random_boundary()).
MultipartRanges multipart_ranges(std::span<const ByteRange> ranges, std::uint64_t size, std::string_view type,
                                 std::string_view boundary);

/// A boundary that nobody can foresee.
std::string random_boundary();

}  // namespace fwatchdog
