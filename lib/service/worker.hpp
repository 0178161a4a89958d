/// Worker: the connections of one loop and the handlers behind them. The one place that stacks middleware and mode.
#pragma once

#include <optional>
#include <string>
#include <vector>

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
  explicit SharedState(std::uint64_t max_inflight, const RequestQueue::Options& waiting = {}, std::size_t workers = 1)
      : slots(max_inflight), queue(slots, waiting), metrics(workers) {}
  InflightSlots slots;
  RequestQueue queue;
  std::vector<RequestMetrics> metrics;  ///< one for each worker
  ProbeState probes;
};

/// How the workers serve, the same for all.
struct WorkerRules {
  const Settings& settings;
  std::optional<RequestLog::Options> request_log;  ///< absent: no line for each request
  std::string function;                            ///< whom tokens must permit, where they are asked for
};

/// What a worker has for itself. The references outlive it.
struct WorkerParts {
  std::size_t number;  ///< from 0
  Loop& loop;
  ModeHandler& mode;  ///< answers for the function
  Logger& logger;
  KeySource* keys;  ///< null: no tokens are asked for
};

class Worker {
 public:
  /// `shared` must outlive the worker.
  Worker(const WorkerParts& own, const WorkerRules& rules, SharedState& shared);
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  HttpServer& server() { return server_; }
  const HttpServer& server() const { return server_; }

 private:
  BodyLimit body_limit_;
  std::optional<JwtCheck> jwt_;
  ConcurrencyLimit limit_;
  std::optional<RequestLog> request_log_;
  Metrics metrics_;
  Probes probes_;
  HttpServer server_;
};

}  // namespace fwatchdog
