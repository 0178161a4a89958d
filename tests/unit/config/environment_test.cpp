#include "config/environment.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

using fwatchdog::Environment;
using Entries = std::vector<std::string>;

TEST_CASE("environment: entries keep their order, and the first of equal names counts") {
  const char* const envp[] = {"PATH=/bin", "empty=", "equation=a=b", "PATH=/other", "no_value", "empty=late", nullptr};
  const Environment environment(envp);
  CHECK(environment.entries() == Entries{"PATH=/bin", "empty=", "equation=a=b", "no_value"});
  CHECK(environment.get("PATH") == "/bin");
  CHECK(environment.get("empty") == "");
  CHECK(environment.get("equation") == "a=b");
  CHECK_FALSE(environment.get("no_value"));
}

TEST_CASE("environment: names compare exactly") {
  const char* const envp[] = {"port=1", "Port=2", "port_x=3", nullptr};
  const Environment environment(envp);
  CHECK(environment.get("port") == "1");
  CHECK(environment.get("Port") == "2");
  CHECK_FALSE(environment.get("PORT"));
  CHECK_FALSE(environment.get("por"));
  CHECK_FALSE(environment.get("port="));
  CHECK_FALSE(environment.get(""));
}

TEST_CASE("environment: set and unset") {
  Environment environment;
  environment.set("a", "1");
  environment.set("b", "2");
  environment.set("a", "");
  CHECK(environment.entries() == Entries{"a=", "b=2"});
  environment.unset("a");
  environment.unset("missing");
  CHECK(environment.entries() == Entries{"b=2"});
  CHECK_FALSE(environment.get("a"));
}

TEST_CASE("environment: none at all") {
  const char* const empty[] = {nullptr};
  CHECK(Environment(empty).entries().empty());
  CHECK(Environment(nullptr).entries().empty());
}
