#include "async/timer.hpp"

#include <uv.h>

#include <algorithm>

#include "async/event.hpp"

namespace fwatchdog {

namespace {

constexpr Nanoseconds kFarAway = std::chrono::hours(24 * 365 * 100);  // what can be added to any time of the clock

}  // namespace

Timer::Timer(Loop& loop, std::function<void()> on_fire) : loop_(loop), handle_(loop.take_timer()), on_fire_(std::move(on_fire)) {
  handle_->data = this;
}

Timer::~Timer() { loop_.give_back_timer(std::move(handle_)); }

void Timer::start(Nanoseconds after, std::chrono::steady_clock::time_point now) {
  // Reckoned from now, not from when the turn began as libuv's own clock does: a turn can be long where processors are few, and a
  // limit must never pass early.
  const Nanoseconds passes = now.time_since_epoch() + std::min(after, kFarAway);  // libuv's clock is the same one
  const auto due = static_cast<std::uint64_t>(std::chrono::floor<std::chrono::milliseconds>(passes).count() + 1);
  due_ = std::max(due, uv_now(loop_.uv()) + 1);
  const std::uint64_t milliseconds = due_ - uv_now(loop_.uv());
  const bool armed = uv_is_active(reinterpret_cast<const uv_handle_t*>(handle_.get())) != 0;
  if (!armed || uv_timer_get_due_in(handle_.get()) > milliseconds) arm(milliseconds);
}

void Timer::arm(std::uint64_t milliseconds) {
  uv_timer_start(
      handle_.get(),
      [](uv_timer_t* handle) {
        if (handle->data != nullptr) static_cast<Timer*>(handle->data)->fired();
      },
      milliseconds, 0);
}

void Timer::fired() {
  if (due_ == 0) return;
  if (const std::uint64_t now = uv_now(loop_.uv()); now < due_) {
    arm(due_ - now);
    return;
  }
  due_ = 0;
  Loop& loop = loop_;
  uv_timer_t* const handle = handle_.get();
  {
    // What it captured must outlive a timer that is destroyed in its own callback; the handle itself rests until the turn ends.
    std::function<void()> on_fire = std::move(on_fire_);
    on_fire();
    if (handle->data != nullptr) on_fire_ = std::move(on_fire);
  }
  loop.run_ready();
}

void Timer::stop() { due_ = 0; }

Deadline::Deadline(Loop& loop, Nanoseconds limit, CancelSource& source)
    : source_(source), timer_(loop, [this] {
        passed_ = !source_.requested();
        source_.request(CancelReason::time_limit);
      }) {
  if (limit > Nanoseconds::zero()) timer_.start(limit);
}

Task<void> sleep_for(Loop& loop, Nanoseconds time, CancelToken token) {
  Event over(loop);
  Timer timer(loop, [&over] { over.set(); });
  timer.start(time);
  CancelHook hook(token, [&over] { over.set(); });
  co_await over.wait();
}

}  // namespace fwatchdog
