#include "config/settings.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>
#include <optional>
#include <utility>

#include "config/misspelt.hpp"
#include "config/variable_table.hpp"
#include "config/variable_value.hpp"

namespace fwatchdog {

namespace {

constexpr std::uint64_t kMostWarm = 1024;

bool is_blank(std::string_view text) { return text.find_first_not_of(" \t\r\n") == std::string_view::npos; }

// of-watchdog and its kin say where their errors come from, the classic watchdog does not.
Error refusal(Program program, std::string text) {
  if (program != Program::classic) text.insert(0, "Error loading config: ");
  return Error(Errc::invalid, std::move(text));
}

// Only for a program that has the variable.
void store_default(Program program, const Variable& variable, Settings& settings) {
  if (variable.follows != nullptr) {
    settings.*std::get<Duration Settings::*>(variable.member) = settings.*variable.follows;
    return;
  }
  const auto stored = store_value(program, variable, *variable.default_text(program), settings);
  assert(stored.ok());
  (void)stored;  // the table's own defaults obey its rules; a unit test reads them all
}

std::string default_used(Program program, const Variable& variable, const Settings& settings) {
  const std::string_view text = *variable.default_text(program);
  if (variable.follows == nullptr) return std::string(text);
  return fmt::format("{} ({})", text, format_go_duration(settings.*variable.follows));
}

std::optional<Error> refuse_value(Program program, const Variable& variable, const GivenValue& given, std::string_view rule) {
  switch (variable.type) {
    case VariableType::strict_boolean:
    case VariableType::field_value:
    case VariableType::memory_limit:
    case VariableType::time_limit:
    case VariableType::number_limit:
    case VariableType::port:
      // An empty variable is how some deployments say "not set"; only a text that means something else is refused.
      if (given.value.empty()) return std::nullopt;
      return refusal(program, fmt::format("{}=\"{}\" {}", given.name, given.value, rule));
    case VariableType::line_length:
      return refusal(program, fmt::format("invalid {} value: {}, error: it {}", given.name, given.value, rule));
    case VariableType::mode:
      return refusal(program,
                     fmt::format("unknown watchdog mode: {}; the modes are: streaming, serializing, http, static, cgi, inproc",
                                 given.value));
    default: return std::nullopt;
  }
}

// `combine_output=1` is false in the classic watchdog: who wrote such a word should be told.
bool may_be_misread(std::string_view text) {
  constexpr std::string_view kFalse[] = {"", "0", "false", "False", "FALSE", "f", "F", "no", "No", "NO", "off", "Off", "OFF"};
  return std::find(std::begin(kFalse), std::end(kFalse), text) == std::end(kFalse);
}

void warn_of_boolean(Program program, const GivenValue& given, std::vector<std::string>& warnings) {
  if (is_true(program, given.value) || !may_be_misread(given.value)) return;
  const std::string_view rule = program == Program::classic ? "only \"true\" is true" : "only \"true\" and \"1\" are true";
  warnings.push_back(fmt::format("Warning: {}=\"{}\" counts as false: {}", given.name, given.value, rule));
}

std::optional<Error> read_variable(Program program, const Variable& variable, const Environment& environment,
                                   LoadedSettings& loaded) {
  if (!variable.default_text(program)) return std::nullopt;
  // Again, because what a default follows has been read by now.
  store_default(program, variable, loaded.settings);
  const auto given = given_value(program, variable, environment);
  if (!given) return std::nullopt;
  const auto stored = store_value(program, variable, given->value, loaded.settings);
  if (!stored) {
    if (auto error = refuse_value(program, variable, *given, stored.error().what)) return error;
    loaded.warnings.push_back(fmt::format("Warning: {}=\"{}\" {}: the default {} is used", given->name, given->value,
                                          stored.error().what, default_used(program, variable, loaded.settings)));
  } else if (variable.type == VariableType::boolean) {
    warn_of_boolean(program, *given, loaded.warnings);
  }
  return std::nullopt;
}

std::string lock_file_in(std::string_view folder) {
  while (!folder.empty() && folder.back() == '/') folder.remove_suffix(1);
  return std::string(folder) + "/.lock";
}

bool runs_a_process(Program program, const Settings& settings) {
  return program == Program::classic || (settings.mode != Mode::static_files && settings.mode != Mode::inproc);
}

std::optional<Error> missing_part(Program program, const Settings& settings) {
  if (runs_a_process(program, settings) && is_blank(settings.fprocess)) {
    if (program == Program::classic) return refusal(program, "Provide a valid process via fprocess environmental variable.");
    return refusal(program, "provide a \"function_process\" or \"fprocess\" environmental variable for your function");
  }
  if (program == Program::classic) return std::nullopt;
  if (settings.write_timeout == Duration::zero()) return refusal(program, "HTTP write timeout must be over 0s");
  if (settings.mode == Mode::http && is_blank(settings.upstream_url)) {
    return Error(Errc::invalid, "For \"mode=http\" you must specify a valid URL for \"http_upstream_url\"");
  }
  if (settings.mode == Mode::static_files && settings.static_path.empty()) {
    return Error(Errc::invalid, "For \"mode=static\" you must specify the \"static_path\" to serve");
  }
  return std::nullopt;
}

void warn_of_cpu_limit(const Settings& settings, std::vector<std::string>& warnings) {
  if (settings.cpu_limit == Duration::zero() || settings.mode != Mode::http) return;
  warnings.emplace_back(
      "Warning: exec_cpu_limit is for one call's process, and in the http mode one process serves them all: it is not used");
}

// What is started before a request comes cannot be told of it by its environment.
std::optional<Error> warm_conflict(Program program, const Settings& settings) {
  const std::uint64_t count = settings.warm_processes;
  if (count == 0) return std::nullopt;
  if (count > kMostWarm) return refusal(program, fmt::format("warm_processes={} is above {}", count, kMostWarm));
  const bool forks = program == Program::classic || settings.mode == Mode::streaming || settings.mode == Mode::serializing;
  if (!forks) {
    return refusal(program, fmt::format("warm_processes={} is for the modes streaming and serializing, not for {}", count,
                                        mode_name(settings.mode)));
  }
  if (!settings.cgi_headers || settings.marshal_request) return std::nullopt;
  return refusal(program, fmt::format("warm_processes={} needs cgi_headers=false or marshal_request=true: the environment of a "
                                      "process that is started before its request cannot describe it",
                                      count));
}

// The defaults never conflict, so every warning here is about something that was set.
void warn_of_queue(const Settings& settings, std::vector<std::string>& warnings) {
  if (settings.max_queue == 0) return;
  if (settings.max_inflight == 0) warnings.emplace_back("Warning: max_queue has no effect without max_inflight");
  const Duration limit = settings.write_timeout;
  const Duration work = settings.mode == Mode::static_files ? Duration::zero() : settings.exec_timeout;
  // As a difference: of the longest durations there is no sum.
  if (limit == Duration::zero() || work > limit || settings.queue_timeout <= limit - work) return;
  warnings.push_back(fmt::format(
      "Warning: queue_timeout ({}) and exec_timeout ({}) are together above write_timeout ({}): a request that has waited ends "
      "after {} all the same",
      format_go_duration(settings.queue_timeout), format_go_duration(work), format_go_duration(limit),
      format_go_duration(limit)));
}

void warn_of_limits(const Settings& settings, std::vector<std::string>& warnings) {
  warn_of_queue(settings, warnings);
  const Duration limit = settings.write_timeout;
  if (limit == Duration::zero()) return;
  const std::string write = format_go_duration(limit);
  if (settings.exec_timeout > limit && settings.mode != Mode::static_files) {
    warnings.push_back(fmt::format("Warning: exec_timeout ({}) is above write_timeout ({}): a request ends after {} all the same",
                                   format_go_duration(settings.exec_timeout), write, write));
  }
  if (settings.read_timeout > limit) {
    warnings.push_back(
        fmt::format("Warning: read_timeout ({}) is above write_timeout ({}): a slow upload ends after {} all the same",
                    format_go_duration(settings.read_timeout), write, write));
  }
}

}  // namespace

Settings default_settings(Program program) {
  Settings settings;
  const Program other = program == Program::of_watchdog ? Program::classic : Program::of_watchdog;
  for (const Program owner : {Program::classic, other, program}) {
    for (const Variable& variable : all_variables()) {
      if (variable.default_text(owner)) store_default(owner, variable, settings);
    }
  }
  if (program == Program::in_process) settings.mode = Mode::inproc;
  settings.lock_path = lock_file_in(settings.temporary_folder);
  return settings;
}

Result<LoadedSettings> load_settings(Program program, const Environment& environment) {
  LoadedSettings loaded;
  loaded.settings = default_settings(program);
  Settings& settings = loaded.settings;
  for (const Variable& variable : all_variables()) {
    if (auto error = read_variable(program, variable, environment, loaded)) return std::move(*error);
  }
  if (settings.temporary_folder.empty()) settings.temporary_folder = "/tmp";
  settings.lock_path = lock_file_in(settings.temporary_folder);
  if (auto error = missing_part(program, settings)) return std::move(*error);
  if (auto error = warm_conflict(program, settings)) return std::move(*error);
  if (settings.port == settings.metrics_port) {
    return refusal(program, fmt::format("port and metrics_port are both {}: give them different numbers", settings.port));
  }
  warn_of_limits(settings, loaded.warnings);
  warn_of_cpu_limit(settings, loaded.warnings);
  for (std::string& warning : warnings_of_misspelt_names(program, environment)) loaded.warnings.push_back(std::move(warning));
  return loaded;
}

}  // namespace fwatchdog
