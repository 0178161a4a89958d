#include "async/poller.hpp"

#include <cerrno>
#include <stdexcept>
#include <string>

#include "async/fd_watch.hpp"
#include "result.hpp"

namespace fwatchdog {

Poller::Poller(int guest) : epoll_(::epoll_create1(EPOLL_CLOEXEC)) {
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.ptr = nullptr;
  if (!epoll_ || ::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, guest, &event) != 0) {
    throw std::runtime_error("event loop: " + errno_text(errno));
  }
}

int Poller::watch(int fd, std::uint32_t events, FdWatch& watch, bool again) {
  epoll_event event{};
  event.events = events | EPOLLET;
  event.data.ptr = &watch;
  return ::epoll_ctl(epoll_.get(), again ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, fd, &event) == 0 ? 0 : errno;
}

void Poller::forget(int fd, const FdWatch& watch) {
  epoll_event none{};  // kernels before 2.6.9 wanted one
  (void)::epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, fd, &none);
  for (std::size_t i = next_; i < end_; ++i) {
    if (batch_[i].data.ptr == &watch) batch_[i].events = 0;
  }
}

void Poller::wait(int milliseconds) {
  const int count = ::epoll_wait(epoll_.get(), batch_.data(), static_cast<int>(batch_.size()), milliseconds);
  next_ = 0;
  end_ = count > 0 ? static_cast<std::size_t>(count) : 0;  // interrupted by a signal: nothing came
  guest_is_ready_ = false;
}

bool Poller::tell(std::size_t most) {
  if (next_ == end_) return false;
  for (std::size_t told = 0; told < most && next_ < end_; ++told) {
    const epoll_event event = batch_[next_++];
    if (event.data.ptr == nullptr) {
      guest_is_ready_ = true;
    } else if (event.events != 0) {
      static_cast<FdWatch*>(event.data.ptr)->on_event(event.events);
    }
  }
  return true;
}

}  // namespace fwatchdog
