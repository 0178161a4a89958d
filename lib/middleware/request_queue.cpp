#include "middleware/request_queue.hpp"

namespace fwatchdog {

bool RequestQueue::full() {
  if (options_.most == 0 || options_.brief) return slots_.full();
  const std::lock_guard lock(mutex_);
  return slots_.full() && places_.size() >= options_.most;
}

std::uint64_t RequestQueue::waiting() {
  const std::lock_guard lock(mutex_);
  return places_.size();
}

void RequestQueue::enter(Place& place) {
  if (options_.most == 0) {
    place.slot_.emplace(slots_);
    return;
  }
  const std::lock_guard lock(mutex_);
  if (places_.empty()) {
    place.slot_.emplace(slots_);
    if (place.slot_->taken()) return;
    place.slot_.reset();
  }
  if (places_.size() >= options_.most) return;
  place.at_ = places_.insert(places_.end(), &place);
  place.queued_ = place.waits_ = true;
}

void RequestQueue::end(Place& place) {
  if (options_.most == 0) {
    place.slot_.reset();
    return;
  }
  const std::lock_guard lock(mutex_);
  if (!place.slot_) return;
  place.slot_.reset();
  if (places_.empty()) return;
  Place& next = *places_.front();
  places_.pop_front();
  next.waits_ = false;
  next.slot_.emplace(slots_);
  next.loop_.post([&next] { next.over_.set(); });  // until then it waits, whatever else happens to it
}

RequestQueue::Place::Place(RequestQueue& queue, Loop& loop) : queue_(queue), loop_(loop), over_(loop) { queue_.enter(*this); }

RequestQueue::Place::~Place() { queue_.end(*this); }

/// Where a slot was given to it at the same moment, word of that is on its way.
void RequestQueue::Place::leave() {
  {
    const std::lock_guard lock(queue_.mutex_);
    if (!waits_) return;
    waits_ = false;
    queue_.places_.erase(at_);
  }
  over_.set();
}

Task<void> RequestQueue::Place::wait(const Request& request) {
  request.connection->pause_read_limit();
  Timer limit(loop_, [this] { leave(); });
  if (queue_.options_.timeout > Nanoseconds::zero()) limit.start(queue_.options_.timeout);
  CancelHook ended(request.token(), [this] { leave(); });
  co_await over_.wait();
  request.connection->resume_read_limit();
}

}  // namespace fwatchdog
