#include "config/command_line.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <string_view>
#include <vector>

#include "config/variable_table.hpp"

namespace fwatchdog {

namespace {

constexpr int kUsageExitCode = 2;

// The options up to the first word that is none, long ones with two dashes.
std::vector<std::string> options_of(int argc, const char* const* argv) {
  std::vector<std::string> options;
  for (int i = 1; i < argc; ++i) {
    const std::string_view word = argv[i];
    if (word.size() < 2 || word.front() != '-' || word == "--") break;
    const bool long_with_one_dash = word.size() > 2 && word[1] != '-';
    options.push_back((long_with_one_dash ? "-" : "") + std::string(word));
  }
  return options;
}

CommandLine help_text(Program program, const CLI::App& app) {
  const std::string variables = help_of_variables(program);
  return {CommandLine::Action::show_help, app.help() + "Everything else is set by variables of the environment:\n" + variables,
          0};
}

std::string description_of(Program program) {
  switch (program) {
    case Program::classic: return "Serves a function over HTTP, one process for each request.";
    case Program::of_watchdog: break;
    case Program::in_process: return "Is a function, and serves it over HTTP.";
  }
  return "Serves a function over HTTP.";
}

std::string name_of(Program program, std::string_view called) {
  switch (program) {
    case Program::classic: return "watchdog";
    case Program::of_watchdog: break;
    case Program::in_process: return std::string(called.substr(called.rfind('/') + 1));
  }
  return "of-watchdog";
}

}  // namespace

CommandLine parse_command_line(Program program, int argc, const char* const* argv) {
  std::vector<std::string> options = options_of(argc, argv);
  if (options.empty()) return {};  // the usual start need not build the parser

  bool version = false;
  bool run_healthcheck = false;
  bool check = false;
  CLI::App app(description_of(program), name_of(program, argv[0]));
  app.set_help_flag("-h,--help", "Print this help, with every variable, and exit");
  app.add_flag("--version", version, "Print the version and exit");
  app.add_flag("--run-healthcheck", run_healthcheck,
               "Check whether the watchdog of this container is healthy; exit 0 if it is, else 1");
  app.add_flag("--check", check, "Print the value of every variable and where it comes from, with warnings; exit 1 on errors");
  try {
    std::reverse(options.begin(), options.end());  // CLI11 takes the words from the end
    app.parse(std::move(options));
  } catch (const CLI::CallForHelp&) {
    return help_text(program, app);
  } catch (const CLI::ParseError& error) {
    return {CommandLine::Action::refuse, std::string(error.what()) + "\n" + app.help(), kUsageExitCode};
  }
  if (version) return {CommandLine::Action::show_version, {}, 0};
  if (run_healthcheck) return {CommandLine::Action::run_healthcheck, {}, 0};
  if (check) return {CommandLine::Action::check, {}, 0};
  return {};
}

}  // namespace fwatchdog
