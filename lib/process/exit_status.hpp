/// How a process ended, in Go's words, which answers and logs quote (CONTRACT: classic; FACTS).
#pragma once

#include <string>

namespace fwatchdog {

/// The text for a status from waitpid: `exit status 3`, `signal: killed`, `signal: aborted (core dumped)`; for a process that was
/// stopped or continued, `stop signal: stopped (signal)` and `continued`.
std::string exit_text(int wait_status);

/// Go's name of a signal on Linux: `killed`, `segmentation fault`; `signal 40` for one without a name.
std::string signal_text(int signal);

}  // namespace fwatchdog
