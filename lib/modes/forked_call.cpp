#include "modes/forked_call.hpp"

#include <sys/wait.h>

#include <cerrno>

#include "async/combine.hpp"
#include "http/request_body.hpp"
#include "modes/output_log.hpp"
#include "process/exit_status.hpp"

namespace fwatchdog {

ForkContext fork_context(const ModeParts& parts) {
  ForkContext context{parts.loop, *parts.reaper, parts.logger, *parts.command, parts.environment, parts.processes};
  context.exec_timeout = parts.settings.exec_timeout;
  context.log_query = parts.settings.log_query;
  context.log_line_length = parts.settings.log_buffer_size;
  context.warm = parts.warm;
  return context;
}

ForkedCall::ForkedCall(const ForkContext& context, Request& request)
    : context_(context), request_(request), process_(context.loop, context.reaper), begun_(std::chrono::steady_clock::now()) {}

bool ForkedCall::start(FunctionProcess::ErrorOutput error_output, std::string_view input, bool input_is_whole, int input_file) {
  Result<CallEnvironment> environment = context_.environment.make(request_);
  if (!environment.ok()) {
    start_error_ = std::move(environment.error());
    return false;
  }
  input_is_whole_ = input_is_whole;
  FunctionProcess::Options options;
  options.command = &context_.command;
  options.envp = environment->envp();
  options.error_output = error_output;
  options.input = input;
  options.input_is_whole = input_is_whole;
  options.input_file = input_file;
  options.warm = context_.warm;
  Result<void> started = process_.start(options);
  if (started.ok() && !process_.was_warm()) context_.processes.count_start();
  if (started.ok()) return true;
  start_error_ = std::move(started.error());
  return false;
}

Task<void> ForkedCall::run(Task<void> output) {
  const TimeLimit limit = time_limit_of(request_, context_.exec_timeout);
  Deadline deadline(context_.loop, limit.time, stop_);
  CancelHook caller(request_.token(), [this] { stop_.request(request_.cancel->reason()); });
  CancelHook stopped(CancelToken(stop_), [&] { stop(limit, deadline.passed()); });
  if (process_.error_output() != nullptr) {
    co_await when_all(context_.loop, feed(), std::move(output), log_error_output(), await_end());
  } else {
    co_await when_all(context_.loop, feed(), std::move(output), await_end());
  }
}

void ForkedCall::stop(const TimeLimit& limit, bool limit_passed) {
  if (limit_passed) {
    log_limit(context_.logger, limit.name, request_, std::chrono::steady_clock::now() - begun_, context_.log_query);
  }
  if (context_.logs_kill) context_.logger.info("Killing process: {}", context_.command.text());
  kill(stop_reason());
}

KillReason ForkedCall::stop_reason() const {
  switch (stop_.reason()) {
    case CancelReason::peer_gone: return KillReason::caller_gone;
    case CancelReason::shutdown: return KillReason::shutdown;
    case CancelReason::time_limit:
    case CancelReason::none: break;
  }
  return KillReason::time_limit;
}

/// Counted for the first reason: a caller that leaves within its body gives two.
void ForkedCall::kill(KillReason why) {
  if (!killed_) context_.processes.count_kill(why);
  killed_ = true;
  process_.kill();
}

void ForkedCall::refuse_output(Error why) {
  output_error_ = std::move(why);
  process_.kill();
}

/// The input that did not fit into the pipe, and the rest of the body as it comes.
Task<void> ForkedCall::feed() {
  Stream* input = process_.input();
  if (input == nullptr) co_return;
  Result<void> written = co_await input->write(process_.unwritten());
  if (written.ok() && !input_is_whole_) {
    PumpEnd end = co_await request_.body->pump_to(*input);
    if (end.source_error && !ended_) {
      // The process would take a broken body for a whole one.
      body_error_ = std::move(end.source_error);
      kill(KillReason::bad_request_body);
    }
  }
  input->close();  // a process that does not want its input is no error
}

Task<void> ForkedCall::log_error_output() {
  co_await log_lines(*process_.error_output(), context_.logger, FunctionStream::standard_error, context_.log_line_length);
}

Task<void> ForkedCall::await_end() {
  exit_status_ = co_await process_.exit();
  ended_ = true;
  request_.body->interrupt(Error(Errc::cancelled));
}

bool ForkedCall::exited() const {
  return !start_error_ && !body_error_ && !output_error_ && !limit_passed() && WIFEXITED(exit_status_);
}

std::string ForkedCall::failure_text() const {
  if (start_error_) return start_error_->text();
  if (body_error_) return body_error_->text();
  if (output_error_) return output_error_->text();
  return exit_text(exit_status_);
}

int ForkedCall::failure_status() const {
  if (body_error_) return status_of_body_error(*body_error_);
  if (!start_error_) return 500;
  // A request that cannot become an environment is the caller's error; what exec refuses is ours.
  if (start_error_->code == Errc::too_large || start_error_->sys == E2BIG) return 431;
  return start_error_->code == Errc::unsupported ? 400 : 500;
}

}  // namespace fwatchdog
