/// Dates in HTTP fields (RFC 9110 5.6.7). Independent of locale and time zone.
#pragma once

#include <chrono>
#include <cstddef>
#include <ctime>
#include <optional>
#include <string_view>

namespace fwatchdog {

/// The length of `Sun, 06 Nov 1994 08:49:37 GMT`.
constexpr std::size_t kHttpDateBytes = 29;

/// Writes `seconds` since 1970 as an IMF-fixdate to `out`, which has room for kHttpDateBytes; no NUL follows.
/// Times outside the years 0 to 9999 become the nearest one inside.
void format_http_date(std::time_t seconds, char* out);

/// Reads any of the three forms: `Sun, 06 Nov 1994 08:49:37 GMT`, `Sunday, 06-Nov-94 08:49:37 GMT`, `Sun Nov  6 08:49:37 1994`.
/// Nothing may stand before or after it, and case matters. The name of the day must be one, but is not checked against the date,
/// as in Go. 23:59:60 is the second after. A year of two digits that would lie more than 50 years after `now` is of the century
/// before.
std::optional<std::chrono::sys_seconds> parse_http_date(std::string_view text, std::chrono::sys_seconds now);

/// The same with the clock's `now`.
std::optional<std::chrono::sys_seconds> parse_http_date(std::string_view text);

}  // namespace fwatchdog
