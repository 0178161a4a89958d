#include "middleware/metrics.hpp"

#include <algorithm>
#include <chrono>
#include <map>
#include <utility>

namespace fwatchdog {

namespace {

// The methods that Prometheus' Go client has labels for.
constexpr std::array<std::string_view, 11> kMethods = {"GET",     "PUT",   "HEAD",   "POST",  "DELETE", "CONNECT",
                                                       "OPTIONS", "TRACE", "NOTIFY", "PATCH", ""};
constexpr std::array<std::string_view, 11> kLabels = {"get",     "put",   "head",   "post",  "delete", "connect",
                                                      "options", "trace", "notify", "patch", "unknown"};

std::size_t index_of(std::string_view method) {
  const auto found = std::find(kMethods.begin(), kMethods.end() - 1, method);
  if (found != kMethods.end() - 1) return static_cast<std::size_t>(found - kMethods.begin());
  // That client takes the label itself for the method, too; no other mixture of cases.
  return static_cast<std::size_t>(std::find(kLabels.begin(), kLabels.end() - 1, method) - kLabels.begin());
}

/// One request, in flight until it is counted.
class CountedRequest final : public AnswerEndHook {
 public:
  CountedRequest(RequestMetrics& metrics, const Request& request, ResponseWriter& response)
      : AnswerEndHook(response), metrics_(metrics), request_(request), response_(response) {
    metrics_.begin();
  }
  void before_end() override { count(); }
  /// The first call counts.
  void count() {
    if (std::exchange(counted_, true)) return;
    metrics_.end();
    metrics_.add_bodies({request_.body->taken(), response_.body_bytes()});
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - request_.begun).count();
    metrics_.observe(reported_status(request_, response_), request_.method, seconds);
  }

 private:
  RequestMetrics& metrics_;
  const Request& request_;
  const ResponseWriter& response_;
  bool counted_ = false;
};

}  // namespace

RequestMetrics::~RequestMetrics() {
  for (auto& head : heads_) {
    for (Counter* counter = head.load(); counter != nullptr;) delete std::exchange(counter, counter->next);
  }
}

RequestMetrics::Counter& RequestMetrics::counter_of(std::uint32_t key) {
  std::atomic<Counter*>& head = heads_[(key ^ key >> 6U) % heads_.size()];
  Counter* first = head.load(std::memory_order_acquire);
  std::unique_ptr<Counter> made;
  for (;;) {
    for (Counter* counter = first; counter != nullptr; counter = counter->next) {
      if (counter->key == key) return *counter;
    }
    if (!made) made = std::make_unique<Counter>(key);
    made->next = first;
    if (head.compare_exchange_strong(first, made.get(), std::memory_order_acq_rel)) return *made.release();
  }
}

void RequestMetrics::observe(int status, std::string_view method, double seconds) {
  const auto key = static_cast<std::uint32_t>(status) << 4U | static_cast<std::uint32_t>(index_of(method));
  Counter& counter = counter_of(key);
  const auto bucket = std::lower_bound(kBounds.begin(), kBounds.end(), seconds) - kBounds.begin();
  counter.buckets[static_cast<std::size_t>(bucket)].fetch_add(1, std::memory_order_relaxed);
  counter.nanoseconds.fetch_add(static_cast<std::uint64_t>(seconds * 1e9), std::memory_order_relaxed);
}

void RequestMetrics::visit(const std::function<void(const Series&)>& each) const {
  for (const auto& head : heads_) {
    for (const Counter* counter = head.load(std::memory_order_acquire); counter != nullptr; counter = counter->next) {
      Series series{static_cast<int>(counter->key >> 4U), kLabels[counter->key & 15U], {}, 0};
      for (std::size_t i = 0; i < series.buckets.size(); ++i)
        series.buckets[i] = counter->buckets[i].load(std::memory_order_relaxed);
      series.sum = static_cast<double>(counter->nanoseconds.load(std::memory_order_relaxed)) / 1e9;
      each(series);
    }
  }
}

std::uint64_t in_flight(std::span<const RequestMetrics> workers) {
  std::uint64_t sum = 0;
  for (const RequestMetrics& worker : workers) sum += worker.in_flight();
  return sum;
}

std::vector<RequestMetrics::Series> all_series(std::span<const RequestMetrics> workers) {
  std::map<std::pair<int, std::string_view>, RequestMetrics::Series> all;
  for (const RequestMetrics& worker : workers) {
    worker.visit([&all](const RequestMetrics::Series& series) {
      const auto [place, is_new] = all.try_emplace({series.status, series.method}, series);
      if (is_new) return;
      RequestMetrics::Series& sum = place->second;
      for (std::size_t i = 0; i < sum.buckets.size(); ++i) sum.buckets[i] += series.buckets[i];
      sum.sum += series.sum;
    });
  }
  std::vector<RequestMetrics::Series> sorted;
  sorted.reserve(all.size());
  for (const auto& [key, series] : all) sorted.push_back(series);
  return sorted;
}

Task<void> Metrics::handle(Request& request, ResponseWriter& response) {
  CountedRequest counted(metrics_, request, response);
  co_await next_.handle(request, response);
  counted.count();
}

int reported_status(const Request& request, const ResponseWriter& response) {
  if (response.begun()) return response.status();
  return request.cancel->reason() == CancelReason::peer_gone ? 499 : 500;
}

}  // namespace fwatchdog
