/// WarmProcesses: processes of the function that are started before there is a call for them, and wait for it on their standard
/// input. Each serves one call, as any other does.
///
/// They are one stock for all workers, so that their number is the number, and no call goes without one that waits elsewhere.
/// They are started, watched and ended on one loop, the first; whoever takes one takes over its pipes and its process id.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <string>

#include "async/scope.hpp"
#include "async/timer.hpp"
#include "log/logger.hpp"
#include "modes/process_counts.hpp"
#include "modes/process_pipes.hpp"

namespace fwatchdog {

class WarmProcesses {
 public:
  struct Options {
    std::size_t count = 0;   ///< that wait
    Nanoseconds max_age{0};  ///< one that has waited longer is replaced; zero: never
    ErrorOutput error_output = ErrorOutput::apart;
    std::size_t log_line_length = 65536;
    Nanoseconds first_pause = std::chrono::milliseconds(100);  ///< after one that ended unasked; doubled with each that follows
    Nanoseconds longest_pause = std::chrono::seconds(30);
    Nanoseconds warm_up = std::chrono::seconds(1);  ///< how long the old one stays beside the one that replaces it
  };

  /// All references, and `envp`, must outlive this object; `loop` is the first one.
  WarmProcesses(Loop& loop, Reaper& reaper, Logger& logger, const FunctionCommand& command, const char* const* envp,
                ProcessCounts& counts, const Options& options);
  WarmProcesses(const WarmProcesses&) = delete;
  WarmProcesses& operator=(const WarmProcesses&) = delete;
  /// live() must have ended.
  ~WarmProcesses();

  /// Gives the one that has waited longest to `child` and `pipes`. False where none waits. From any thread.
  bool take(Child& child, ProcessPipes& pipes);

  /// Keeps the number up until `stop` is requested. Then those that wait are killed, and their end is waited for.
  Task<void> live(CancelToken stop);

  /// For the metrics, from any thread: how many wait, how many calls found one and how many did not, how many were replaced
  /// because they ended unasked or were too old.
  std::uint64_t waiting();
  std::uint64_t hits() const { return hits_.load(std::memory_order_relaxed); }
  std::uint64_t misses() const { return misses_.load(std::memory_order_relaxed); }
  std::uint64_t replacements() const { return replacements_.load(std::memory_order_relaxed); }

 private:
  using Clock = std::chrono::steady_clock;
  struct Waiting;

  void start_missing(Clock::time_point now);
  void retire_old(Clock::time_point now);
  void set_alarm(Clock::time_point now);
  void end_all();
  Task<void> watch(std::unique_ptr<Waiting> process);
  void was_taken(const Waiting& process);
  void back_off(const std::string& what);

  Loop& loop_;
  Reaper& reaper_;
  Logger& logger_;
  const FunctionCommand& command_;
  const char* const* envp_;
  ProcessCounts& counts_;
  const Options options_;

  std::mutex mutex_;
  std::deque<Waiting*> waiting_;  // guarded by it; the oldest first; watch() owns them

  // On our loop alone.
  TaskScope watching_;
  Event changed_;
  Timer alarm_;
  unsigned failures_ = 0;  // in a row
  Clock::time_point last_failure_{};
  Clock::time_point not_before_{};

  std::atomic<std::uint64_t> hits_{0};
  std::atomic<std::uint64_t> misses_{0};
  std::atomic<std::uint64_t> replacements_{0};
};

}  // namespace fwatchdog
