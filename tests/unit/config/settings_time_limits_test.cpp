#include "config/settings.hpp"

#include <doctest/doctest.h>

#include "support/given_settings.hpp"

using namespace fwatchdog;
using namespace fwatchdog::test;

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
