#include "service/program.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <exception>
#include <optional>
#include <string>
#include <string_view>

#include "async/fd.hpp"
#include "async/loop.hpp"
#include "config/command_line.hpp"
#include "config/environment.hpp"
#include "log/line_format.hpp"
#include "log/logger.hpp"
#include "process/spawn.hpp"
#include "service/configuration_report.hpp"
#include "service/lifecycle.hpp"
#include "service/lock_file.hpp"
#include "version.hpp"

namespace fwatchdog {

namespace {

constexpr int kHealthTimeout = 5;  // seconds

/// Asks a running watchdog on this machine for its health.
bool is_healthy(std::uint16_t port) {
  const Fd socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const timeval limit{kHealthTimeout, 0};
  (void)::setsockopt(socket.get(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  (void)::setsockopt(socket.get(), SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(port);
  if (::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) return false;
  static constexpr std::string_view kAsk = "GET /_/health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
  if (::send(socket.get(), kAsk.data(), kAsk.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(kAsk.size())) return false;
  static constexpr std::string_view kHealthy = "HTTP/1.1 200";
  char answer[kHealthy.size()] = {};
  const ssize_t got = ::recv(socket.get(), answer, sizeof answer, MSG_WAITALL);
  return got == static_cast<ssize_t>(sizeof answer) && std::string_view(answer, sizeof answer) == kHealthy;
}

int run_healthcheck(const Settings& settings) {
  if (settings.suppress_lock) {
    if (is_healthy(settings.port)) return 0;
    std::fputs(fmt::format("no healthy watchdog answers on port {}.\n", settings.port).c_str(), stderr);
    return 1;
  }
  if (LockFile(settings.lock_path).exists()) return 0;
  std::fputs("unable to find lock file.\n", stderr);
  return 1;
}

/// The classic watchdog answers a health check without a valid configuration, as Go's does.
Result<LoadedSettings> settings_for_healthcheck(Program program, const Environment& environment) {
  Result<LoadedSettings> loaded = load_settings(program, environment);
  if (loaded.ok() || program != Program::classic) return loaded;
  Environment with_function = environment;
  with_function.set("fprocess", "true");
  return load_settings(program, with_function);
}

/// Prints one line as the log would have it.
void print_line(std::string_view text, LogFormat format = LogFormat::text) {
  std::string line;
  LineFormat(format).append_message(line, Level::error, text);
  std::fputs(line.c_str(), stderr);
}

/// Asked where the settings may be no settings.
LogFormat log_format_in(const Environment& environment) {
  return environment.get("log_format") == "json" ? LogFormat::json : LogFormat::text;
}

/// Whether the mode can be made of its settings. Those that start a process for each request take any.
Result<void> check_mode(const ModeRow& mode, const Settings& settings, const Environment& environment) {
  if (mode.runs_function && !mode.hosts_function) return {};
  Loop loop;
  LogSink output(STDOUT_FILENO, "standard output", LineFormat(LogFormat::text));
  LogSink error(STDERR_FILENO, "standard error", LineFormat(LogFormat::text));
  Logger logger(Logger::Options(), error, output);
  const CgiEnvironment none(environment, CgiEnvironment::Flavour::none);
  UpstreamSignal upstream;
  ProcessCounts processes;
  const MadeMode made = mode.make(ModeParts{loop, nullptr, logger, settings, nullptr, none, upstream, processes, nullptr, true});
  if (!made.ok()) return made.error();
  return {};
}

/// What starting with these settings would find; nothing is started.
Result<void> check_settings(const ModeRow& mode, const Settings& settings, const Environment& environment) {
  if (Result<void> made = check_mode(mode, settings, environment); !made.ok()) return made;
  if (!mode.runs_function) return {};
  const Result<FunctionCommand> command = FunctionCommand::parse(settings.fprocess, environment);
  if (!command.ok()) return command.error();
  if (std::string why = command->why_not_startable(); !why.empty()) return Error(Errc::invalid, "fprocess: " + why);
  return {};
}

int check(Program program, const Environment& environment, const ModeChoice& choose_mode) {
  const Result<LoadedSettings> loaded = load_settings(program, environment);
  if (!loaded.ok()) {
    print_line(loaded.error().text());
    return 1;
  }
  const Settings& settings = loaded->settings;
  std::fputs(configuration_report(program, environment, settings).c_str(), stdout);
  for (const std::string& warning : loaded->warnings) print_line(warning);
  const Result<void> checked = check_settings(choose_mode(settings), settings, environment);
  if (!checked.ok()) print_line(checked.error().text());
  return checked.ok() ? 0 : 1;
}

/// The settings to serve with, or the exit status of a program that is done.
struct Start {
  std::optional<LoadedSettings> settings;
  int exit_code = 0;
};

Start start(Program program, int argc, const char* const* argv, const Environment& environment, const ModeChoice& choose_mode) {
  Start start;
  const CommandLine command_line = parse_command_line(program, argc, argv);
  switch (command_line.action) {
    case CommandLine::Action::show_version: print_line(fmt::format("Version: {}\tSHA: {}", kVersion, kSha)); return start;
    case CommandLine::Action::show_help:
    case CommandLine::Action::refuse:
      std::fputs(command_line.text.c_str(), command_line.exit_code == 0 ? stdout : stderr);
      start.exit_code = command_line.exit_code;
      return start;
    case CommandLine::Action::check: start.exit_code = check(program, environment, choose_mode); return start;
    case CommandLine::Action::run_healthcheck:
    case CommandLine::Action::serve: break;
  }
  const bool health = command_line.action == CommandLine::Action::run_healthcheck;
  Result<LoadedSettings> loaded = health ? settings_for_healthcheck(program, environment) : load_settings(program, environment);
  if (!loaded.ok()) {
    print_line(loaded.error().text(), log_format_in(environment));
    start.exit_code = 1;
  } else if (health) {
    start.exit_code = run_healthcheck(loaded->settings);
  } else {
    start.settings = std::move(*loaded);
  }
  return start;
}

CgiEnvironment::Flavour flavour_of(Program program, const Settings& settings) {
  if (program == Program::of_watchdog && settings.mode == Mode::cgi) return CgiEnvironment::Flavour::cgi;
  if (!settings.cgi_headers || settings.warm_processes > 0) return CgiEnvironment::Flavour::none;
  return program == Program::classic ? CgiEnvironment::Flavour::classic : CgiEnvironment::Flavour::of_watchdog;
}

/// The process of the http mode serves many calls: what they cost together is no sign of a fault.
ProcessLimits function_limits(const Settings& settings) {
  ProcessLimits limits;
  limits.no_new_privs = settings.no_new_privs;
  limits.memory = settings.memory_limit;
  limits.descriptors = settings.descriptor_limit;
  if (settings.mode != Mode::http) {
    limits.cpu_seconds = static_cast<std::uint64_t>(std::chrono::ceil<std::chrono::seconds>(settings.cpu_limit).count());
  }
  return limits;
}

/// `fprocess` as it will be run, or what is wrong with it or with its limits.
Result<FunctionCommand> function_command(const Settings& settings, const Environment& environment) {
  Result<FunctionCommand> parsed = FunctionCommand::parse(settings.fprocess, environment);
  if (!parsed.ok()) return parsed;
  parsed->restrict(function_limits(settings));
  if (Result<void> tried = try_limits(parsed->limits()); !tried.ok()) {
    return Error(Errc::invalid, "the function's limits cannot be set: " + tried.error().text());
  }
  return parsed;
}

int serve_program(Program program, const Environment& environment, LoadedSettings loaded, const ModeChoice& choose_mode) {
  ServiceOptions service;
  service.program = program;
  service.settings = std::move(loaded.settings);
  service.warnings = std::move(loaded.warnings);
  service.mode = choose_mode(service.settings);
  if (service.mode.one_worker && service.settings.workers > 1) {
    service.warnings.push_back(fmt::format("Warning: workers={}: there is one, for the handler is not declared as thread_safe()",
                                           service.settings.workers));
  }

  std::optional<FunctionCommand> command;
  if (service.mode.runs_function) {
    Result<FunctionCommand> parsed = function_command(service.settings, environment);
    if (!parsed.ok()) {
      const std::string_view prefix = program == Program::of_watchdog ? "Error loading config: " : "";
      print_line(fmt::format("{}{}", prefix, parsed.error().text()), log_format_in(environment));
      return 1;
    }
    command = std::move(*parsed);
    service.command = &*command;
    if (const std::string why = command->why_not_startable(); !why.empty())
      service.warnings.push_back("Warning: fprocess: " + why);
  }
  const CgiEnvironment cgi(environment, flavour_of(program, service.settings));
  service.environment = &cgi;
  return serve(service);
}

}  // namespace

int run_program(Program program, int argc, const char* const* argv, const char* const* envp, const ModeChoice& choose_mode) {
  try {
    prepare_descriptors_and_signals();
    const Environment environment(envp);
    Start begun = start(program, argc, argv, environment, choose_mode);
    if (!begun.settings) return begun.exit_code;
    return serve_program(program, environment, std::move(*begun.settings), choose_mode);
  } catch (const std::exception& failure) {
    print_line(fmt::format("fwatchdog: {}", failure.what()), log_format_in(Environment(envp)));
    return 1;
  }
}

}  // namespace fwatchdog
