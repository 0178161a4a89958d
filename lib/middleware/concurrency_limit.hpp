/// ConcurrencyLimit: at most so many requests at once (max_inflight). A slot is held until the last bytes of the answer leave.
/// Where there is none the request waits in a RequestQueue or is refused.
#pragma once

#include <atomic>
#include <cstdint>

#include "async/cache_line.hpp"
#include "http/handler.hpp"

namespace fwatchdog {

/// The slots, shared by all workers. A limit of 0 is none.
class InflightSlots {
 public:
  explicit InflightSlots(std::uint64_t limit) : limit_(limit) {}
  InflightSlots(const InflightSlots&) = delete;
  InflightSlots& operator=(const InflightSlots&) = delete;

  std::uint64_t limit() const { return limit_; }
  bool full() const { return limit_ != 0 && taken_.load(std::memory_order_relaxed) >= limit_; }

  /// One slot, given back by its end.
  class Slot {
   public:
    explicit Slot(InflightSlots& slots);
    Slot(const Slot&) = delete;
    Slot& operator=(const Slot&) = delete;
    ~Slot();
    bool taken() const { return taken_; }

   private:
    InflightSlots& slots_;
    bool taken_;
  };

 private:
  const std::uint64_t limit_;
  alignas(kCacheLine) std::atomic<std::uint64_t> taken_{0};
};

class RequestQueue;

class ConcurrencyLimit final : public Handler {
 public:
  /// `loop` is where the requests are served.
  ConcurrencyLimit(Loop& loop, RequestQueue& queue, Handler& next) : loop_(loop), queue_(queue), next_(next) {}
  /// Answers 429 to a request that got no slot. Until it has one nothing of it is looked at or begun.
  Task<void> handle(Request& request, ResponseWriter& response) override;

 private:
  Task<void> handle_limited(Request& request, ResponseWriter& response);

  Loop& loop_;
  RequestQueue& queue_;
  Handler& next_;
};

/// The answer of the contract to a request above the limit.
Task<void> refuse_over_limit(ResponseWriter& response, std::uint64_t limit);

}  // namespace fwatchdog
