/// What the program says: its own lines, one line for each request, and the lines of the function. Lines are gathered and
/// handed to the sinks by flush(), which the loop calls once a turn. When lines are due and which, is left to the callers.
#pragma once

#include <fmt/core.h>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "log/line_format.hpp"
#include "log/log_sink.hpp"

namespace fwatchdog {

/// One request served. The views are needed only during the call.
struct RequestLine {
  std::string_view method;
  std::string_view target;  ///< as it came; without its query where `log_query` says so
  int status = 0;
  std::string_view reason;                    ///< as the upstream gave it; empty = only the status is shown
  std::int64_t bytes = 0;                     ///< length of the answer's body; -1 = unknown
  std::chrono::nanoseconds duration{};        ///< from the request's head to the end of the answer
  std::optional<std::string_view> call_id{};  ///< set where call ids are logged; empty = the request had none
  std::string_view trace_id{};                ///< of the request's traceparent; empty = it had none. For the JSON form
};

enum class FunctionStream { standard_output, standard_error };

/// Formats lines. Not thread-safe: each worker has its own and they share the sinks, which must outlive it.
class Logger {
 public:
  struct Options {
    LogFormat format = LogFormat::text;
    bool prefix_function_lines = true;  ///< the variable prefix_logs
    WallClock clock = system_wall_clock;
    Level least = Level::info;  ///< our own lines below it are left out
  };

  Logger(const Options& options, LogSink& standard_error, LogSink& standard_output);
  ~Logger();  ///< flushes
  Logger(const Logger&) = delete;
  Logger& operator=(const Logger&) = delete;

  /// One line to stderr, formatted as fmt::format does. Control bytes in it are escaped, so it stays one line whatever it tells
  /// of.
  template <class... Args>
  void info(fmt::format_string<Args...> format, Args&&... args) {
    log(Level::info, format, fmt::make_format_args(args...));
  }
  template <class... Args>
  void warning(fmt::format_string<Args...> format, Args&&... args) {
    log(Level::warning, format, fmt::make_format_args(args...));
  }
  template <class... Args>
  void error(fmt::format_string<Args...> format, Args&&... args) {
    log(Level::error, format, fmt::make_format_args(args...));
  }

  /// What info and its like do.
  void log(Level level, fmt::string_view format, fmt::format_args args);

  /// `POST /x?y=z - 200 - ContentLength: 5B (0.0012s)`, with ` [<call id>]` or ` [none]` after it where call ids are logged. In
  /// the JSON form the parts are members: method, target, status, reason, bytes (null if unknown), seconds,
  /// call_id and trace_id (absent without one).
  void request(const RequestLine& line);

  /// One line of the function's output, without its end, to our stream of the same name: `<date> <time> stderr: <line>`. Its
  /// bytes are unchanged, and without prefix there is nothing else, in either format; with prefix the JSON form makes it an
  /// object.
  void function_line(FunctionStream stream, std::string_view line);

  /// Bytes to stdout, unchanged and without a date.
  void print(std::string_view bytes);

  /// Hands everything gathered to the sinks, and lets them try again with what they keep. Never waits.
  void flush();

  /// Whether flush() has something to do: lines gathered, or kept by a sink for a slow reader.
  bool pending() const;

  /// Flushes, and waits for slow readers for at most `bound` each.
  void flush_before_exit(std::chrono::milliseconds bound);

 private:
  /// Lines on their way to one sink.
  struct Outlet {
    LogSink& sink;
    std::string lines;

    void hand_over();
    void hand_over_if_much();
  };

  void request_text(const RequestLine& line);
  void request_json(const RequestLine& line);

  LineFormat format_;
  const bool prefix_function_lines_;
  const Level least_;
  Outlet error_;
  Outlet output_;
  std::string message_;  ///< of the line being made; kept for its memory
};

}  // namespace fwatchdog
