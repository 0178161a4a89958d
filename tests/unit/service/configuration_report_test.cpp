#include "service/configuration_report.hpp"

#include <doctest/doctest.h>

#include <initializer_list>
#include <string>
#include <utility>

using namespace fwatchdog;

namespace {

/// The report's line of a variable, its columns parted by one blank.
std::string line_of(std::string_view name, std::initializer_list<std::pair<const char*, const char*>> variables,
                    Program program = Program::of_watchdog) {
  Environment environment;
  environment.set("fprocess", "cat");
  for (const auto& [variable, value] : variables) environment.set(variable, value);
  const auto loaded = load_settings(program, environment);
  REQUIRE(loaded.ok());
  const std::string report = "\n" + configuration_report(program, environment, loaded->settings);
  const std::size_t at = report.find("\n" + std::string(name) + " ");
  if (at == std::string::npos) return {};
  std::string line;
  for (const char c : report.substr(at + 1, report.find('\n', at + 1) - at - 1)) {
    if (c != ' ' || line.back() != ' ') line += c;
  }
  return line;
}

}  // namespace

TEST_CASE("configuration report: value and origin") {
  CHECK(line_of("function_process", {}) == "function_process \"cat\" set as fprocess");
  CHECK(line_of("fprocess", {}, Program::classic) == "fprocess \"cat\" set");
  CHECK(line_of("exec_timeout", {}) == "exec_timeout 30s default");
  CHECK(line_of("exec_timeout", {{"exec_timeout", "5"}}) == "exec_timeout 5s set");
  CHECK(line_of("healthcheck_interval", {{"write_timeout", "7s"}}) == "healthcheck_interval 7s default: write_timeout");
  CHECK(line_of("exec_timeout", {{"exec_timeout", "soon"}}) == "exec_timeout 30s default, not understood: exec_timeout=\"soon\"");
  CHECK(line_of("http_upstream_url", {{"upstream_url", "unix:/x"}}) == "http_upstream_url \"unix:/x\" set as upstream_url");
}

TEST_CASE("configuration report: every type") {
  CHECK(line_of("mode", {{"mode", "serializing"}}) == "mode serializing set");
  CHECK(line_of("port", {{"port", "90"}}) == "port 90 set");
  CHECK(line_of("log_format", {{"log_format", "json"}}) == "log_format json set");
  CHECK(line_of("log_level", {{"log_level", "warn"}}) == "log_level warning set");
  CHECK(line_of("suppress_lock", {{"suppress_lock", "1"}}) == "suppress_lock true set");
  CHECK(line_of("function_process", {{"function_process", "a\nb"}}) == "function_process \"a\\x0ab\" set");
}

TEST_CASE("configuration report: the program's own variables") {
  CHECK(line_of("combine_output", {}) == "");
  CHECK(line_of("combine_output", {}, Program::classic) == "combine_output true default");
}
