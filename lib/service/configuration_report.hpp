/// What `--check` shows: every variable of a program, its value, and where that came from.
#pragma once

#include <string>

#include "config/environment.hpp"
#include "config/settings.hpp"

namespace fwatchdog {

/// A line for each variable: name, value as it was understood, and `set`, `set as OTHER-NAME`, `default`, or `default, not
/// understood: "..."`. `settings` are what load_settings made of the environment.
std::string configuration_report(Program program, const Environment& environment, const Settings& settings);

}  // namespace fwatchdog
