// Ranges, conditions and their dates. The input: the method, the size of the content and its date in seconds, a line each; then
// field lines.
#include <algorithm>
#include <charconv>
#include <chrono>
#include <string>
#include <vector>

#include "http/conditional.hpp"
#include "http/date.hpp"
#include "http/headers.hpp"
#include "http/range.hpp"
#include "modes/static_ranges.hpp"
#include "property.hpp"

namespace fwatchdog::fuzz {

namespace {

using std::chrono::seconds;
using std::chrono::sys_seconds;

/// Years 0 to 9999: what a date can say.
constexpr std::int64_t kFirstSecond = -62167219200;
constexpr std::int64_t kLastSecond = 253402300799;

template <class Number>
Number number(std::string_view text) {
  Number value{};
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

std::string date_text(sys_seconds time) {
  std::string text(kHttpDateBytes, ' ');
  format_http_date(time.time_since_epoch().count(), text.data());
  return text;
}

void check_date(std::string_view text) {
  static constexpr sys_seconds kNow{seconds(1'790'000'000)};
  const auto date = parse_http_date(text, kNow);
  if (!date) return;
  const std::int64_t second = date->time_since_epoch().count();
  must(second >= kFirstSecond && second <= kLastSecond + 1, "a date is of a year of four digits", text);
  if (second <= kLastSecond) must(parse_http_date(date_text(*date), kNow) == date, "a date can be written and read again", text);
}

void check_ranges(std::string_view spec, std::uint64_t size) {
  const auto ranges = parse_range(spec, size);
  if (!ranges.ok()) return;
  must(ranges->size() <= kMaxRanges, "the number of ranges is bounded", spec);
  std::uint64_t total = 0;
  for (const ByteRange& range : *ranges) {
    must(range.length > 0 && range.first < size && range.length <= size - range.first, "a range lies within the content", spec);
    must(range.length <= size - total, "all ranges are no more than the content", spec);
    total += range.length;
    std::string again = content_range(range, size);
    again.replace(0, 6, "bytes=").erase(again.find('/'));
    const auto same = parse_range(again, size);
    must(same.ok() && same->size() == 1 && same->front().first == range.first && same->front().length == range.length,
         "a range can be written and read again", again);
  }
  if (ranges->size() < 2 || total > std::uint64_t{1} << 62U) return;
  const MultipartRanges parts = multipart_ranges(*ranges, size, "text/plain", "boundary");
  std::uint64_t length = parts.end.size() + total;
  for (const std::string& head : parts.heads) length += head.size();
  must(parts.heads.size() == ranges->size() && parts.length == length, "the length of a multipart body is that of its parts",
       spec);
}

struct Asked {
  std::string_view method;
  std::uint64_t size;
  std::int64_t modified;
  Headers headers;
};

Asked read_input(std::string_view text) {
  Asked asked;
  asked.method = take_until(text, '\n');
  asked.size = number<std::uint64_t>(take_until(text, '\n'));
  asked.modified = std::clamp(number<std::int64_t>(take_until(text, '\n')), kFirstSecond, kLastSecond);
  while (!text.empty()) {
    std::string_view value = take_until(text, '\n');
    const std::string_view name = take_until(value, ':');
    asked.headers.add(Field{name, trim_ows(value)});
  }
  return asked;
}

void check_conditions(const Asked& asked) {
  const std::string_view etag = asked.headers.get("ETag").value_or("");
  const Validators current{etag, sys_seconds(seconds(asked.modified))};
  const auto answer = evaluate_preconditions(asked.method, asked.headers.all(), current);
  const bool reads = asked.method == "GET" || asked.method == "HEAD";
  must(answer != Precondition::not_modified || reads, "only reading can find nothing new", asked.method);
  const bool conditional = asked.headers.count("If-Match") + asked.headers.count("If-None-Match") +
                               asked.headers.count("If-Modified-Since") + asked.headers.count("If-Unmodified-Since") >
                           0;
  must(answer == Precondition::proceed || conditional, "what asks nothing is answered in full", asked.method);
  must(range_applies(asked.headers.all(), current) || asked.headers.count("If-Range") > 0, "only If-Range can undo a range");

  // Whoever has exactly this content needs nothing sent again, and gets the rest of it.
  const std::string date = date_text(sys_seconds(seconds(asked.modified)));
  Headers fresh;
  fresh.add(Field{"If-Modified-Since", date});
  fresh.add(Field{"If-Range", date});
  must(evaluate_preconditions("GET", fresh.all(), current) == Precondition::not_modified, "a current date means 304", date);
  must(range_applies(fresh.all(), current), "a current date means 206", date);
}

}  // namespace

}  // namespace fwatchdog::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace fwatchdog::fuzz;
  const std::string_view text = text_of(data, size);
  const Asked asked = read_input(text);
  check_conditions(asked);
  for (const fwatchdog::Field& field : asked.headers) {
    check_date(field.value);
    check_ranges(field.value, asked.size);
  }
  return 0;
}
