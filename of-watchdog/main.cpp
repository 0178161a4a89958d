// of-watchdog: a function in one of several modes, by the variable `mode`.
#include <fmt/format.h>

#include <cstdio>
#include <exception>
#include <optional>

#include "config/environment.hpp"
#include "modes/mode_table.hpp"
#include "process/spawn.hpp"
#include "service/lifecycle.hpp"
#include "service/program.hpp"

namespace {

using namespace fwatchdog;

RequestLog::Options log_options(const Settings& settings, const ModeRow& row) {
  RequestLog::Options options;
  options.reason = row.logs_reason;
  options.declared_length = row.logs_declared_length;
  options.query = settings.log_query;
  options.call_id = settings.log_call_id;
  return options;
}

int run(int argc, char** argv, char** envp) {
  prepare_descriptors_and_signals();
  const Environment environment(envp);
  Start start = start_program(Program::of_watchdog, argc, argv, environment);
  if (!start.settings) return start.exit_code;

  ServiceOptions service;
  service.program = Program::of_watchdog;
  service.settings = std::move(start.settings->settings);
  service.warnings = std::move(start.settings->warnings);
  const Settings& settings = service.settings;
  const ModeRow& row = row_of(settings.mode);
  service.request_log = log_options(settings, row);

  std::optional<FunctionCommand> command;
  if (row.runs_function) {
    Result<FunctionCommand> parsed = FunctionCommand::parse(settings.fprocess, environment);
    if (!parsed.ok()) {
      print_start_error("Error loading config: " + parsed.error().text());
      return 1;
    }
    command = std::move(*parsed);
    if (const std::string why = command->why_not_startable(); !why.empty())
      service.warnings.push_back("Warning: fprocess: " + why);
  }
  if (row.hosts_function) {
    service.host_command = &*command;
    service.environment = &environment;
  }
  if (settings.mode == Mode::static_files) service.start_lines.push_back("Serving files at: " + settings.static_path);
  service.start_lines.push_back(fmt::format("Watchdog mode: {}\tfprocess: \"{}\"", mode_name(settings.mode), settings.fprocess));

  const CgiEnvironment cgi(environment, CgiEnvironment::Flavour::of_watchdog);
  service.make_mode = [&](Loop& loop, Reaper& reaper, Logger& logger) {
    const ModeParts parts{loop, reaper, logger, settings, command ? &*command : nullptr, &cgi};
    return row.make(parts);
  };
  return serve(service);
}

}  // namespace

int main(int argc, char** argv, char** envp) {
  try {
    return run(argc, argv, envp);
  } catch (const std::exception& failure) {
    std::fprintf(stderr, "fwatchdog: %s\n", failure.what());
    return 1;
  }
}
