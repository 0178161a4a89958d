#include "modes/streaming_fork.hpp"

#include <fmt/format.h>

#include <string>
#include <string_view>

#include "http/request_body.hpp"
#include "modes/marshal.hpp"

namespace fwatchdog {

StreamingFork::StreamingFork(const ForkContext& context, const StreamedAnswer::Rules& rules, bool marshals)
    : context_(context), rules_(rules), marshals_(marshals) {
  if (rules_.content_type.empty()) rules_.content_type = "application/octet-stream";
}

Task<void> StreamingFork::handle(Request& request, ResponseWriter& response) {
  ForkedCall call(context_, request);
  StreamedAnswer answer(context_, rules_, call, request, response);
  FirstInput input;
  if (marshals_) {
    Result<void> read = co_await read_marshalled(request, input);
    if (!read.ok()) {
      co_await refuse(request, response, read.error());
      co_return;
    }
  } else {
    co_await read_what_is_here(request, input);
  }
  if (call.start(FunctionProcess::ErrorOutput::apart, input.bytes, input.whole)) {
    co_await call.run(answer.relay());
  }
  co_await answer.end();
}

Task<Result<void>> StreamingFork::read_marshalled(Request& request, FirstInput& input) {
  std::string body;
  for (;;) {
    Result<std::string_view> piece = co_await request.body->read();
    if (!piece.ok()) co_return piece.error();
    if (piece->empty()) break;
    body.append(*piece);
  }
  input.bytes = marshal_request(request, body);
  input.whole = true;
  co_return Result<void>();
}

/// No process is run for a body that is not whole.
Task<void> StreamingFork::refuse(const Request& request, ResponseWriter& response, Error why) {
  if (request.cancel->reason() == CancelReason::peer_gone) co_return;
  response.set_status(status_of_body_error(why));
  const std::string line = fmt::format("{}\n", why.text());
  (void)co_await response.send(line);  // the caller may have left
}

}  // namespace fwatchdog
