/// InProcess: the mode `inproc`, for handlers that are linked into the program (fwatchdog.hpp).
#pragma once

#include <variant>

#include "async/thread_pool.hpp"
#include "async/timer.hpp"
#include "fwatchdog.hpp"
#include "modes/mode_handler.hpp"
#include "modes/mode_parts.hpp"

namespace fwatchdog {

/// What the calls of a handler share. All of it outlives the mode.
struct InProcessContext {
  Loop& loop;
  Logger& logger;
  Nanoseconds exec_timeout{0};  ///< zero: none
  bool log_query = true;
  ThreadPool* threads = nullptr;  ///< on which a function runs; null: on the loop
};

class InProcess final : public ModeHandler {
 public:
  using Handler = std::variant<inproc::Function, inproc::StreamFunction>;

  /// `handler` must outlive this object, and be thread-safe where there are threads.
  InProcess(const InProcessContext& context, const Handler& handler) : context_(context), handler_(handler) {}

  Task<void> handle(Request& request, ResponseWriter& response) override;

 private:
  InProcessContext context_;
  const Handler& handler_;
};

}  // namespace fwatchdog
