#include "middleware/concurrency_limit.hpp"

#include <fmt/format.h>

#include "middleware/request_queue.hpp"

namespace fwatchdog {

namespace {

/// Seconds. Nobody knows when a call will end: the least that can be said, for callers that would try again at once.
constexpr std::string_view kRetryAfter = "1";

/// Who has an answer may ask again at once: the slot is free before.
class SlotHeldForAnswer final : public AnswerEndHook {
 public:
  SlotHeldForAnswer(RequestQueue::Place& place, ResponseWriter& response) : AnswerEndHook(response), place_(place) {}
  void before_end() override { place_.leave_slot(); }

 private:
  RequestQueue::Place& place_;
};

}  // namespace

InflightSlots::Slot::Slot(InflightSlots& slots) : slots_(slots) {
  // Never above the limit, not even for a moment: another worker would refuse a request that has its place.
  std::uint64_t now = slots_.taken_.load(std::memory_order_relaxed);
  do {
    taken_ = slots_.limit_ == 0 || now < slots_.limit_;
  } while (taken_ && !slots_.taken_.compare_exchange_weak(now, now + 1, std::memory_order_relaxed));
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
    SlotHeldForAnswer held(place, response);
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
