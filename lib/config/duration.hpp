/// Durations as the Go programs read and print them. The settings, the start-up log lines and `X-Timeout` share this notation.
/// What a duration means, and what happens when a text is none, is left to the callers.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace fwatchdog {

/// A span of time with Go's resolution and range: 64 bits of nanoseconds, some 292 years either way.
using Duration = std::chrono::nanoseconds;

/// Reads Go's notation (time.ParseDuration): an optional sign, then one or more decimal numbers with a unit each, `1h15m30.918s`.
/// Units: ns, us, µs (U+00B5 or U+03BC), ms, s, m, h. `0` needs no unit. Digits beyond a nanosecond are cut off.
/// Nothing for any other text and for what does not fit.
std::optional<Duration> parse_go_duration(std::string_view text);

/// Reads the value of a duration setting: digits alone (`30`, `007`, `+10`) are whole seconds, everything else is Go's notation.
/// Nothing for what is neither, for what does not fit, and for a negative span, which no setting can mean.
std::optional<Duration> parse_duration_setting(std::string_view text);

/// Prints as Go's Duration.String does: `0s`, `100µs`, `500ms`, `1.5s`, `1m30s`, `1h0m0s`.
std::string format_go_duration(Duration duration);

}  // namespace fwatchdog
