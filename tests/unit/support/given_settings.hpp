/// Settings as an environment gives them, for tests.
#pragma once

#include <doctest/doctest.h>

#include <initializer_list>
#include <string>
#include <utility>
#include <vector>

#include "config/settings.hpp"

namespace fwatchdog::test {

inline constexpr Program kClassic = Program::classic;
inline constexpr Program kOf = Program::of_watchdog;
inline constexpr Program kBoth[] = {kClassic, kOf};

using Variables = std::initializer_list<std::pair<const char*, const char*>>;
using Lines = std::vector<std::string>;

inline Environment environment_with(Variables variables) {
  Environment environment;
  environment.set("fprocess", "cat");
  for (const auto& [name, value] : variables) environment.set(name, value);
  return environment;
}

inline LoadedSettings load(Program program, Variables variables) {
  auto loaded = load_settings(program, environment_with(variables));
  if (!loaded) FAIL(loaded.error().text());
  return std::move(*loaded);
}

inline Settings quiet(Program program, Variables variables) {
  LoadedSettings loaded = load(program, variables);
  CHECK(loaded.warnings == Lines{});
  return loaded.settings;
}

inline std::string error_of(Program program, const Environment& environment) {
  const auto loaded = load_settings(program, environment);
  if (loaded) return "no error";
  CHECK(loaded.error().code == Errc::invalid);
  return loaded.error().text();
}

inline std::string error_of(Program program, Variables variables) { return error_of(program, environment_with(variables)); }

}  // namespace fwatchdog::test
