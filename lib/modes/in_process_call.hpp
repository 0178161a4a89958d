/// InProcessCall: one call of a handler in this process, and what the handler is allowed to do to it.
#pragma once

#include <chrono>
#include <exception>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "async/event.hpp"
#include "fwatchdog.hpp"
#include "http/handler.hpp"
#include "modes/in_process.hpp"
#include "modes/time_limit.hpp"

namespace fwatchdog {

class InProcessCall {
 public:
  InProcessCall(const InProcessContext& context, Request& request, ResponseWriter& response);

  /// Each ends when the handler has ended, however long that takes.
  Task<void> run(const inproc::Function& function);
  Task<void> run(const inproc::StreamFunction& function);

 private:
  friend class inproc::RequestStream;
  friend class inproc::ResponseWriter;

  void fill(inproc::RequestHead& head) const;
  Task<Result<std::string_view>> read();
  Task<Result<std::string>> read_all();

  Task<void> call_on_thread(const std::function<void()>& work);
  void call_on_loop(const std::function<void()>& work);
  Task<void> stream(const inproc::StreamFunction& function);
  Task<void> answer_limit();
  Task<void> answer(const inproc::Response& given);
  Task<void> conclude();
  Task<void> finish();
  Task<void> answer_failure();
  Task<void> answer_status(int status, std::string_view type, std::string_view text);

  void stopped();
  bool stopping() const { return stop_.requested(); }
  void begin();
  /// Throws std::logic_error once the handler has begun its answer.
  void require_unbegun(const char* what) const;
  void set_status(int status);
  void add_field(std::string_view name, std::string_view value);

  const InProcessContext& context_;
  Request& request_;
  ResponseWriter& response_;
  std::chrono::steady_clock::time_point started_;
  std::optional<std::uint64_t> length_;
  std::optional<Error> body_error_;
  std::exception_ptr failure_;  // what the handler threw
  bool begun_ = false;          // the answer, by the handler
  bool late_ = false;           // past the limit with nothing begun: the answer is ours, whatever the handler still does
  TimeLimit limit_;
  Event over_;  // the handler has ended, or nobody wants its answer any more
  CancelSource stop_;
  Deadline deadline_;
  CancelHook caller_;
  CancelHook hook_;
};

}  // namespace fwatchdog
