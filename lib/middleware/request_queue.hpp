/// RequestQueue: where requests above max_inflight wait for a slot (max_queue, queue_timeout), the oldest first.
#pragma once

#include <cstdint>
#include <list>
#include <mutex>
#include <optional>

#include "async/event.hpp"
#include "async/timer.hpp"
#include "http/message.hpp"
#include "middleware/concurrency_limit.hpp"

namespace fwatchdog {

/// Shared by all workers. A request waits in its worker's loop; whoever gives a slot back, in whatever thread, hands it to the
/// request that has waited longest, so that none that comes later overtakes it.
class RequestQueue {
 public:
  struct Options {
    std::uint64_t most = 0;  ///< requests that wait; 0: none does
    Nanoseconds timeout{0};  ///< the longest that one waits; 0: until another limit of the request passes
    bool brief = false;      ///< it is there for the moment in which slots change hands: where all are taken, it counts as full
    Options() = default;
  };
  /// `slots` must outlive the queue; while requests may wait, nobody else takes from them.
  RequestQueue(InflightSlots& slots, const Options& options) : slots_(slots), options_(options) {}
  RequestQueue(const RequestQueue&) = delete;
  RequestQueue& operator=(const RequestQueue&) = delete;

  std::uint64_t limit() const { return slots_.limit(); }
  /// One more request would be refused.
  bool full();
  /// Requests that wait.
  std::uint64_t waiting();

  /// The place of one request: in the queue at first, unless a slot is free or the queue is full, and then in a slot, which is
  /// given back by its end. Used by the loop that made it.
  class Place {
   public:
    Place(RequestQueue& queue, Loop& loop);
    Place(const Place&) = delete;
    Place& operator=(const Place&) = delete;
    ~Place();

    /// It began in the queue: wait() must be awaited.
    bool queued() const { return queued_; }
    /// Until it has a slot, or the queue's limit or a limit of the request passes, or the caller leaves.
    Task<void> wait(const Request& request);
    /// It has a slot. Not to be asked while it waits.
    bool admitted() const { return slot_ && slot_->taken(); }
    /// Gives the slot back before its end.
    void leave_slot() { queue_.end(*this); }

   private:
    friend class RequestQueue;
    void leave();

    RequestQueue& queue_;
    Loop& loop_;
    Event over_;  // the wait
    bool queued_ = false;
    // While it waits, the lock of the queue guards these.
    std::optional<InflightSlots::Slot> slot_;
    bool waits_ = false;
    std::list<Place*>::iterator at_;
  };

 private:
  void enter(Place& place);
  void end(Place& place);

  InflightSlots& slots_;
  const Options options_;
  std::mutex mutex_;
  std::list<Place*> places_;  // of those that wait, the oldest first
};

}  // namespace fwatchdog
