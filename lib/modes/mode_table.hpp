/// The modes of of-watchdog: the one list of them.
#pragma once

#include <memory>

#include "config/settings.hpp"
#include "log/logger.hpp"
#include "modes/cgi_environment.hpp"
#include "modes/function_command.hpp"
#include "modes/mode_handler.hpp"
#include "process/reaper.hpp"

namespace fwatchdog {

/// What a mode is made from. All of it outlives the mode.
struct ModeParts {
  Loop& loop;
  Reaper& reaper;
  Logger& logger;
  const Settings& settings;
  const FunctionCommand* command;     ///< null where the mode runs no function
  const CgiEnvironment* environment;  ///< null likewise
};

struct ModeRow {
  Mode mode;
  /// Fails with one line for the operator.
  Result<std::unique_ptr<ModeHandler>> (*make)(const ModeParts& parts);
  bool runs_function;         ///< needs fprocess
  bool hosts_function;        ///< as one process that runs all the time
  bool logs_reason;           ///< its request lines have the reason phrase
  bool logs_declared_length;  ///< and the announced length instead of the bytes sent
};

/// The row of a mode; there is one for each.
const ModeRow& row_of(Mode mode);

}  // namespace fwatchdog
