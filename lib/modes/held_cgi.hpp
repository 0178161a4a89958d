/// HeldCgi: a CGI head in output that is held.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "modes/cgi_head.hpp"
#include "modes/held_output.hpp"

namespace fwatchdog {

class HeldCgi {
 public:
  /// `output` must outlive this object.
  explicit HeldCgi(const HeldOutput& output);

  bool has_head() const { return has_head_; }
  /// Where there is one.
  const CgiHead& head() const { return parser_.head(); }
  /// Where there is none.
  const std::string& why_none() const { return parser_.why_none(); }
  /// What follows the head.
  std::span<const std::string_view> body() const { return body_; }

 private:
  CgiHeadParser parser_;
  bool has_head_ = false;
  std::vector<std::string_view> body_;
};

}  // namespace fwatchdog
