#include "config/variable_table.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <set>
#include <string>

#include "config/variable_value.hpp"

using namespace fwatchdog;

TEST_CASE("variable table: every default obeys its own rule") {
  for (const Variable& variable : all_variables()) {
    CAPTURE(variable.names[0]);
    CHECK((variable.classic_default || variable.of_watchdog_default));
    for (const Program program : {Program::classic, Program::of_watchdog, Program::in_process}) {
      const auto text = variable.default_text(program);
      if (!text || variable.follows != nullptr) continue;
      Settings settings;
      const auto stored = store_value(program, variable, *text, settings);
      CHECK(stored.ok());
    }
  }
}

TEST_CASE("variable table: a name stands once for each program, and meanings fit a table") {
  for (const Program program : {Program::classic, Program::of_watchdog, Program::in_process}) {
    std::set<std::string_view> seen;
    for (const Variable& variable : all_variables()) {
      if (!variable.default_text(program)) continue;
      for (const auto name : variable.names) {
        if (name.empty()) continue;
        CAPTURE(name);
        CHECK(seen.insert(name).second);
      }
      CHECK_FALSE(variable.meaning.empty());
      CHECK(variable.meaning.find_first_of("|\n") == std::string_view::npos);
      CHECK(variable.meaning.back() == '.');
    }
  }
}

TEST_CASE("variable table: what a default follows is read before") {
  const auto variables = all_variables();
  for (std::size_t at = 0; at < variables.size(); ++at) {
    if (variables[at].follows == nullptr) continue;
    const auto* leader = std::find_if(variables.data(), variables.data() + at, [&](const Variable& other) {
      return other.member == SettingsMember(variables[at].follows) &&
             other.names[0] == variables[at].default_text(Program::classic);
    });
    CHECK(leader != variables.data() + at);
  }
}

TEST_CASE("variable table: Markdown") {
  const std::string classic = markdown_table_of_variables(Program::classic);
  CHECK(classic.starts_with("| Variable | Type | Default | Meaning |\n| --- | --- | --- | --- |\n| `fprocess` | text | none | "));
  CHECK(classic.find("\n| `exec_timeout` | duration | `0s` | ") != std::string::npos);
  CHECK(classic.find("\n| `healthcheck_interval` | duration | `write_timeout` | ") != std::string::npos);
  CHECK(classic.find("static_path") == std::string::npos);
  CHECK(classic.ends_with(" |\n"));
  const std::string of = markdown_table_of_variables(Program::of_watchdog);
  CHECK(of.find("\n| `function_process`, `fprocess` | text | none | ") != std::string::npos);
  CHECK(of.find("\n| `exec_timeout` | duration | `30s` | ") != std::string::npos);
  CHECK(of.find("\n| `mode` | mode | `streaming` | ") != std::string::npos);
  CHECK(of.find("combine_output") == std::string::npos);
}

TEST_CASE("variable table: help names every variable with type and default") {
  for (const Program program : {Program::classic, Program::of_watchdog, Program::in_process}) {
    const std::string help = help_of_variables(program);
    for (const Variable& variable : all_variables()) {
      CAPTURE(variable.names[0]);
      const bool shown = help.find(std::string(variable.meaning)) != std::string::npos;
      CHECK(shown == variable.default_text(program).has_value());
    }
  }
  CHECK(help_of_variables(Program::of_watchdog).find("  log_call_id, log_callid (boolean, default false)\n      Add ") !=
        std::string::npos);
}
