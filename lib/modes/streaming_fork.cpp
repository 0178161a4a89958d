#include "modes/streaming_fork.hpp"

namespace fwatchdog {

namespace {

constexpr std::uint64_t kMostBefore = 16 * 1024;

}  // namespace

StreamingFork::StreamingFork(const ForkContext& context, const StreamedAnswer::Rules& rules) : context_(context), rules_(rules) {
  if (rules_.content_type.empty()) rules_.content_type = "application/octet-stream";
}

Task<void> StreamingFork::handle(Request& request, ResponseWriter& response) {
  ForkedCall call(context_, request);
  StreamedAnswer answer(context_, rules_, call, request, response);
  Input input;
  co_await read_what_is_here(request, input);
  if (call.start(FunctionProcess::ErrorOutput::apart, input.bytes, input.whole)) {
    co_await call.run(answer.relay());
  }
  co_await answer.end();
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

}  // namespace fwatchdog
