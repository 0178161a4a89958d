#include "middleware/metrics.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <numeric>
#include <string>
#include <thread>
#include <vector>

#include "async/scope.hpp"
#include "support/recorded_call.hpp"

using namespace fwatchdog;
using namespace fwatchdog::test;

namespace {

/// `200 get 3;` for each series, sorted.
std::string counted(const RequestMetrics& metrics) {
  std::vector<std::string> all;
  metrics.visit([&all](const RequestMetrics::Series& series) {
    const auto count = std::accumulate(series.buckets.begin(), series.buckets.end(), std::uint64_t{0});
    all.push_back(std::to_string(series.status) + " " + std::string(series.method) + " " + std::to_string(count) + ";");
  });
  std::sort(all.begin(), all.end());
  std::string text;
  for (const std::string& one : all) text += one;
  return text;
}

}  // namespace

TEST_CASE("requests are counted by status and method") {
  RequestMetrics metrics;
  CHECK(counted(metrics).empty());
  for (const char* method : {"GET", "GET", "POST", "PATCH", "get", "Get", "PURGE", "UNKNOWN", ""})
    metrics.observe(200, method, 0.1);
  metrics.observe(404, "GET", 0.1);
  metrics.observe(999, "HEAD", 0.1);
  CHECK(counted(metrics) == "200 get 3;200 patch 1;200 post 1;200 unknown 4;404 get 1;999 head 1;");
}

TEST_CASE("every method that has a label") {
  RequestMetrics metrics;
  for (const char* method : {"GET", "PUT", "HEAD", "POST", "DELETE", "CONNECT", "OPTIONS", "TRACE", "NOTIFY", "PATCH"})
    metrics.observe(200, method, 0);
  CHECK(
      counted(metrics) ==
      "200 connect 1;200 delete 1;200 get 1;200 head 1;200 notify 1;200 options 1;200 patch 1;200 post 1;200 put 1;200 trace 1;");
}

TEST_CASE("durations fall into their buckets, bounds included") {
  RequestMetrics metrics;
  for (const double seconds : {0.0, 0.005, 0.0051, 0.3, 0.5, 10.0, 10.1, 3600.0}) metrics.observe(200, "GET", seconds);
  std::vector<std::uint64_t> buckets;
  double sum = 0;
  metrics.visit([&](const RequestMetrics::Series& series) {
    buckets.assign(series.buckets.begin(), series.buckets.end());
    sum = series.sum;
  });
  CHECK(buckets == std::vector<std::uint64_t>{2, 1, 0, 0, 0, 0, 2, 0, 0, 0, 1, 2});
  CHECK(sum == doctest::Approx(3620.9101).epsilon(1e-9));
}

TEST_CASE("threads count together") {
  RequestMetrics metrics;
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&metrics] {
      for (int i = 0; i < 5000; ++i) {
        metrics.begin();
        metrics.observe(200 + i % 100, "GET", 0.01);
        metrics.end();
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(metrics.in_flight() == 0);
  std::size_t series = 0;
  std::uint64_t requests = 0;
  metrics.visit([&](const RequestMetrics::Series& one) {
    ++series;
    requests += std::accumulate(one.buckets.begin(), one.buckets.end(), std::uint64_t{0});
  });
  CHECK(series == 100);
  CHECK(requests == 20'000);
}

TEST_CASE("what a request is reported as") {
  GivenRequest given("GET");
  RecordedResponse response;
  CHECK(reported_status(given.request, response) == 500);
  response.set_status(201, {});
  CHECK(reported_status(given.request, response) == 500);  // it was not sent
  given.cancel.request(CancelReason::peer_gone);
  CHECK(reported_status(given.request, response) == 499);
  response.begin(std::nullopt);
  CHECK(reported_status(given.request, response) == 201);
  GivenRequest limited("GET");
  limited.cancel.request(CancelReason::time_limit);
  RecordedResponse none;
  CHECK(reported_status(limited.request, none) == 500);
}

namespace {

Task<void> in_flight(Loop& loop) {
  RequestMetrics counters;
  Event gate(loop);
  GivenHandler next;
  next.gate = &gate;
  next.status = 202;
  Metrics metrics(counters, next);
  GivenRequest given("PUT");
  RecordedResponse response;
  CHECK(counters.in_flight() == 0);
  TaskScope scope(loop);
  scope.spawn(metrics.handle(given.request, response));
  CHECK(counters.in_flight() == 1);
  CHECK(counted(counters).empty());
  gate.set();
  co_await scope.join();
  CHECK(counters.in_flight() == 0);
  CHECK(counted(counters) == "202 put 1;");
}

}  // namespace

TEST_CASE("a request is in flight while its handler runs") {
  Loop loop;
  loop.run(in_flight(loop));
}

TEST_CASE("the bytes of bodies are counted") {
  RequestMetrics metrics;
  GivenHandler next;
  next.answer = "hello";
  Metrics counting(metrics, next);
  GivenRequest given("POST", "/", {}, "four");
  (void)answer_of(counting, given);
  CHECK(metrics.bodies().sent == 5);
  CHECK(metrics.bodies().received == given.body.taken());
}
