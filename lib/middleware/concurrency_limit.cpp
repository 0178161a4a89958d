#include "middleware/concurrency_limit.hpp"

#include <fmt/format.h>

#include "middleware/request_queue.hpp"

namespace fwatchdog {

namespace {

/// Seconds. Nobody knows when a call will end: the least that can be said, for callers that would try again at once.
constexpr std::string_view kRetryAfter = "1";

}  // namespace

InflightSlots::Slot::Slot(InflightSlots& slots) : slots_(slots) {
  const std::uint64_t before = slots_.taken_.fetch_add(1, std::memory_order_relaxed);
  taken_ = slots_.limit_ == 0 || before < slots_.limit_;
  if (!taken_) slots_.taken_.fetch_sub(1, std::memory_order_relaxed);
}

InflightSlots::Slot::~Slot() {
  if (taken_) slots_.taken_.fetch_sub(1, std::memory_order_relaxed);
}

Task<void> ConcurrencyLimit::handle(Request& request, ResponseWriter& response) {
  return queue_.limit() == 0 ? next_.handle(request, response) : handle_limited(request, response);
}

Task<void> ConcurrencyLimit::handle_limited(Request& request, ResponseWriter& response) {
  RequestQueue::Place place(queue_, loop_);
  if (place.queued()) co_await place.wait(request);
  const CancelReason ended = place.queued() ? request.cancel->reason() : CancelReason::none;
  if (place.admitted() && ended == CancelReason::none) {
    co_await next_.handle(request, response);
  } else if (ended == CancelReason::none || ended == CancelReason::time_limit) {
    co_await refuse_over_limit(response, queue_.limit());
  }
}

Task<void> refuse_over_limit(ResponseWriter& response, std::uint64_t limit) {
  response.set_status(429);
  response.add_field("Content-Type", "text/plain");
  response.add_field("X-OpenFaaS-Internal", "faas-middleware");
  response.add_field("Retry-After", kRetryAfter);
  const std::string body = fmt::format("Concurrent request limit exceeded. Max concurrent requests: {}\n", limit);
  (void)co_await response.send(body);  // the caller may have left
}

}  // namespace fwatchdog
