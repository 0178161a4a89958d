#include "middleware/concurrency_limit.hpp"

#include <fmt/format.h>

namespace fwatchdog {

InflightSlots::Slot::Slot(InflightSlots& slots) : slots_(slots) {
  const std::uint64_t before = slots_.taken_.fetch_add(1, std::memory_order_relaxed);
  taken_ = slots_.limit_ == 0 || before < slots_.limit_;
  if (!taken_) slots_.taken_.fetch_sub(1, std::memory_order_relaxed);
}

InflightSlots::Slot::~Slot() {
  if (taken_) slots_.taken_.fetch_sub(1, std::memory_order_relaxed);
}

Task<void> ConcurrencyLimit::handle(Request& request, ResponseWriter& response) {
  return slots_.limit() == 0 ? next_.handle(request, response) : handle_limited(request, response);
}

Task<void> ConcurrencyLimit::handle_limited(Request& request, ResponseWriter& response) {
  InflightSlots::Slot slot(slots_);
  if (slot.taken()) {
    co_await next_.handle(request, response);
  } else {
    co_await refuse_over_limit(response, slots_.limit());
  }
}

Task<void> refuse_over_limit(ResponseWriter& response, std::uint64_t limit) {
  response.set_status(429);
  response.add_field("Content-Type", "text/plain");
  response.add_field("X-OpenFaaS-Internal", "faas-middleware");
  const std::string body = fmt::format("Concurrent request limit exceeded. Max concurrent requests: {}\n", limit);
  (void)co_await response.send(body);  // the caller may have left
}

}  // namespace fwatchdog
