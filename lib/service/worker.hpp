/// Worker: one listener and the handlers behind it. The one place that stacks middleware and mode.
#pragma once

#include <functional>
#include <memory>
#include <optional>

#include "config/settings.hpp"
#include "http/http_server.hpp"
#include "log/logger.hpp"
#include "middleware/body_limit.hpp"
#include "middleware/concurrency_limit.hpp"
#include "middleware/jwt.hpp"
#include "middleware/metrics.hpp"
#include "middleware/request_log.hpp"
#include "middleware/request_queue.hpp"
#include "service/probes.hpp"

namespace fwatchdog {

/// What all workers share; outlives them.
struct SharedState {
  explicit SharedState(std::uint64_t max_inflight, const RequestQueue::Options& waiting = {})
      : slots(max_inflight), queue(slots, waiting) {}
  InflightSlots slots;
  RequestQueue queue;
  RequestMetrics metrics;
  ProbeState probes;
};

class Worker {
 public:
  /// `mode` answers for the function. All references must outlive the worker.
  /// `request_log` absent: no line for each request. `keys` null: no tokens are asked for; else `function` is who they must
  /// permit.
  Worker(Loop& loop, Fd socket, ModeHandler& mode, const Settings& settings,
         const std::optional<RequestLog::Options>& request_log, SharedState& shared, Logger& logger, Jwks* keys,
         const std::string& function);
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  /// Serves until stop_listening().
  Task<void> run();
  void stop_listening();
  /// No connection stays longer than its current request.
  void drain() { server_.drain(); }
  /// Ends everything at once.
  void abort() { server_.abort(); }
  /// Waits for the last connection.
  Task<void> join() { return server_.join(); }

 private:
  Listener listener_;
  BodyLimit body_limit_;
  std::optional<JwtCheck> jwt_;
  ConcurrencyLimit limit_;
  std::optional<RequestLog> request_log_;
  Metrics metrics_;
  Probes probes_;
  HttpServer server_;
};

/// The limits that the server itself keeps.
ServerLimits server_limits(const Settings& settings);

}  // namespace fwatchdog
