#include "modes/time_limit.hpp"

#include <doctest/doctest.h>

#include <chrono>
#include <string>

#include "support/recorded_call.hpp"
#include "support/recorded_log.hpp"

using namespace fwatchdog;
using namespace fwatchdog::test;
using namespace std::chrono_literals;

TEST_CASE("X-Timeout shortens a limit and never lengthens it") {
  struct Row {
    std::string wanted;
    Nanoseconds exec_timeout, limit;
    std::string_view name;
  };
  const Row rows[] = {
      {"1s", 10s, 1s, "X-Timeout"},       {"100ms", 10s, 100ms, "X-Timeout"}, {"10s", 10s, 10s, "exec_timeout"},
      {"11s", 10s, 10s, "exec_timeout"},  {"1m", 0s, 1min, "X-Timeout"},      {"0s", 10s, 10s, "exec_timeout"},
      {"-1s", 10s, 10s, "exec_timeout"},  {"1", 10s, 10s, "exec_timeout"},    {"", 10s, 10s, "exec_timeout"},
      {"soon", 10s, 10s, "exec_timeout"}, {"0s", 0s, 0s, "exec_timeout"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.wanted);
    GivenRequest given("GET", "/", {{"x-timeout", row.wanted}});
    const TimeLimit limit = time_limit_of(given.request, row.exec_timeout);
    CHECK(limit.time == row.limit);
    CHECK(limit.name == row.name);
  }
  GivenRequest without("GET", "/");
  CHECK(time_limit_of(without.request, 5s).time == 5s);
}

TEST_CASE("the line of a limit that passed") {
  RecordedLog log;
  GivenRequest given("POST", "/a?token=b");
  log_limit(log.logger, "exec_timeout", given.request, 1001ms, true);
  log_limit(log.logger, "client gone", given.request, 20s, false);
  CHECK(log.lines() == "exec_timeout passed after 1.001s: POST /a?token=b\nclient gone after 20.000s: POST /a\n");
}

TEST_CASE("a target as the log shows it") {
  GivenRequest given("POST", "/a?b?c");
  CHECK(logged_target(given.request, true) == "/a?b?c");
  CHECK(logged_target(given.request, false) == "/a");
  GivenRequest without("POST", "/a");
  CHECK(logged_target(without.request, false) == "/a");
}

TEST_CASE("seconds since") { CHECK(seconds_since(std::chrono::steady_clock::now() - 2s) >= 2.0); }
