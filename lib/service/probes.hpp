/// Probes: the requests that are answered by the watchdog itself, before any middleware: health, readiness, and what never
/// reaches a function (CONNECT, `OPTIONS *`).
#pragma once

#include <atomic>
#include <functional>
#include <string>

#include "http/handler.hpp"
#include "middleware/request_queue.hpp"
#include "modes/mode_handler.hpp"

namespace fwatchdog {

/// What the probes look at; shared by all workers.
struct ProbeState {
  std::atomic<bool> accepting{false};  ///< listening, and not told to end
  std::function<bool()> healthy;       ///< what more health asks; thread-safe
  std::string ready_path;              ///< empty: readiness is answered without the function
  ProbeState() = default;
};

class Probes final : public Handler {
 public:
  /// `function` is the whole stack; `mode` the function alone, for readiness.
  Probes(const ProbeState& state, RequestQueue& queue, ModeHandler& mode, Handler& function)
      : state_(state), queue_(queue), mode_(mode), function_(function) {}
  Task<void> handle(Request& request, ResponseWriter& response) override;

 private:
  Task<void> health(const Request& request, ResponseWriter& response);
  Task<void> ready(Request& request, ResponseWriter& response);

  const ProbeState& state_;
  RequestQueue& queue_;
  ModeHandler& mode_;
  Handler& function_;
};

}  // namespace fwatchdog
