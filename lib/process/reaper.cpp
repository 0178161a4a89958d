#include "process/reaper.hpp"

#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cassert>
#include <cerrno>
#include <csignal>
#include <stdexcept>
#include <string>

#include "process/child.hpp"

namespace fwatchdog {

namespace {

sigset_t only_sigchld() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGCHLD);
  return set;
}

/// SIGCHLD by a descriptor.
Fd child_signals() {
  // Whoever started us may have ignored it: then the kernel would take our children itself.
  struct sigaction no_action {};
  no_action.sa_handler = SIG_DFL;
  (void)::sigaction(SIGCHLD, &no_action, nullptr);
  const sigset_t ours = only_sigchld();
  (void)::pthread_sigmask(SIG_BLOCK, &ours, nullptr);
  Fd signals(::signalfd(-1, &ours, SFD_CLOEXEC | SFD_NONBLOCK));
  if (!signals) throw std::runtime_error("watch for the end of processes: signalfd: " + errno_text(errno));
  return signals;
}

}  // namespace

Reaper::Reaper(Loop& loop) : loop_(loop), signals_(child_signals()), watch_(loop, signals_.get()) {
  watch_.wait_readable(*this);
  reap();  // as process 1 we may have been given children before we could listen
}

Reaper::~Reaper() {
  assert(children_.empty());
  watch_.stop_waiting(*this);
  const sigset_t ours = only_sigchld();
  (void)::pthread_sigmask(SIG_UNBLOCK, &ours, nullptr);
}

void Reaper::ready(Result<void> how) {
  if (!how.ok()) return;
  // One for the process and one for the thread is all that can wait: nothing is left after one read.
  std::array<signalfd_siginfo, 2> signals{};
  (void)!::read(signals_.get(), signals.data(), sizeof signals);
  watch_.drained();
  reap();
  watch_.wait_readable(*this);
}

std::uint64_t Reaper::begin_spawn() {
  const std::lock_guard lock(mutex_);
  spawning_.push_back(next_spawn_);
  return next_spawn_++;
}

void Reaper::end_spawn(std::uint64_t number, pid_t pid, Child* child) {
  const std::lock_guard lock(mutex_);
  if (pid > 0) {
    if (const auto early = early_.find(pid); early != early_.end()) {
      child->reaped(early->second.status);
      early_.erase(early);
    } else {
      children_.emplace(pid, child);
    }
  }
  std::erase(spawning_, number);
  // Strangers that ended before all that are still starting: kept, they would be taken for a later process with the same pid.
  const std::uint64_t oldest = spawning_.empty() ? next_spawn_ : spawning_.front();
  std::erase_if(early_, [oldest](const auto& entry) { return entry.second.before <= oldest; });
}

void Reaper::forget(const Child& child) {
  const std::lock_guard lock(mutex_);
  const auto known = children_.find(child.pid());
  if (known != children_.end() && known->second == &child) children_.erase(known);
  std::erase_if(untold_, [&child](const auto& entry) { return entry.second == &child; });
}

bool Reaper::move(const Child& from, Child& to) {
  const std::lock_guard lock(mutex_);
  const auto known = children_.find(from.pid());
  if (known == children_.end() || known->second != &from) return false;
  siginfo_t ended{};
  (void)::waitid(P_PID, static_cast<id_t>(from.pid()), &ended, WEXITED | WNOHANG | WNOWAIT);
  if (ended.si_pid != 0) return false;
  known->second = &to;
  return true;
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
    } else if (!spawning_.empty()) {
      early_.insert_or_assign(pid, Early{status, next_spawn_});
    }
  }
}

void Reaper::tell(std::uint64_t number, int status) {
  const std::lock_guard lock(mutex_);
  const auto untold = untold_.extract(number);
  if (!untold.empty()) untold.mapped()->reaped(status);
}

}  // namespace fwatchdog
