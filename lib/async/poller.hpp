/// Poller: the descriptors of one loop in an epoll(7) of its own.
///
/// Descriptors are watched edge-triggered and stay so until they are forgotten: under load a wait costs no system call, what is
/// ready already is not looked at again with every turn, and a descriptor that lives for one call costs two calls of epoll_ctl,
/// where uv_poll needs five of the system's. libuv's own epoll is one of the descriptors: its timers, signals and wake-ups.
#pragma once

#include <sys/epoll.h>

#include <array>
#include <cstddef>
#include <cstdint>

#include "async/fd.hpp"

namespace fwatchdog {

class FdWatch;

class Poller {
 public:
  /// `guest` is libuv's descriptor, watched as long as it has something to say. Throws std::runtime_error when the system gives
  /// no epoll.
  explicit Poller(int guest);
  Poller(const Poller&) = delete;
  Poller& operator=(const Poller&) = delete;

  /// Tells `watch` of `events` (EPOLLIN, ...) on `fd`, from now on and at once where they are there already. `again`: the poller
  /// knows it, and more events, or what is there at this moment, are asked for. 0 or an errno.
  int watch(int fd, std::uint32_t events, FdWatch& watch, bool again);
  /// Never tells `watch` again, not even what wait() has found by now. Before the descriptor is closed.
  void forget(int fd, const FdWatch& watch);

  /// Waits for up to `milliseconds` (-1: for ever) for something to tell.
  void wait(int milliseconds);
  /// Tells of up to `most` of what came. False where there was nothing left to tell.
  bool tell(std::size_t most);
  /// The guest had something to say in what was told since wait().
  bool guest_is_ready() const { return guest_is_ready_; }

 private:
  static constexpr std::size_t kBatch = 512;

  Fd epoll_;
  std::array<epoll_event, kBatch> batch_;
  std::size_t next_ = 0;  // of the batch, to be told
  std::size_t end_ = 0;
  bool guest_is_ready_ = false;
};

}  // namespace fwatchdog
