#include "async/loop.hpp"

#include <uv.h>

#include <cstdio>
#include <cstdlib>
#include <stdexcept>
#include <string>

#include "async/scope.hpp"

namespace fwatchdog {

namespace {

constexpr int kClosingTurns = 100;
constexpr std::size_t kSpareTimers = 256;
/// Events of which all are told before anybody goes on: the first thing that is done for each is a read. Each may take a buffer.
constexpr std::size_t kTogether = 32;

void check(int status, const char* what) {
  if (status < 0) throw std::runtime_error(std::string(what) + ": " + uv_strerror(status));
}

Task<void> run_then_mark(Task<void> main, bool& ended, std::exception_ptr& failure) {
  try {
    co_await std::move(main);
  } catch (...) {
    failure = std::current_exception();
  }
  ended = true;
}

}  // namespace

void Loop::FreeLoop::operator()(uv_loop_t* loop) const noexcept {
  if (uv_loop_close(loop) != 0) {
    std::fputs("fwatchdog: a loop was closed while these handles were open:\n", stderr);
    uv_print_all_handles(loop, stderr);
    std::abort();
  }
  delete loop;
}

Loop::Loop() {
  auto loop = std::make_unique<uv_loop_t>();
  check(uv_loop_init(loop.get()), "event loop");
  loop_.reset(loop.release());

  poller_ = std::make_unique<Poller>(uv_backend_fd(loop_.get()));

  auto wake = std::make_unique<uv_async_t>();
  check(uv_async_init(loop_.get(), wake.get(),
                      [](uv_async_t* handle) {
                        if (handle->data != nullptr) static_cast<Loop*>(handle->data)->run_posted();
                      }),
        "event loop");
  wake_.reset(wake.release());
  wake_->data = this;
}

Loop::~Loop() {
  spare_timers_.clear();
  resting_timers_.clear();
  wake_.reset();
  // Lets the close callbacks free the handles. A watch of a signal that has just come needs more than one turn; a handle that
  // somebody left open must not keep us here.
  for (int turn = 0; turn < kClosingTurns && uv_run(loop_.get(), UV_RUN_NOWAIT) != 0;) ++turn;
}

void Loop::run(Task<void> main) {
  bool ended = false;
  std::exception_ptr failure;
  TaskScope scope(*this);
  scope.spawn(run_then_mark(std::move(main), ended, failure));
  run_ready();
  while (!ended) turn(ended);
  (void)end_turn();
  if (failure) std::rethrow_exception(failure);
}

// What libuv's documentation names for a loop inside of another one (uv_backend_fd(), uv_backend_timeout()).
void Loop::turn(const bool& ended) {
  const bool went_on = end_turn();
  if (ended) return;
  uv_update_time(loop_.get());
  poller_->wait(went_on ? 0 : uv_backend_timeout(loop_.get()));
  uv_update_time(loop_.get());
  while (poller_->tell(kTogether)) run_ready();
  if (poller_->guest_is_ready() || uv_backend_timeout(loop_.get()) == 0) uv_run(loop_.get(), UV_RUN_NOWAIT);
}

void Loop::run_ready() {
  while (!ready_.empty() || !writes_.empty()) {
    while (!ready_.empty()) {
      running_.swap(ready_);
      for (std::coroutine_handle<> coroutine : running_) coroutine.resume();
      running_.clear();
    }
    writing_.swap(writes_);
    for (Write* write : writing_) write->write();
    writing_.clear();
  }
}

bool Loop::end_turn() {
  bool went_on = !ready_.empty() || !at_turn_end_.empty();
  run_ready();
  ready_.swap(at_turn_end_);
  run_ready();
  for (const auto& hook : turn_end_) hook();
  went_on = went_on || !ready_.empty();
  run_ready();
  while (!resting_timers_.empty() && spare_timers_.size() < kSpareTimers) {
    spare_timers_.push_back(std::move(resting_timers_.back()));
    resting_timers_.pop_back();
  }
  resting_timers_.clear();
  return went_on;  // the hooks have to see what was gathered since
}

Handle<uv_timer_t> Loop::take_timer() {
  if (!spare_timers_.empty()) {
    Handle<uv_timer_t> timer = std::move(spare_timers_.back());
    spare_timers_.pop_back();
    return timer;
  }
  auto made = std::make_unique<uv_timer_t>();
  uv_timer_init(loop_.get(), made.get());  // cannot fail
  return Handle<uv_timer_t>(made.release());
}

void Loop::give_back_timer(Handle<uv_timer_t> timer) {
  timer->data = nullptr;
  resting_timers_.push_back(std::move(timer));
}

void Loop::post(std::function<void()> work) {
  // Waking belongs to it: once the work has run, this loop may be gone.
  const std::lock_guard lock(posted_mutex_);
  posted_.push_back(std::move(work));
  uv_async_send(wake_.get());
}

void Loop::run_posted() {
  std::vector<std::function<void()>> work;
  {
    const std::lock_guard lock(posted_mutex_);
    work.swap(posted_);
  }
  for (const auto& one : work) one();
  run_ready();
}

}  // namespace fwatchdog
