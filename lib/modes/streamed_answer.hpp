/// StreamedAnswer: what a process writes goes to the caller as it is written; the end of the process says what becomes of it.
#pragma once

#include <cstdint>
#include <string>

#include "modes/cgi_output.hpp"
#include "modes/forked_call.hpp"

namespace fwatchdog {

class StreamedAnswer {
 public:
  enum class Head {
    none,    ///< the output is the body
    may_be,  ///< it may begin with a CGI head; without one all of it is the body
    must_be,
  };
  struct Rules {
    std::string content_type;  ///< of a body that the function gives none
    Head head = Head::none;
    /// A local redirect is not answered: local_redirect() is for the mode to follow. Else it is one for the caller.
    bool follows_local_redirects = false;
    Rules() = default;
  };

  /// All references must outlive this object.
  StreamedAnswer(const ForkContext& context, const Rules& rules, ForkedCall& call, Request& request, ResponseWriter& response)
      : context_(context), rules_(rules), call_(call), request_(request), response_(response) {}

  /// Passes on what the process writes: beside it, and to its end.
  Task<void> relay();
  /// When the process has ended, or was not started: makes the answer whole, cuts it off, or answers an error.
  Task<void> end();
  /// Path and query that the process wants to have answered in its place; empty: none. After end().
  const std::string& local_redirect() const { return local_redirect_; }

 private:
  Task<void> relay_head();
  Task<void> relay_body();
  Task<void> ignore_output();
  Task<void> finish();
  Task<void> answer_failure(int status, const std::string& text);
  Task<bool> is_all(std::string_view piece);
  bool is_too_much(std::size_t more);
  bool has_head() const { return output_ && output_->has_head(); }

  const ForkContext& context_;
  const Rules& rules_;
  ForkedCall& call_;
  Request& request_;
  ResponseWriter& response_;
  std::optional<CgiOutput> output_;
  std::string local_redirect_;
  std::string_view last_;  // of a body that is whole: goes out with its end
};

}  // namespace fwatchdog
