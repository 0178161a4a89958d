#include "service/function_name.hpp"

#include <doctest/doctest.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <string>

using namespace fwatchdog;

namespace {

/// The name, or why there is none, where the namespace's file has this content.
std::string name_with_file(const std::string& content) {
  char path[] = "/tmp/fwatchdog-test-XXXXXX";
  const int file = ::mkstemp(path);
  REQUIRE(file >= 0);
  REQUIRE(::write(file, content.data(), content.size()) == static_cast<ssize_t>(content.size()));
  ::close(file);
  Settings settings;
  settings.function_name = "env";
  const Result<std::string> name = function_name(settings, path);
  std::remove(path);
  if (name.ok()) return *name;
  std::string text = name.error().text();
  const std::size_t at = text.find(path);
  return at == std::string::npos ? text : text.replace(at, std::string(path).size(), "FILE");
}

}  // namespace

TEST_CASE("the name of the function with its namespace") {
  Settings settings;
  CHECK(function_name(settings, "/none").error().text() == "failed to get function name: env variable 'OPENFAAS_NAME' not set");
  settings.function_name = "env";
  CHECK(function_name(settings, "/none").error().text() ==
        "failed to get function namespace: OPENFAAS_NAMESPACE is not set, and open /none: no such file or directory");
  settings.function_namespace = "openfaas-fn";
  CHECK(*function_name(settings, "/none") == "openfaas-fn:env");
}

TEST_CASE("the namespace of the service account") {
  CHECK(name_with_file("dev") == "dev:env");
  CHECK(name_with_file("dev\n") == "dev:env");
  CHECK(name_with_file("dev\r\n \n") == "dev:env");
  CHECK(name_with_file("") == "failed to get function namespace: FILE holds no namespace");
  CHECK(name_with_file("\n") == "failed to get function namespace: FILE holds no namespace");
  CHECK(name_with_file(std::string(254, 'x')) == "failed to get function namespace: FILE holds no namespace");
  CHECK(name_with_file(std::string(253, 'x') + "\n") == std::string(253, 'x') + ":env");
}
