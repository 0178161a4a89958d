/// The log of a program: two sinks for all, and for each loop a logger that is flushed once a turn.
#pragma once

#include "async/timer.hpp"
#include "config/settings.hpp"
#include "log/log_sink.hpp"
#include "log/logger.hpp"

namespace fwatchdog {

/// Standard error and standard output. What is kept for a slow reader has half a second at the end.
class LogSinks {
 public:
  explicit LogSinks(const Settings& settings);
  ~LogSinks();
  LogSinks(const LogSinks&) = delete;
  LogSinks& operator=(const LogSinks&) = delete;

  LogSink& error() { return error_; }
  LogSink& output() { return output_; }
  std::uint64_t dropped_lines() const { return error_.dropped_lines() + output_.dropped_lines(); }
  /// As the destructor does, for a program that ends without one.
  void flush_before_exit();

 private:
  LogSink error_;
  LogSink output_;
};

class LoopLog {
 public:
  /// Both must outlive this object, and the loop must not turn any more when it is destroyed.
  LoopLog(Loop& loop, LogSinks& sinks, const Settings& settings);
  Logger& logger() { return logger_; }

 private:
  Logger logger_;
  Timer retry_;
};

}  // namespace fwatchdog
