#include "service/metrics_endpoint.hpp"

#include <doctest/doctest.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <map>
#include <string>

#include "support/recorded_call.hpp"

using namespace fwatchdog;
using namespace fwatchdog::test;

namespace {

const std::string kType = "200 Content-Type: text/plain; version=0.0.4; charset=utf-8; escaping=underscores\n|";

std::string page_of(MetricsEndpoint& endpoint) {
  const std::string answer = answer_of(endpoint, "GET", "/metrics");
  CHECK(answer.rfind(kType, 0) == 0);
  return answer.substr(kType.size());
}

}  // namespace

TEST_CASE("the page before the first request") {
  RequestMetrics metrics;
  MetricsEndpoint endpoint({&metrics, 1}, {});
  CHECK(page_of(endpoint) ==
        "# HELP http_requests_in_flight total HTTP requests in-flight\n"
        "# TYPE http_requests_in_flight gauge\n"
        "http_requests_in_flight 0\n");
}

TEST_CASE("the page in full") {
  RequestMetrics metrics;
  metrics.observe(500, "POST", 0.25);
  metrics.observe(200, "POST", 20);
  metrics.observe(200, "GET", 0.001);
  metrics.observe(200, "GET", 2);
  metrics.begin();
  std::vector<Gauge> more;
  more.push_back(Gauge{"lines_dropped_total", "Lines dropped.", "counter", [] { return 3.0; }});
  more.push_back(Gauge{"ratio", "A ratio.", "gauge", [] { return 0.5; }});
  more.push_back(Gauge{"held", "Held.", "gauge", [] { return 1.0; }, "{by=\"a\"}"});
  more.push_back(Gauge{"held", "Held.", "gauge", [] { return 2.0; }, "{by=\"b\"}"});
  MetricsEndpoint endpoint({&metrics, 1}, std::move(more));
  const auto histogram = [](const std::string& labels, const std::vector<int>& counts, const std::string& sum) {
    const char* bounds[] = {"0.005", "0.01", "0.025", "0.05", "0.1", "0.25", "0.5", "1", "2.5", "5", "10", "+Inf"};
    std::string text;
    for (std::size_t i = 0; i < counts.size(); ++i) {
      text += "http_request_duration_seconds_bucket{" + labels + ",le=\"" + bounds[i] + "\"} " + std::to_string(counts[i]) + "\n";
    }
    text += "http_request_duration_seconds_sum{" + labels + "} " + sum + "\n";
    return text + "http_request_duration_seconds_count{" + labels + "} " + std::to_string(counts.back()) + "\n";
  };
  CHECK(page_of(endpoint) ==
        "# HELP http_request_duration_seconds Seconds spent serving HTTP requests.\n"
        "# TYPE http_request_duration_seconds histogram\n" +
            histogram("code=\"200\",method=\"get\"", {1, 1, 1, 1, 1, 1, 1, 1, 2, 2, 2, 2}, "2.001") +
            histogram("code=\"200\",method=\"post\"", {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}, "20") +
            histogram("code=\"500\",method=\"post\"", {0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1}, "0.25") +
            "# HELP http_requests_in_flight total HTTP requests in-flight\n"
            "# TYPE http_requests_in_flight gauge\n"
            "http_requests_in_flight 1\n"
            "# HELP http_requests_total total HTTP requests processed\n"
            "# TYPE http_requests_total counter\n"
            "http_requests_total{code=\"200\",method=\"get\"} 2\n"
            "http_requests_total{code=\"200\",method=\"post\"} 1\n"
            "http_requests_total{code=\"500\",method=\"post\"} 1\n"
            "# HELP lines_dropped_total Lines dropped.\n# TYPE lines_dropped_total counter\nlines_dropped_total 3\n"
            "# HELP ratio A ratio.\n# TYPE ratio gauge\nratio 0.5\n"
            "# HELP held Held.\n# TYPE held gauge\nheld{by=\"a\"} 1\nheld{by=\"b\"} 2\n");
}

TEST_CASE("what several workers have counted is added up") {
  std::array<RequestMetrics, 2> workers;
  workers[0].observe(200, "GET", 0.001);
  workers[1].observe(200, "GET", 2);
  workers[1].observe(429, "POST", 0.001);
  workers[0].begin();
  workers[1].begin();
  MetricsEndpoint endpoint(workers, {});
  const std::string page = page_of(endpoint);
  for (const char* line : {"http_requests_in_flight 2\n", "http_requests_total{code=\"200\",method=\"get\"} 2\n",
                           "http_requests_total{code=\"429\",method=\"post\"} 1\n",
                           "http_request_duration_seconds_bucket{code=\"200\",method=\"get\",le=\"1\"} 1\n",
                           "http_request_duration_seconds_sum{code=\"200\",method=\"get\"} 2.001\n",
                           "http_request_duration_seconds_count{code=\"200\",method=\"get\"} 2\n"})
    CHECK(page.find(line) != std::string::npos);
}

TEST_CASE("only GET and HEAD of /metrics") {
  RequestMetrics metrics;
  MetricsEndpoint endpoint({&metrics, 1}, {});
  CHECK(answer_of(endpoint, "HEAD", "/metrics").rfind(kType, 0) == 0);
  CHECK(answer_of(endpoint, "GET", "/metrics?name=x").rfind(kType, 0) == 0);
  CHECK(answer_of(endpoint, "POST", "/metrics") == "405 Allow: GET, HEAD\n|");
  for (const char* path : {"/", "/metrics/", "/metric", "/METRICS"}) {
    CHECK(answer_of(endpoint, "GET", path) ==
          "404 Content-Type: text/plain; charset=utf-8\nX-Content-Type-Options: nosniff\n|404 page not found\n");
  }
}

TEST_CASE("the numbers of this process") {
  std::map<std::string, double> values;
  for (const Gauge& gauge : process_gauges()) {
    CHECK(gauge.type == (gauge.name == "process_cpu_seconds_total" ? "counter" : "gauge"));
    values[gauge.name] = gauge.value();
  }
  CHECK(values.size() == 6);
  CHECK(values["process_cpu_seconds_total"] > 0);
  CHECK(values["process_resident_memory_bytes"] > 1e5);
  CHECK(values["process_virtual_memory_bytes"] >= values["process_resident_memory_bytes"]);
  const double now = std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
  CHECK(values["process_start_time_seconds"] < now + 2);
  CHECK(values["process_start_time_seconds"] > now - 7200);
  CHECK(values["process_max_fds"] >= values["process_open_fds"]);
  const double before = values["process_open_fds"];
  int pipe[2];
  CHECK(::pipe(pipe) == 0);
  for (const Gauge& gauge : process_gauges()) {
    if (gauge.name == "process_open_fds") CHECK(gauge.value() == before + 2);
  }
  ::close(pipe[0]);
  ::close(pipe[1]);
}

TEST_CASE("OpenMetrics for those who ask for it") {
  RequestMetrics metrics;
  metrics.observe(200, "GET", 0.7);
  std::vector<Gauge> more;
  more.push_back(Gauge{"lines_dropped_total", "Lines dropped.", "counter", [] { return 3.0; }});
  MetricsEndpoint endpoint({&metrics, 1}, std::move(more));
  for (const char* accept :
       {"application/openmetrics-text", "text/plain;q=0.1, application/openmetrics-text; version=1.0.0;q=0.5",
        "application/OpenMetrics-Text;version=0.0.1"}) {
    CAPTURE(accept);
    GivenRequest given("GET", "/metrics", {{"Accept", accept}});
    const std::string answer = answer_of(endpoint, given);
    CHECK(answer.rfind("200 Content-Type: application/openmetrics-text; version=1.0.0; charset=utf-8; escaping=underscores\n|",
                       0) == 0);
    CHECK(answer.ends_with("\n# EOF\n"));
    for (const char* line : {"# TYPE http_requests counter\n",
                             "# HELP lines_dropped Lines dropped.\n# TYPE lines_dropped counter\nlines_dropped_total 3\n",
                             "http_requests_total{code=\"200\",method=\"get\"} 1\n", "method=\"get\",le=\"0.5\"} 0\n",
                             "method=\"get\",le=\"1.0\"} 1\n", "method=\"get\",le=\"+Inf\"} 1\n"}) {
      CAPTURE(line);
      CHECK(answer.find(line) != std::string::npos);
    }
  }
  for (const char* accept :
       {"*/*", "text/plain", "application/openmetrics", "application/openmetrics-text;version=1.0.0;q=0, text/plain"}) {
    GivenRequest given("GET", "/metrics", {{"Accept", accept}});
    CHECK(answer_of(endpoint, given).rfind(kType, 0) == 0);
  }
}
