/// The life of a watchdog: listen, announce, serve, and on a signal drain and end (CONTRACT: shutdown on SIGTERM).
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "config/settings.hpp"
#include "http/handler.hpp"
#include "log/logger.hpp"
#include "process/reaper.hpp"

namespace fwatchdog {

/// What a mode is made from. All of it outlives the mode.
struct ModeParts {
  Loop& loop;
  Reaper& reaper;
  Logger& logger;
};
using ModeFactory = std::function<std::unique_ptr<Handler>(const ModeParts& parts)>;

struct ServiceOptions {
  Program program = Program::classic;
  Settings settings;
  std::vector<std::string> warnings;     ///< of the settings
  std::vector<std::string> start_lines;  ///< logged before the time limits
  ModeFactory make_mode;
};

/// Serves until told to end. Returns the exit status: 0 after a drain, 1 where it could not start.
int serve(const ServiceOptions& options);

}  // namespace fwatchdog
