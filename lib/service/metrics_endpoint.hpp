/// MetricsEndpoint: `GET /metrics` on a listener of its own, in Prometheus' text format 0.0.4, or in OpenMetrics 1.0 for those
/// whose Accept names it.
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

enum class MetricsFormat { prometheus, openmetrics };

class MetricsEndpoint final : public Handler {
 public:
  /// The counters of all workers, which must outlive this object.
  MetricsEndpoint(std::span<const RequestMetrics> metrics, std::vector<Gauge> more) : metrics_(metrics), more_(std::move(more)) {}
  Task<void> handle(Request& request, ResponseWriter& response) override;

 private:
  std::string page(MetricsFormat format) const;

  std::span<const RequestMetrics> metrics_;
  std::vector<Gauge> more_;
};

/// The standard `process_*` family of this process, read from /proc when asked for.
std::vector<Gauge> process_gauges();

}  // namespace fwatchdog
