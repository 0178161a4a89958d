/// StreamingFork: a process for each request; the body goes to it as it arrives and its output to the caller as it is written.
#pragma once

#include "modes/first_input.hpp"
#include "modes/forked_call.hpp"
#include "modes/mode_handler.hpp"
#include "modes/streamed_answer.hpp"

namespace fwatchdog {

class StreamingFork final : public ModeHandler {
 public:
  /// A `content_type` that is empty: application/octet-stream. `marshals`: the process gets the whole request as JSON.
  StreamingFork(const ForkContext& context, const StreamedAnswer::Rules& rules, bool marshals);

  Task<void> handle(Request& request, ResponseWriter& response) override;

 private:
  Task<Result<void>> read_marshalled(Request& request, FirstInput& input);
  Task<void> refuse(const Request& request, ResponseWriter& response, Error why);

  ForkContext context_;
  StreamedAnswer::Rules rules_;
  const bool marshals_;
};

}  // namespace fwatchdog
