#include "async/timer.hpp"

#include <uv.h>

#include <memory>

#include "async/event.hpp"

namespace fwatchdog {

Timer::Timer(Loop& loop, std::function<void()> on_fire) : loop_(loop), on_fire_(std::move(on_fire)) {
  auto handle = std::make_unique<uv_timer_t>();
  uv_timer_init(loop.uv(), handle.get());  // cannot fail
  handle_.reset(handle.release());
  handle_->data = this;
}

void Timer::start(Nanoseconds after) {
  // libuv counts from the start of the turn; rounding up by one more keeps a limit from passing early.
  const auto milliseconds = std::chrono::ceil<std::chrono::milliseconds>(after).count();
  uv_timer_start(
      handle_.get(),
      [](uv_timer_t* handle) {
        if (handle->data == nullptr) return;
        auto* timer = static_cast<Timer*>(handle->data);
        Loop& loop = timer->loop_;
        timer->on_fire_();
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
