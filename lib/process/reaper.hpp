/// Reaper: the only waitpid of the program. Where handlers run in this process there is none: they wait for their own children.
///
/// It takes every child that ends: known ones are told to their Child, strangers are discarded - as process 1 we get the orphans
/// of all functions, and a zombie that nobody takes stays for ever. libuv's own process handles are not used, for two who wait
/// lose an exit.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <mutex>
#include <unordered_map>
#include <vector>

#include "async/event.hpp"
#include "async/fd.hpp"
#include "async/fd_watch.hpp"

namespace fwatchdog {

class Child;

class Reaper final : private FdWatch::Waiter {
 public:
  /// SIGCHLD is taken on `loop`, which must outlive the reaper, from a signalfd(2): no handler interrupts anything, and an end
  /// costs one read. So the signal is blocked in this thread as long as the reaper lives, and must be in all others
  /// (start_thread()). Children may belong to other loops, which the reaper must outlive. Throws std::runtime_error when the
  /// system gives no signalfd.
  explicit Reaper(Loop& loop);
  Reaper(const Reaper&) = delete;
  Reaper& operator=(const Reaper&) = delete;
  /// No child may be left.
  ~Reaper();

 private:
  friend class Child;

  /// Between these two an exit of an unknown pid is remembered: it may be that of the child which is just being started. Workers
  /// start theirs side by side, each with a number. No `pid`: nothing was started.
  std::uint64_t begin_spawn();
  void end_spawn(std::uint64_t number, pid_t pid, Child* child);

  /// `child` will not be told of its end any more.
  void forget(const Child& child);
  /// From now on `to` is told of the end of what is `from`'s process. False where it has ended, seen by us or not.
  bool move(const Child& from, Child& to);
  /// Sends `signal_number` to the group of `child` if it was not reaped yet: the pid of one that was may be somebody else's.
  bool signal_group(const Child& child, int signal_number);
  void ready(Result<void> how) override;
  void reap();
  /// On the child's loop.
  void tell(std::uint64_t number, int status);

  Loop& loop_;
  std::mutex mutex_;
  std::unordered_map<pid_t, Child*> children_;
  struct Early {
    int status;
    std::uint64_t before;  // concerns no start with this number or a later one
  };
  std::unordered_map<pid_t, Early> early_;
  std::unordered_map<std::uint64_t, Child*> untold_;  // reaped, and their own loop is about to be told
  std::uint64_t told_number_ = 0;
  std::vector<std::uint64_t> spawning_;  // in the order of their beginning
  std::uint64_t next_spawn_ = 1;
  Fd signals_;
  FdWatch watch_;
};

}  // namespace fwatchdog
