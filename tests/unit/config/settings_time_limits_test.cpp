#include "config/settings.hpp"

#include <doctest/doctest.h>

#include <chrono>

#include "support/given_settings.hpp"

using namespace fwatchdog;
using namespace fwatchdog::test;
using namespace std::chrono_literals;

TEST_CASE("settings: limits that cannot work together are warned of") {
  for (const Program program : kBoth) {
    CHECK(load(program, {{"exec_timeout", "2m"}}).warnings ==
          Lines{"Warning: exec_timeout (2m0s) is above write_timeout (30s): a request ends after 30s all the same"});
    CHECK(load(program, {{"read_timeout", "1m"}}).warnings ==
          Lines{"Warning: read_timeout (1m0s) is above write_timeout (30s): a slow upload ends after 30s all the same"});
    CHECK(load(program, {{"exec_timeout", "30s"}, {"write_timeout", "30s"}}).warnings == Lines{});
    CHECK(load(program, {{"exec_timeout", "29s"}, {"read_timeout", "0"}}).warnings == Lines{});
  }
  CHECK(load(kOf, {{"write_timeout", "10s"}}).warnings.size() == 2);
  CHECK(load(kClassic, {{"write_timeout", "10s"}}).warnings.size() == 1);
  CHECK(load(kClassic, {{"write_timeout", "0"}, {"exec_timeout", "1h"}, {"read_timeout", "1h"}}).warnings == Lines{});
  CHECK(load(kOf, {{"mode", "static"}, {"exec_timeout", "1h"}}).warnings == Lines{});
}

TEST_CASE("settings: the queue") {
  for (const Program program : kBoth) {
    CHECK(quiet(program, {}).max_queue == 0);
    CHECK(quiet(program, {}).queue_timeout == 10s);
    const Settings s =
        quiet(program, {{"max_inflight", "2"}, {"max_queue", "7"}, {"queue_timeout", "500ms"}, {"exec_timeout", "29s"}});
    CHECK(s.max_queue == 7);
    CHECK(s.queue_timeout == 500ms);
    CHECK(load(program, {{"max_queue", "1"}, {"exec_timeout", "5s"}}).warnings ==
          Lines{"Warning: max_queue has no effect without max_inflight"});
    CHECK(load(program, {{"max_inflight", "1"}, {"max_queue", "1"}, {"exec_timeout", "21s"}}).warnings ==
          Lines{"Warning: queue_timeout (10s) and exec_timeout (21s) are together above write_timeout (30s): a request that has "
                "waited ends after 30s all the same"});
    CHECK(load(program, {{"max_inflight", "1"}, {"max_queue", "1"}, {"exec_timeout", "30s"}, {"queue_timeout", "0"}}).warnings ==
          Lines{});
  }
  CHECK(load(kOf, {{"mode", "static"}, {"max_inflight", "1"}, {"max_queue", "1"}}).warnings == Lines{});
}
