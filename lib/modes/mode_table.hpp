/// The modes of of-watchdog: the one list of them.
#pragma once

#include <memory>

#include "config/settings.hpp"
#include "http/handler.hpp"
#include "log/logger.hpp"
#include "modes/cgi_environment.hpp"
#include "modes/function_command.hpp"
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
  Result<std::unique_ptr<Handler>> (*make)(const ModeParts& parts);
  bool runs_function;        ///< needs fprocess
  bool logs_reason;          ///< its request lines have the reason phrase
  bool logs_declared_length;  ///< and the announced length instead of the bytes sent
};

/// The row of a mode; there is one for each.
const ModeRow& row_of(Mode mode);

}  // namespace fwatchdog
