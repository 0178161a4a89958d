#include "modes/cgi_host.hpp"

#include <fmt/format.h>

#include <string_view>
#include <utility>

#include "http/request_body.hpp"
#include "modes/first_input.hpp"
#include "modes/held_body.hpp"

namespace fwatchdog {

namespace {

constexpr int kMostRedirects = 10;

Task<void> refuse(ResponseWriter& response, int status, std::string_view text) {
  response.set_status(status);
  const std::string line = fmt::format("{}\n", text);
  (void)co_await response.send(line);  // the caller may have left
}

/// The fields of a request for another resource: those that told of the body are gone.
void copy_without_content(const Headers& from, Headers& to) {
  for (const Field& field : from) {
    const bool of_content = equal_ignoring_case(field.name.substr(0, 8), "Content-") || equal_ignoring_case(field.name, "Expect");
    if (!of_content) to.add(field);
  }
}

}  // namespace

CgiHost::CgiHost(const ForkContext& context, std::string content_type, std::string folder)
    : context_(context), folder_(std::move(folder)) {
  rules_.content_type = content_type.empty() ? "application/octet-stream" : std::move(content_type);
  rules_.head = StreamedAnswer::Head::must_be;
  rules_.follows_local_redirects = true;
}

Task<void> CgiHost::handle(Request& request, ResponseWriter& response) {
  if (request.framing.kind == BodyFraming::Kind::chunked) {
    co_await handle_chunked(request, response);
    co_return;
  }
  ForkedCall call(context_, request);
  StreamedAnswer answer(context_, rules_, call, request, response);
  FirstInput input;
  co_await read_what_is_here(request, input);
  if (call.start(FunctionProcess::ErrorOutput::apart, input.bytes, input.whole)) co_await call.run(answer.relay());
  co_await answer.end();
  if (!answer.local_redirect().empty()) co_await follow(answer.local_redirect(), request, response);
}

/// The program needs CONTENT_LENGTH before it reads (RFC 3875 4.1.2): without it, some take the body for empty.
Task<void> CgiHost::handle_chunked(Request& request, ResponseWriter& response) {
  HeldBody body(folder_);
  Result<void> taken = co_await body.take_in(*request.body);
  if (!taken.ok()) {
    if (request.cancel->reason() == CancelReason::peer_gone) co_return;
    const std::string why = taken.error().text();
    if (body.storing_failed()) context_.logger.error("{}", why);
    co_await refuse(response, body.storing_failed() ? 500 : status_of_body_error(taken.error()), why);
    co_return;
  }
  Request whole = request;
  whole.framing = BodyFraming{BodyFraming::Kind::length, body.size()};
  ForkedCall call(context_, whole);
  StreamedAnswer answer(context_, rules_, call, whole, response);
  if (call.start(FunctionProcess::ErrorOutput::apart, body.bytes(), true, body.file())) co_await call.run(answer.relay());
  co_await answer.end();
  if (!answer.local_redirect().empty()) co_await follow(answer.local_redirect(), whole, response);
}

/// The answer is that to a GET of `location`, which the program gives in the same way (RFC 3875 6.2.2).
Task<void> CgiHost::follow(std::string location, const Request& request, ResponseWriter& response) {
  Headers headers;
  copy_without_content(*request.headers, headers);
  for (int count = 0; count < kMostRedirects; ++count) {
    Request inner = request;
    inner.method = request.method == "HEAD" ? "HEAD" : "GET";
    Result<Target> target = parse_target(inner.method, location);
    if (!target.ok()) {
      context_.logger.error("the function redirects to {}: {}", location, target.error().text());
      co_await refuse(response, 500, "the function redirects to an invalid path");
      co_return;
    }
    inner.raw_target = location;
    inner.target = *target;
    inner.headers = &headers;
    inner.framing = BodyFraming();
    ForkedCall call(context_, inner);
    StreamedAnswer answer(context_, rules_, call, inner, response);
    if (call.start(FunctionProcess::ErrorOutput::apart, std::string_view(), true)) co_await call.run(answer.relay());
    co_await answer.end();
    if (answer.local_redirect().empty()) co_return;
    std::string next = answer.local_redirect();
    location.swap(next);
  }
  context_.logger.error("the function redirects in circles: {} {}", request.method, logged_target(request, context_.log_query));
  co_await refuse(response, 500, "the function redirects in circles");
}

}  // namespace fwatchdog
