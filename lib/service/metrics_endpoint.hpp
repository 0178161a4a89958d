/// MetricsEndpoint: `GET /metrics` in Prometheus' text format 0.0.4, on a listener of its own.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <vector>

#include "http/handler.hpp"
#include "middleware/metrics.hpp"

namespace fwatchdog {

/// A single number with its name, asked for when the page is made.
struct Gauge {
  std::string name;
  std::string help;
  std::string type;  ///< `gauge` or `counter`
  std::function<double()> value;
  std::string labels = {};  ///< `{worker="0"}`; those of one name stand together
};

class MetricsEndpoint final : public Handler {
 public:
  /// The counters of all workers, which must outlive this object.
  MetricsEndpoint(std::span<const RequestMetrics> metrics, std::vector<Gauge> more) : metrics_(metrics), more_(std::move(more)) {}
  Task<void> handle(Request& request, ResponseWriter& response) override;

 private:
  std::string page() const;

  std::span<const RequestMetrics> metrics_;
  std::vector<Gauge> more_;
};

/// The standard `process_*` family of this process, read from /proc when asked for.
std::vector<Gauge> process_gauges();

}  // namespace fwatchdog
