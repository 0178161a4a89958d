/// The numbers beside those of the requests that the metrics show.
#pragma once

#include <vector>

#include "modes/mode_parts.hpp"
#include "service/metrics_endpoint.hpp"

namespace fwatchdog {

/// `fwatchdog_build_info`: version and revision of the program, and the mode, `classic` for the classic watchdog.
Gauge build_gauge(Program program, const Settings& settings);
/// Of the processes that are started for single calls. `counts` must outlive what is returned, as in all of these.
std::vector<Gauge> process_count_gauges(const ProcessCounts& counts);
/// Of the connections to the function's own server.
std::vector<Gauge> upstream_gauges(UpstreamSignal& upstream);
/// Of the bodies of requests and answers.
std::vector<Gauge> body_gauges(std::span<const RequestMetrics> workers);
std::vector<Gauge> warm_gauges(WarmProcesses& warm);

}  // namespace fwatchdog
