/// CgiHost: the function is a CGI program (RFC 3875), started for each request. Bodies flow both ways; a body without a length is
/// held first, for such a program is told the length before it reads.
#pragma once

#include <string>

#include "modes/mode_handler.hpp"
#include "modes/streamed_answer.hpp"

namespace fwatchdog {

class CgiHost final : public ModeHandler {
 public:
  /// The environment of `context` is of the flavour `cgi`. `folder`: of bodies that are held and too large for memory.
  CgiHost(const ForkContext& context, std::string content_type, std::string folder);

  Task<void> handle(Request& request, ResponseWriter& response) override;

 private:
  Task<void> handle_chunked(Request& request, ResponseWriter& response);
  Task<void> follow(std::string location, const Request& request, ResponseWriter& response);

  ForkContext context_;
  StreamedAnswer::Rules rules_;
  std::string folder_;
};

}  // namespace fwatchdog
