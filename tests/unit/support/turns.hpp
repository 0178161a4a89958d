/// Waiting in tests: for turns of the loop, and for conditions, with a bound.
#pragma once

#include <chrono>
#include <functional>

#include "async/event.hpp"
#include "async/task.hpp"
#include "async/timer.hpp"

namespace fwatchdog::test {

/// Longer than anything on a busy machine takes; nothing waits for all of it unless the test fails.
inline constexpr auto kBound = std::chrono::seconds(20);

/// Lets the loop look at its descriptors once.
inline Task<void> next_turn(Loop& loop) {
  Event turned(loop);
  loop.post([&turned] { turned.set(); });
  co_await turned.wait();
}

inline Task<void> pause(Loop& loop, Nanoseconds time) {
  CancelSource never;
  co_await sleep_for(loop, time, CancelToken(never));
}

/// Waits until `condition` holds; false where it does not for kBound.
inline Task<bool> until(Loop& loop, const std::function<bool()>& condition) {
  const auto end = std::chrono::steady_clock::now() + kBound;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > end) co_return false;
    co_await pause(loop, std::chrono::milliseconds(1));
  }
  co_return true;
}

/// The time since this was made.
class Stopwatch {
 public:
  double seconds() const { return std::chrono::duration<double>(std::chrono::steady_clock::now() - begun_).count(); }

 private:
  std::chrono::steady_clock::time_point begun_ = std::chrono::steady_clock::now();
};

}  // namespace fwatchdog::test
