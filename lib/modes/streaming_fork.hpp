/// StreamingFork: a process for each request; the body goes to it as it arrives and its output to the caller as it is written.
#pragma once

#include <string>

#include "modes/forked_call.hpp"
#include "modes/mode_handler.hpp"
#include "modes/streamed_answer.hpp"

namespace fwatchdog {

class StreamingFork final : public ModeHandler {
 public:
  /// A `content_type` that is empty: application/octet-stream.
  StreamingFork(const ForkContext& context, const StreamedAnswer::Rules& rules);

  Task<void> handle(Request& request, ResponseWriter& response) override;

 private:
  ForkContext context_;
  StreamedAnswer::Rules rules_;
};

}  // namespace fwatchdog
