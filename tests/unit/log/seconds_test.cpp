#include "log/seconds.hpp"

#include <doctest/doctest.h>

#include <cstdint>
#include <string>

using namespace fwatchdog;
using namespace std::chrono_literals;

namespace {

template <int decimals>
std::string seconds(std::chrono::nanoseconds duration) {
  std::string text = "t=";
  append_seconds<decimals>(text, duration);
  return text.substr(2);
}

}  // namespace

TEST_CASE("seconds: whole numbers with decimals, rounded") {
  CHECK(seconds<4>(0ns) == "0.0000");
  CHECK(seconds<6>(1234567ns) == "0.001235");
  CHECK(seconds<4>(49'999ns) == "0.0000");
  CHECK(seconds<4>(50'000ns) == "0.0001");
  CHECK(seconds<6>(999'999'999ns) == "1.000000");
  CHECK(seconds<6>(61s + 5ms) == "61.005000");
  CHECK(seconds<9>(1ns) == "0.000000001");
  CHECK(seconds<1>(1600ms) == "1.6");
}

TEST_CASE("seconds: numbers") {
  std::string text = "n";
  append_number(text, 0);
  append_number(text, UINT64_MAX);
  CHECK(text == "n018446744073709551615");
}
