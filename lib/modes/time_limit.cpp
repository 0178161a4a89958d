#include "modes/time_limit.hpp"

#include <fmt/format.h>

#include "config/duration.hpp"

namespace fwatchdog {

TimeLimit time_limit_of(const Request& request, Nanoseconds exec_timeout) {
  TimeLimit limit;
  limit.time = exec_timeout;
  const std::optional<std::string_view> wanted = request.headers->get("X-Timeout");
  if (!wanted) return limit;
  const std::optional<Duration> parsed = parse_go_duration(*wanted);
  if (!parsed || *parsed <= Duration::zero()) return limit;
  if (limit.time > Nanoseconds::zero() && *parsed >= limit.time) return limit;
  limit.time = *parsed;
  limit.name = "X-Timeout";
  return limit;
}

std::string_view logged_target(const Request& request, bool log_query) {
  if (log_query) return request.raw_target;
  return request.raw_target.substr(0, request.raw_target.find('?'));
}

void log_limit(Logger& logger, std::string_view limit, const Request& request, Nanoseconds passed, bool log_query) {
  const double seconds = std::chrono::duration<double>(passed).count();
  const std::string_view verb = limit == "client gone" ? "" : " passed";
  logger.info("{}{} after {:.3f}s: {} {}", limit, verb, seconds, request.method, logged_target(request, log_query));
}

double seconds_since(std::chrono::steady_clock::time_point begin) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

}  // namespace fwatchdog
