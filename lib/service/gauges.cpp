#include "service/gauges.hpp"

#include <fmt/format.h>

#include <functional>
#include <utility>

#include "version.hpp"

namespace fwatchdog {

namespace {

Gauge counter(std::string name, std::string help, std::function<double()> value) {
  return Gauge{std::move(name), std::move(help), "counter", std::move(value)};
}

double loaded(const std::atomic<std::uint64_t>& count) { return static_cast<double>(count.load(std::memory_order_relaxed)); }

}  // namespace

Gauge build_gauge(Program program, const Settings& settings) {
  const std::string_view mode = program == Program::classic ? "classic" : mode_name(settings.mode);
  return Gauge{"fwatchdog_build_info", "Version, revision and mode of the watchdog; the value is always 1.", "gauge",
               [] { return 1.0; }, fmt::format("{{version=\"{}\",revision=\"{}\",mode=\"{}\"}}", kVersion, kSha, mode)};
}

std::vector<Gauge> process_count_gauges(const ProcessCounts& counts) {
  static constexpr std::pair<KillReason, std::string_view> kReasons[] = {{KillReason::time_limit, "time_limit"},
                                                                         {KillReason::caller_gone, "caller_gone"},
                                                                         {KillReason::bad_request_body, "bad_request_body"},
                                                                         {KillReason::shutdown, "shutdown"}};
  static_assert(std::size(kReasons) == kKillReasons);
  std::vector<Gauge> gauges{counter("fwatchdog_processes_started_total", "Processes of the function that were started.",
                                    [&counts] { return loaded(counts.started); })};
  for (const auto& [reason, name] : kReasons) {
    const auto& killed = counts.killed[static_cast<std::size_t>(reason)];
    gauges.push_back(counter("fwatchdog_processes_killed_total", "Processes that were killed before they ended, by reason.",
                             [&killed] { return loaded(killed); }));
    gauges.back().labels = fmt::format("{{reason=\"{}\"}}", name);
  }
  return gauges;
}

std::vector<Gauge> upstream_gauges(UpstreamSignal& upstream) {
  return {counter("fwatchdog_upstream_connections_opened_total", "Connections to the function that were opened.",
                  [&upstream] { return static_cast<double>(upstream.counts().opened); }),
          counter("fwatchdog_upstream_connections_reused_total", "Times that an open connection was used for another request.",
                  [&upstream] { return static_cast<double>(upstream.counts().reused); }),
          counter("fwatchdog_upstream_requests_repeated_total",
                  "Requests that went out once more because their connection had been closed meanwhile.",
                  [&upstream] { return static_cast<double>(upstream.counts().repeated); })};
}

std::vector<Gauge> body_gauges(std::span<const RequestMetrics> workers) {
  const auto sum = [workers](std::uint64_t RequestMetrics::Bodies::*part) {
    std::uint64_t bytes = 0;
    for (const RequestMetrics& worker : workers) bytes += worker.bodies().*part;
    return static_cast<double>(bytes);
  };
  return {counter("fwatchdog_request_body_bytes_total", "Bytes of the bodies of requests that were read.",
                  [sum] { return sum(&RequestMetrics::Bodies::received); }),
          counter("fwatchdog_response_body_bytes_total", "Bytes of the bodies of answers that were sent.",
                  [sum] { return sum(&RequestMetrics::Bodies::sent); })};
}

std::vector<Gauge> warm_gauges(WarmProcesses& warm) {
  return {Gauge{"fwatchdog_warm_processes", "Processes that wait for a call.", "gauge",
                [&warm] { return static_cast<double>(warm.waiting()); }},
          counter("fwatchdog_warm_hits_total", "Calls that found a process waiting.",
                  [&warm] { return static_cast<double>(warm.hits()); }),
          counter("fwatchdog_warm_misses_total", "Calls that found none and had one started.",
                  [&warm] { return static_cast<double>(warm.misses()); }),
          counter("fwatchdog_warm_replacements_total", "Waiting processes that ended unasked or were too old.",
                  [&warm] { return static_cast<double>(warm.replacements()); })};
}

}  // namespace fwatchdog
