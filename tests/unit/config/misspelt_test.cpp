#include "config/misspelt.hpp"

#include <doctest/doctest.h>

#include <initializer_list>
#include <string>

using namespace fwatchdog;

namespace {

/// The names that are said to be meant, each with a line's end.
std::string meant(std::initializer_list<const char*> names, Program program = Program::of_watchdog) {
  Environment environment;
  for (const char* name : names) environment.set(name, "x");
  std::string meant;
  for (const std::string& warning : warnings_of_misspelt_names(program, environment)) {
    const std::size_t at = warning.find("did you mean ");
    REQUIRE(at != std::string::npos);
    meant += warning.substr(at + 13, warning.size() - at - 14) + "\n";
  }
  return meant;
}

}  // namespace

TEST_CASE("misspelt names: slips of the pen") {
  CHECK(meant({"fproces"}) == "fprocess\n");
  CHECK(meant({"exec_timout"}) == "exec_timeout\n");
  CHECK(meant({"write_tiemout"}) == "write_timeout\n");
  CHECK(meant({"max_inflights"}) == "max_inflight\n");
  CHECK(meant({"healthcheck_intreval"}) == "healthcheck_interval\n");
  CHECK(meant({"supress_lock"}) == "suppress_lock\n");
  CHECK(meant({"fproces", "exec_timout"}) == "fprocess\nexec_timeout\n");
}

TEST_CASE("misspelt names: another case of letters") {
  CHECK(meant({"FPROCESS"}) == "fprocess\n");
  CHECK(meant({"Mode"}) == "mode\n");
  CHECK(meant({"WRITE_TIMEOUT"}) == "write_timeout\n");
}

TEST_CASE("misspelt names: variables of others are left alone") {
  CHECK(meant({"PATH", "HOME", "HOSTNAME", "node", "code", "sort", "LANG", "SSL_CERT_DIR", "KUBERNETES_PORT", "NODE_ENV",
               "timeout", "fprocess", "http_proxy", "no_proxy", "static_files_dir", "PYTHONPATH"}) == "");
  CHECK(meant({"combine_output"}) == "");  // the other program's
  CHECK(meant({}) == "");
}

TEST_CASE("misspelt names: what is set itself was not meant") {
  CHECK(meant({"PORT", "port"}) == "");
  CHECK(meant({"FPROCESS", "fprocess"}) == "");
}

TEST_CASE("misspelt names: of this program's variables alone") {
  CHECK(meant({"upstream_ulr"}) == "upstream_url\n");
  CHECK(meant({"upstream_ulr"}, Program::classic) == "");
  CHECK(meant({"combine_outputs"}, Program::classic) == "combine_output\n");
}
