/// What the fuzz targets share: the input as text, and properties that hold for every input.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string_view>

/// Each target defines it; it is called with one input after the other.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace fwatchdog::fuzz {

/// Ends the program, and says which property was broken by what.
inline void must(bool holds, const char* property, std::string_view by = {}) {
  if (holds) return;
  std::fprintf(stderr, "broken property: %s\n%.*s\n", property, static_cast<int>(by.size()), by.data());
  std::abort();
}

inline std::string_view text_of(const std::uint8_t* data, std::size_t size) {
  return {reinterpret_cast<const char*>(data), size};
}

/// A place inside of `text`, or at its ends, that depends on the whole of it: where to cut it.
inline std::size_t place_in(std::string_view text) {
  std::uint64_t hash = 14695981039346656037U;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211U;
  return static_cast<std::size_t>((hash >> 17U) % (text.size() + 1));
}

/// Takes what stands before the next `separator` off the front of `text`, and the separator with it.
inline std::string_view take_until(std::string_view& text, char separator) {
  const std::string_view taken = text.substr(0, text.find(separator));
  text.remove_prefix(taken.size() < text.size() ? taken.size() + 1 : taken.size());
  return taken;
}

}  // namespace fwatchdog::fuzz
