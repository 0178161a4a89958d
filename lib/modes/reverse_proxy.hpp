/// ReverseProxy: passes each call on to the function's own HTTP server and its answer back (CONTRACT: http mode).
#pragma once

#include <cstdint>

#include "http/client_pool.hpp"
#include "http/upstream_url.hpp"
#include "log/logger.hpp"
#include "modes/mode_handler.hpp"
#include "modes/upstream_gate.hpp"

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
  };

  ReverseProxy(Loop& loop, Logger& logger, const Options& options);

  Task<void> handle(Request& request, ResponseWriter& response) override;
  Task<bool> ready() override { return gate_.try_now(); }
  bool healthy() const override { return options_.unhealthy_after == 0 || failures_ < options_.unhealthy_after; }
  Task<void> live(CancelToken stop) override { return gate_.watch(stop); }

  Loop& loop() { return loop_; }
  Logger& logger() { return logger_; }
  const Options& options() const { return options_; }
  ClientPool& pool() { return pool_; }
  UpstreamGate& gate() { return gate_; }
  void count_failure() { ++failures_; }
  void count_success() { failures_ = 0; }

 private:
  Loop& loop_;
  Logger& logger_;
  Options options_;
  ClientPool pool_;
  UpstreamGate gate_;
  std::uint64_t failures_ = 0;
};

}  // namespace fwatchdog
