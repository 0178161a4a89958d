#include "modes/buffered_fork.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <new>
#include <vector>

#include "http/request_body.hpp"
#include "http/target.hpp"
#include "modes/held_cgi.hpp"
#include "modes/marshal.hpp"
#include "modes/no_memory.hpp"

namespace fwatchdog {

namespace {

/// A larger body goes to the process as it arrives instead of being held (CONTRACT: classic).
constexpr std::size_t kHeldBody = 1U << 20U;
/// A process that wrote so much will write more.
constexpr std::size_t kMuchOutput = 256U << 10U;

constexpr std::array<std::string_view, 5> kMethods = {"POST", "PUT", "PATCH", "DELETE", "GET"};

AnswerRules classic_rules() {
  AnswerRules rules;
  rules.five_methods_only = true;
  rules.type_of_request = true;
  rules.output_after_error = true;
  rules.error_end = "\n";
  rules.timeout_status = rules.server_limit_status = 408;
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

std::uint64_t size_of(std::span<const std::string_view> pieces) {
  std::uint64_t size = 0;
  for (const std::string_view piece : pieces) size += piece.size();
  return size;
}

}  // namespace

const AnswerRules kClassicRules = classic_rules();
const AnswerRules kSerializingRules = serializing_rules();

/// What one call knows; lives in handle()'s frame, to which all its tasks belong.
struct BufferedFork::Call {
  Call(const ForkContext& context, LargeBlocks& large, Request& request_in, ResponseWriter& response_in)
      : request(request_in), response(response_in), fork(context, request_in), output(large) {}

  Request& request;
  ResponseWriter& response;
  ForkedCall fork;
  std::string input;
  bool input_is_whole = true;
  HeldOutput output;
};

Task<void> BufferedFork::handle(Request& request, ResponseWriter& response) {
  const bool known = std::find(kMethods.begin(), kMethods.end(), request.method) != kMethods.end();
  if (options_.rules.five_methods_only && !known) {
    response.set_status(405);
    (void)co_await response.send(std::string_view());  // the caller may have left
    co_return;
  }
  Call call(context_, large_, request, response);
  log_begin(request);
  const bool has_input = co_await read_input(call);
  if (!has_input) co_return;
  const bool together = options_.rules.error_output_in_answer && !options_.cgi_response;
  const auto error_output = together ? FunctionProcess::ErrorOutput::with_output : FunctionProcess::ErrorOutput::apart;
  const bool started = call.fork.start(error_output, call.input, call.input_is_whole);
  if (started) co_await call.fork.run(collect(call));
  co_await answer(call);
}

void BufferedFork::log_begin(const Request& request) {
  if (options_.debug_headers) {
    for (const auto& [name, values] : go_header(request)) {
      context_.logger.print(fmt::format("[in] {}=[{}]\n", name, fmt::join(values, " ")));
    }
  }
  if (options_.rules.logs_calls) context_.logger.info("Forking fprocess.");
  if (!options_.write_debug) return;
  context_.logger.info("Query  {}", context_.log_query ? request.target.query : std::string_view());
  context_.logger.info("Path  {}", percent_decode(request.target.path));
}

Task<void> BufferedFork::refuse(Call& call, int status, std::string_view text) {
  call.response.set_status(status);
  const std::string line = fmt::format("{}\n", text);
  (void)co_await call.response.send(line);  // the caller may have left
}

/// Where the input is not to be had.
Task<void> BufferedFork::refuse_input(Call& call, const Error& why) {
  if (call.request.cancel->reason() == CancelReason::peer_gone) co_return;
  const bool no_memory = is_no_memory(why);
  if (no_memory) call.input = std::string();
  const std::string text = why.text();
  if (no_memory) context_.logger.error("{}", text);
  co_await refuse(call, status_of_body_error(why), text);
}

Result<void> BufferedFork::marshal_input(Call& call) {
  try {
    call.input = marshal_request(call.request, call.input);
  } catch (const std::bad_alloc&) {
    return no_memory_for("the request as JSON");
  }
  return {};
}

/// Reads the body, or its first MiB. False where the request was answered with an error: no process is run for a body that is not
/// whole.
Task<bool> BufferedFork::read_input(Call& call) {
  const std::size_t limit = options_.marshal_request ? kNoLimit : kHeldBody;
  Result<bool> held = co_await hold_in_memory(*call.request.body, call.input, limit);
  if (held.ok() && options_.marshal_request) {
    Result<void> marshalled = marshal_input(call);
    if (!marshalled.ok()) held = std::move(marshalled.error());
  }
  if (!held.ok()) {
    co_await refuse_input(call, held.error());
    co_return false;
  }
  call.input_is_whole = *held;
  co_return true;
}

Task<void> BufferedFork::collect(Call& call) {
  bool wide = false;
  for (;;) {
    const std::span<char> room = call.output.room();
    if (room.empty()) {
      call.output.clear();
      call.fork.refuse_output(no_memory_for("the function's output"));
      co_return;
    }
    Result<std::size_t> got = co_await call.fork.output().read_into(room);
    if (!got.ok() || *got == 0) co_return;
    call.output.filled(*got);
    if (!wide && call.output.size() >= kMuchOutput) call.fork.output().widen();
    wide |= call.output.size() >= kMuchOutput;
  }
}

Task<void> BufferedFork::answer(Call& call) {
  const ForkedCall& fork = call.fork;
  if (fork.abandoned()) co_return;
  if (fork.succeeded()) {
    co_await answer_output(call);
    co_return;
  }
  const std::string text = fork.failure_text();
  if (options_.cgi_response && fork.exited()) {
    const HeldCgi cgi(call.output);
    if (cgi.has_head() && cgi.head().status >= 400) {  // it has told of its failure itself
      context_.logger.info("{}", text);
      co_await answer_with_head(call, cgi.head(), cgi.body());
      co_return;
    }
  }
  if (fork.body_error()) {
    co_await refuse(call, fork.failure_status(), text);
  } else if (fork.limit_passed()) {
    call.output.clear();
    const std::string_view of_rules = options_.rules.timeout_text;
    const std::string_view said = of_rules.empty() ? std::string_view(text) : of_rules;
    const bool by_server = call.request.cancel->reason() == CancelReason::time_limit;
    const int status = by_server ? options_.rules.server_limit_status : options_.rules.timeout_status;
    co_await answer_error(call, status, said);
  } else {
    co_await answer_error(call, fork.failure_status(), text);
  }
}

void BufferedFork::add_fields(Call& call) {
  const std::string_view own = options_.content_type;
  const std::string_view of_request =
      options_.rules.type_of_request ? call.request.headers->get("Content-Type").value_or("") : "";
  const std::string_view type = !own.empty() ? own : !of_request.empty() ? of_request : options_.rules.default_type;
  if (!type.empty()) call.response.add_field("Content-Type", type);
  if (!type.empty() && options_.debug_headers) context_.logger.print(fmt::format("[out] Content-Type=[{}]\n", type));
  add_duration(call);
}

void BufferedFork::add_duration(Call& call) {
  const std::string seconds = fmt::format("{:.6f}", seconds_since(call.fork.begun()));
  call.response.add_field("X-Duration-Seconds", seconds);
  if (options_.debug_headers) context_.logger.print(fmt::format("[out] X-Duration-Seconds=[{}]\n", seconds));
}

void BufferedFork::log_output(Call& call, std::uint64_t size) {
  if (options_.write_debug) print_output(call.output);
  const double seconds = seconds_since(call.fork.begun());
  if (options_.rules.logs_calls && options_.write_debug) {
    context_.logger.info("Duration: {:.6f}s", seconds);
  } else if (options_.rules.logs_calls) {
    context_.logger.info("Wrote {} Bytes - Duration: {:.6f}s", size, seconds);
  }
}

Task<void> BufferedFork::answer_output(Call& call) {
  if (options_.cgi_response) {
    const HeldCgi cgi(call.output);
    if (cgi.has_head()) {
      co_await answer_with_head(call, cgi.head(), cgi.body());
      co_return;
    }
    context_.logger.warning("Warning: the output has no CGI header block: {}; it is the body as it is: {} {}", cgi.why_none(),
                            call.request.method, logged_target(call.request, context_.log_query));
  }
  std::vector<std::string_view> pieces;
  call.output.append_to(pieces);
  const std::span<const std::string_view> body(pieces);
  add_fields(call);
  log_output(call, call.output.size());
  (void)co_await call.response.send(body);  // the caller may have left
}

Task<void> BufferedFork::answer_with_head(Call& call, const CgiHead& head, std::span<const std::string_view> body) {
  const bool has_body = answer_has_body(call.request.method, head.status);
  const std::uint64_t size = size_of(body);
  if (has_body && head.length && *head.length != size) {
    const std::string text = fmt::format("the header block says Content-Length {}, and {} bytes follow it", *head.length, size);
    co_await answer_error(call, 500, text);
    co_return;
  }
  const std::string_view type =
      options_.content_type.empty() ? options_.rules.default_type : std::string_view(options_.content_type);
  put_cgi_head(head, size > 0 ? type : std::string_view(), call.response);
  if (options_.debug_headers) {
    for (const auto& [name, value] : head.fields) context_.logger.print(fmt::format("[out] {}=[{}]\n", name, value));
  }
  add_duration(call);
  log_output(call, size);
  if (has_body) {
    (void)co_await call.response.send(body);  // the caller may have left
  } else {
    call.response.begin(head.length.value_or(size));
    (void)co_await call.response.finish();  // the same
  }
}

Task<void> BufferedFork::answer_error(Call& call, int status, std::string_view text) {
  const std::string line = fmt::format("{}{}", text, options_.rules.error_end);
  std::vector<std::string_view> pieces = {line};
  if (options_.rules.output_after_error) call.output.append_to(pieces);
  if (options_.rules.head_on_error) add_fields(call);
  if (options_.write_debug) {
    context_.logger.info("Success=false, Error={}", text);
    print_output(call.output);
  } else {
    context_.logger.info("{}", text);
  }
  call.response.set_status(status);
  const std::span<const std::string_view> body(pieces);
  (void)co_await call.response.send(body);  // the caller may have left
}

void BufferedFork::print_output(const HeldOutput& output) {
  std::vector<std::string_view> pieces;
  output.append_to(pieces);
  for (const std::string_view piece : pieces) context_.logger.print(piece);
}

}  // namespace fwatchdog
