/// Child: one process that we started, with its group.
#pragma once

#include <sys/types.h>

#include "async/event.hpp"
#include "async/task.hpp"
#include "process/reaper.hpp"
#include "process/spawn.hpp"

namespace fwatchdog {

class Child {
 public:
  /// Belongs to `loop`, the one it is awaited on.
  Child(Loop& loop, Reaper& reaper) : loop_(loop), reaper_(reaper), ended_(loop) {}
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  /// Kills the group of a process that still runs. Whoever wants to be sure of its end awaits exit() before.
  ~Child();

  /// Starts it, once.
  Result<void> start(const SpawnOptions& options);

  /// Instead of starting one: takes over the process of `other`, which may belong to another loop, and must not be in use on that
  /// meanwhile. False where it has ended. Else `other` has none any more, and is to be told by release(), on its own loop.
  bool take_over(Child& other);
  /// Another Child has taken over the process: who waits for exit() goes on, with 0.
  void release() { ended_.set(); }

  /// Kills the whole group, at once (SIGKILL). Nothing happens where it has ended.
  void kill();
  /// Sends another signal to the whole group.
  void signal(int signal_number);

  /// Waits for the end of the process itself; its children may live on. The wait status as of waitpid(2).
  Task<int> exit();
  bool ended() const { return ended_.happened(); }
  Loop& loop() { return loop_; }
  /// Valid until the process was reaped.
  pid_t pid() const { return pid_; }

 private:
  friend class Reaper;

  /// On the thread of our loop, under the reaper's lock.
  void reaped(int status);

  Loop& loop_;
  Reaper& reaper_;
  Event ended_;
  pid_t pid_ = -1;
  int status_ = 0;
};

}  // namespace fwatchdog
