// The classic watchdog: a process for each request, the body to its stdin, its stdout to the answer.
#include "modes/buffered_fork.hpp"
#include "service/program.hpp"

namespace {

using namespace fwatchdog;

MadeMode make_mode(const ModeParts& parts) {
  const Settings& settings = parts.settings;
  ForkContext context = fork_context(parts);
  context.logs_kill = true;
  BufferedFork::Options options;
  options.rules = kClassicRules;
  options.rules.five_methods_only = !settings.allow_all_methods;
  options.rules.error_output_in_answer = settings.combine_output;
  options.content_type = settings.content_type;
  options.marshal_request = settings.marshal_request;
  options.cgi_response = settings.cgi_response;
  options.write_debug = settings.write_debug;
  options.debug_headers = settings.debug_headers;
  return MadeMode(std::make_unique<BufferedFork>(context, options));
}

ModeRow choose_mode(const Settings&) { return ModeRow{make_mode, true, false, false, false}; }

}  // namespace

int main(int argc, char** argv, char** envp) { return run_program(Program::classic, argc, argv, envp, choose_mode); }
