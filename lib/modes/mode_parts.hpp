/// What a mode is made from. Each worker has a mode of its own.
#pragma once

#include <functional>
#include <memory>

#include "config/settings.hpp"
#include "log/logger.hpp"
#include "modes/cgi_environment.hpp"
#include "modes/function_command.hpp"
#include "modes/mode_handler.hpp"
#include "modes/process_counts.hpp"
#include "modes/upstream_signal.hpp"
#include "modes/warm_processes.hpp"
#include "process/reaper.hpp"

namespace fwatchdog {

/// All of it outlives the mode. The loop and the logger are the worker's, the rest is shared by all.
struct ModeParts {
  Loop& loop;
  Reaper* reaper;  ///< null where the mode runs no process
  Logger& logger;
  const Settings& settings;
  const FunctionCommand* command;  ///< null where the mode runs no function
  const CgiEnvironment& environment;
  UpstreamSignal& upstream;
  ProcessCounts& processes;
  WarmProcesses* warm;  ///< null where none are kept
  bool first;           ///< of the workers
};

/// The mode, or one line for the operator.
using MadeMode = Result<std::unique_ptr<ModeHandler>>;
using ModeFactory = std::function<MadeMode(const ModeParts& parts)>;

/// A mode that can be chosen.
struct ModeRow {
  ModeFactory make;
  bool runs_function = false;         ///< needs fprocess
  bool hosts_function = false;        ///< as one process that runs all the time
  bool logs_reason = false;           ///< its request lines have the reason phrase
  bool logs_declared_length = false;  ///< and the announced length instead of the bytes sent
  bool one_worker = false;            ///< its handler may not be called on two threads at once
};

}  // namespace fwatchdog
