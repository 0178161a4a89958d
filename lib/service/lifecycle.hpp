/// The life of a watchdog: listen, announce, serve, and on a signal drain and end (CONTRACT: shutdown on SIGTERM).
#pragma once

#include <string>
#include <vector>

#include "config/settings.hpp"
#include "modes/mode_parts.hpp"

namespace fwatchdog {

/// What is served. The pointers outlive the service.
struct ServiceOptions {
  Program program = Program::classic;
  Settings settings;
  std::vector<std::string> warnings;         ///< logged first
  ModeRow mode;                              ///< made once the ports are open
  const FunctionCommand* command = nullptr;  ///< null where the mode runs no function
  const CgiEnvironment* environment = nullptr;
};

/// Serves until told to end. Returns the exit status: 0 after a drain, 1 where it could not start or its function ended.
int serve(const ServiceOptions& options);

}  // namespace fwatchdog
