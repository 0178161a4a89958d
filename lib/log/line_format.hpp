/// The two forms of our own log lines, and the time at their start.
#pragma once

#include <cstdint>
#include <ctime>
#include <string>
#include <string_view>

namespace fwatchdog {

enum class LogFormat { text, json };

/// In the text form all levels look the same, as in Go.
enum class Level { info, warning, error };

/// A source of the time of day; tests give their own.
using WallClock = std::timespec (*)();

/// The system's time of day.
std::timespec system_wall_clock();

/// Begins and ends lines. The date and time are made anew only when the second changes. Not thread-safe.
class LineFormat {
 public:
  explicit LineFormat(LogFormat format, WallClock clock = system_wall_clock) : format_(format), clock_(clock) {}

  LogFormat format() const { return format_; }

  /// Appends what a line of the text form begins with: `2006/01/02 15:04:05 `, in local time. Only for
  /// that form.
  void append_date(std::string& out);

  /// Appends the beginning of a JSON line: `{"time":"2006-01-02T15:04:05.123Z","level":"info"`, in UTC. Only for that
  /// form. The caller adds members, each with a comma before it, and `}` and a line's end.
  void append_json_start(std::string& out, Level level);

  /// Appends a whole line in the format. Control bytes of the message are escaped; one line's end at its end is taken off.
  void append_message(std::string& out, Level level, std::string_view message);

 private:
  void renew(std::time_t second);

  LogFormat format_;
  WallClock clock_;
  std::time_t second_ = -1;
  std::string stamp_;  ///< of `second_`, in the form of `format_`, without a fraction
};

}  // namespace fwatchdog
