#include "http/date.hpp"

#include <algorithm>
#include <array>
#include <cstdint>

namespace fwatchdog {

namespace {

namespace chrono = std::chrono;

constexpr std::array<std::string_view, 7> kDays = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
constexpr std::array<std::string_view, 7> kLongDays = {"Sunday",   "Monday", "Tuesday", "Wednesday",
                                                       "Thursday", "Friday", "Saturday"};
constexpr std::array<std::string_view, 12> kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                      "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

constexpr chrono::sys_seconds kFirst = chrono::sys_days(chrono::year(0) / 1 / 1);
constexpr chrono::sys_seconds kLast = chrono::sys_days(chrono::year(10000) / 1 / 1) - chrono::seconds(1);

char* put_text(char* out, std::string_view text) { return std::copy(text.begin(), text.end(), out); }

char* put_number(char* out, unsigned number, int digits) {
  for (int i = digits - 1; i >= 0; --i, number /= 10) out[i] = static_cast<char>('0' + number % 10);
  return out + digits;
}

/// Takes a date apart from its start; after the first thing that is not there, everything fails.
class DateReader {
 public:
  explicit DateReader(std::string_view text) : rest_(text) {}

  bool text(std::string_view expected) {
    if (!rest_.starts_with(expected)) return fail();
    rest_.remove_prefix(expected.size());
    return ok_;
  }

  unsigned number(std::size_t digits) {
    unsigned value = 0;
    if (rest_.size() < digits) return fail();
    for (const char c : rest_.substr(0, digits)) {
      if (c < '0' || c > '9') return fail();
      value = value * 10 + static_cast<unsigned>(c - '0');
    }
    rest_.remove_prefix(digits);
    return value;
  }

  /// The place of the first of `names` that comes next, from 0.
  template <std::size_t N>
  unsigned one_of(const std::array<std::string_view, N>& names) {
    for (unsigned i = 0; i < N; ++i) {
      if (rest_.starts_with(names[i])) {
        rest_.remove_prefix(names[i].size());
        return i;
      }
    }
    return fail();
  }

  chrono::seconds time() {
    const unsigned hour = number(2);
    text(":");
    const unsigned minute = number(2);
    text(":");
    const unsigned second = number(2);
    const bool leap = hour == 23 && minute == 59 && second == 60;
    if (hour > 23 || minute > 59 || (second > 59 && !leap)) fail();
    return chrono::hours(hour) + chrono::minutes(minute) + chrono::seconds(second);
  }

  bool next_is(char c) const { return !rest_.empty() && rest_.front() == c; }
  bool complete() const { return ok_ && rest_.empty(); }

 private:
  bool fail() {
    ok_ = false;
    rest_ = {};
    return false;
  }

  std::string_view rest_;
  bool ok_ = true;
};

struct Parts {
  unsigned year = 0;
  unsigned month = 0;  ///< from 0
  unsigned day = 0;
  chrono::seconds time{};
};

std::optional<chrono::sys_seconds> assemble(const DateReader& reader, const Parts& parts) {
  const chrono::year_month_day date(chrono::year(static_cast<int>(parts.year)), chrono::month(parts.month + 1),
                                    chrono::day(parts.day));
  if (!reader.complete() || !date.ok()) return std::nullopt;
  return chrono::sys_days(date) + parts.time;
}

std::optional<chrono::sys_seconds> parse_imf_fixdate(std::string_view text) {
  DateReader reader(text);
  Parts parts;
  reader.one_of(kDays);
  reader.text(", ");
  parts.day = reader.number(2);
  reader.text(" ");
  parts.month = reader.one_of(kMonths);
  reader.text(" ");
  parts.year = reader.number(4);
  reader.text(" ");
  parts.time = reader.time();
  reader.text(" GMT");
  return assemble(reader, parts);
}

std::optional<chrono::sys_seconds> parse_rfc850_date(std::string_view text, chrono::sys_seconds now) {
  DateReader reader(text);
  Parts parts;
  reader.one_of(kLongDays);
  reader.text(", ");
  parts.day = reader.number(2);
  reader.text("-");
  parts.month = reader.one_of(kMonths);
  reader.text("-");
  const int this_year = static_cast<int>(chrono::year_month_day(chrono::floor<chrono::days>(now)).year());
  parts.year = static_cast<unsigned>(std::max(this_year, 100)) / 100 * 100 + reader.number(2);
  reader.text(" ");
  parts.time = reader.time();
  reader.text(" GMT");

  // 29 February exists only in some centuries, so each is tried as a whole date.
  const auto limit = chrono::year_month_day(chrono::floor<chrono::days>(now)) + chrono::years(50);
  const chrono::sys_seconds latest = chrono::sys_days(limit) + (now - chrono::floor<chrono::days>(now));
  for (const unsigned year : {parts.year + 100, parts.year, parts.year - 100}) {
    parts.year = year;
    const auto date = assemble(reader, parts);
    if (date && *date <= latest) return date;
  }
  return std::nullopt;
}

std::optional<chrono::sys_seconds> parse_asctime_date(std::string_view text) {
  DateReader reader(text);
  Parts parts;
  reader.one_of(kDays);
  reader.text(" ");
  parts.month = reader.one_of(kMonths);
  reader.text(" ");
  if (reader.next_is(' ')) {
    reader.text(" ");
    parts.day = reader.number(1);
  } else {
    parts.day = reader.number(2);
  }
  reader.text(" ");
  parts.time = reader.time();
  reader.text(" ");
  parts.year = reader.number(4);
  return assemble(reader, parts);
}

}  // namespace

void format_http_date(std::time_t seconds, char* out) {
  // Clamped as plain numbers, because a time far outside would not survive the arithmetic of dates.
  const auto first = static_cast<std::int64_t>(kFirst.time_since_epoch().count());
  const auto last = static_cast<std::int64_t>(kLast.time_since_epoch().count());
  const chrono::sys_seconds time{chrono::seconds(std::clamp<std::int64_t>(seconds, first, last))};
  const chrono::sys_days midnight = chrono::floor<chrono::days>(time);
  const chrono::year_month_day date(midnight);
  const auto second = static_cast<unsigned>((time - midnight).count());

  out = put_text(out, kDays[chrono::weekday(midnight).c_encoding()]);
  out = put_text(out, ", ");
  out = put_number(out, static_cast<unsigned>(date.day()), 2);
  *out++ = ' ';
  out = put_text(out, kMonths[static_cast<unsigned>(date.month()) - 1]);
  *out++ = ' ';
  out = put_number(out, static_cast<unsigned>(static_cast<int>(date.year())), 4);
  *out++ = ' ';
  out = put_number(out, second / 3600, 2);
  *out++ = ':';
  out = put_number(out, second / 60 % 60, 2);
  *out++ = ':';
  out = put_number(out, second % 60, 2);
  put_text(out, " GMT");
}

std::optional<std::chrono::sys_seconds> parse_http_date(std::string_view text, std::chrono::sys_seconds now) {
  if (const auto date = parse_imf_fixdate(text)) return date;
  if (const auto date = parse_rfc850_date(text, now)) return date;
  return parse_asctime_date(text);
}

std::optional<std::chrono::sys_seconds> parse_http_date(std::string_view text) {
  return parse_http_date(text, chrono::floor<chrono::seconds>(chrono::system_clock::now()));
}

}  // namespace fwatchdog
