#include "log/human_size.hpp"

#include <doctest/doctest.h>

#include <cstdint>
#include <limits>

TEST_CASE("human size: as go-units") {
  struct Row {
    std::int64_t bytes;
    const char* expected;
  };
  const Row rows[] = {
      {-1, "-1B"},
      {0, "0B"},
      {5, "5B"},
      {999, "999B"},
      {1000, "1kB"},
      {1001, "1.001kB"},
      {1234, "1.234kB"},
      {12345, "12.35kB"},
      {123456, "123.5kB"},
      {999949, "999.9kB"},
      {999999, "1000kB"},
      {1000000, "1MB"},
      {1048576, "1.049MB"},
      {10485760, "10.49MB"},
      {4294967296, "4.295GB"},
      {1000000000000, "1TB"},
      {1000000000000000, "1PB"},
      {std::numeric_limits<std::int64_t>::max(), "9.223EB"},
  };
  for (const auto& row : rows) CHECK(fwatchdog::human_size(row.bytes) == row.expected);
}
