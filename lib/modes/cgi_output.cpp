#include "modes/cgi_output.hpp"

#include <utility>

namespace fwatchdog {

Task<void> CgiOutput::read_head() {
  while (state_ == CgiHeadParser::State::incomplete) {
    Result<std::string_view> piece = co_await output_.read();
    if (piece.ok()) read_.append(*piece);
    ended_ = !piece.ok() || piece->empty();
    state_ = ended_ ? parser_.end() : parser_.parse(read_);
  }
  rest_ = std::string_view(read_).substr(has_head() ? parser_.size() : 0);
}

Task<Result<std::string_view>> CgiOutput::read() { return rest_.empty() ? output_.read() : take_rest(); }

Task<Result<std::string_view>> CgiOutput::take_rest() { co_return std::exchange(rest_, {}); }

}  // namespace fwatchdog
