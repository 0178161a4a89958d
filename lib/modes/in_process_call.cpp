#include "modes/in_process_call.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

#include "async/combine.hpp"
#include "http/hop_by_hop.hpp"
#include "http/request_body.hpp"
#include "http/target.hpp"
#include "modes/proxy_request.hpp"

namespace fwatchdog {

namespace {

using std::chrono::steady_clock;

constexpr std::string_view kText = "text/plain; charset=utf-8";
constexpr std::string_view kJson = "application/json";
constexpr std::string_view kFailed = "{\"error\":\"the function failed\"}\n";
constexpr std::string_view kTooLate = "{\"error\":\"the function took too long\"}\n";

std::string text_of(const std::exception_ptr& failure) {
  try {
    std::rethrow_exception(failure);
  } catch (const std::exception& exception) {
    return exception.what();
  } catch (...) {
    return "an exception that is no std::exception";
  }
}

/// What would break the head, or contradict what the server says itself.
void check_field(std::string_view name, std::string_view value) {
  if (!is_token(name)) throw std::invalid_argument(fmt::format("\"{}\" is no field name", name));
  if (value.find_first_of(std::string_view("\r\n\0", 3)) != std::string_view::npos)
    throw std::invalid_argument(fmt::format("the value of {} has a line's end or NUL in it", name));
  if (equal_ignoring_case(name, "Content-Length") || is_hop_by_hop(name, {}))
    throw std::invalid_argument(fmt::format("{} is not for a handler to set", name));
}

TimeLimit limit_of(const InProcessContext& context, const Request& request) {
  return time_limit_of(request, accepts_event_stream(request) ? Nanoseconds::zero() : context.exec_timeout);
}

}  // namespace

InProcessCall::InProcessCall(const InProcessContext& context, Request& request, ResponseWriter& response)
    : context_(context),
      request_(request),
      response_(response),
      started_(steady_clock::now()),
      limit_(limit_of(context, request)),
      over_(context.loop),
      deadline_(context.loop, limit_.time, stop_),
      caller_(request.token(), [this] { stop_.request(request_.cancel->reason()); }),
      hook_(CancelToken(stop_), [this] { stopped(); }) {
  if (accepts_event_stream(request)) response_.limit_only_silence();
}

// --- the three ways to run a handler

Task<void> InProcessCall::run(const inproc::StreamFunction& function) {
  co_await when_all(context_.loop, stream(function), answer_limit());
  co_await conclude();
}

Task<void> InProcessCall::stream(const inproc::StreamFunction& function) {
  inproc::RequestStream request(*this);
  inproc::ResponseWriter response(*this);
  fill(request);
  try {
    co_await function(request, response);
  } catch (...) {
    failure_ = std::current_exception();
  }
  over_.set();
}

Task<void> InProcessCall::run(const inproc::Function& function) {
  inproc::Request request;
  fill(request);
  Result<std::string> body = co_await read_all();
  std::optional<inproc::Response> given;
  if (body.ok()) {
    request.body = std::move(*body);
    const std::function<void()> work = [&] {
      try {
        given = function(request);
      } catch (...) {
        failure_ = std::current_exception();
      }
    };
    if (context_.threads != nullptr) {
      co_await when_all(context_.loop, call_on_thread(work), answer_limit());
    } else {
      call_on_loop(work);
    }
  }
  if (given && !stopping()) co_await answer(*given);
  co_await conclude();
}

Task<void> InProcessCall::call_on_thread(const std::function<void()>& work) {
  try {
    (void)co_await context_.threads->run(context_.loop, work, CancelToken(stop_));
  } catch (...) {
    failure_ = std::current_exception();
  }
  over_.set();
}

void InProcessCall::call_on_loop(const std::function<void()>& work) {
  work();
  // No timer has run meanwhile.
  if (limit_.time > Nanoseconds::zero() && steady_clock::now() - started_ >= limit_.time) stop_.request(CancelReason::time_limit);
}

// --- what the handler sees of the request

void InProcessCall::fill(inproc::RequestHead& head) const {
  head.method = request_.method;
  head.target = request_.raw_target;
  head.path = percent_decode(request_.target.path);
  head.query = request_.target.query;
  head.fields.reserve(request_.headers->size());
  for (const Field& field : *request_.headers) head.fields.emplace_back(field.name, field.value);
}

Task<Result<std::string_view>> InProcessCall::read() {
  Result<std::string_view> piece = co_await request_.body->read();
  if (!piece.ok()) body_error_ = piece.error();
  co_return piece;
}

Task<Result<std::string>> InProcessCall::read_all() {
  std::string body;
  if (request_.framing.kind == BodyFraming::Kind::none) co_return body;
  for (;;) {
    Result<std::string_view> piece = co_await read();
    if (!piece.ok()) co_return piece.error();
    if (piece->empty()) co_return body;
    body += *piece;
  }
}

// --- the answer

void InProcessCall::require_unbegun(const char* what) const {
  if (begun_) throw std::logic_error(fmt::format("{} after the answer has begun", what));
}

void InProcessCall::set_status(int status) {
  if (status < 200 || status > 599) throw std::invalid_argument(fmt::format("the status {} is not between 200 and 599", status));
  response_.set_status(status);
}

void InProcessCall::add_field(std::string_view name, std::string_view value) {
  check_field(name, value);
  response_.add_field(name, value);
}

void InProcessCall::begin() {
  if (begun_) return;
  begun_ = true;
  response_.begin(length_);
}

Task<void> InProcessCall::answer(const inproc::Response& given) {
  try {
    set_status(given.status);
    for (const auto& [name, value] : given.fields) add_field(name, value);
  } catch (...) {
    failure_ = std::current_exception();
  }
  if (failure_) co_return;
  begun_ = true;
  (void)co_await response_.send(given.body);  // the caller may have left
}

/// When the handler has ended: makes sure that there is an answer, and that it shows how the call ended.
Task<void> InProcessCall::conclude() {
  if (failure_) {
    context_.logger.error("The handler failed: {}: {} {}", text_of(failure_), request_.method,
                          logged_target(request_, context_.log_query));
  }
  if (stopping()) {
    // On the loop, or before the handler began: nobody has answered yet.
    if (late_ && !response_.begun()) co_await answer_limit();
    if (response_.begun() && !response_.finished()) response_.cut();
  } else if (failure_) {
    co_await answer_failure();
  } else if (!response_.finished()) {
    co_await finish();
  }
}

Task<void> InProcessCall::finish() {
  if (!begun_ && body_error_) {
    co_await answer_status(status_of_body_error(*body_error_), kText, body_error_->text());
    co_return;
  }
  if (!begun_ && !length_) {
    begun_ = true;
    (void)co_await response_.send(std::string_view());  // the caller may have left
    co_return;
  }
  begin();
  Result<void> finished = co_await response_.finish();
  if (!finished.ok() && finished.error().code == Errc::invalid)
    context_.logger.error("The handler's answer is cut off: {}: {} {}", finished.error().text(), request_.method,
                          logged_target(request_, context_.log_query));
}

Task<void> InProcessCall::answer_failure() {
  if (begun_) {
    response_.cut();
  } else {
    co_await answer_status(500, kJson, kFailed);
  }
}

Task<void> InProcessCall::answer_status(int status, std::string_view type, std::string_view text) {
  response_.clear_fields();
  response_.set_status(status);
  response_.add_field("Content-Type", type);
  (void)co_await response_.send(text);  // the caller may have left
}

// --- limits

/// Called inside of the request for an end.
void InProcessCall::stopped() {
  const bool in_time = stop_.reason() != CancelReason::time_limit;
  if (!in_time && !request_.cancel->requested())
    log_limit(context_.logger, limit_.name, request_, steady_clock::now() - request_.begun, context_.log_query);
  late_ = !in_time && !begun_;
  request_.body->interrupt(Error(Errc::cancelled));
  over_.set();
}

/// Beside a handler: answers in its place when it is late.
Task<void> InProcessCall::answer_limit() {
  co_await over_.wait();
  if (!late_) co_return;
  response_.outlive_answer();
  co_await answer_status(504, kJson, kTooLate);
}

}  // namespace fwatchdog

// --- the public side

namespace fwatchdog::inproc {

namespace {

std::string decoded(std::string_view text) {
  std::string plain(text);
  std::replace(plain.begin(), plain.end(), '+', ' ');
  return percent_decode(plain);
}

}  // namespace

std::string_view RequestHead::field(std::string_view name) const {
  for (const auto& [of, value] : fields) {
    if (equal_ignoring_case(of, name)) return value;
  }
  return {};
}

Fields RequestHead::parameters() const {
  Fields found;
  for (std::string_view rest = query; !rest.empty();) {
    const std::string_view one = rest.substr(0, rest.find('&'));
    rest.remove_prefix(std::min(rest.size(), one.size() + 1));
    if (one.empty()) continue;
    const std::size_t name_end = std::min(one.size(), one.find('='));
    found.emplace_back(decoded(one.substr(0, name_end)), decoded(one.substr(std::min(one.size(), name_end + 1))));
  }
  return found;
}

Task<Result<std::string_view>> RequestStream::read() { return call_.read(); }

Task<Result<std::string>> RequestStream::read_all() { return call_.read_all(); }

Task<bool> RequestStream::sleep(std::chrono::nanoseconds time) {
  if (!cancelled()) co_await sleep_for(call_.context_.loop, time, CancelToken(call_.stop_));
  co_return !cancelled();
}

bool RequestStream::cancelled() const { return call_.stopping(); }

void ResponseWriter::set_status(int status) {
  if (call_.stopping()) return;
  call_.require_unbegun("set_status");
  call_.set_status(status);
}

void ResponseWriter::add_field(std::string_view name, std::string_view value) {
  if (call_.stopping()) return;
  call_.require_unbegun("add_field");
  call_.add_field(name, value);
}

void ResponseWriter::set_length(std::uint64_t length) {
  call_.require_unbegun("set_length");
  call_.length_ = length;
}

Task<bool> ResponseWriter::send(std::string_view body) {
  if (call_.stopping()) co_return false;
  call_.require_unbegun("send");
  call_.begun_ = true;
  Result<void> sent = co_await call_.response_.send(body);
  co_return sent.ok();
}

Task<bool> ResponseWriter::flush() {
  if (call_.stopping()) co_return false;
  call_.begin();
  Result<void> flushed = co_await call_.response_.flush();
  co_return flushed.ok();
}

Task<bool> ResponseWriter::write(std::string_view piece) {
  if (call_.stopping()) co_return false;
  if (call_.response_.finished()) throw std::logic_error("write after the whole answer was sent");
  call_.begin();
  Result<void> written = co_await call_.response_.write(piece);
  if (!written.ok() && written.error().code == Errc::invalid) throw std::invalid_argument(written.error().text());
  co_return written.ok();
}

}  // namespace fwatchdog::inproc
