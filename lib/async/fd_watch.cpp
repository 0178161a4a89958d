#include "async/fd_watch.hpp"

#include <uv.h>

#include <cassert>
#include <memory>
#include <utility>

namespace fwatchdog {

FdWatch::~FdWatch() { assert(reader_ == nullptr && writer_ == nullptr && hangup_ == nullptr); }

void FdWatch::wait_readable(Waiter& waiter) { wait(reader_, waiter, UV_READABLE); }
void FdWatch::wait_writable(Waiter& waiter) { wait(writer_, waiter, UV_WRITABLE); }

void FdWatch::wait_hangup(Waiter& waiter) { wait(hangup_, waiter, UV_DISCONNECT); }

void FdWatch::wait(Waiter*& place, Waiter& waiter, int event) {
  assert(place == nullptr);
  if (cancelled_) {
    waiter.ready(Error(Errc::cancelled));
    return;
  }
  place = &waiter;
  Result<void> armed = arm(event);
  if (armed.ok()) return;
  place = nullptr;
  waiter.ready(std::move(armed));
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
  armed_ = 0;
  handle_.reset();
  if (Waiter* reader = std::exchange(reader_, nullptr)) reader->ready(Error(Errc::cancelled));
  if (Waiter* writer = std::exchange(writer_, nullptr)) writer->ready(Error(Errc::cancelled));
  if (Waiter* hangup = std::exchange(hangup_, nullptr)) hangup->ready(Error(Errc::cancelled));
}

Result<void> FdWatch::arm(int events) {
  if ((armed_ & events) == events) return {};
  if (!handle_) {
    auto handle = std::make_unique<uv_poll_t>();
    if (const int status = uv_poll_init(loop_.uv(), handle.get(), fd_); status < 0)
      return Error::system(-status, "watch descriptor");
    handle_.reset(handle.release());
    handle_->data = this;
  }
  const int status = uv_poll_start(handle_.get(), armed_ | events, [](uv_poll_t* handle, int status_of, int events_of) {
    if (handle->data != nullptr) static_cast<FdWatch*>(handle->data)->on_event(status_of, events_of);
  });
  if (status < 0) return Error::system(-status, "watch descriptor");
  armed_ |= events;
  return {};
}

void FdWatch::disarm(int events) {
  const int left = armed_ & ~events;
  armed_ = 0;
  uv_poll_stop(handle_.get());
  if (left != 0) (void)arm(left);  // a failure ends the wait at the next event or with its owner's time limit
}

void FdWatch::on_event(int status, int events) {
  Loop& loop = loop_;
  if (status < 0) {
    // The descriptor is in an error state, which libuv stops watching: both sides find out by trying.
    armed_ = 0;
    events = UV_READABLE | UV_WRITABLE | UV_DISCONNECT;
  }
  Waiter* reader = (events & UV_READABLE) != 0 ? std::exchange(reader_, nullptr) : nullptr;
  Waiter* writer = (events & UV_WRITABLE) != 0 ? std::exchange(writer_, nullptr) : nullptr;
  Waiter* hangup = (events & UV_DISCONNECT) != 0 ? std::exchange(hangup_, nullptr) : nullptr;
  int idle = events & UV_DISCONNECT;  // it stays true once it is: told once
  if ((events & UV_READABLE) != 0 && reader == nullptr) idle |= UV_READABLE;
  if ((events & UV_WRITABLE) != 0 && writer == nullptr) idle |= UV_WRITABLE;
  if ((armed_ & idle) != 0) disarm(idle);
  if (reader != nullptr) reader->ready({});
  if (writer != nullptr) writer->ready({});
  if (hangup != nullptr) hangup->ready({});
  loop.run_ready();
}

}  // namespace fwatchdog
