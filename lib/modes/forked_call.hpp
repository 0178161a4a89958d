/// ForkedCall: one request and the process that serves it, from start to end. What becomes of the output is the mode's business.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "http/handler.hpp"
#include "log/logger.hpp"
#include "modes/cgi_environment.hpp"
#include "modes/function_command.hpp"
#include "modes/function_process.hpp"
#include "modes/mode_parts.hpp"
#include "modes/time_limit.hpp"
#include "process/reaper.hpp"

namespace fwatchdog {

/// What all calls of a forking mode share. The references outlive the mode.
struct ForkContext {
  Loop& loop;
  Reaper& reaper;
  Logger& logger;
  const FunctionCommand& command;
  const CgiEnvironment& environment;
  ProcessCounts& processes;
  Nanoseconds exec_timeout{0};  ///< zero: none
  bool log_query = true;
  bool logs_kill = false;               ///< `Killing process: cat`, as the classic watchdog says
  std::size_t log_line_length = 65536;  ///< longer lines of stderr are logged in pieces
  WarmProcesses* warm = nullptr;        ///< null: each process is started when its call has come
};
/// As the settings say. There must be a command and a reaper.
ForkContext fork_context(const ModeParts& parts);

class ForkedCall {
 public:
  ForkedCall(const ForkContext& context, Request& request);

  /// Starts the process. `input` must live until run() has ended; `input_is_whole`: the request's body holds no more.
  /// `input_file`: an open file that is the input instead, or -1. Where it fails, failure_status() and failure_text() say what to
  /// answer, and run() must not be called.
  bool start(FunctionProcess::ErrorOutput error_output, std::string_view input, bool input_is_whole, int input_file = -1);

  /// Feeds the process, logs its stderr where that is apart, runs `output` beside that, and waits for the end of it all.
  /// The process group is killed when the time limit passes, when the caller leaves, and when the server gives up.
  Task<void> run(Task<void> output);

  ProcessOutput& output() { return process_.output(); }
  /// The output cannot be taken: ends the process, and the call has failed for that reason.
  void refuse_output(Error why);
  /// The answer cannot be delivered any more: ends the process.
  void give_up() { stop_.request(CancelReason::peer_gone); }

  std::chrono::steady_clock::time_point begun() const { return begun_; }
  /// Nobody is there to be answered.
  bool abandoned() const { return stop_.reason() == CancelReason::peer_gone || stop_.reason() == CancelReason::shutdown; }
  bool limit_passed() const { return stop_.reason() == CancelReason::time_limit; }
  /// The request's body was malformed or did not come whole, and the process was killed for it.
  const std::optional<Error>& body_error() const { return body_error_; }
  const std::optional<Error>& start_error() const { return start_error_; }
  int exit_status() const { return exit_status_; }
  /// The process and its output: run() ends in this turn.
  bool all_ended() const {
    return ended_ && process_.output().ended() && (process_.error_output() == nullptr || process_.error_output()->ended());
  }
  /// It ran, to its own end, and said that all went well.
  bool succeeded() const { return !start_error_ && !body_error_ && !output_error_ && !limit_passed() && exit_status_ == 0; }
  /// It ran to its own end, whatever its exit status: nothing killed it.
  bool exited() const;
  /// Why not, in Go's words: `exit status 3`, `exec: "nope": executable file not found in $PATH`.
  std::string failure_text() const;
  /// What a call that did not succeed is answered with, where the mode has no other rule.
  int failure_status() const;

 private:
  Task<void> feed();
  Task<void> log_error_output();
  Task<void> await_end();
  void stop(const TimeLimit& limit, bool limit_passed);
  KillReason stop_reason() const;
  void kill(KillReason why);

  const ForkContext& context_;
  Request& request_;
  FunctionProcess process_;
  std::chrono::steady_clock::time_point begun_;
  bool input_is_whole_ = true;
  bool killed_ = false;
  bool ended_ = false;
  CancelSource stop_;
  std::optional<Error> start_error_;
  std::optional<Error> body_error_;
  std::optional<Error> output_error_;
  int exit_status_ = 0;
};

}  // namespace fwatchdog
