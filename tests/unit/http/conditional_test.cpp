#include "http/conditional.hpp"

#include <doctest/doctest.h>

#include <chrono>
#include <optional>
#include <string_view>
#include <vector>

using namespace fwatchdog;
using namespace std::string_view_literals;

namespace {

using Fields = std::vector<Field>;

constexpr std::string_view kBefore = "Sun, 06 Nov 1994 08:49:36 GMT";
constexpr std::string_view kSame = "Sun, 06 Nov 1994 08:49:37 GMT";
constexpr std::string_view kAfter = "Sun, 06 Nov 1994 08:49:38 GMT";

const Validators kCurrent{"\"abc\"", std::chrono::sys_seconds(std::chrono::seconds(784111777))};
const Validators kWeakTag{"W/\"abc\"", kCurrent.modified};
const Validators kDateOnly{"", kCurrent.modified};
const Validators kTagOnly{"\"abc\"", std::nullopt};
const Validators kNothing{};

constexpr auto kProceed = Precondition::proceed;
constexpr auto kNotModified = Precondition::not_modified;
constexpr auto kFailed = Precondition::precondition_failed;

struct Row {
  Fields fields;
  const Validators& current;
  Precondition get;
  Precondition post;
};

}  // namespace

TEST_CASE("preconditions, for GET and for POST") {
  const Row rows[] = {
      {{}, kCurrent, kProceed, kProceed},
      {{{"If-None-Match", ""}}, kCurrent, kProceed, kProceed},
      {{{"If-Match", ""}}, kCurrent, kProceed, kProceed},
      // If-Match: strong comparison
      {{{"If-Match", "\"abc\""}}, kCurrent, kProceed, kProceed},
      {{{"if-match", "\"x\", \"abc\""}}, kCurrent, kProceed, kProceed},
      {{{"If-Match", "\"x\""}, {"If-Match", "\"abc\""}}, kCurrent, kProceed, kProceed},
      {{{"If-Match", "*"}}, kCurrent, kProceed, kProceed},
      {{{"If-Match", "*"}}, kNothing, kProceed, kProceed},
      {{{"If-Match", "\"x\""}}, kCurrent, kFailed, kFailed},
      {{{"If-Match", "W/\"abc\""}}, kCurrent, kFailed, kFailed},
      {{{"If-Match", "W/\"abc\""}}, kWeakTag, kFailed, kFailed},
      {{{"If-Match", "\"abc\""}}, kWeakTag, kFailed, kFailed},
      {{{"If-Match", "\"abc\""}}, kDateOnly, kFailed, kFailed},
      {{{"If-Match", "abc"}}, kCurrent, kFailed, kFailed},
      {{{"If-Match", "\"\""}}, kDateOnly, kFailed, kFailed},
      // If-None-Match: weak comparison
      {{{"If-None-Match", "\"abc\""}}, kCurrent, kNotModified, kFailed},
      {{{"If-None-Match", "W/\"abc\""}}, kCurrent, kNotModified, kFailed},
      {{{"If-None-Match", "\"abc\""}}, kWeakTag, kNotModified, kFailed},
      {{{"If-None-Match", "\"x\" ,,\t W/\"y,z\", \"abc\""}}, kCurrent, kNotModified, kFailed},
      {{{"If-None-Match", "\"x\""}, {"If-None-Match", "\"abc\""}}, kCurrent, kNotModified, kFailed},
      {{{"If-None-Match", "*"}}, kCurrent, kNotModified, kFailed},
      {{{"If-None-Match", "\"x\""}}, kCurrent, kProceed, kProceed},
      {{{"If-None-Match", "\"ABC\""}}, kCurrent, kProceed, kProceed},
      {{{"If-None-Match", "\"\""}}, kDateOnly, kProceed, kProceed},
      {{{"If-None-Match", "abc, \"abc\""}}, kCurrent, kProceed, kProceed},
      {{{"If-None-Match", "\"abc"}}, kCurrent, kProceed, kProceed},
      {{{"If-None-Match", "w/\"abc\""}}, kCurrent, kProceed, kProceed},
      {{{"If-None-Match", "\"a b\", \"abc\""}}, kCurrent, kProceed, kProceed},
      // dates
      {{{"If-Modified-Since", kBefore}}, kCurrent, kProceed, kProceed},
      {{{"If-Modified-Since", kSame}}, kCurrent, kNotModified, kProceed},
      {{{"If-Modified-Since", kAfter}}, kCurrent, kNotModified, kProceed},
      {{{"If-Modified-Since", "Sunday, 06-Nov-94 08:49:37 GMT"}}, kCurrent, kNotModified, kProceed},
      {{{"If-Modified-Since", "Sun Nov  6 08:49:37 1994"}}, kCurrent, kNotModified, kProceed},
      {{{"If-Modified-Since", "yesterday"}}, kCurrent, kProceed, kProceed},
      {{{"If-Modified-Since", kSame}, {"If-Modified-Since", kSame}}, kCurrent, kProceed, kProceed},
      {{{"If-Modified-Since", kSame}}, kTagOnly, kProceed, kProceed},
      {{{"If-Unmodified-Since", kBefore}}, kCurrent, kFailed, kFailed},
      {{{"If-Unmodified-Since", kSame}}, kCurrent, kProceed, kProceed},
      {{{"If-Unmodified-Since", kAfter}}, kCurrent, kProceed, kProceed},
      {{{"If-Unmodified-Since", "yesterday"}}, kCurrent, kProceed, kProceed},
      {{{"If-Unmodified-Since", kBefore}}, kTagOnly, kProceed, kProceed},
      // precedence
      {{{"If-Unmodified-Since", kBefore}, {"If-Match", "\"abc\""}}, kCurrent, kProceed, kProceed},
      {{{"If-Unmodified-Since", kAfter}, {"If-Match", "\"x\""}}, kCurrent, kFailed, kFailed},
      {{{"If-Modified-Since", kSame}, {"If-None-Match", "\"x\""}}, kCurrent, kProceed, kProceed},
      {{{"If-Modified-Since", kBefore}, {"If-None-Match", "\"abc\""}}, kCurrent, kNotModified, kFailed},
      {{{"If-None-Match", "\"abc\""}, {"If-Match", "\"x\""}}, kCurrent, kFailed, kFailed},
      {{{"If-None-Match", "\"abc\""}, {"If-Match", "\"abc\""}}, kCurrent, kNotModified, kFailed},
      {{{"If-Modified-Since", kSame}, {"If-Unmodified-Since", kSame}}, kCurrent, kNotModified, kProceed},
  };
  for (const Row& row : rows) {
    CAPTURE(&row - rows);
    CHECK(evaluate_preconditions("GET", row.fields, row.current) == row.get);
    CHECK(evaluate_preconditions("HEAD", row.fields, row.current) == row.get);
    CHECK(evaluate_preconditions("POST", row.fields, row.current) == row.post);
  }
}

TEST_CASE("If-Range") {
  struct RangeRow {
    Fields fields;
    const Validators& current;
    bool applies;
  };
  const RangeRow rows[] = {
      {{}, kCurrent, true},
      {{{"If-Range", ""}}, kCurrent, true},
      {{{"If-Range", "\"abc\""}}, kCurrent, true},
      {{{"if-range", "\"x\""}}, kCurrent, false},
      {{{"If-Range", "W/\"abc\""}}, kCurrent, false},
      {{{"If-Range", "W/\"abc\""}}, kWeakTag, false},
      {{{"If-Range", "\"abc\""}}, kWeakTag, false},
      {{{"If-Range", "\"abc\", \"x\""}}, kCurrent, false},
      {{{"If-Range", "\"abc"}}, kCurrent, false},
      {{{"If-Range", "*"}}, kCurrent, false},
      {{{"If-Range", kSame}}, kCurrent, true},
      {{{"If-Range", kSame}}, kDateOnly, true},
      {{{"If-Range", kBefore}}, kCurrent, false},
      {{{"If-Range", kAfter}}, kCurrent, false},
      {{{"If-Range", "Sunday, 06-Nov-94 08:49:37 GMT"}}, kCurrent, true},
      {{{"If-Range", "yesterday"}}, kCurrent, false},
      {{{"If-Range", kSame}}, kTagOnly, false},
      {{{"If-Range", "\"abc\""}}, kDateOnly, false},
      {{{"If-Range", "\"abc\""}, {"If-Range", "\"abc\""}}, kCurrent, false},
  };
  for (const RangeRow& row : rows) {
    CAPTURE(&row - rows);
    CHECK(range_applies(row.fields, row.current) == row.applies);
  }
}
