#include "modes/upstream_gate.hpp"

#include <algorithm>
#include <chrono>

namespace fwatchdog {

namespace {

using std::chrono::milliseconds;

// A function that starts quickly is noticed at once; one that takes seconds is not hammered.
constexpr milliseconds kFirstPause{2};
constexpr milliseconds kLongestPause{50};

}  // namespace

Task<void> UpstreamGate::watch(CancelToken stop) {
  milliseconds pause = kFirstPause;
  while (!stop.requested() && !open_) {
    Result<std::unique_ptr<ClientConnection>> connection = co_await pool_.connect(stop);
    if (connection.ok()) {
      open_with(std::move(*connection));
      co_return;
    }
    reason_ = connection.error().text();
    co_await sleep_for(loop_, pause, stop);
    pause = std::min(pause * 2, kLongestPause);
  }
  give_up();
}

Task<void> UpstreamGate::wait_for_others(CancelToken stop) {
  signal_.when_listening([this] { loop_.post([this] { open_now(); }); });
  (void)co_await wait(stop);
  give_up();
}

void UpstreamGate::give_up() {
  given_up_ = !open_;
  wake_all();
}

void UpstreamGate::open_with(std::unique_ptr<ClientConnection> connection) {
  pool_.add(std::move(connection));
  open_now();
  signal_.set_listening();
}

void UpstreamGate::open_now() {
  open_ = true;
  wake_all();
}

void UpstreamGate::wake_all() {
  for (Event* waiter : waiting_) waiter->set();
}

Task<bool> UpstreamGate::try_now() {
  if (open_) co_return true;
  Result<std::unique_ptr<ClientConnection>> connection = co_await pool_.connect(CancelToken(never_));
  if (connection.ok()) {
    open_with(std::move(*connection));
  } else {
    reason_ = connection.error().text();
  }
  co_return open_;
}

Task<bool> UpstreamGate::wait(CancelToken token) {
  if (open_ || given_up_) co_return open_;
  Event changed(loop_);
  waiting_.push_back(&changed);
  CancelHook hook(token, [&changed] { changed.set(); });
  co_await changed.wait();
  waiting_.erase(std::find(waiting_.begin(), waiting_.end(), &changed));
  co_return open_;
}

}  // namespace fwatchdog
