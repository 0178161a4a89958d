/// RequestLog: one line for each request that has ended (CONTRACT: of-watchdog, the log).
#pragma once

#include "http/handler.hpp"
#include "log/logger.hpp"

namespace fwatchdog {

class RequestLog final : public Handler {
 public:
  struct Options {
    bool reason = false;           ///< the upstream's reason phrase after the status
    bool declared_length = false;  ///< the length that was announced, -1 for none; else the bytes that were sent
    bool query = true;             ///< with the target's query
    bool call_id = false;          ///< with the request's X-Call-Id
    bool trace_id = false;         ///< with the id in the request's traceparent
  };

  RequestLog(Logger& logger, const Options& options, Handler& next) : logger_(logger), options_(options), next_(next) {}
  Task<void> handle(Request& request, ResponseWriter& response) override;

 private:
  Logger& logger_;
  Options options_;
  Handler& next_;
};

}  // namespace fwatchdog
