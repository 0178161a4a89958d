/// CgiOutput: the output of a process that begins with a CGI head, as it is written.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "async/stream.hpp"
#include "modes/cgi_head.hpp"

namespace fwatchdog {

class CgiOutput final : public Source {
 public:
  /// `output` must outlive this object.
  explicit CgiOutput(Source& output) : output_(output) {}

  /// Reads until the head is complete, or it is clear that there is none. To be awaited once, before anything else.
  Task<void> read_head();
  bool has_head() const { return state_ == CgiHeadParser::State::complete; }
  /// Where there is one.
  const CgiHead& head() { return parser_.head(); }
  /// Where there is none.
  const std::string& why_none() const { return parser_.why_none(); }

  /// Where there is none, because the output came to its end: all of it. It is not for read().
  std::optional<std::string_view> whole() const {
    return ended_ && !has_head() ? std::optional<std::string_view>(read_) : std::nullopt;
  }

  /// What follows the head; where there is none, everything.
  Task<Result<std::string_view>> read() override;

 private:
  Task<Result<std::string_view>> take_rest();

  Source& output_;
  CgiHeadParser parser_;
  CgiHeadParser::State state_ = CgiHeadParser::State::incomplete;
  bool ended_ = false;     // before there was a head
  std::string read_;       // until the head was found
  std::string_view rest_;  // of that, behind the head
};

}  // namespace fwatchdog
