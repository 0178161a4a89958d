#include "service/metrics_endpoint.hpp"

#include <dirent.h>
#include <fmt/format.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cinttypes>
#include <cstdio>
#include <iterator>
#include <memory>
#include <optional>

#include "http/content_coding.hpp"
#include "http/gzip.hpp"
#include "http/weighted_list.hpp"

namespace fwatchdog {

namespace {

/// In OpenMetrics a family of counters is called without the `_total` that its samples have.
void append_head(std::string& page, MetricsFormat format, std::string_view name, std::string_view help, std::string_view type) {
  constexpr std::string_view kTotal = "_total";
  if (format == MetricsFormat::openmetrics && type == "counter" && name.ends_with(kTotal)) name.remove_suffix(kTotal.size());
  fmt::format_to(std::back_inserter(page), "# HELP {} {}\n# TYPE {} {}\n", name, help, name, type);
}

/// Numbers as Go prints them: 5 and 0.005, 1e+06 from a million on only where it is shorter.
std::string number(double value) { return fmt::format("{}", value); }

/// OpenMetrics wants bounds to look like the floating point numbers that they are.
std::string bound_text(std::size_t bucket, MetricsFormat format) {
  if (bucket >= RequestMetrics::kBounds.size()) return "+Inf";
  std::string text = number(RequestMetrics::kBounds[bucket]);
  if (format == MetricsFormat::openmetrics && text.find('.') == std::string::npos) text += ".0";
  return text;
}

void append_histogram(std::string& page, MetricsFormat format, const RequestMetrics::Series& series) {
  static constexpr std::string_view kName = "http_request_duration_seconds";
  std::uint64_t count = 0;
  for (std::size_t i = 0; i < series.buckets.size(); ++i) {
    count += series.buckets[i];
    fmt::format_to(std::back_inserter(page), "{}_bucket{{code=\"{}\",method=\"{}\",le=\"{}\"}} {}\n", kName, series.status,
                   series.method, bound_text(i, format), count);
  }
  fmt::format_to(std::back_inserter(page), "{}_sum{{code=\"{}\",method=\"{}\"}} {}\n", kName, series.status, series.method,
                 number(series.sum));
  fmt::format_to(std::back_inserter(page), "{}_count{{code=\"{}\",method=\"{}\"}} {}\n", kName, series.status, series.method,
                 count);
}

std::uint64_t requests_of(const RequestMetrics::Series& series) {
  std::uint64_t count = 0;
  for (const std::uint64_t bucket : series.buckets) count += bucket;
  return count;
}

/// The fields of /proc/self/stat after the name, which may hold blanks.
struct ProcessStat {
  double start_ticks = 0;
  double virtual_bytes = 0;
  double resident_pages = 0;
};

using File = std::unique_ptr<std::FILE, int (*)(std::FILE*)>;

ProcessStat read_stat() {
  ProcessStat stat;
  const File file(std::fopen("/proc/self/stat", "re"), std::fclose);
  char text[1024] = {};
  if (!file || std::fread(text, 1, sizeof text - 1, file.get()) == 0) return stat;
  const std::string_view whole(text);
  const std::size_t name_end = whole.rfind(')');
  if (name_end == std::string_view::npos) return stat;
  // Fields 22 to 24 of proc(5): the start after boot in ticks, virtual size in bytes, resident size in pages.
  (void)std::sscanf(text + name_end + 1,
                    " %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %*u %*u %*d %*d %*d %*d %*d %*d %lf %lf %lf", &stat.start_ticks,
                    &stat.virtual_bytes, &stat.resident_pages);
  return stat;
}

double boot_time() {
  const File file(std::fopen("/proc/stat", "re"), std::fclose);
  char line[256];
  double seconds = 0;
  while (file && std::fgets(line, sizeof line, file.get()) != nullptr) {
    if (std::sscanf(line, "btime %lf", &seconds) == 1) break;
  }
  return seconds;
}

double cpu_seconds() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

double open_descriptors() {
  const std::unique_ptr<DIR, int (*)(DIR*)> folder(::opendir("/proc/self/fd"), ::closedir);
  double count = 0;
  while (folder) {
    const dirent* entry = ::readdir(folder.get());
    if (entry == nullptr) break;
    if (entry->d_name[0] != '.') ++count;
  }
  return std::max(0.0, count - 1);  // without the folder itself
}

double descriptor_limit() {
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  return static_cast<double>(limit.rlim_cur);
}

}  // namespace

std::vector<Gauge> process_gauges() {
  const double page_size = static_cast<double>(::sysconf(_SC_PAGESIZE));
  const double ticks = static_cast<double>(::sysconf(_SC_CLK_TCK));
  return {
      {"process_cpu_seconds_total", "Total user and system CPU time spent in seconds.", "counter", cpu_seconds},
      {"process_max_fds", "Maximum number of open file descriptors.", "gauge", descriptor_limit},
      {"process_open_fds", "Number of open file descriptors.", "gauge", open_descriptors},
      {"process_resident_memory_bytes", "Resident memory size in bytes.", "gauge",
       [page_size] { return read_stat().resident_pages * page_size; }},
      {"process_start_time_seconds", "Start time of the process since unix epoch in seconds.", "gauge",
       [ticks] { return boot_time() + read_stat().start_ticks / ticks; }},
      {"process_virtual_memory_bytes", "Virtual memory size in bytes.", "gauge", [] { return read_stat().virtual_bytes; }},
  };
}

std::string MetricsEndpoint::page(MetricsFormat format) const {
  const std::vector<RequestMetrics::Series> all = all_series(metrics_);
  std::string page;
  if (!all.empty()) {
    append_head(page, format, "http_request_duration_seconds", "Seconds spent serving HTTP requests.", "histogram");
    for (const auto& series : all) append_histogram(page, format, series);
  }
  append_head(page, format, "http_requests_in_flight", "total HTTP requests in-flight", "gauge");
  fmt::format_to(std::back_inserter(page), "http_requests_in_flight {}\n", in_flight(metrics_));
  if (!all.empty()) {
    append_head(page, format, "http_requests_total", "total HTTP requests processed", "counter");
    for (const auto& series : all) {
      fmt::format_to(std::back_inserter(page), "http_requests_total{{code=\"{}\",method=\"{}\"}} {}\n", series.status,
                     series.method, requests_of(series));
    }
  }
  std::string_view family;
  for (const Gauge& gauge : more_) {
    if (gauge.name != family) append_head(page, format, gauge.name, gauge.help, gauge.type);
    family = gauge.name;
    fmt::format_to(std::back_inserter(page), "{}{} {}\n", gauge.name, gauge.labels, number(gauge.value()));
  }
  if (format == MetricsFormat::openmetrics) page += "# EOF\n";
  return page;
}

Task<void> MetricsEndpoint::handle(Request& request, ResponseWriter& response) {
  const bool reads = request.method == "GET" || request.method == "HEAD";
  if (request.target.path != "/metrics") {
    response.set_status(404);
    response.add_field("Content-Type", "text/plain; charset=utf-8");
    response.add_field("X-Content-Type-Options", "nosniff");
    (void)co_await response.send(std::string_view("404 page not found\n"));  // the caller may have left
  } else if (!reads) {
    response.set_status(405);
    response.add_field("Allow", "GET, HEAD");
    (void)co_await response.send(std::string_view());  // the caller may have left
  } else {
    // Whoever names the type at all can read it; Prometheus prefers it.
    const bool open = accepts_by_name(request.headers->all(), "application/openmetrics-text");
    response.add_field("Content-Type", open ? "application/openmetrics-text; version=1.0.0; charset=utf-8; escaping=underscores"
                                            : "text/plain; version=0.0.4; charset=utf-8; escaping=underscores");
    const std::string text = page(open ? MetricsFormat::openmetrics : MetricsFormat::prometheus);
    const Weight weight = coding_weight(request.headers->all(), "gzip");
    const bool packs = weight > 0 && weight >= identity_weight(request.headers->all());
    const std::optional<std::string> packed = packs ? gzip(text) : std::nullopt;
    if (packed) response.add_field("Content-Encoding", "gzip");
    (void)co_await response.send(packed ? std::string_view(*packed) : std::string_view(text));  // the caller may have left
  }
}

}  // namespace fwatchdog
