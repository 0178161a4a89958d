#include "service/worker.hpp"

#include "modes/time_limit.hpp"

namespace fwatchdog {

namespace {

/// The limits that the server itself keeps.
ServerLimits server_limits(const Settings& settings) {
  ServerLimits limits;
  limits.read_timeout = settings.read_timeout;
  limits.write_timeout = settings.write_timeout;
  limits.max_body_bytes = settings.max_body_bytes;
  return limits;
}

/// The handler itself, or what stands behind it where there is none.
template <class Optional>
Handler& or_next(std::optional<Optional>& handler, Handler& next) {
  return handler ? static_cast<Handler&>(*handler) : next;
}

JwtCheck::Options check_options(const WorkerRules& rules) {
  JwtCheck::Options options;
  options.function = rules.function;
  options.debug = rules.settings.jwt_auth_debug;
  return options;
}

}  // namespace

Worker::Worker(const WorkerParts& own, const WorkerRules& rules, SharedState& shared)
    : body_limit_(rules.settings.max_body_bytes, own.mode),
      jwt_(own.keys != nullptr ? std::optional<JwtCheck>(std::in_place, *own.keys, check_options(rules), own.logger, body_limit_)
                               : std::nullopt),
      limit_(own.loop, shared.queue, or_next(jwt_, body_limit_)),
      request_log_(rules.request_log ? std::optional<RequestLog>(std::in_place, own.logger, *rules.request_log, limit_)
                                     : std::nullopt),
      metrics_(shared.metrics[own.number], or_next(request_log_, limit_)),
      probes_(shared.probes, shared.queue, own.mode, metrics_),
      server_(own.loop, probes_, server_limits(rules.settings),
              [&logger = own.logger, log_query = rules.settings.log_query](std::string_view limit, const Request& request,
                                                                           Nanoseconds passed) {
                log_limit(logger, limit, request, passed, log_query);
              }) {}

}  // namespace fwatchdog
