#include "config/duration.hpp"

#include <doctest/doctest.h>

#include <chrono>
#include <cstdint>
#include <limits>
#include <string>

using namespace std::chrono_literals;
using fwatchdog::Duration;

namespace {

constexpr std::int64_t kMax = std::numeric_limits<std::int64_t>::max();

std::optional<std::int64_t> count(std::optional<Duration> duration) {
  return duration ? std::optional(duration->count()) : std::nullopt;
}

}  // namespace

TEST_CASE("duration: Go's notation is read") {
  struct Row {
    const char* text;
    Duration expected;
  };
  const Row rows[] = {
      {"0", 0s},
      {"-0", 0s},
      {"+0", 0s},
      {"0s", 0s},
      {"5s", 5s},
      {"30s", 30s},
      {"1478s", 1478s},
      {"-5s", -5s},
      {"+5s", 5s},
      {"5.0s", 5s},
      {"5.6s", 5600ms},
      {"5.s", 5s},
      {".5s", 500ms},
      {"1.0s", 1s},
      {"1.00s", 1s},
      {"1.004s", 1004ms},
      {"1.0040s", 1004ms},
      {"100.00100s", 100001ms},
      {"10ns", 10ns},
      {"11us", 11us},
      {"12\u00b5s", 12us},
      {"12\u03bcs", 12us},
      {"13ms", 13ms},
      {"14s", 14s},
      {"15m", 15min},
      {"16h", 16h},
      {"0.5m", 30s},
      {"3h30m", 3h + 30min},
      {"10.5s4m", 4min + 10500ms},
      {"-2m3.4s", -(2min + 3400ms)},
      {"1h2m3s4ms5us6ns", 1h + 2min + 3s + 4ms + 5us + 6ns},
      {"39h9m14.425s", 39h + 9min + 14425ms},
      {"1h15m30.918s", 1h + 15min + 30918ms},
      {"52763797000ns", 52763797000ns},
      {"0.3333333333333333333h", 20min},
      {"9007199254740993ns", Duration(9007199254740993)},
      {"9223372036854775807ns", Duration(kMax)},
      {"9223372036854775.807us", Duration(kMax)},
      {"9223372036s854ms775us807ns", Duration(kMax)},
      {"-9223372036854775808ns", Duration::min()},
      {"-9223372036854775.808us", Duration::min()},
      {"-2562047h47m16.854775808s", Duration::min()},
      {"0.100000000000000000000h", 6min},
      {"0.830103483285477580700h", 49min + 48s + 372539827ns},
      {"0.9223372036854775808ns", 0ns},
  };
  for (const auto& row : rows) {
    CAPTURE(row.text);
    CHECK(count(fwatchdog::parse_go_duration(row.text)) == row.expected.count());
  }
}

TEST_CASE("duration: what is not Go's notation is refused") {
  const std::string texts[] = {
      "",       "3",    "-",    "+",    "s",    ".",   "-.",    ".s", "+.s", "1d",     "10x", "1 s",  " 1s",
      "1s ",    "1e3s", "0x10", "--5s", "+-5s", "5m-", "1h-2m", "1S", "1Ms", "1\xb5s", "00",  "\xff", std::string("1s\0", 3),
      "1.2.3s", "1..s", "1s2",  "abc",
  };
  for (const auto& text : texts) {
    CAPTURE(text);
    CHECK_FALSE(fwatchdog::parse_go_duration(text));
  }
}

TEST_CASE("duration: what does not fit is refused") {
  for (const char* text :
       {"9223372036854775808ns", "-9223372036854775809ns", "9223372036854775.808us", "9223372036854ms775us808ns", "9223372037s",
        "2562048h", "3000000h", "-3000000h", "99999999999999999999999ns", "92233720368547758080s",
        "9223372036854775808ns9223372036854775808ns", "-9223372036854775808ns1ns", "2562047h2562047h"}) {
    CAPTURE(text);
    CHECK_FALSE(fwatchdog::parse_go_duration(text));
  }
}

TEST_CASE("duration: a text cut anywhere is read or refused, never more than it is") {
  const std::string whole = "1h15m30.918s";
  for (std::size_t length = 0; length <= whole.size(); ++length) {
    CAPTURE(length);
    const bool readable = length == 2 || length == 5 || length == 12;  // after h, m and s
    CHECK(fwatchdog::parse_go_duration(whole.substr(0, length)).has_value() == readable);
  }
}

TEST_CASE("duration: settings are seconds or Go's notation") {
  struct Row {
    const char* text;
    Duration expected;
  };
  const Row rows[] = {
      {"0", 0s},         {"30", 30s}, {"007", 7s},      {"+10", 10s},   {"-0", 0s},
      {"-00", 0s},       {"90", 90s}, {"1.5s", 1500ms}, {".5s", 500ms}, {"100us", 100us},
      {"1\u00b5s", 1us}, {"+5s", 5s}, {"0.5m", 30s},    {"-0s", 0s},    {"9223372036", Duration(9223372036'000'000'000)},
  };
  for (const auto& row : rows) {
    CAPTURE(row.text);
    CHECK(count(fwatchdog::parse_duration_setting(row.text)) == row.expected.count());
  }
  for (const char* text : {"",
                           "10x",
                           "1 s",
                           "1e3s",
                           "0x10",
                           "-5",
                           "-5s",
                           "-1ns",
                           "+",
                           "-",
                           "1.5",
                           "1_000",
                           " 30",
                           "30 ",
                           "9223372037",
                           "9223372036854775808",
                           "99999999999999999999",
                           "abc",
                           "5m-",
                           "--5s"}) {
    CAPTURE(text);
    CHECK_FALSE(fwatchdog::parse_duration_setting(text));
  }
}

TEST_CASE("duration: printed as Go prints") {
  struct Row {
    Duration duration;
    const char* expected;
  };
  const Row rows[] = {
      {0s, "0s"},
      {1ns, "1ns"},
      {999ns, "999ns"},
      {1us, "1\u00b5s"},
      {1100ns, "1.1\u00b5s"},
      {100us, "100\u00b5s"},
      {2200us, "2.2ms"},
      {500ms, "500ms"},
      {999999999ns, "999.999999ms"},
      {1s, "1s"},
      {1500ms, "1.5s"},
      {3300ms, "3.3s"},
      {1000000001ns, "1.000000001s"},
      {59999ms, "59.999s"},
      {60s, "1m0s"},
      {90s, "1m30s"},
      {90500ms, "1m30.5s"},
      {4min + 5s, "4m5s"},
      {4min + 5001ms, "4m5.001s"},
      {1h, "1h0m0s"},
      {1h + 1ns, "1h0m0.000000001s"},
      {5h + 6min + 7001ms, "5h6m7.001s"},
      {8min + 1ns, "8m0.000000001s"},
      {-1s, "-1s"},
      {-90s, "-1m30s"},
      {-1ns, "-1ns"},
      {Duration(kMax), "2562047h47m16.854775807s"},
      {Duration::min(), "-2562047h47m16.854775808s"},
  };
  for (const auto& row : rows) {
    CAPTURE(row.expected);
    CHECK(fwatchdog::format_go_duration(row.duration) == row.expected);
    CHECK(count(fwatchdog::parse_go_duration(row.expected)) == row.duration.count());
  }
}
