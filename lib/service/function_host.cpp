#include "service/function_host.hpp"

#include <fmt/format.h>

#include <csignal>

#include "async/combine.hpp"
#include "modes/output_log.hpp"
#include "process/exit_status.hpp"

namespace fwatchdog {

FunctionHost::FunctionHost(Loop& loop, Reaper& reaper, Logger& logger, const FunctionCommand& command,
                           const CgiEnvironment& environment, std::size_t log_line_length)
    : loop_(loop),
      logger_(logger),
      command_(command),
      environment_(environment),
      log_line_length_(log_line_length),
      process_(loop, reaper),
      kill_(loop, [this] { process_.kill(); }) {}

Result<void> FunctionHost::start() {
  FunctionProcess::Options options;
  options.command = &command_;
  options.envp = environment_.base();
  Result<void> started = process_.start(options);
  running_ = started.ok();
  return started;
}

void FunctionHost::announce() {
  const auto& words = command_.words();
  const fmt::string_view separator = " ";
  logger_.info("Forking: {}, arguments: [{}]", words.front(), fmt::join(words.begin() + 1, words.end(), separator));
  logger_.info("Started logging: stderr from function.");
  logger_.info("Started logging: stdout from function.");
}

Task<void> FunctionHost::live(std::function<void(const std::string&)> on_end) {
  co_await when_all(loop_, log_lines(process_.output(), logger_, FunctionStream::standard_output, log_line_length_),
                    log_lines(*process_.error_output(), logger_, FunctionStream::standard_error, log_line_length_),
                    await_end(std::move(on_end)));
}

Task<void> FunctionHost::await_end(std::function<void(const std::string&)> on_end) {
  const int status = co_await process_.exit();
  running_ = false;
  kill_.stop();
  on_end(exit_text(status));
}

void FunctionHost::stop(Nanoseconds limit) {
  if (!running_) return;
  process_.signal(SIGTERM);
  kill_.start(limit);
}

}  // namespace fwatchdog
