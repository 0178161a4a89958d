#include "service/program.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <cstdio>
#include <string>
#include <string_view>

#include "async/fd.hpp"
#include "log/line_format.hpp"
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

}  // namespace

void print_start_error(std::string_view text) {
  std::string line;
  LineFormat(LogFormat::text).append_message(line, Level::error, text);
  std::fputs(line.c_str(), stderr);
}

Start start_program(Program program, int argc, const char* const* argv, const Environment& environment) {
  Start start;
  const CommandLine command_line = parse_command_line(program, argc, argv);
  switch (command_line.action) {
    case CommandLine::Action::show_version: print_start_error(fmt::format("Version: {}\tSHA: {}", kVersion, kSha)); return start;
    case CommandLine::Action::show_help:
    case CommandLine::Action::refuse:
      std::fputs(command_line.text.c_str(), command_line.exit_code == 0 ? stdout : stderr);
      start.exit_code = command_line.exit_code;
      return start;
    case CommandLine::Action::run_healthcheck:
    case CommandLine::Action::serve: break;
  }
  const bool health = command_line.action == CommandLine::Action::run_healthcheck;
  Result<LoadedSettings> loaded = health ? settings_for_healthcheck(program, environment) : load_settings(program, environment);
  if (!loaded.ok()) {
    print_start_error(loaded.error().text());
    start.exit_code = 1;
  } else if (health) {
    start.exit_code = run_healthcheck(loaded->settings);
  } else {
    start.settings = std::move(*loaded);
  }
  return start;
}

}  // namespace fwatchdog
