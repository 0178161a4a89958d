/// The time limit of one call, and its line in the log.
#pragma once

#include <string_view>

#include "async/timer.hpp"
#include "http/message.hpp"
#include "log/logger.hpp"

namespace fwatchdog {

/// What a call may take: exec_timeout, or the request's X-Timeout (a Go duration) where that is shorter. Zero: no limit.
struct TimeLimit {
  Nanoseconds time{0};
  std::string_view name = "exec_timeout";  ///< who set it, for the log
};
TimeLimit time_limit_of(const Request& request, Nanoseconds exec_timeout);

/// `exec_timeout passed after 1.001s: POST /x`. The query is left out where `log_query` is false.
void log_limit(Logger& logger, std::string_view limit, const Request& request, Nanoseconds passed, bool log_query);

/// The target as the log shows it.
std::string_view logged_target(const Request& request, bool log_query);

/// Seconds since `begin`.
double seconds_since(std::chrono::steady_clock::time_point begin);

}  // namespace fwatchdog
