#include "http/range.hpp"

#include <doctest/doctest.h>

#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

using namespace fwatchdog;
using namespace std::string_view_literals;

namespace {

/// `0-3,6-9` for ranges, by their first and last byte.
std::string text(const std::vector<ByteRange>& ranges) {
  std::string all;
  for (const ByteRange& range : ranges) {
    if (!all.empty()) all += ",";
    all += std::to_string(range.first) + "-" + std::to_string(range.first + range.length - 1);
  }
  return all;
}

}  // namespace

TEST_CASE("ranges of ten bytes") {
  struct Row {
    std::string_view spec, ranges;
  };
  const Row rows[] = {
      {"bytes=0-3", "0-3"},
      {"Bytes=0-3", "0-3"},
      {"bytes=0-0", "0-0"},
      {"bytes=9-9", "9-9"},
      {"bytes=7-", "7-9"},
      {"bytes=0-", "0-9"},
      {"bytes=-4", "6-9"},
      {"bytes=-10", "0-9"},
      {"bytes=-99", "0-9"},
      {"bytes=8-99", "8-9"},
      {"bytes=8-99999999999999999999999", "8-9"},
      {"bytes=0-18446744073709551615", "0-9"},
      {"bytes=000-003", "0-3"},
      {"bytes=0-1,4-5,-1", "0-1,4-5,9-9"},
      {"bytes= 0 - 1 ,\t4-5", "0-1,4-5"},
      {"bytes=,0-1,,4-5,", "0-1,4-5"},
      {"bytes=5-6,0-1", "5-6,0-1"},
      {"bytes=0-1,20-30", "0-1"},
      {"bytes=0-1,-0", "0-1"},
      {"bytes=0-4,5-9", "0-4,5-9"},
      {"bytes=0-4,0-4", "0-4,0-4"},
      // No range: the whole content.
      {"", ""},
      {"bytes=", ""},
      {"bytes=,", ""},
      {"bytes=0-9,0-0", ""},
      {"bytes=0-,0-,0-", ""},
      {"bytes=0-5,5-9", ""},
  };
  for (const Row& row : rows) {
    CAPTURE(row.spec);
    const auto ranges = parse_range(row.spec, 10);
    REQUIRE(ranges.ok());
    CHECK(text(*ranges) == row.ranges);
  }
}

TEST_CASE("malformed ranges") {
  for (const std::string_view spec :
       {"0-3"sv,         "bytes"sv,       "bytes:0-3"sv,     "lines=0-3"sv,       " bytes=0-3"sv,
        "bytes =0-3"sv,  "bytes=0"sv,     "bytes=-"sv,       "bytes=--1"sv,       "bytes=-1-2"sv,
        "bytes=3-2"sv,   "bytes=+1-2"sv,  "bytes=1-+2"sv,    "bytes=0x1-2"sv,     "bytes=a-b"sv,
        "bytes=1-b"sv,   "bytes=a-"sv,    "bytes=1-2;3-4"sv, "bytes=0-1,x"sv,     "bytes=0-1,-"sv,
        "bytes=1 2-3"sv, "bytes=1-2-3"sv, "bytes=0-3\0"sv,   "bytes=0-9,0-9,x"sv, "bytes=99-98"sv}) {
    CAPTURE(spec);
    const auto ranges = parse_range(spec, 10);
    REQUIRE_FALSE(ranges.ok());
    CHECK(ranges.error().code == Errc::invalid);
    CHECK(ranges.error().what == "invalid range");
  }
}

TEST_CASE("ranges beyond the content") {
  for (const std::string_view spec : {"bytes=10-12"sv, "bytes=10-"sv, "bytes=99-"sv, "bytes=-0"sv, "bytes=10-,20-30"sv,
                                      "bytes=99999999999999999999-"sv, "bytes=99999999999999999999-99999999999999999999"sv}) {
    CAPTURE(spec);
    const auto ranges = parse_range(spec, 10);
    REQUIRE_FALSE(ranges.ok());
    CHECK(ranges.error().code == Errc::unsupported);
    CHECK(ranges.error().what == "invalid range: failed to overlap");
  }
}

TEST_CASE("an empty content has no ranges") {
  for (const std::string_view spec : {"bytes=0-0"sv, "bytes=0-"sv, "bytes=-5"sv, "bytes=5-"sv}) {
    CAPTURE(spec);
    const auto ranges = parse_range(spec, 0);
    REQUIRE(ranges.ok());
    CHECK(ranges->empty());
  }
  CHECK_FALSE(parse_range("bytes=x", 0).ok());
}

TEST_CASE("the largest content") {
  constexpr std::uint64_t kSize = std::numeric_limits<std::uint64_t>::max();
  CHECK(text(*parse_range("bytes=0-", kSize)) == "0-18446744073709551614");
  CHECK(text(*parse_range("bytes=-1", kSize)) == "18446744073709551614-18446744073709551614");
  CHECK(parse_range("bytes=0-,0-", kSize)->empty());
}

TEST_CASE("the number of ranges has a bound") {
  std::string spec = "bytes=";
  for (std::size_t i = 0; i < kMaxRanges; ++i) spec += "0-0,";
  CHECK(parse_range(spec, 100000)->size() == kMaxRanges);
  CHECK(parse_range(spec + "0-0", 100000)->empty());
  CHECK_FALSE(parse_range(spec + "0-0,x", 100000).ok());
}

TEST_CASE("no cut of a range reads outside of it, and every range lies within") {
  const std::string_view spec = "bytes=0-1, 4-5,-1,7-";
  for (std::size_t cut = 0; cut <= spec.size(); ++cut) {
    const std::string owned(spec.substr(0, cut));
    const auto ranges = parse_range(owned, 10);
    if (!ranges.ok()) continue;
    for (const ByteRange& range : *ranges) {
      CHECK(range.length > 0);
      CHECK(range.first + range.length <= 10);
    }
  }
}

TEST_CASE("Content-Range") {
  CHECK(content_range({0, 4}, 10) == "bytes 0-3/10");
  CHECK(content_range({9, 1}, 10) == "bytes 9-9/10");
  CHECK(content_range_unsatisfied(10) == "bytes */10");
}
