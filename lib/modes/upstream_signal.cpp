#include "modes/upstream_signal.hpp"

#include <utility>

namespace fwatchdog {

void UpstreamSignal::set_listening() {
  std::vector<std::function<void()>> waiting;
  {
    const std::lock_guard lock(mutex_);
    listening_ = true;
    waiting = std::exchange(waiting_, {});
  }
  for (const auto& told : waiting) told();
}

void UpstreamSignal::when_listening(std::function<void()> told) {
  {
    const std::lock_guard lock(mutex_);
    if (!listening_) {
      waiting_.push_back(std::move(told));
      return;
    }
  }
  told();
}

void UpstreamSignal::add(Loop& loop, ClientPool& pool) {
  const std::lock_guard lock(mutex_);
  members_.push_back(Member{&loop, &pool});
}

void UpstreamSignal::leave(const ClientPool& pool) {
  const std::lock_guard lock(mutex_);
  std::erase_if(members_, [&pool](const Member& member) { return member.pool == &pool; });
}

bool UpstreamSignal::has_others() {
  const std::lock_guard lock(mutex_);
  return members_.size() > 1;
}

UpstreamSignal::Counts UpstreamSignal::counts() {
  const std::lock_guard lock(mutex_);
  Counts sum;
  for (const Member& member : members_) {
    const ClientPool::Counts& counts = member.pool->counts();
    sum.opened += counts.opened.load(std::memory_order_relaxed);
    sum.reused += counts.reused.load(std::memory_order_relaxed);
    sum.repeated += counts.repeated.load(std::memory_order_relaxed);
  }
  return sum;
}

void UpstreamSignal::end_idle_of_others(const ClientPool& own) {
  const std::lock_guard lock(mutex_);
  for (const Member& member : members_) {
    if (member.pool != &own) member.loop->post([pool = member.pool] { pool->drop_idle(); });
  }
}

}  // namespace fwatchdog
