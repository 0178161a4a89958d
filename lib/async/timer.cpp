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
  const auto milliseconds = std::chrono::ceil<std::chrono::milliseconds>(after).count();
  uv_timer_start(
      handle_.get(),
      [](uv_timer_t* handle) {
        if (handle->data == nullptr) return;
        auto* timer = static_cast<Timer*>(handle->data);
        Loop& loop = timer->loop_;
        {
          // What it captured must outlive a timer that is destroyed in its own callback; the handle itself rests until the turn
          // ends.
          std::function<void()> on_fire = std::move(timer->on_fire_);
          on_fire();
          if (handle->data != nullptr) timer->on_fire_ = std::move(on_fire);
        }
        loop.run_ready();
      },
      static_cast<std::uint64_t>(milliseconds > 0 ? milliseconds + 1 : 1), 0);
}

void Timer::stop() { uv_timer_stop(handle_.get()); }

bool Timer::running() const { return uv_is_active(reinterpret_cast<const uv_handle_t*>(handle_.get())) != 0; }

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
