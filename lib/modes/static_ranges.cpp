#include "modes/static_ranges.hpp"

#include <sys/random.h>

#include <array>
#include <cstddef>

namespace fwatchdog {

MultipartRanges multipart_ranges(std::span<const ByteRange> ranges, std::uint64_t size, std::string_view type,
                                 std::string_view boundary) {
  MultipartRanges parts;
  parts.content_type.append("multipart/byteranges; boundary=").append(boundary);
  parts.end.append("\r\n--").append(boundary).append("--\r\n");
  parts.length = parts.end.size();
  for (const ByteRange& range : ranges) {
    std::string head = parts.heads.empty() ? "--" : "\r\n--";
    head.append(boundary).append("\r\nContent-Range: ").append(content_range(range, size));
    head.append("\r\nContent-Type: ").append(type).append("\r\n\r\n");
    parts.length += head.size() + range.length;
    parts.heads.push_back(std::move(head));
  }
  return parts;
}

std::string random_boundary() {
  static constexpr std::string_view kHex = "0123456789abcdef";
  std::array<unsigned char, 24> bytes{};
  // Fails only before the system has gathered any randomness; even then a boundary of zeros is a valid one.
  (void)!::getrandom(bytes.data(), bytes.size(), 0);
  std::string boundary;
  for (const unsigned char byte : bytes) {
    boundary += kHex[byte >> 4U];
    boundary += kHex[byte & 15U];
  }
  return boundary;
}

}  // namespace fwatchdog
