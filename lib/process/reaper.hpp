/// Reaper: the only waitpid of the program.
///
/// It takes every child that ends: known ones are told to their Child, strangers are discarded - as process 1 we get the orphans
/// of all functions, and a zombie that nobody takes stays for ever. libuv's own process handles are not used, for two who wait
/// lose an exit.
#pragma once

#include <sys/types.h>

#include <mutex>
#include <unordered_map>

#include "async/event.hpp"
#include "async/signal.hpp"

namespace fwatchdog {

class Child;

class Reaper {
 public:
  /// SIGCHLD is taken on `loop`, which must outlive the reaper. Children may belong to other loops.
  explicit Reaper(Loop& loop);
  Reaper(const Reaper&) = delete;
  Reaper& operator=(const Reaper&) = delete;
  /// No child may be left.
  ~Reaper();

 private:
  friend class Child;

  /// Between these two an exit of an unknown pid is remembered: it may be that of the child which is just being started.
  void begin_spawn();
  void end_spawn(pid_t pid, Child* child);

  void forget(pid_t pid);
  /// Sends `signal_number` to the group of `pid` if it was not reaped yet: a pid that was may be somebody else's.
  bool signal_group(pid_t pid, int signal_number);
  void reap();

  Loop& loop_;
  std::mutex mutex_;
  std::unordered_map<pid_t, Child*> children_;
  std::unordered_map<pid_t, int> early_;
  int spawning_ = 0;
  SignalWatch sigchld_;
};

}  // namespace fwatchdog
