#include "modes/streaming_fork.hpp"

#include <fmt/format.h>

namespace fwatchdog {

namespace {

constexpr std::uint64_t kMostBefore = 16 * 1024;

}  // namespace

StreamingFork::StreamingFork(const ForkContext& context, std::string content_type)
    : context_(context), content_type_(content_type.empty() ? "application/octet-stream" : std::move(content_type)) {}

Task<void> StreamingFork::handle(Request& request, ResponseWriter& response) {
  ForkedCall call(context_, request);
  Input input;
  co_await read_what_is_here(request, input);
  if (call.start(FunctionProcess::ErrorOutput::apart, input.bytes, input.whole)) {
    co_await call.run(relay(call, response));
  }
  if (call.abandoned()) co_return;
  if (!call.succeeded()) {
    co_await answer_failure(call, response);
  } else if (response.begun()) {
    (void)co_await response.finish();  // the caller may have left
  } else {
    response.add_field("Content-Type", content_type_);
    (void)co_await response.send(std::string_view());  // the caller may have left
  }
}

/// A small body mostly comes with its head. In the pipe before the start it costs the process no wait, and us no turn.
Task<void> StreamingFork::read_what_is_here(Request& request, Input& input) {
  input.whole = request.framing.kind == BodyFraming::Kind::none;
  if (request.framing.length > kMostBefore || !request.body->has_rest()) co_return;
  while (!input.whole) {
    Result<std::string_view> piece = co_await request.body->read();
    if (!piece.ok()) co_return;  // it stays, for those who read on
    input.whole = piece->empty();
    input.bytes.append(*piece);
  }
}

Task<void> StreamingFork::relay(ForkedCall& call, ResponseWriter& response) {
  for (;;) {
    Result<std::string_view> piece = co_await call.output().read();
    if (!piece.ok() || piece->empty()) co_return;
    if (!response.begun()) {
      response.add_field("Content-Type", content_type_);
      response.begin(std::nullopt);
    }
    Result<void> written = co_await response.write(*piece);
    if (!written.ok()) {
      call.give_up();
      co_return;
    }
  }
}

/// Before the first byte there is an error to answer; after it the missing end must tell.
Task<void> StreamingFork::answer_failure(const ForkedCall& call, ResponseWriter& response) {
  const std::string text = call.failure_text();
  context_.logger.info("{}", text);
  if (response.begun()) {
    response.cut();
    co_return;
  }
  response.set_status(call.limit_passed() ? 504 : call.failure_status());
  const std::string line = fmt::format("{}\n", text);
  (void)co_await response.send(line);  // the caller may have left
}

}  // namespace fwatchdog
