#include "modes/streaming_fork.hpp"

#include <string_view>

#include "modes/first_input.hpp"

namespace fwatchdog {

StreamingFork::StreamingFork(const ForkContext& context, const StreamedAnswer::Rules& rules) : context_(context), rules_(rules) {
  if (rules_.content_type.empty()) rules_.content_type = "application/octet-stream";
}

Task<void> StreamingFork::handle(Request& request, ResponseWriter& response) {
  ForkedCall call(context_, request);
  StreamedAnswer answer(context_, rules_, call, request, response);
  FirstInput input;
  co_await read_what_is_here(request, input);
  if (call.start(FunctionProcess::ErrorOutput::apart, input.bytes, input.whole)) {
    co_await call.run(answer.relay());
  }
  co_await answer.end();
}

}  // namespace fwatchdog
