#include "modes/reverse_proxy.hpp"

#include "modes/proxy_call.hpp"

namespace fwatchdog {

ReverseProxy::ReverseProxy(Loop& loop, Logger& logger, const Options& options, UpstreamSignal& signal)
    : loop_(loop),
      logger_(logger),
      options_(options),
      signal_(signal),
      pool_(loop, options.upstream.endpoint),
      gate_(loop, pool_, signal) {
  signal_.add(loop_, pool_);
}

ReverseProxy::~ReverseProxy() { signal_.leave(pool_); }

Task<void> ReverseProxy::handle(Request& request, ResponseWriter& response) {
  ProxyCall call(*this, request, response);
  co_await call.forward();
  if (call.failed()) {
    co_await call.answer_failure();
  } else {
    call.succeeded();
  }
}

}  // namespace fwatchdog
