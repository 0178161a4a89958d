/// ProcessPipes: starting a function with pipes to and from it.
#pragma once

#include <string_view>

#include "async/fd.hpp"
#include "modes/function_command.hpp"
#include "process/child.hpp"

namespace fwatchdog {

/// Where standard error goes: into the pipe of standard output, or into one of its own.
enum class ErrorOutput { with_output, apart };

/// Our ends, non-blocking.
struct ProcessPipes {
  Fd input;  ///< none where it is a file
  Fd output;
  Fd error_output;  ///< none where it goes with the output
};

/// What to start. Everything is borrowed for the length of the call.
struct ProcessStart {
  const FunctionCommand* command = nullptr;
  const char* const* envp = nullptr;
  ErrorOutput error_output = ErrorOutput::apart;
  int input_file = -1;        ///< if not -1: standard input is this open file, and there is no pipe to it
  bool dies_with_us = false;  ///< as in SpawnOptions
};

/// Starts `child` with as much of `input` in its pipe as fits there, of which the rest is left in `input`. The error's text() is
/// for the caller of a function: `exec: "nope": executable file not found in $PATH`.
Result<ProcessPipes> start_with_pipes(Child& child, const ProcessStart& start, std::string_view& input);

/// Writes as much of `input` as the pipe takes without waiting, and takes it off.
void write_what_fits(const Fd& pipe, std::string_view& input);

}  // namespace fwatchdog
