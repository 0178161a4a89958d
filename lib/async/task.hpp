/// Task<T>: a lazy coroutine with one owner that is awaited once.
///
/// A Task starts when it is awaited. It is never destroyed while it is suspended: whoever wants it to end cancels what it waits
/// for and then awaits the end. Arguments taken by reference must live until the task has ended.
#pragma once

#include <cassert>
#include <coroutine>
#include <cstddef>
#include <exception>
#include <optional>
#include <utility>

#include "async/frame_pool.hpp"

namespace fwatchdog {

template <class T>
class Task;

namespace detail {

/// What all promises share: who waits for the end, and whether the waiter is still on the stack below us.
class PromiseBase {
 public:
  static void* operator new(std::size_t size) { return FramePool::allocate(size); }
  static void operator delete(void* frame, std::size_t size) { FramePool::release(frame, size); }

  std::suspend_always initial_suspend() noexcept { return {}; }
  void unhandled_exception() noexcept { exception_ = std::current_exception(); }

  struct FinalAwaiter {
    bool await_ready() noexcept { return false; }
    template <class Promise>
    std::coroutine_handle<> await_suspend(std::coroutine_handle<Promise> self) noexcept {
      PromiseBase& promise = self.promise();
      // The starter looks at done() itself when the task ends before its first real wait; see Task::Awaiter.
      if (promise.starting_) return std::noop_coroutine();
      return promise.continuation_;
    }
    void await_resume() noexcept {}
  };
  FinalAwaiter final_suspend() noexcept { return {}; }

 protected:
  template <class T>
  friend class ::fwatchdog::Task;

  std::coroutine_handle<> continuation_;
  std::exception_ptr exception_;
  bool starting_ = false;
};

template <class T>
class Promise : public PromiseBase {
 public:
  Task<T> get_return_object() noexcept;
  template <class U>
  void return_value(U&& value) {
    value_.emplace(std::forward<U>(value));
  }
  T result() {
    if (exception_) std::rethrow_exception(exception_);
    return std::move(*value_);
  }

 private:
  std::optional<T> value_;
};

template <>
class Promise<void> : public PromiseBase {
 public:
  Task<void> get_return_object() noexcept;
  void return_void() noexcept {}
  void result() {
    if (exception_) std::rethrow_exception(exception_);
  }
};

}  // namespace detail

template <class T = void>
class [[nodiscard]] Task {
 public:
  using promise_type = detail::Promise<T>;
  using Handle = std::coroutine_handle<promise_type>;

  explicit Task(Handle frame) noexcept : frame_(frame) {}
  Task(Task&& other) noexcept : frame_(std::exchange(other.frame_, nullptr)) {}
  Task& operator=(Task&&) = delete;
  ~Task() {
    if (!frame_) return;
    assert(!started_ || frame_.done());
    frame_.destroy();
  }

  class Awaiter {
   public:
    explicit Awaiter(Task& task) noexcept : task_(task) {}
    bool await_ready() const noexcept { return false; }
    /// Starts the child on our stack and goes on at once when it ended there. Pure symmetric transfer overflows the stack of g++
    /// 12 without optimization when many awaits in a row end at once; this keeps the stack constant in every build.
    bool await_suspend(std::coroutine_handle<> waiter) noexcept {
      detail::PromiseBase& promise = task_.frame_.promise();
      promise.continuation_ = waiter;
      promise.starting_ = true;
      task_.started_ = true;
      task_.frame_.resume();
      if (task_.frame_.done()) return false;
      promise.starting_ = false;
      return true;
    }
    T await_resume() { return task_.frame_.promise().result(); }

   private:
    Task& task_;
  };

  Awaiter operator co_await() && noexcept {
    assert(frame_ && !started_);
    return Awaiter(*this);
  }

 private:
  Handle frame_;
  bool started_ = false;
};

namespace detail {

template <class T>
Task<T> Promise<T>::get_return_object() noexcept {
  return Task<T>(std::coroutine_handle<Promise<T>>::from_promise(*this));
}

inline Task<void> Promise<void>::get_return_object() noexcept {
  return Task<void>(std::coroutine_handle<Promise<void>>::from_promise(*this));
}

}  // namespace detail

}  // namespace fwatchdog
