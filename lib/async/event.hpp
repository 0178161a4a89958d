/// Event: something that happens once and for which one task may wait.
#pragma once

#include <cassert>
#include <coroutine>
#include <utility>

#include "async/loop.hpp"

namespace fwatchdog {

class Event {
 public:
  explicit Event(Loop& loop) : loop_(loop) {}
  Event(const Event&) = delete;
  Event& operator=(const Event&) = delete;
  ~Event() { assert(!waiter_); }

  /// It has happened. Setting it again changes nothing.
  void set() {
    happened_ = true;
    if (waiter_) loop_.make_ready(std::exchange(waiter_, nullptr));
  }
  bool happened() const { return happened_; }
  /// It may happen once more.
  void reset() { happened_ = false; }

  auto wait() {
    struct Awaiter {
      Event& event;
      bool await_ready() const { return event.happened_; }
      void await_suspend(std::coroutine_handle<> waiter) {
        assert(!event.waiter_);
        event.waiter_ = waiter;
      }
      void await_resume() const {}
    };
    return Awaiter{*this};
  }

 private:
  Loop& loop_;
  std::coroutine_handle<> waiter_;
  bool happened_ = false;
};

}  // namespace fwatchdog
