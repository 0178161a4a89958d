/// Metrics: counts the requests of the function by status and method, and how long they took.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "async/cache_line.hpp"
#include "http/handler.hpp"

namespace fwatchdog {

/// The counters of one worker: it alone writes to them, and without locks. Others may read; they see each number whole.
class alignas(kCacheLine) RequestMetrics {
 public:
  /// Upper bounds in seconds; one more bucket has none.
  static constexpr std::array kBounds = {.005, .01, .025, .05, .1, .25, .5, 1.0, 2.5, 5.0, 10.0};

  RequestMetrics() = default;
  RequestMetrics(const RequestMetrics&) = delete;
  RequestMetrics& operator=(const RequestMetrics&) = delete;
  ~RequestMetrics();

  void begin() { in_flight_.fetch_add(1, std::memory_order_relaxed); }
  void end() { in_flight_.fetch_sub(1, std::memory_order_relaxed); }
  std::uint64_t in_flight() const { return in_flight_.load(std::memory_order_relaxed); }

  /// Bytes of bodies.
  struct Bodies {
    std::uint64_t received = 0;
    std::uint64_t sent = 0;
  };
  void add_bodies(const Bodies& bodies) {
    received_.fetch_add(bodies.received, std::memory_order_relaxed);
    sent_.fetch_add(bodies.sent, std::memory_order_relaxed);
  }
  Bodies bodies() const { return Bodies{received_.load(std::memory_order_relaxed), sent_.load(std::memory_order_relaxed)}; }

  void observe(int status, std::string_view method, double seconds);

  /// What was counted for one status and method.
  struct Series {
    int status;
    std::string_view method;                                ///< as the label says it: lower case, `unknown` for an unusual one
    std::array<std::uint64_t, kBounds.size() + 1> buckets;  ///< not cumulated
    double sum;
  };
  /// Calls back for each series, in no order.
  void visit(const std::function<void(const Series&)>& each) const;

 private:
  struct alignas(kCacheLine) Counter {
    std::uint32_t key;
    std::array<std::atomic<std::uint64_t>, kBounds.size() + 1> buckets{};
    std::atomic<std::uint64_t> nanoseconds{0};
    Counter* next = nullptr;
    explicit Counter(std::uint32_t key_in) : key(key_in) {}
  };
  Counter& counter_of(std::uint32_t key);

  std::atomic<std::uint64_t> in_flight_{0};
  std::atomic<std::uint64_t> received_{0};
  std::atomic<std::uint64_t> sent_{0};
  std::array<std::atomic<Counter*>, 64> heads_{};  // lists that only grow
};

/// What the workers have counted together.
std::uint64_t in_flight(std::span<const RequestMetrics> workers);
/// Sorted by status and method, each pair once.
std::vector<RequestMetrics::Series> all_series(std::span<const RequestMetrics> workers);

/// A request is counted before its caller can know that it is answered.
class Metrics final : public Handler {
 public:
  Metrics(RequestMetrics& metrics, Handler& next) : metrics_(metrics), next_(next) {}
  Task<void> handle(Request& request, ResponseWriter& response) override;

 private:
  RequestMetrics& metrics_;
  Handler& next_;
};

/// The status to report for a request whose handler has ended: what was answered; 499 (as nginx counts it) for a caller that left
/// before.
int reported_status(const Request& request, const ResponseWriter& response);

}  // namespace fwatchdog
