#include "async/timer.hpp"

#include <uv.h>

#include "async/event.hpp"

namespace fwatchdog {

Timer::Timer(Loop& loop, std::function<void()> on_fire) : loop_(loop), handle_(loop.take_timer()), on_fire_(std::move(on_fire)) {
  handle_->data = this;
}

Timer::~Timer() { loop_.give_back_timer(std::move(handle_)); }

void Timer::start(Nanoseconds after) {
  // libuv counts from the start of the turn; rounding up by one more keeps a limit from passing early.
  const auto rounded = std::chrono::ceil<std::chrono::milliseconds>(after).count();
  const auto milliseconds = static_cast<std::uint64_t>(rounded > 0 ? rounded + 1 : 1);
  due_ = uv_now(loop_.uv()) + milliseconds;
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
