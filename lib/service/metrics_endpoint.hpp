/// MetricsEndpoint: `GET /metrics` in Prometheus' text format 0.0.4, on a listener of its own.
#pragma once

#include <functional>
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
};

class MetricsEndpoint final : public Handler {
 public:
  MetricsEndpoint(const RequestMetrics& metrics, std::vector<Gauge> more) : metrics_(metrics), more_(std::move(more)) {}
  Task<void> handle(Request& request, ResponseWriter& response) override;

 private:
  std::string page() const;

  const RequestMetrics& metrics_;
  std::vector<Gauge> more_;
};

/// The standard `process_*` family of this process, read from /proc when asked for.
std::vector<Gauge> process_gauges();

}  // namespace fwatchdog
