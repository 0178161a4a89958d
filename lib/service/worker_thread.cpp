#include "service/worker_thread.hpp"

#include <cassert>
#include <utility>

#include "async/thread.hpp"

namespace fwatchdog {

WorkerThread::WorkerThread(std::size_t number, const Parts& parts)
    : number_(number),
      parts_(parts),
      log_(loop_, parts.sinks, parts.rules.settings),
      joined_(parts.first_loop),
      ended_(parts.first_loop) {
  if (parts.keys != nullptr) keys_.emplace(loop_, *parts.keys);
}

WorkerThread::~WorkerThread() { assert(!thread_.joinable()); }

void WorkerThread::start(std::unique_ptr<ModeHandler> mode) {
  mode_ = std::move(mode);
  const WorkerParts own{number_, loop_, *mode_, log_.logger(), keys_ ? &*keys_ : nullptr};
  worker_ = std::make_unique<Worker>(own, parts_.rules, parts_.shared);
  thread_ = start_thread([this] {
    loop_.run(live());
    parts_.first_loop.post([this] { ended_.set(); });
  });
}

Task<void> WorkerThread::live() {
  beside_.spawn(mode_->live(CancelToken(mode_ending_)));
  co_await told_to_end_.wait();
  co_await beside_.join();
}

void WorkerThread::take(Fd socket) {
  worker_->server().expect_one();
  // A function that can be posted can be copied, which a descriptor cannot. It is sure to be run.
  loop_.post([this, fd = socket.release()] { worker_->server().take(Fd(fd)); });
}

void WorkerThread::drain() {
  loop_.post([this] { worker_->server().drain(); });
}

void WorkerThread::abort() {
  loop_.post([this] { worker_->server().abort(); });
}

Task<void> WorkerThread::join() {
  loop_.post([this] { beside_.spawn(tell_of_last_connection()); });
  co_await joined_.wait();
}

Task<void> WorkerThread::tell_of_last_connection() {
  co_await worker_->server().join();
  parts_.first_loop.post([this] { joined_.set(); });
}

void WorkerThread::end_mode() {
  loop_.post([this] { mode_ending_.request(CancelReason::shutdown); });
}

Task<void> WorkerThread::end() {
  loop_.post([this] { told_to_end_.set(); });
  co_await ended_.wait();
  thread_.join();
}

}  // namespace fwatchdog
