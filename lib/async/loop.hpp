/// Loop: one event loop, the queue of coroutines that can go on, and what is done at the end of every turn. Descriptors are
/// watched by a Poller, timers, signals and other threads' wake-ups by libuv.
///
/// A loop and all that belongs to it is used by one thread; post() is the only door for others.
#pragma once

#include <chrono>
#include <coroutine>
#include <functional>
#include <memory>
#include <mutex>
#include <vector>

#include "async/handle.hpp"
#include "async/poller.hpp"
#include "async/task.hpp"

namespace fwatchdog {

class Loop {
 public:
  /// Throws std::runtime_error when the system gives no loop.
  Loop();
  /// Everything that uses the loop must be gone by now; a handle that is still open ends the program with its name.
  ~Loop();
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;

  /// Runs until `main` has ended. What `main` throws is thrown here.
  void run(Task<void> main);

  /// Lets a suspended coroutine go on, later in this turn: never inside the call.
  void make_ready(std::coroutine_handle<> coroutine) { ready_.push_back(coroutine); }

  /// Something that is to be written to a descriptor. write_soon() does so once everybody who can go on has done so: what is done
  /// for one connection after the other, and what the system does at each write, then stay in the processor's caches.
  class Write {
   public:
    virtual void write() = 0;

   protected:
    ~Write() = default;
  };
  /// `write` must live until it was called, later in this turn: never inside the call.
  void write_soon(Write& write) { writes_.push_back(&write); }

  /// Resumes all that is ready and does all writes. Called at the end of every callback, where nothing else is on the stack.
  void run_ready();

  /// Called once a turn, before the loop waits for events: the place to write what a turn has gathered. What a hook makes ready
  /// goes on before that wait.
  void at_turn_end(std::function<void()> hook) { turn_end_.push_back(std::move(hook)); }

  /// Waits until everybody has been told of what came in this turn: things that happen together are then known together.
  auto events_told() {
    struct Awaiter {
      Loop& loop;
      bool await_ready() const { return false; }
      void await_suspend(std::coroutine_handle<> waiter) { loop.at_turn_end_.push_back(waiter); }
      void await_resume() const {}
    };
    return Awaiter{*this};
  }

  /// Runs `work` on the loop's thread, soon. May be called from any thread.
  void post(std::function<void()> work);

  /// A timer that is initialized, and perhaps armed by whoever had it before. Every request needs some: those given back are used
  /// again, from the next turn on.
  Handle<uv_timer_t> take_timer();
  void give_back_timer(Handle<uv_timer_t> timer);

  /// How many pipes of this loop hold as much as a pipe can (Stream::widen_pipe()).
  int& widest_pipes() { return widest_pipes_; }

  uv_loop_t* uv() { return loop_.get(); }
  Poller& poller() { return *poller_; }

 private:
  void turn(const bool& ended);
  /// True when something went on: then there may be more to do.
  bool end_turn();
  void run_posted();

  struct FreeLoop {
    void operator()(uv_loop_t* loop) const noexcept;
  };
  std::unique_ptr<uv_loop_t, FreeLoop> loop_;
  std::unique_ptr<Poller> poller_;
  Handle<uv_async_t> wake_;
  std::vector<std::coroutine_handle<>> ready_;
  std::vector<std::coroutine_handle<>> running_;
  std::vector<Write*> writes_;
  std::vector<Write*> writing_;
  std::vector<std::coroutine_handle<>> at_turn_end_;
  std::vector<std::function<void()>> turn_end_;
  std::vector<Handle<uv_timer_t>> spare_timers_;
  std::vector<Handle<uv_timer_t>> resting_timers_;  // given back in this turn: their callback may still be on the stack
  int widest_pipes_ = 0;
  std::mutex posted_mutex_;
  std::vector<std::function<void()>> posted_;
};

}  // namespace fwatchdog
