#include "service/service_log.hpp"

#include <chrono>

namespace fwatchdog {

namespace {

/// How long a blocked reader of our log is left alone before it is tried again.
constexpr auto kLogRetry = std::chrono::milliseconds(100);
/// How long the last lines may take to leave.
constexpr auto kLastLines = std::chrono::milliseconds(500);

LogFormat format_of(const Settings& settings) { return settings.log_json ? LogFormat::json : LogFormat::text; }

Level level_of(LogLevel level) {
  switch (level) {
    case LogLevel::info: break;
    case LogLevel::warning: return Level::warning;
    case LogLevel::error: return Level::error;
  }
  return Level::info;
}

Logger::Options options_of(const Settings& settings) {
  Logger::Options options;
  options.format = format_of(settings);
  options.prefix_function_lines = settings.prefix_logs;
  options.least = level_of(settings.log_level);
  return options;
}

}  // namespace

LogSinks::LogSinks(const Settings& settings)
    : error_(2, "standard error", LineFormat(format_of(settings))),
      output_(1, "standard output", LineFormat(format_of(settings))) {}

LogSinks::~LogSinks() { flush_before_exit(); }

void LogSinks::flush_before_exit() {
  error_.flush_before_exit(kLastLines);
  output_.flush_before_exit(kLastLines);
}

LoopLog::LoopLog(Loop& loop, LogSinks& sinks, const Settings& settings)
    : logger_(options_of(settings), sinks.error(), sinks.output()), retry_(loop, [this] { logger_.flush(); }) {
  loop.at_turn_end([this] {
    if (!logger_.pending()) return;
    logger_.flush();
    if (logger_.pending() && !retry_.running()) retry_.start(kLogRetry);
  });
}

}  // namespace fwatchdog
