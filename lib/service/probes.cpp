#include "service/probes.hpp"

#include "http/target.hpp"

namespace fwatchdog {

namespace {

Task<void> answer_empty(ResponseWriter& response, int status) {
  response.set_status(status);
  (void)co_await response.send(std::string_view());  // the caller may have left
}

Task<void> answer_not_found(ResponseWriter& response) {
  response.set_status(404);
  response.add_field("Content-Type", "text/plain; charset=utf-8");
  response.add_field("X-Content-Type-Options", "nosniff");
  (void)co_await response.send(std::string_view("404 page not found\n"));  // the caller may have left
}

/// Equal after decoding; cheap for the paths of functions.
bool is_path(std::string_view path, std::string_view wanted) {
  if (path == wanted) return true;
  return path.find('%') != std::string_view::npos && path.size() <= 3 * wanted.size() && percent_decode(path) == wanted;
}

}  // namespace

Task<void> Probes::handle(Request& request, ResponseWriter& response) {
  const Target& target = request.target;
  if (target.form == Target::Form::authority) return answer_not_found(response);
  if (target.form == Target::Form::asterisk) return answer_empty(response, 200);
  if (is_path(target.path, "/_/health")) return health(request, response);
  if (is_path(target.path, "/_/ready")) return ready(request, response);
  return function_.handle(request, response);
}

Task<void> Probes::health(const Request& request, ResponseWriter& response) {
  if (request.method != "GET") {
    co_await answer_empty(response, 405);
  } else if (!state_.accepting || !state_.healthy()) {
    co_await answer_empty(response, 503);
  } else {
    (void)co_await response.send(std::string_view("OK"));  // the caller may have left
  }
}

Task<void> Probes::ready(Request& request, ResponseWriter& response) {
  if (request.method != "GET") {
    co_await answer_empty(response, 405);
    co_return;
  }
  bool ready = state_.accepting && state_.healthy();
  if (ready) ready = co_await mode_.ready();
  if (!ready) {
    co_await answer_empty(response, 503);
  } else if (queue_.full()) {
    co_await refuse_over_limit(response, queue_.limit());
  } else if (state_.ready_path.empty()) {
    co_await answer_empty(response, 200);
  } else {
    request.raw_target = state_.ready_path;
    request.target = Target();
    request.target.path = state_.ready_path;
    co_await mode_.handle(request, response);
  }
}

}  // namespace fwatchdog
