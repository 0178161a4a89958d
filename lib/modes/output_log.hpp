/// Logging what a process writes, line by line, while it runs.
#pragma once

#include <cstddef>

#include "async/stream.hpp"
#include "async/task.hpp"
#include "log/logger.hpp"

namespace fwatchdog {

/// Reads `from` to its end and logs each line. A line longer than `max_line` is logged in pieces of that size, a last line
/// without its end as it is. Never waits for whoever reads the log.
Task<void> log_lines(Source& from, Logger& logger, FunctionStream stream, std::size_t max_line);

}  // namespace fwatchdog
