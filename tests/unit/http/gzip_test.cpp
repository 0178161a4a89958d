#include "http/gzip.hpp"

#include <doctest/doctest.h>

#include <cstdint>
#include <string>

using namespace fwatchdog;

namespace {

std::uint32_t little_endian(std::string_view bytes) {
  std::uint32_t value = 0;
  for (std::size_t i = 4; i > 0; --i) value = value << 8U | static_cast<unsigned char>(bytes[i - 1]);
  return value;
}

}  // namespace

// What is in it the system tests read with Python's gzip.
TEST_CASE("gzip: a member of RFC 1952, smaller where something repeats itself") {
  std::string noise;
  for (std::uint32_t i = 1; noise.size() < 20'000; i = i * 1664525U + 1013904223U) noise.push_back(static_cast<char>(i >> 24U));
  const std::string line = "http_requests_total{code=\"200\",method=\"post\"} 5\n";
  std::string lines;
  for (int i = 0; i < 1000; ++i) lines += line;
  for (const std::string& text : {std::string(), line, lines, noise, noise + noise}) {
    const auto packed = gzip(text);
    REQUIRE(packed);
    REQUIRE(packed->size() >= 18);
    CHECK(packed->starts_with("\x1f\x8b\x08"));
    CHECK(little_endian(packed->substr(packed->size() - 4)) == text.size());
    CHECK(packed->size() < text.size() + text.size() / 100 + 64);
  }
  CHECK(gzip(lines)->size() < lines.size() / 20);
}
