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
      child->reaped(early->second);
    } else {
      children_.emplace(pid, child);
    }
  }
  if (--spawning_ == 0) early_.clear();
}

void Reaper::forget(const Child& child) {
  const std::lock_guard lock(mutex_);
  const auto known = children_.find(child.pid());
  if (known != children_.end() && known->second == &child) children_.erase(known);
  std::erase_if(untold_, [&child](const auto& entry) { return entry.second == &child; });
}

bool Reaper::signal_group(const Child& child, int signal_number) {
  const std::lock_guard lock(mutex_);
  const auto known = children_.find(child.pid());
  return known != children_.end() && known->second == &child && ::kill(-child.pid(), signal_number) == 0;
}

void Reaper::reap() {
  const std::lock_guard lock(mutex_);
  int status = 0;
  for (pid_t pid = 0; (pid = ::waitpid(-1, &status, WNOHANG)) > 0;) {
    const auto known = children_.find(pid);
    if (known != children_.end()) {
      Child& child = *known->second;
      children_.erase(known);
      if (&child.loop_ == &loop_) {
        child.reaped(status);
        continue;
      }
      // By number: the child may be gone, and another one in its place, when its loop comes to it.
      const std::uint64_t number = ++told_number_;
      untold_.emplace(number, &child);
      child.loop_.post([this, number, status] { tell(number, status); });
    } else if (spawning_ > 0) {
      early_.emplace(pid, status);
    }
  }
}

void Reaper::tell(std::uint64_t number, int status) {
  const std::lock_guard lock(mutex_);
  const auto untold = untold_.extract(number);
  if (!untold.empty()) untold.mapped()->reaped(status);
}

}  // namespace fwatchdog
