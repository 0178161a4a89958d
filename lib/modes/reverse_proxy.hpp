/// ReverseProxy: passes each call on to the function's own HTTP server and its answer back (CONTRACT: http mode).
#pragma once

#include <cstdint>

#include "http/client_pool.hpp"
#include "http/upstream_url.hpp"
#include "log/logger.hpp"
#include "modes/mode_handler.hpp"
#include "modes/upstream_gate.hpp"
#include "modes/upstream_signal.hpp"

namespace fwatchdog {

class ReverseProxy final : public ModeHandler {
 public:
  struct Options {
    UpstreamUrl upstream;
    Nanoseconds exec_timeout{0};   ///< zero: none
    Nanoseconds write_timeout{0};  ///< how long a tunnel whose one side has ended may be silent; zero: for ever
    bool buffer_body = false;      ///< read the request's body whole and send it with its length
    bool log_query = true;
    std::uint64_t unhealthy_after = 0;  ///< failures in a row; zero: never
    bool looks_for_upstream = true;     ///< else another worker does, and tells
  };

  /// All references must outlive this object.
  ReverseProxy(Loop& loop, Logger& logger, const Options& options, UpstreamSignal& signal);
  ReverseProxy(const ReverseProxy&) = delete;
  ReverseProxy& operator=(const ReverseProxy&) = delete;
  ~ReverseProxy() override;

  Task<void> handle(Request& request, ResponseWriter& response) override;
  Task<bool> ready() override { return gate_.try_now(); }
  bool healthy() const override {
    return options_.unhealthy_after == 0 || signal_.failures_in_a_row() < options_.unhealthy_after;
  }
  Task<void> live(CancelToken stop) override {
    return options_.looks_for_upstream ? gate_.watch(stop) : gate_.wait_for_others(stop);
  }

  Loop& loop() { return loop_; }
  Logger& logger() { return logger_; }
  const Options& options() const { return options_; }
  ClientPool& pool() { return pool_; }
  UpstreamGate& gate() { return gate_; }
  UpstreamSignal& signal() { return signal_; }

 private:
  Loop& loop_;
  Logger& logger_;
  Options options_;
  UpstreamSignal& signal_;
  ClientPool pool_;
  UpstreamGate gate_;
};

}  // namespace fwatchdog
