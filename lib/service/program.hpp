/// What both programs do before they serve: command line, settings, and the options that only ask something.
#pragma once

#include <optional>

#include "config/command_line.hpp"
#include "config/environment.hpp"
#include "config/settings.hpp"

namespace fwatchdog {

/// The settings to serve with, or the exit status of a program that is done.
struct Start {
  std::optional<LoadedSettings> settings;
  int exit_code = 0;
};

/// Reads command line and environment. Everything that is to be said about them is printed here.
Start start_program(Program program, int argc, const char* const* argv, const Environment& environment);

/// Prints one line for an error in the configuration, as `<date> <text>`, to stderr.
void print_start_error(std::string_view text);

}  // namespace fwatchdog
