#include "middleware/body_limit.hpp"

namespace fwatchdog {

namespace {

Task<void> refuse(ResponseWriter& response) {
  response.set_status(413);
  response.add_field("Content-Type", "text/plain; charset=utf-8");
  (void)co_await response.send(std::string_view("request body too large\n"));  // the caller may have left
}

}  // namespace

Task<void> BodyLimit::handle(Request& request, ResponseWriter& response) {
  if (max_bytes_ == 0 || request.framing.length <= max_bytes_) return next_.handle(request, response);
  return refuse(response);
}

}  // namespace fwatchdog
