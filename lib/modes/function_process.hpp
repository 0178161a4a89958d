/// FunctionProcess: the process of one call, with the pipes to and from it.
#pragma once

#include <memory>
#include <optional>
#include <string_view>

#include "async/stream.hpp"
#include "async/timer.hpp"
#include "modes/warm_processes.hpp"

namespace fwatchdog {

/// What a process writes. Ends where the pipe ends, or, after abandon(), with what is in it by then.
class ProcessOutput final : public Source {
 public:
  ProcessOutput(Loop& loop, Fd pipe) : stream_(loop, std::move(pipe)) {}

  /// 0 at the end.
  Task<Result<std::size_t>> read_into(std::span<char> room);
  Task<Result<std::string_view>> read() override;
  /// Much will come.
  void widen() { stream_.widen_pipe(); }

  /// The process has ended and somebody else holds the pipe: what it wrote is still given, but nobody is waited for.
  void abandon();
  void close() { stream_.close(); }
  /// The pipe has ended, and all that was in it was read.
  bool ended() const { return stream_.closed(); }

 private:
  std::size_t read_rest(std::span<char> room);
  void end();

  Stream stream_;
  std::unique_ptr<char[]> buffer_;
  bool abandoned_ = false;
  std::size_t left_ = 0;  // bytes that were in the pipe when it was abandoned
};

class FunctionProcess {
 public:
  FunctionProcess(Loop& loop, Reaper& reaper);

  using ErrorOutput = fwatchdog::ErrorOutput;

  struct Options {
    const FunctionCommand* command = nullptr;
    const char* const* envp = nullptr;
    ErrorOutput error_output = ErrorOutput::apart;
    std::string_view input;         ///< the first bytes of its standard input
    bool input_is_whole = false;    ///< nothing comes after them
    int input_file = -1;            ///< if not -1: standard input is this open file, and nothing else
    WarmProcesses* warm = nullptr;  ///< where one is taken from if it waits there; it was started with the same of the above
    Options() = default;
  };
  /// The error's text() is for the caller: `exec: "nope": executable file not found in $PATH`.
  Result<void> start(const Options& options);

  /// Standard input; gone where the whole input fitted into the pipe before the start.
  Stream* input() { return input_ ? &*input_ : nullptr; }
  /// What of Options::input is still to be written to input().
  std::string_view unwritten() const { return unwritten_; }
  ProcessOutput& output() { return *output_; }
  const ProcessOutput& output() const { return *output_; }
  /// Standard error, where it is apart.
  ProcessOutput* error_output() { return error_output_ ? &*error_output_ : nullptr; }
  const ProcessOutput* error_output() const { return error_output_ ? &*error_output_ : nullptr; }

  void kill() { child_.kill(); }
  /// It had been started before its call came.
  bool was_warm() const { return warm_; }
  /// To the whole group.
  void signal(int signal_number) { child_.signal(signal_number); }
  /// Waits for the end of the process. Then nobody waits any longer for its pipes: input() is closed, and what strangers hold
  /// open is abandoned 100 ms later. Must be awaited after a successful start.
  Task<int> exit();

 private:
  void abandon_output();

  Loop& loop_;
  bool warm_ = false;
  Child child_;
  Timer stragglers_;
  std::optional<Stream> input_;
  std::optional<ProcessOutput> output_;
  std::optional<ProcessOutput> error_output_;
  std::string_view unwritten_;
};

}  // namespace fwatchdog
