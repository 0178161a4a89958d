/// StreamingFork: a process for each request; the body goes to it as it arrives and its output to the caller as it is written.
#pragma once

#include <string>

#include "modes/forked_call.hpp"
#include "modes/mode_handler.hpp"

namespace fwatchdog {

class StreamingFork final : public ModeHandler {
 public:
  /// `content_type` empty: application/octet-stream.
  StreamingFork(const ForkContext& context, std::string content_type);

  Task<void> handle(Request& request, ResponseWriter& response) override;

 private:
  /// What a process is given before it starts.
  struct Input {
    std::string bytes;
    bool whole = false;  ///< nothing comes after them
  };
  Task<void> read_what_is_here(Request& request, Input& input);
  Task<void> relay(ForkedCall& call, ResponseWriter& response);
  Task<void> answer_failure(const ForkedCall& call, ResponseWriter& response);

  ForkContext context_;
  std::string content_type_;
};

}  // namespace fwatchdog
