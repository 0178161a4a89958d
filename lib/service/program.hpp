/// What all programs are but for their modes: command line, settings, and the options that only ask something.
#pragma once

#include <functional>

#include "config/settings.hpp"
#include "modes/mode_parts.hpp"

namespace fwatchdog {

/// The mode that a program serves with these settings.
using ModeChoice = std::function<ModeRow(const Settings& settings)>;

/// The whole of main(): reads command line and environment and serves until told to end. Everything that is to be said is said
/// here. Returns the exit status.
int run_program(Program program, int argc, const char* const* argv, const char* const* envp, const ModeChoice& choose_mode);

}  // namespace fwatchdog
