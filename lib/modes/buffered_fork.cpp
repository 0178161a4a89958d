#include "modes/buffered_fork.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "async/combine.hpp"
#include "async/pump.hpp"
#include "http/request_body.hpp"
#include "modes/held_output.hpp"
#include "modes/marshal.hpp"
#include "modes/output_log.hpp"
#include "process/exit_status.hpp"

namespace fwatchdog {

namespace {

/// A larger body goes to the process as it arrives instead of being held (CONTRACT: classic).
constexpr std::size_t kHeldBody = 1U << 20U;

constexpr std::array<std::string_view, 5> kMethods = {"POST", "PUT", "PATCH", "DELETE", "GET"};

AnswerRules classic_rules() {
  AnswerRules rules;
  rules.five_methods_only = true;
  rules.type_of_request = true;
  rules.output_after_error = true;
  rules.error_end = "\n";
  rules.timeout_status = 408;
  rules.timeout_text = "Killed process.";
  rules.logs_calls = true;
  return rules;
}

AnswerRules serializing_rules() {
  AnswerRules rules;
  rules.default_type = "application/octet-stream";
  rules.head_on_error = true;
  return rules;
}

/// A request that cannot become an environment is the caller's error; what exec refuses is ours.
int status_of_start_error(const Error& error) {
  if (error.code == Errc::too_large || error.sys == E2BIG) return 431;
  return error.code == Errc::invalid && error.what.rfind("exec:", 0) != 0 ? 400 : 500;
}

}  // namespace

const AnswerRules kClassicRules = classic_rules();
const AnswerRules kSerializingRules = serializing_rules();

/// What one call knows; lives in handle()'s frame, to which all its tasks belong.
struct BufferedFork::Call {
  Call(Loop& loop, Reaper& reaper, Request& request_in, ResponseWriter& response_in)
      : request(request_in), response(response_in), process(loop, reaper), begun(std::chrono::steady_clock::now()) {}

  Request& request;
  ResponseWriter& response;
  FunctionProcess process;
  std::chrono::steady_clock::time_point begun;
  std::string input;
  bool input_is_whole = true;
  CancelSource stop;  // ends the process
  bool limit_passed = false;
  std::optional<Error> body_error;   // of a body that streams to the process
  std::optional<Error> start_error;
  int status = 0;
  bool process_ended = false;
  HeldOutput output;
};

BufferedFork::BufferedFork(Loop& loop, Reaper& reaper, Logger& logger, const FunctionCommand& command,
                           const CgiEnvironment& environment, const Options& options)
    : loop_(loop), reaper_(reaper), logger_(logger), command_(command), environment_(environment), options_(options) {}

Task<void> BufferedFork::handle(Request& request, ResponseWriter& response) {
  Call call(loop_, reaper_, request, response);
  const bool known = std::find(kMethods.begin(), kMethods.end(), request.method) != kMethods.end();
  if (options_.rules.five_methods_only && !known) {
    response.set_status(405);
    (void)co_await response.send(std::string_view());
    co_return;
  }
  log_begin(call);
  const bool has_input = co_await read_input(call);
  if (!has_input) co_return;
  co_await run(call);
  co_await answer(call);
}

void BufferedFork::log_begin(const Call& call) {
  if (options_.debug_headers) {
    for (const auto& [name, values] : go_header(call.request)) logger_.print(fmt::format("[in] {}=[{}]\n", name, fmt::join(values, " ")));
  }
  if (options_.rules.logs_calls) logger_.info("Forking fprocess.");
  if (!options_.write_debug) return;
  logger_.info("Query  {}", options_.log_query ? call.request.target.query : std::string_view());
  logger_.info("Path  {}", call.request.target.path);
}

Task<void> BufferedFork::refuse(Call& call, int status, std::string_view text) {
  call.response.set_status(status);
  const std::string line = fmt::format("{}\n", text);
  (void)co_await call.response.send(line);
}

/// Reads the body, or its first MiB. False where the request was answered with an error: no process is run for a body that is not whole.
Task<bool> BufferedFork::read_input(Call& call) {
  for (;;) {
    Result<std::string_view> piece = co_await call.request.body->read();
    if (!piece.ok()) {
      if (call.request.cancel->requested()) co_return false;
      co_await refuse(call, status_of_body_error(piece.error()), piece.error().text());
      co_return false;
    }
    if (piece->empty()) break;
    call.input.append(*piece);
    if (call.input.size() > kHeldBody && !options_.marshal_request) {
      call.input_is_whole = false;
      break;
    }
  }
  if (options_.marshal_request) call.input = marshal_request(call.request, call.input);
  co_return true;
}

Task<void> BufferedFork::run(Call& call) {
  Result<CallEnvironment> environment = environment_.make(call.request);
  if (!environment.ok()) {
    call.start_error = std::move(environment.error());
    co_return;
  }
  FunctionProcess::Options starting;
  starting.command = &command_;
  starting.envp = environment->envp();
  starting.error_output =
      options_.rules.error_output_in_answer ? FunctionProcess::ErrorOutput::with_output : FunctionProcess::ErrorOutput::apart;
  starting.input = call.input;
  starting.input_is_whole = call.input_is_whole;
  Result<void> started = call.process.start(starting);
  if (!started.ok()) {
    call.start_error = std::move(started.error());
    co_return;
  }
  const TimeLimit limit = time_limit_of(call.request, options_.exec_timeout);
  Deadline deadline(loop_, limit.time, call.stop);
  CancelHook caller(call.request.token(), [&call] { call.stop.request(call.request.cancel->reason()); });
  CancelHook kill(CancelToken(call.stop), [&] {
    if (deadline.passed()) log_limit(logger_, limit.name, call.request, std::chrono::steady_clock::now() - call.begun, options_.log_query);
    if (options_.rules.logs_calls) logger_.info("Killing process: {}", command_.text());
    call.process.kill();
  });
  if (options_.rules.error_output_in_answer) {
    co_await when_all(loop_, feed(call), collect(call), await_end(call));
  } else {
    co_await when_all(loop_, feed(call), collect(call), log_error_output(call), await_end(call));
  }
  call.limit_passed = deadline.passed() || call.stop.reason() == CancelReason::time_limit;
}

/// The input that did not fit into the pipe, and the rest of a large body as it comes.
Task<void> BufferedFork::feed(Call& call) {
  Stream* input = call.process.input();
  if (input == nullptr) co_return;
  Result<void> written = co_await input->write(call.process.unwritten());
  if (written.ok() && !call.input_is_whole) {
    PumpEnd end = co_await pump(*call.request.body, *input);
    if (end.source_error && !call.process_ended) {
      // The process would take a broken body for a whole one.
      call.body_error = std::move(end.source_error);
      call.process.kill();
    }
  }
  input->close();  // a process that does not want its input is no error
}

Task<void> BufferedFork::collect(Call& call) {
  for (;;) {
    const std::span<char> room = call.output.room();
    Result<std::size_t> got = co_await call.process.output().read_into(room);
    if (!got.ok() || *got == 0) co_return;
    call.output.filled(*got);
  }
}

Task<void> BufferedFork::log_error_output(Call& call) {
  co_await log_lines(*call.process.error_output(), logger_, FunctionStream::standard_error, options_.log_line_length);
}

Task<void> BufferedFork::await_end(Call& call) {
  call.status = co_await call.process.exit();
  call.process_ended = true;
  call.request.body->interrupt(Error(Errc::cancelled));
}

Task<void> BufferedFork::answer(Call& call) {
  const AnswerRules& rules = options_.rules;
  if (call.stop.reason() == CancelReason::peer_gone || call.stop.reason() == CancelReason::shutdown) co_return;
  if (call.start_error) {
    const std::string text = call.start_error->text();
    co_await answer_error(call, status_of_start_error(*call.start_error), text);
  } else if (call.body_error) {
    const std::string text = call.body_error->text();
    co_await refuse(call, status_of_body_error(*call.body_error), text);
  } else if (call.limit_passed) {
    call.output = HeldOutput();
    const std::string text = rules.timeout_text.empty() ? exit_text(call.status) : std::string(rules.timeout_text);
    co_await answer_error(call, rules.timeout_status, text);
  } else if (call.status != 0) {
    const std::string text = exit_text(call.status);
    co_await answer_error(call, 500, text);
  } else {
    co_await answer_output(call);
  }
}

void BufferedFork::add_fields(Call& call) {
  const std::string_view own = options_.content_type;
  const std::string_view of_request = options_.rules.type_of_request ? call.request.headers->get("Content-Type").value_or("") : "";
  const std::string_view type = !own.empty() ? own : !of_request.empty() ? of_request : options_.rules.default_type;
  if (!type.empty()) call.response.add_field("Content-Type", type);
  const std::string seconds = fmt::format("{:.6f}", seconds_since(call.begun));
  call.response.add_field("X-Duration-Seconds", seconds);
  if (!options_.debug_headers) return;
  if (!type.empty()) logger_.print(fmt::format("[out] Content-Type=[{}]\n", type));
  logger_.print(fmt::format("[out] X-Duration-Seconds=[{}]\n", seconds));
}

Task<void> BufferedFork::answer_output(Call& call) {
  std::vector<std::string_view> pieces;
  call.output.append_to(pieces);
  add_fields(call);
  if (options_.write_debug) print_output(call);
  if (options_.rules.logs_calls && options_.write_debug) {
    logger_.info("Duration: {:.6f}s", seconds_since(call.begun));
  } else if (options_.rules.logs_calls) {
    logger_.info("Wrote {} Bytes - Duration: {:.6f}s", call.output.size(), seconds_since(call.begun));
  }
  const std::span<const std::string_view> body(pieces);
  (void)co_await call.response.send(body);  // the caller may have left
}

Task<void> BufferedFork::answer_error(Call& call, int status, std::string_view text) {
  const std::string line = fmt::format("{}{}", text, options_.rules.error_end);
  std::vector<std::string_view> pieces = {line};
  if (options_.rules.output_after_error) call.output.append_to(pieces);
  if (options_.rules.head_on_error) add_fields(call);
  if (options_.write_debug) {
    logger_.info("Success=false, Error={}", text);
    print_output(call);
  } else {
    logger_.info("{}", text);
  }
  call.response.set_status(status);
  const std::span<const std::string_view> body(pieces);
  (void)co_await call.response.send(body);  // the caller may have left
}

void BufferedFork::print_output(Call& call) {
  std::vector<std::string_view> pieces;
  call.output.append_to(pieces);
  for (const std::string_view piece : pieces) logger_.print(piece);
}

}  // namespace fwatchdog
