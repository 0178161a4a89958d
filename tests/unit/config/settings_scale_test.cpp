// The settings that say how much runs at once.
#include <doctest/doctest.h>

#include <string>

#include "support/given_settings.hpp"

using namespace fwatchdog;
using namespace fwatchdog::test;
using namespace std::chrono_literals;

TEST_CASE("settings: workers") {
  for (const Program program : kBoth) {
    CHECK(quiet(program, {}).workers == 0);
    CHECK(quiet(program, {{"workers", "auto"}}).workers == 0);
    CHECK(quiet(program, {{"workers", "1"}}).workers == 1);
    CHECK(quiet(program, {{"workers", "256"}}).workers == 256);
    for (const char* text : {"0", "257", "-1", "many", ""}) {
      const LoadedSettings loaded = load(program, {{"workers", text}});
      CHECK(loaded.settings.workers == 0);
      CHECK(loaded.warnings == Lines{std::string("Warning: workers=\"") + text +
                                     "\" is neither a whole number from 1 to 256 nor auto: the default auto is used"});
    }
  }
}

TEST_CASE("settings: warm processes need a function that is not told of its request by the environment") {
  for (const Program program : kBoth) {
    const std::string from = program == kOf ? "Error loading config: " : "";
    CHECK(quiet(program, {}).warm_processes == 0);
    CHECK(quiet(program, {}).warm_max_age == 10min);
    CHECK(quiet(program, {{"warm_processes", "4"}, {"cgi_headers", "false"}}).warm_processes == 4);
    CHECK(quiet(program, {{"warm_processes", "4"}, {"marshal_request", "true"}}).warm_processes == 4);
    CHECK(quiet(program, {{"warm_processes", "0"}, {"warm_max_age", "0"}}).warm_max_age == 0s);
    CHECK(error_of(program, {{"warm_processes", "4"}}) == from +
                                                              "warm_processes=4 needs cgi_headers=false or marshal_request=true: "
                                                              "the environment of a process that is started before "
                                                              "its request cannot describe it");
    CHECK(error_of(program, {{"warm_processes", "1025"}, {"cgi_headers", "false"}}) ==
          from + "warm_processes=1025 is above 1024");
  }
  for (const char* mode : {"http", "static", "inproc"}) {
    CHECK(error_of(kOf,
                   {{"warm_processes", "1"}, {"cgi_headers", "false"}, {"mode", mode}, {"upstream_url", "http://127.0.0.1:1"}}) ==
          std::string("Error loading config: warm_processes=1 is for the modes streaming and serializing, not for ") + mode);
  }
  CHECK(quiet(kOf, {{"warm_processes", "1"}, {"cgi_headers", "false"}, {"mode", "serializing"}}).warm_processes == 1);
}
