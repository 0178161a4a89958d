// The classic watchdog: a process for each request, the body to its stdin, its stdout to the answer.
#include <cstdio>
#include <exception>

#include "config/environment.hpp"
#include "modes/buffered_fork.hpp"
#include "process/spawn.hpp"
#include "service/lifecycle.hpp"
#include "service/program.hpp"

namespace {

using namespace fwatchdog;

BufferedFork::Options answer_options(const Settings& settings) {
  BufferedFork::Options options;
  options.rules = kClassicRules;
  options.rules.error_output_in_answer = settings.combine_output;
  options.content_type = settings.content_type;
  options.marshal_request = settings.marshal_request;
  options.write_debug = settings.write_debug;
  options.debug_headers = settings.debug_headers;
  return options;
}

int run(int argc, char** argv, char** envp) {
  prepare_descriptors_and_signals();
  const Environment environment(envp);
  Start start = start_program(Program::classic, argc, argv, environment);
  if (!start.settings) return start.exit_code;

  ServiceOptions service;
  service.program = Program::classic;
  service.settings = std::move(start.settings->settings);
  service.warnings = std::move(start.settings->warnings);
  Result<FunctionCommand> command = FunctionCommand::parse(service.settings.fprocess, environment);
  if (!command.ok()) {
    print_start_error(command.error().text());
    return 1;
  }
  if (const std::string why = command->why_not_startable(); !why.empty()) service.warnings.push_back("Warning: fprocess: " + why);

  const CgiEnvironment cgi(environment,
                           service.settings.cgi_headers ? CgiEnvironment::Flavour::classic : CgiEnvironment::Flavour::none);
  service.make_mode = [&](Loop& loop, Reaper& reaper, Logger& logger) {
    ForkContext context{loop, reaper, logger, *command, cgi};
    context.exec_timeout = service.settings.exec_timeout;
    context.log_query = service.settings.log_query;
    context.logs_kill = true;
    context.log_line_length = service.settings.log_buffer_size;
    return Result<std::unique_ptr<ModeHandler>>(std::make_unique<BufferedFork>(context, answer_options(service.settings)));
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
