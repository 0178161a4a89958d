#include "service/worker.hpp"

#include "modes/time_limit.hpp"

namespace fwatchdog {

ServerLimits server_limits(const Settings& settings) {
  ServerLimits limits;
  limits.read_timeout = settings.read_timeout;
  limits.write_timeout = settings.write_timeout;
  limits.max_body_bytes = settings.max_body_bytes;
  return limits;
}

namespace {

/// The handler itself, or what stands behind it where there is none.
template <class Optional>
Handler& or_next(std::optional<Optional>& handler, Handler& next) {
  return handler ? static_cast<Handler&>(*handler) : next;
}

JwtCheck::Options check_options(const Settings& settings, const std::string& function) {
  JwtCheck::Options options;
  options.function = function;
  options.debug = settings.jwt_auth_debug;
  return options;
}

}  // namespace

Worker::Worker(Loop& loop, Fd socket, ModeHandler& mode, const Settings& settings,
               const std::optional<RequestLog::Options>& request_log, SharedState& shared, Logger& logger, Jwks* keys,
               const std::string& function)
    : listener_(loop, std::move(socket)),
      body_limit_(settings.max_body_bytes, mode),
      jwt_(keys != nullptr ? std::optional<JwtCheck>(std::in_place, *keys, check_options(settings, function), logger, body_limit_)
                           : std::nullopt),
      limit_(loop, shared.queue, or_next(jwt_, body_limit_)),
      request_log_(request_log ? std::optional<RequestLog>(std::in_place, logger, *request_log, limit_) : std::nullopt),
      metrics_(shared.metrics, or_next(request_log_, limit_)),
      probes_(shared.probes, shared.queue, mode, metrics_),
      server_(loop, probes_, server_limits(settings),
              [&logger, log_query = settings.log_query](std::string_view limit, const Request& request, Nanoseconds passed) {
                log_limit(logger, limit, request, passed, log_query);
              }) {}

Task<void> Worker::run() { co_await server_.accept_from(listener_); }

void Worker::stop_listening() { listener_.close(); }

}  // namespace fwatchdog
