#include "process/child.hpp"

#include <csignal>
#include <utility>

namespace fwatchdog {

Child::~Child() {
  if (pid_ <= 0 || ended()) return;
  kill();
  reaper_.forget(*this);
}

Result<void> Child::start(const SpawnOptions& options) {
  const std::uint64_t number = reaper_.begin_spawn();
  Result<pid_t> started = spawn(options);
  pid_ = started.ok() ? *started : -1;
  reaper_.end_spawn(number, pid_, this);
  if (!started.ok()) return started.error();
  return {};
}

bool Child::take_over(Child& other) {
  if (!reaper_.move(other, *this)) return false;
  pid_ = std::exchange(other.pid_, -1);
  return true;
}

void Child::kill() { signal(SIGKILL); }

void Child::signal(int signal_number) {
  if (pid_ > 0) reaper_.signal_group(*this, signal_number);
}

Task<int> Child::exit() {
  co_await ended_.wait();
  co_return status_;
}

void Child::reaped(int status) {
  status_ = status;
  ended_.set();
}

}  // namespace fwatchdog
