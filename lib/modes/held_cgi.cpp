#include "modes/held_cgi.hpp"

#include <algorithm>

namespace fwatchdog {

HeldCgi::HeldCgi(const HeldOutput& output) {
  using State = CgiHeadParser::State;
  output.append_to(body_);
  // The head nearly always lies in the first block; where it does not, a copy of its blocks is looked at.
  std::string joined;
  State state = State::incomplete;
  for (std::size_t i = 0; i < body_.size() && state == State::incomplete; ++i) {
    if (i == 1) joined = body_[0];
    if (i > 0) joined.append(body_[i].substr(0, CgiHeadParser::kMost));
    state = parser_.parse(i == 0 ? body_[0] : std::string_view(joined));
  }
  if (state == State::incomplete) state = parser_.end();
  has_head_ = state == State::complete;
  std::size_t left = has_head_ ? parser_.size() : 0;
  for (std::string_view& piece : body_) {
    const std::size_t of_head = std::min(left, piece.size());
    piece.remove_prefix(of_head);
    left -= of_head;
  }
}

}  // namespace fwatchdog
