/// Timer: a callback after a time. Deadline: a time limit that asks for an end when it passes.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>

#include "async/cancel.hpp"
#include "async/handle.hpp"
#include "async/loop.hpp"

namespace fwatchdog {

using Nanoseconds = std::chrono::nanoseconds;

/// Calls back once after each start(). The callback runs on the loop with nothing else on the stack; it may stop or destroy the
/// timer. Starting and stopping cost next to nothing, as nearly all limits are stopped before they pass: the handle in libuv
/// stays armed, and looks again when it fires before its time.
class Timer {
 public:
  Timer(Loop& loop, std::function<void()> on_fire);
  Timer(const Timer&) = delete;
  Timer& operator=(const Timer&) = delete;
  ~Timer();

  /// Starts or restarts. Rounded up to whole milliseconds. `now`: the time, where the caller has just looked at the clock.
  void start(Nanoseconds after) { start(after, std::chrono::steady_clock::now()); }
  void start(Nanoseconds after, std::chrono::steady_clock::time_point now);
  void stop();
  bool running() const { return due_ != 0; }

 private:
  void arm(std::uint64_t milliseconds);
  void fired();

  Loop& loop_;
  Handle<uv_timer_t> handle_;
  std::function<void()> on_fire_;
  std::uint64_t due_ = 0;  // in the loop's milliseconds; 0: not running
};

/// Requests an end from `source` when `limit` has passed; a limit of zero is none.
class Deadline {
 public:
  Deadline(Loop& loop, Nanoseconds limit, CancelSource& source);
  /// True when it was this limit that passed first.
  bool passed() const { return passed_; }
  void stop() { timer_.stop(); }

 private:
  CancelSource& source_;
  bool passed_ = false;
  Timer timer_;
};

/// Waits. Ends early, without a word, when an end is asked for through `token`.
Task<void> sleep_for(Loop& loop, Nanoseconds time, CancelToken token);

}  // namespace fwatchdog
