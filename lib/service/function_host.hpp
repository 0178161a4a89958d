/// FunctionHost: the one long-lived process of http mode, and its output in the log.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "async/scope.hpp"
#include "log/logger.hpp"
#include "modes/cgi_environment.hpp"
#include "modes/function_command.hpp"
#include "modes/function_process.hpp"

namespace fwatchdog {

class FunctionHost {
 public:
  /// All references must outlive this object.
  FunctionHost(Loop& loop, Reaper& reaper, Logger& logger, const FunctionCommand& command, const CgiEnvironment& environment,
               std::size_t log_line_length);

  /// The error's text() names the program.
  Result<void> start();
  /// The lines that tell of the start.
  void announce();

  /// Logs its output and waits for its end, of which `on_end` is told at once, with how it ended (`exit status 1`).
  Task<void> live(std::function<void(const std::string&)> on_end);
  bool running() const { return running_; }

  /// Asks the process and its group to end; kills what is left after `limit`. live() ends then.
  void stop(Nanoseconds limit);

 private:
  Task<void> await_end(std::function<void(const std::string&)> on_end);

  Loop& loop_;
  Logger& logger_;
  const FunctionCommand& command_;
  const CgiEnvironment& environment_;
  std::size_t log_line_length_;
  FunctionProcess process_;
  Timer kill_;
  bool running_ = false;
};

}  // namespace fwatchdog
