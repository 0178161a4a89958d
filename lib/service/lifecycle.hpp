/// The life of a watchdog: listen, announce, serve, and on a signal drain and end (CONTRACT: shutdown on SIGTERM).
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "config/settings.hpp"
#include "log/logger.hpp"
#include "middleware/request_log.hpp"
#include "modes/function_command.hpp"
#include "modes/mode_handler.hpp"
#include "process/reaper.hpp"

namespace fwatchdog {

/// Makes the mode; called once the ports are open. Fails with one line for the operator.
using ModeFactory = std::function<Result<std::unique_ptr<ModeHandler>>(Loop& loop, Reaper& reaper, Logger& logger)>;

struct ServiceOptions {
  Program program = Program::classic;
  Settings settings;
  std::vector<std::string> warnings;               ///< of the settings
  std::vector<std::string> start_lines;            ///< logged before the time limits
  std::optional<RequestLog::Options> request_log;  ///< the classic watchdog has none
  ModeFactory make_mode;
  const FunctionCommand* host_command = nullptr;  ///< http mode: the process that runs beside
  const Environment* environment = nullptr;       ///< for that process
};

/// Serves until told to end. Returns the exit status: 0 after a drain, 1 where it could not start or its function ended.
int serve(const ServiceOptions& options);

}  // namespace fwatchdog
