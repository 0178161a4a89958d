// Settings from the environment. The input: `NAME=value`, each ended by a NUL.
#include <algorithm>
#include <string>
#include <vector>

#include "config/settings.hpp"
#include "config/variable_table.hpp"
#include "property.hpp"

namespace fwatchdog::fuzz {

namespace {

bool runs_a_process(Program program, Mode mode) {
  return program == Program::classic || (mode != Mode::static_files && mode != Mode::inproc);
}

bool names_a_variable(std::string_view text) {
  const auto is_named = [text](std::string_view name) { return !name.empty() && text.find(name) != std::string_view::npos; };
  const std::span<const Variable> all = all_variables();
  return std::any_of(all.begin(), all.end(), [&](const Variable& variable) {
    return std::any_of(variable.names.begin(), variable.names.end(), is_named);
  });
}

void check_loaded(Program program, const LoadedSettings& loaded) {
  const Settings& settings = loaded.settings;
  must(settings.port > 0 && settings.port != settings.metrics_port, "there is a port of its own");
  for (const Duration limit :
       {settings.read_timeout, settings.write_timeout, settings.exec_timeout, settings.healthcheck_interval})
    must(limit >= Duration::zero(), "no limit is negative");
  must(program == Program::classic || settings.write_timeout > Duration::zero(), "of-watchdog's answers are limited");
  must(settings.log_buffer_size > 0, "a line has room");
  must(!runs_a_process(program, settings.mode) || !settings.fprocess.empty(), "there is a function");
  must(settings.lock_path.ends_with("/.lock"), "the lock file has its name", settings.lock_path);
  for (const std::string& warning : loaded.warnings) {
    must(warning.starts_with("Warning: "), "a warning says that it is one", warning);
    must(names_a_variable(warning), "a warning names a variable", warning);
  }
}

/// What was understood, spelled anew.
Environment respelled(const Environment& environment, const Settings& settings) {
  Environment again = environment;
  again.set("read_timeout", format_go_duration(settings.read_timeout));
  again.set("write_timeout", format_go_duration(settings.write_timeout));
  again.set("exec_timeout", format_go_duration(settings.exec_timeout));
  again.set("healthcheck_interval", format_go_duration(settings.healthcheck_interval));
  again.set("port", std::to_string(settings.port));
  again.set("metrics_port", std::to_string(settings.metrics_port));
  again.set("max_inflight", std::to_string(settings.max_inflight));
  again.set("max_body_bytes", std::to_string(settings.max_body_bytes));
  again.set("log_buffer_size", std::to_string(settings.log_buffer_size));
  return again;
}

void check_program(Program program, const Environment& environment) {
  const auto loaded = load_settings(program, environment);
  if (!loaded.ok()) {
    const std::string& what = loaded.error().what;
    must(loaded.error().code == Errc::invalid, "an error is the environment's", what);
    // Go's words for write_timeout=0 (CONTRACT).
    must(names_a_variable(what) || what.ends_with("HTTP write timeout must be over 0s"), "an error names a variable", what);
    return;
  }
  check_loaded(program, *loaded);
  const Settings& settings = loaded->settings;
  const auto again = load_settings(program, respelled(environment, settings));
  must(again.ok(), "settings spelled anew are settings", again.ok() ? "" : again.error().what);
  must(again->settings.read_timeout == settings.read_timeout && again->settings.write_timeout == settings.write_timeout &&
           again->settings.exec_timeout == settings.exec_timeout &&
           again->settings.healthcheck_interval == settings.healthcheck_interval && again->settings.port == settings.port &&
           again->settings.metrics_port == settings.metrics_port && again->settings.max_inflight == settings.max_inflight &&
           again->settings.max_body_bytes == settings.max_body_bytes &&
           again->settings.log_buffer_size == settings.log_buffer_size && again->settings.mode == settings.mode &&
           again->settings.fprocess == settings.fprocess,
       "settings spelled anew are the same");
  must(again->warnings.size() <= loaded->warnings.size(), "settings spelled anew are no worse");
}

}  // namespace

}  // namespace fwatchdog::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace fwatchdog;
  using namespace fwatchdog::fuzz;
  std::string_view rest = text_of(data, size);
  std::vector<std::string> entries;
  while (!rest.empty()) entries.emplace_back(take_until(rest, '\0'));
  std::vector<const char*> envp;
  for (const std::string& entry : entries) envp.push_back(entry.c_str());
  envp.push_back(nullptr);
  const Environment environment(envp.data());
  for (const Program program : {Program::classic, Program::of_watchdog, Program::in_process}) check_program(program, environment);
  return 0;
}
