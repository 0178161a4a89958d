#include "async/fd_watch.hpp"

#include <sys/epoll.h>

#include <cassert>
#include <cerrno>
#include <utility>

namespace fwatchdog {

namespace {

// Who waits for a hang-up will read, now or soon: one entry in the kernel serves both.
constexpr std::uint32_t kReadEvents = EPOLLIN | EPOLLRDHUP | EPOLLPRI;

}  // namespace

FdWatch::~FdWatch() {
  assert(reader_ == nullptr && writer_ == nullptr && hangup_ == nullptr);
  if (watched_ != 0) loop_.poller().forget(fd_, *this);
}

void FdWatch::wait_readable(Waiter& waiter) { wait(reader_, waiter, kReadable); }
void FdWatch::wait_writable(Waiter& waiter) { wait(writer_, waiter, kWritable); }
void FdWatch::wait_hangup(Waiter& waiter) { wait(hangup_, waiter, kHungUp); }

void FdWatch::wait(Waiter*& place, Waiter& waiter, unsigned what) {
  assert(place == nullptr);
  if (cancelled_) {
    waiter.ready(Error(Errc::cancelled));
    return;
  }
  place = &waiter;
  Result<void> asked = ask(what);
  if (asked.ok()) return;
  place = nullptr;
  waiter.ready(std::move(asked));
}

Result<void> FdWatch::ask(unsigned what) {
  const std::uint32_t events = watched_ | (what == kWritable ? static_cast<std::uint32_t>(EPOLLOUT) : kReadEvents);
  if (events == watched_ && (told_ & what) == 0) return {};
  if (const int error = loop_.poller().watch(fd_, events, *this, watched_ != 0); error != 0)
    return Error::system(error, "watch descriptor");
  watched_ = events;
  return {};
}

void FdWatch::stop_waiting(Waiter& waiter) {
  if (reader_ == &waiter) reader_ = nullptr;
  if (writer_ == &waiter) writer_ = nullptr;
  if (hangup_ == &waiter) hangup_ = nullptr;
}

void FdWatch::interrupt_reader(Error why) {
  if (Waiter* reader = std::exchange(reader_, nullptr)) reader->ready(std::move(why));
}

void FdWatch::cancel() {
  cancelled_ = true;
  if (std::exchange(watched_, 0) != 0) loop_.poller().forget(fd_, *this);
  if (Waiter* reader = std::exchange(reader_, nullptr)) reader->ready(Error(Errc::cancelled));
  if (Waiter* writer = std::exchange(writer_, nullptr)) writer->ready(Error(Errc::cancelled));
  if (Waiter* hangup = std::exchange(hangup_, nullptr)) hangup->ready(Error(Errc::cancelled));
}

void FdWatch::on_event(std::uint32_t events) {
  unsigned what = 0;
  if ((events & (EPOLLIN | EPOLLRDHUP | EPOLLPRI)) != 0) what |= kReadable;
  if ((events & EPOLLOUT) != 0) what |= kWritable;
  if ((events & EPOLLRDHUP) != 0) what |= kHungUp;
  if ((events & (EPOLLERR | EPOLLHUP)) != 0) what = kReadable | kWritable | kHungUp;  // all find out by trying
  told_ |= what;
  if ((what & kHungUp) != 0 || (events & EPOLLPRI) != 0) never_dry_ = true;
  Waiter* reader = (what & kReadable) != 0 ? std::exchange(reader_, nullptr) : nullptr;
  Waiter* writer = (what & kWritable) != 0 ? std::exchange(writer_, nullptr) : nullptr;
  Waiter* hangup = (what & kHungUp) != 0 ? std::exchange(hangup_, nullptr) : nullptr;
  if (reader != nullptr) reader->ready({});
  if (writer != nullptr) writer->ready({});
  if (hangup != nullptr) hangup->ready({});
}

}  // namespace fwatchdog
