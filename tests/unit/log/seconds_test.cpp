#include "log/seconds.hpp"

#include <doctest/doctest.h>

#include <cstdint>
#include <string>

using namespace fwatchdog;
using namespace std::chrono_literals;

namespace {

std::string seconds(std::chrono::nanoseconds duration, int decimals) {
  std::string text = "t=";
  append_seconds(text, duration, decimals);
  return text.substr(2);
}

}  // namespace

TEST_CASE("seconds: whole numbers with decimals, rounded") {
  CHECK(seconds(0ns, 4) == "0.0000");
  CHECK(seconds(1234567ns, 6) == "0.001235");
  CHECK(seconds(49'999ns, 4) == "0.0000");
  CHECK(seconds(50'000ns, 4) == "0.0001");
  CHECK(seconds(999'999'999ns, 6) == "1.000000");
  CHECK(seconds(61s + 5ms, 6) == "61.005000");
  CHECK(seconds(1ns, 9) == "0.000000001");
  CHECK(seconds(1600ms, 1) == "1.6");
}

TEST_CASE("seconds: numbers") {
  std::string text = "n";
  append_number(text, 0);
  append_number(text, UINT64_MAX);
  CHECK(text == "n018446744073709551615");
}
