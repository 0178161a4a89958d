#include <doctest/doctest.h>

#include <chrono>
#include <string>

#include "config/settings.hpp"

using namespace fwatchdog;
using namespace std::chrono_literals;

namespace {

Result<LoadedSettings> load(Program program, const char* name, const char* value, const char* mode = "streaming") {
  Environment environment;
  environment.set("fprocess", "cat");
  environment.set("mode", mode);
  environment.set("upstream_url", "http://127.0.0.1:3000");
  environment.set(name, value);
  return load_settings(program, environment);
}

Settings settings(Program program, const char* name, const char* value) {
  Result<LoadedSettings> loaded = load(program, name, value);
  if (!loaded) FAIL(loaded.error().text());
  CHECK(loaded->warnings.empty());
  return loaded->settings;
}

std::string error(Program program, const char* name, const char* value) {
  const Result<LoadedSettings> loaded = load(program, name, value);
  return loaded ? "no error" : loaded.error().text();
}

constexpr Program kBoth[] = {Program::classic, Program::of_watchdog};

}  // namespace

TEST_CASE("settings: the function's process has no limits but those that are asked for") {
  for (const Program program : kBoth) {
    const Settings plain = settings(program, "port", "8080");
    CHECK_FALSE(plain.no_new_privs);
    CHECK(plain.memory_limit == 0);
    CHECK(plain.cpu_limit == 0s);
    CHECK(plain.descriptor_limit == 0);

    CHECK(settings(program, "fprocess_no_new_privs", "true").no_new_privs);
    CHECK(settings(program, "fprocess_no_new_privs", "1").no_new_privs);
    CHECK_FALSE(settings(program, "fprocess_no_new_privs", "0").no_new_privs);
    CHECK(settings(program, "exec_memory_limit", "128Mi").memory_limit == 134217728);
    CHECK(settings(program, "exec_memory_limit", "1048576").memory_limit == 1048576);
    CHECK(settings(program, "exec_memory_limit", "0").memory_limit == 0);
    CHECK(settings(program, "exec_cpu_limit", "90").cpu_limit == 90s);
    CHECK(settings(program, "exec_cpu_limit", "1m30s").cpu_limit == 90s);
    CHECK(settings(program, "exec_nofile_limit", "64").descriptor_limit == 64);
    CHECK(settings(program, "exec_nofile_limit", "4").descriptor_limit == 4);
  }
}

TEST_CASE("settings: a limit that is misspelt is refused, for it must not become none") {
  for (const Program program : kBoth) {
    const std::string begin = program == Program::classic ? "" : "Error loading config: ";
    const std::string memory = "\" is not an amount of memory (128Mi, 1Gi, 134217728; 1Mi or more, or 0 for no limit)";
    for (const char* value : {"128m", "128", "1048575", "lots", "-1", "128 Mi"}) {
      CHECK(error(program, "exec_memory_limit", value) == begin + "exec_memory_limit=\"" + value + memory);
    }
    for (const char* value : {"soon", "-1s", "1d"}) {
      CHECK(error(program, "exec_cpu_limit", value) == begin + "exec_cpu_limit=\"" + value + "\" is not a duration");
    }
    for (const char* value : {"3", "-1", "many", "1k"}) {
      CHECK(error(program, "exec_nofile_limit", value) ==
            begin + "exec_nofile_limit=\"" + value + "\" is not a whole number from 4, or 0 for no limit");
    }
    CHECK(error(program, "fprocess_no_new_privs", "yes") == begin + "fprocess_no_new_privs=\"yes\" is not a boolean");
    for (const char* name : {"exec_memory_limit", "exec_cpu_limit", "exec_nofile_limit", "fprocess_no_new_privs"}) {
      CHECK(error(program, name, "") == "no error");
    }
  }
}

TEST_CASE("settings: a limit of processor time is not for a process that serves every call") {
  Result<LoadedSettings> loaded = load(Program::of_watchdog, "exec_cpu_limit", "1s", "http");
  REQUIRE(loaded.ok());
  REQUIRE(loaded->warnings.size() == 1);
  CHECK(loaded->warnings[0].find("exec_cpu_limit") != std::string::npos);
  CHECK(load(Program::of_watchdog, "exec_memory_limit", "1Gi", "http")->warnings.empty());
}
