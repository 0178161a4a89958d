/// TaskScope: the owner of tasks that run side by side.
#pragma once

#include <cassert>
#include <coroutine>
#include <cstddef>
#include <exception>
#include <utility>

#include "async/loop.hpp"
#include "async/task.hpp"

namespace fwatchdog {

/// Whoever spawns into a scope must await join() before the scope ends; the destructor checks it. A task must not throw: an
/// exception that leaves one ends the program.
class TaskScope {
 public:
  explicit TaskScope(Loop& loop) : loop_(loop) {}
  TaskScope(const TaskScope&) = delete;
  TaskScope& operator=(const TaskScope&) = delete;
  ~TaskScope() { assert(running_ == 0); }

  /// Starts `task` now and runs it to its first wait.
  void spawn(Task<void> task) {
    ++running_;
    (void)run(*this, std::move(task));
  }

  std::size_t running() const { return running_; }

  /// Waits until no task is left, those included that are spawned while it waits. One waiter at a time.
  Task<void> join() {
    // Between the end of the last task and our going on another one may have come.
    while (running_ > 0) co_await Empty(*this);
  }

 private:
  /// Waits for the end of the last task.
  class Empty {
   public:
    explicit Empty(TaskScope& scope) : scope_(scope) {}
    bool await_ready() const { return false; }
    void await_suspend(std::coroutine_handle<> waiter) {
      assert(!scope_.joiner_);
      scope_.joiner_ = waiter;
    }
    void await_resume() const {}

   private:
    TaskScope& scope_;
  };

  /// A coroutine that starts at once and frees itself.
  struct Runner {
    struct promise_type {
      static void* operator new(std::size_t size) { return FramePool::allocate(size); }
      static void operator delete(void* frame, std::size_t size) { FramePool::release(frame, size); }
      Runner get_return_object() { return {}; }
      std::suspend_never initial_suspend() noexcept { return {}; }
      std::suspend_never final_suspend() noexcept { return {}; }
      void return_void() {}
      void unhandled_exception() { std::terminate(); }
    };
  };

  static Runner run(TaskScope& scope, Task<void> task) {
    {
      // The task's frame must be gone before the joiner hears of its end.
      Task<void> owned = std::move(task);
      co_await std::move(owned);
    }
    scope.ended();
  }

  void ended() {
    if (--running_ == 0 && joiner_) loop_.make_ready(std::exchange(joiner_, nullptr));
  }

  Loop& loop_;
  std::size_t running_ = 0;
  std::coroutine_handle<> joiner_;
};

}  // namespace fwatchdog
