#include "modes/streamed_answer.hpp"

#include <fmt/format.h>

namespace fwatchdog {

Task<void> StreamedAnswer::relay() {
  output_.emplace(call_.output());
  if (rules_.head != Head::none) co_await relay_head();
  if (output_->whole()) co_return;  // whether it is an answer the end of the process will tell
  const bool no_answer_yet = !local_redirect_.empty() || (rules_.head == Head::must_be && !has_head());
  if (no_answer_yet) {
    co_await ignore_output();
  } else {
    co_await relay_body();
  }
}

/// A head goes out at once, whatever follows it and when.
Task<void> StreamedAnswer::relay_head() {
  co_await output_->read_head();
  if (!output_->has_head()) co_return;
  const CgiHead& head = output_->head();
  if (head.is_local_redirect && rules_.follows_local_redirects) {
    local_redirect_ = head.location;
    co_return;
  }
  put_cgi_head(head, rules_.content_type, response_);
  response_.begin(head.length);
  Result<void> sent = co_await response_.flush();
  if (!sent.ok()) call_.give_up();
}

Task<void> StreamedAnswer::relay_body() {
  for (;;) {
    Result<std::string_view> piece = co_await output_->read();
    if (!piece.ok() || piece->empty()) co_return;
    if (!response_.begun()) {
      response_.add_field("Content-Type", rules_.content_type);
      response_.begin(std::nullopt);
    }
    if (is_too_much(piece->size())) {
      call_.give_up();
      co_return;
    }
    const bool all = co_await is_all(*piece);
    if (all) co_return;
    Result<void> written = co_await response_.write(*piece);
    if (!written.ok()) {
      call_.give_up();
      co_return;
    }
  }
}

/// Of a short output the last bytes, its end and that of the process are often known in the same turn: then the answer is one
/// write. Nothing is held back for longer than that.
Task<bool> StreamedAnswer::is_all(std::string_view piece) {
  const bool length_was_announced = has_head() && output_->head().length;
  if (!call_.output().ended() || length_was_announced) co_return false;
  co_await context_.loop.events_told();
  if (!call_.all_ended() || !call_.succeeded()) co_return false;
  last_ = piece;
  co_return true;
}

/// With `more` bytes the body is longer than the head said. What is not sent shows to the caller as a body that is cut off,
/// unless it has all that was announced.
bool StreamedAnswer::is_too_much(std::size_t more) {
  if (!has_head() || !output_->head().length || !answer_has_body(request_.method, response_.status())) return false;
  const std::uint64_t announced = *output_->head().length;
  if (response_.body_bytes() + more <= announced) return false;
  context_.logger.error("the function wrote more than its Content-Length of {}: {} {}", announced, request_.method,
                        logged_target(request_, context_.log_query));
  return true;
}

Task<void> StreamedAnswer::ignore_output() {
  for (;;) {
    Result<std::string_view> piece = co_await output_->read();
    if (!piece.ok() || piece->empty()) co_return;
  }
}

Task<void> StreamedAnswer::end() {
  if (call_.abandoned()) co_return;
  const bool reported = has_head() && call_.exited() && output_->head().status >= 400;
  if (!call_.succeeded() && !reported) {
    const std::string text = call_.failure_text();
    co_await answer_failure(call_.limit_passed() ? 504 : call_.failure_status(), text);
    co_return;
  }
  if (!call_.succeeded()) context_.logger.info("{}", call_.failure_text());
  if (!local_redirect_.empty()) co_return;
  if (rules_.head != Head::none && !has_head()) {
    const std::string text = fmt::format("the output has no CGI header block: {}", output_->why_none());
    if (rules_.head == Head::must_be) {
      co_await answer_failure(500, text);
      co_return;
    }
    context_.logger.warning("Warning: {}; it is the body as it is: {} {}", text, request_.method,
                            logged_target(request_, context_.log_query));
  }
  co_await finish();
}

Task<void> StreamedAnswer::finish() {
  if (!response_.begun()) {
    const std::string_view body = output_ && output_->whole() ? *output_->whole() : std::string_view();
    response_.add_field("Content-Type", rules_.content_type);
    (void)co_await response_.send(body);  // the caller may have left
    co_return;
  }
  const std::uint64_t sent = response_.body_bytes();
  Result<void> finished = co_await response_.finish(last_);
  if (finished.ok() || finished.error().code != Errc::invalid) co_return;  // else the caller may have left
  context_.logger.error("the function wrote {} bytes, less than its Content-Length of {}: {} {}", sent, *output_->head().length,
                        request_.method, logged_target(request_, context_.log_query));
}

/// Before the first byte there is an error to answer; after it the missing end must tell.
Task<void> StreamedAnswer::answer_failure(int status, const std::string& text) {
  context_.logger.info("{}", text);
  if (response_.begun()) {
    response_.fail_with(status);
    response_.cut();
    co_return;
  }
  response_.set_status(status);
  const std::string line = fmt::format("{}\n", text);
  (void)co_await response_.send(line);  // the caller may have left
}

}  // namespace fwatchdog
