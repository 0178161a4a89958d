/// SignalWatch: a callback for each arrival of one signal.
#pragma once

#include <functional>

#include "async/handle.hpp"
#include "async/loop.hpp"

namespace fwatchdog {

/// Several watches of the same signal are each called. Signals of the same number that arrive together may be told once. The
/// callback may destroy the watch.
class SignalWatch {
 public:
  /// Throws std::runtime_error for a signal that cannot be caught.
  SignalWatch(Loop& loop, int signal_number, std::function<void()> on_signal);
  SignalWatch(const SignalWatch&) = delete;
  SignalWatch& operator=(const SignalWatch&) = delete;

 private:
  Loop& loop_;
  Handle<uv_signal_t> handle_;
  std::function<void()> on_signal_;
};

}  // namespace fwatchdog
