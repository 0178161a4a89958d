/// The command line of either program. Nothing is printed and nobody exits here: what to do comes back as data.
#pragma once

#include <string>

#include "config/settings.hpp"

namespace fwatchdog {

/// What the command line asks for.
struct CommandLine {
  enum class Action {
    serve,            ///< no option: run
    show_version,     ///< `--version`
    run_healthcheck,  ///< `--run-healthcheck`
    check,            ///< `--check`
    show_help,        ///< `--help`: print `text` to stdout and exit with `exit_code`
    refuse,           ///< not understood: print `text` to stderr and exit with `exit_code`
  };

  Action action = Action::serve;
  std::string text;
  int exit_code = 0;
};

/// Reads the options. As in Go's programs a long option may begin with one dash, may be given a value (`-version=false`), and
/// everything from the first word on that is no option is ignored. `argv` is main's, with the program's name first.
CommandLine parse_command_line(Program program, int argc, const char* const* argv);

}  // namespace fwatchdog
