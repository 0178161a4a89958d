#include "process/reaper.hpp"

#include <sys/wait.h>

#include <cassert>
#include <csignal>

#include "process/child.hpp"

namespace fwatchdog {

Reaper::Reaper(Loop& loop) : loop_(loop), sigchld_(loop, SIGCHLD, [this] { reap(); }) {
  reap();  // as process 1 we may have been given children before we could listen
}

Reaper::~Reaper() { assert(children_.empty()); }

void Reaper::begin_spawn() {
  const std::lock_guard lock(mutex_);
  ++spawning_;
}

void Reaper::end_spawn(pid_t pid, Child* child) {
  const std::lock_guard lock(mutex_);
  if (pid > 0) {
    if (const auto early = early_.find(pid); early != early_.end()) {
      child->reaped(early->second, true);
    } else {
      children_.emplace(pid, child);
    }
  }
  if (--spawning_ == 0) early_.clear();
}

void Reaper::forget(pid_t pid) {
  const std::lock_guard lock(mutex_);
  children_.erase(pid);
}

bool Reaper::signal_group(pid_t pid, int signal_number) {
  const std::lock_guard lock(mutex_);
  return children_.count(pid) != 0 && ::kill(-pid, signal_number) == 0;
}

void Reaper::reap() {
  const std::lock_guard lock(mutex_);
  int status = 0;
  for (pid_t pid = 0; (pid = ::waitpid(-1, &status, WNOHANG)) > 0;) {
    const auto known = children_.find(pid);
    if (known != children_.end()) {
      Child& child = *known->second;
      children_.erase(known);
      child.reaped(status, &child.loop_ == &loop_);
    } else if (spawning_ > 0) {
      early_.emplace(pid, status);
    }
  }
}

}  // namespace fwatchdog
