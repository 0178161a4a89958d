#include "modes/in_process.hpp"

#include "modes/in_process_call.hpp"

namespace fwatchdog {

Task<void> InProcess::handle(Request& request, ResponseWriter& response) {
  InProcessCall call(context_, request, response);
  if (const auto* function = std::get_if<inproc::Function>(&handler_)) {
    co_await call.run(*function);
  } else {
    co_await call.run(std::get<inproc::StreamFunction>(handler_));
  }
}

}  // namespace fwatchdog
