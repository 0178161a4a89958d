/// FdWatch: waiting until a descriptor can be read from or written to.
///
/// All I/O of the program is done by the task that wants it, once the descriptor is ready: no buffer ever belongs to libuv, so a
/// wait can be ended at any moment without waiting for a callback, and closing a descriptor leaves nothing behind.
#pragma once

#include <coroutine>
#include <cstdint>

#include "async/loop.hpp"
#include "result.hpp"

namespace fwatchdog {

/// One reader, one writer and one who waits for a hang-up at most. Each wait ends when the descriptor is ready, however long it
/// has been so. The kernel tells of changes only: what it told, and of what nobody said that it is over, is asked for again by
/// the next wait, which costs a system call. Who reads until nothing is left says drained(), and waits without any.
class FdWatch {
 public:
  /// Somebody who waits. ready() is called once for each wait, on the loop, with nothing else on the stack but the watch itself.
  class Waiter {
   public:
    /// ok: the descriptor is ready, or broken, which the next read or write will tell. Else the wait was cancelled, or could not
    /// begin.
    virtual void ready(Result<void> how) = 0;

   protected:
    ~Waiter() = default;
  };

  /// `fd` is borrowed, must be non-blocking, and must be open as long as the watch lives.
  FdWatch(Loop& loop, int fd) : loop_(loop), fd_(fd) {}
  FdWatch(const FdWatch&) = delete;
  FdWatch& operator=(const FdWatch&) = delete;
  /// Nobody may be waiting.
  ~FdWatch();

  /// `waiter` must live until it was called or has left by stop_waiting().
  void wait_readable(Waiter& waiter);
  void wait_writable(Waiter& waiter);
  /// The other side has ended its direction or the whole connection, seen without reading. Called once.
  void wait_hangup(Waiter& waiter);
  void stop_waiting(Waiter& waiter);

  /// Nothing is left to read, or no room to write, by what the last read or write returned.
  void drained() {
    if (!never_dry_) told_ &= ~kReadable;
  }
  void full() { told_ &= ~kWritable; }
  /// A read that took less than it could has not seen the end of what is there: the stream has ended behind it, or is interrupted
  /// by urgent data (tcp(7)).
  bool never_dry() const { return never_dry_; }

  /// Ends the reader's wait, if there is one, with `why`. Later waits are not affected.
  void interrupt_reader(Error why);

  /// Ends all waits with Errc::cancelled, and every later one. The kernel forgets the descriptor: it may be closed after this.
  void cancel();
  bool cancelled() const { return cancelled_; }
  Loop& loop() { return loop_; }

  class Awaiter;
  Awaiter readable();
  Awaiter writable();

 private:
  friend class Poller;

  enum Readiness : unsigned { kReadable = 1, kWritable = 2, kHungUp = 4 };

  void wait(Waiter*& place, Waiter& waiter, unsigned what);
  Result<void> ask(unsigned what);
  /// By the poller: EPOLLIN, ...
  void on_event(std::uint32_t events);

  Loop& loop_;
  int fd_;
  Waiter* reader_ = nullptr;
  Waiter* writer_ = nullptr;
  Waiter* hangup_ = nullptr;
  std::uint32_t watched_ = 0;  // events
  unsigned told_ = 0;          // by the kernel, and not over as far as we know
  bool never_dry_ = false;
  bool cancelled_ = false;
};

class FdWatch::Awaiter final : private FdWatch::Waiter {
 public:
  Awaiter(FdWatch& watch, bool for_reading) : watch_(watch), for_reading_(for_reading) {}
  Awaiter(const Awaiter&) = delete;
  Awaiter& operator=(const Awaiter&) = delete;

  bool await_ready() const { return false; }
  void await_suspend(std::coroutine_handle<> waiter) {
    coroutine_ = waiter;
    for_reading_ ? watch_.wait_readable(*this) : watch_.wait_writable(*this);
  }
  Result<void> await_resume() { return std::move(how_); }

 private:
  void ready(Result<void> how) override {
    how_ = std::move(how);
    watch_.loop_.make_ready(coroutine_);
  }

  FdWatch& watch_;
  bool for_reading_;
  std::coroutine_handle<> coroutine_;
  Result<void> how_;
};

inline FdWatch::Awaiter FdWatch::readable() { return Awaiter(*this, true); }
inline FdWatch::Awaiter FdWatch::writable() { return Awaiter(*this, false); }

}  // namespace fwatchdog
