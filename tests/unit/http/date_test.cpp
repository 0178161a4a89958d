#include "http/date.hpp"

#include <doctest/doctest.h>

#include <cstdint>
#include <ctime>
#include <limits>
#include <string>
#include <string_view>

using namespace fwatchdog;
using namespace std::string_view_literals;
using std::chrono::seconds;
using std::chrono::sys_seconds;

namespace {

std::string formatted(std::time_t time) {
  char out[kHttpDateBytes];
  format_http_date(time, out);
  return std::string(out, sizeof out);
}

constexpr sys_seconds kNow{seconds(1767225600)};  // 1 January 2026

}  // namespace

TEST_CASE("dates are written as IMF-fixdate") {
  CHECK(formatted(784111777) == "Sun, 06 Nov 1994 08:49:37 GMT");
  CHECK(formatted(0) == "Thu, 01 Jan 1970 00:00:00 GMT");
  CHECK(formatted(-1) == "Wed, 31 Dec 1969 23:59:59 GMT");
  CHECK(formatted(951782400) == "Tue, 29 Feb 2000 00:00:00 GMT");
  CHECK(formatted(4107542399) == "Sun, 28 Feb 2100 23:59:59 GMT");
  CHECK(formatted(std::numeric_limits<std::time_t>::max()) == "Fri, 31 Dec 9999 23:59:59 GMT");
  CHECK(formatted(std::numeric_limits<std::time_t>::min()) == "Sat, 01 Jan 0000 00:00:00 GMT");
}

TEST_CASE("every day is written as the C library writes it, and read back") {
  for (std::int64_t time = -2208988800; time < 7258118400; time += 86400 - 37) {
    const std::time_t now = static_cast<std::time_t>(time);
    std::tm parts{};
    REQUIRE(gmtime_r(&now, &parts) != nullptr);
    char expected[64];
    REQUIRE(std::strftime(expected, sizeof expected, "%a, %d %b %Y %H:%M:%S GMT", &parts) == kHttpDateBytes);
    const std::string text = formatted(now);
    REQUIRE(text == expected);
    const auto back = parse_http_date(text, kNow);
    REQUIRE(back);
    REQUIRE(back->time_since_epoch().count() == time);
    REQUIRE(std::strftime(expected, sizeof expected, "%a %b %e %H:%M:%S %Y", &parts) == 24);
    REQUIRE(parse_http_date(expected, kNow) == back);
  }
}

TEST_CASE("dates that are read") {
  struct Row {
    std::string_view text;
    std::int64_t time;
  };
  const Row rows[] = {
      {"Sun, 06 Nov 1994 08:49:37 GMT", 784111777},
      {"Sunday, 06-Nov-94 08:49:37 GMT", 784111777},
      {"Sun Nov  6 08:49:37 1994", 784111777},
      {"Sun Nov 06 08:49:37 1994", 784111777},
      {"Wed Nov 16 08:49:37 1994", 784975777},
      {"Mon, 06 Nov 1994 08:49:37 GMT", 784111777},
      {"Wednesday, 06-Nov-94 08:49:37 GMT", 784111777},
      {"Sat, 31 Dec 2016 23:59:60 GMT", 1483228800},
      {"Tue, 29 Feb 2000 00:00:00 GMT", 951782400},
      {"Thursday, 01-Jan-70 00:00:00 GMT", 3155760000},  // 2070 is less than 50 years off
      {"Thursday, 31-Dec-75 23:59:59 GMT", 3345062399},  // 2075
      {"Friday, 02-Jan-76 00:00:00 GMT", 189388800},     // 2076 would be more than 50 years off
      {"Friday, 31-Dec-99 23:59:59 GMT", 946684799},
      {"Tuesday, 29-Feb-00 00:00:00 GMT", 951782400},
  };
  for (const Row& row : rows) {
    CAPTURE(row.text);
    const auto date = parse_http_date(row.text, kNow);
    REQUIRE(date);
    CHECK(date->time_since_epoch().count() == row.time);
  }
  CHECK(parse_http_date("Sunday, 06-Nov-94 08:49:37 GMT") == sys_seconds(seconds(784111777)));
}

TEST_CASE("years of two digits move with the clock") {
  const sys_seconds late{seconds(2524608000)};                                                                 // 2050
  CHECK(parse_http_date("Sunday, 06-Nov-94 08:49:37 GMT", late)->time_since_epoch().count() == 3939871777);    // 2094
  const sys_seconds later{seconds(3124224000)};                                                                // 1 January 2069
  CHECK(parse_http_date("Tuesday, 01-Jan-00 00:00:00 GMT", later)->time_since_epoch().count() == 4102444800);  // 2100
  const sys_seconds leap_day{seconds(951782400)};                                                              // 29 February 2000
  CHECK(parse_http_date("Tuesday, 01-Feb-50 00:00:00 GMT", leap_day)->time_since_epoch().count() == 2527286400);
}

TEST_CASE("what is no date") {
  for (const std::string_view text : {""sv,
                                      "0"sv,
                                      "784111777"sv,
                                      "Sun"sv,
                                      "Sun, 06 Nov 1994 08:49:37"sv,
                                      "Sun, 06 Nov 1994 08:49:37 "sv,
                                      "Sun, 06 Nov 1994 08:49:37 UTC"sv,
                                      "Sun, 06 Nov 1994 08:49:37 +0000"sv,
                                      "Sun, 06 Nov 1994 08:49:37 gmt"sv,
                                      "Sun, 06 Nov 1994 08:49:37 GMT "sv,
                                      " Sun, 06 Nov 1994 08:49:37 GMT"sv,
                                      "Sun, 06 Nov 1994 08:49:37 GMT\0"sv,
                                      "Sun, 06 Nov 1994 08:49:37 GMT; length=1"sv,
                                      "sun, 06 Nov 1994 08:49:37 GMT"sv,
                                      "SUN, 06 NOV 1994 08:49:37 GMT"sv,
                                      "Sun, 6 Nov 1994 08:49:37 GMT"sv,
                                      "Sun, 06 Nov 94 08:49:37 GMT"sv,
                                      "Sun,06 Nov 1994 08:49:37 GMT"sv,
                                      "Sun, 06  Nov 1994 08:49:37 GMT"sv,
                                      "Sun, 06-Nov-1994 08:49:37 GMT"sv,
                                      "Sun, 06-Nov-94 08:49:37 GMT"sv,
                                      "Sunday, 06 Nov 1994 08:49:37 GMT"sv,
                                      "Xxx, 06 Nov 1994 08:49:37 GMT"sv,
                                      "Sun, 06 Xxx 1994 08:49:37 GMT"sv,
                                      "Sun, 00 Nov 1994 08:49:37 GMT"sv,
                                      "Sun, 31 Nov 1994 08:49:37 GMT"sv,
                                      "Sun, 32 Dec 1994 08:49:37 GMT"sv,
                                      "Wed, 29 Feb 1995 08:49:37 GMT"sv,
                                      "Mon, 29 Feb 2100 00:00:00 GMT"sv,
                                      "Sun, 06 Nov 1994 24:00:00 GMT"sv,
                                      "Sun, 06 Nov 1994 08:60:37 GMT"sv,
                                      "Sun, 06 Nov 1994 08:49:60 GMT"sv,
                                      "Sun, 06 Nov 1994 23:59:61 GMT"sv,
                                      "Sun, 06 Nov 1994 8:49:37 GMT"sv,
                                      "Sun, 06 Nov 1994 08:49 GMT"sv,
                                      "Sun, -6 Nov 1994 08:49:37 GMT"sv,
                                      "Sun, 06 Nov +994 08:49:37 GMT"sv,
                                      "Sun, 06 Nov 1994 08:49:3a GMT"sv,
                                      "Sun Nov 6 08:49:37 1994"sv,
                                      "Sun Nov   6 08:49:37 1994"sv,
                                      "Sun Nov  6 08:49:37 1994 GMT"sv,
                                      "Sun Nov  0 08:49:37 1994"sv,
                                      "Sunday, 29-Feb-01 08:49:37 GMT"sv,
                                      "Sunday, 06-Nov-1994 08:49:37 GMT"sv,
                                      "1994-11-06T08:49:37Z"sv}) {
    CAPTURE(text);
    CHECK_FALSE(parse_http_date(text, kNow));
  }
}

TEST_CASE("no cut of a date is a date") {
  for (const std::string_view text :
       {"Sun, 06 Nov 1994 08:49:37 GMT"sv, "Sunday, 06-Nov-94 08:49:37 GMT"sv, "Sun Nov  6 08:49:37 1994"sv}) {
    for (std::size_t size = 0; size < text.size(); ++size) {
      CAPTURE(size);
      CHECK_FALSE(parse_http_date(std::string(text.substr(0, size)), kNow));
    }
  }
}
