#include "service/crew.hpp"

#include <fmt/format.h>

#include <system_error>

#include "async/combine.hpp"

namespace fwatchdog {

Result<void> Crew::make_first(const MakeMode& make_mode) {
  MadeMode made = make_mode(parts_.first_loop, logger_);
  if (!made.ok()) return made.error();
  mode_ = std::move(*made);
  const WorkerParts own{0, parts_.first_loop, *mode_, logger_, parts_.keys};
  first_ = std::make_unique<Worker>(own, parts_.rules, parts_.shared);
  return {};
}

void Crew::make_others(std::size_t count, const MakeMode& make_mode) {
  try {
    while (threads_.size() + 1 < count) {
      auto thread = std::make_unique<WorkerThread>(threads_.size() + 1, parts_);
      MadeMode made = make_mode(thread->loop(), thread->logger());
      if (!made.ok()) return;  // what the first one could be made from does for the others
      thread->start(std::move(*made));
      threads_.push_back(std::move(thread));
    }
  } catch (const std::system_error& failure) {
    logger_.warning("Warning: workers: {} of {} could be started: {}", threads_.size() + 1, count, failure.what());
  }
}

std::vector<Gauge> Crew::gauges() const {
  std::vector<Gauge> gauges;
  const auto add = [&gauges](std::size_t number, std::function<double()> value) {
    gauges.push_back(Gauge{"fwatchdog_connections", "Connections of callers that are open, by worker.", "gauge", std::move(value),
                           fmt::format("{{worker=\"{}\"}}", number)});
  };
  add(0, [this] { return static_cast<double>(first_->server().connections()); });
  for (std::size_t i = 0; i < threads_.size(); ++i)
    add(i + 1, [&thread = *threads_[i]] { return static_cast<double>(thread.connections()); });
  return gauges;
}

WorkerThread* Crew::least_busy() const {
  WorkerThread* chosen = nullptr;
  std::uint64_t fewest = first_->server().connections();
  for (const auto& thread : threads_) {
    const std::uint64_t connections = thread->connections();
    if (connections >= fewest) continue;
    fewest = connections;
    chosen = thread.get();
  }
  return chosen;
}

Task<void> Crew::accept_from(Listener& listener) {
  if (threads_.empty()) {
    co_await first_->server().accept_from(listener);
    accepted_all_.set();
    co_return;
  }
  for (;;) {
    Result<Fd> socket = co_await listener.accept();
    if (!socket.ok()) break;
    if (WorkerThread* thread = least_busy()) {
      thread->take(std::move(*socket));
    } else {
      first_->server().expect_one();
      first_->server().take(std::move(*socket));
    }
  }
  accepted_all_.set();
}

void Crew::drain() {
  first_->server().drain();
  for (const auto& thread : threads_) thread->drain();
}

void Crew::abort() {
  first_->server().abort();
  for (const auto& thread : threads_) thread->abort();
}

Task<void> Crew::join() {
  co_await accepted_all_.wait();
  co_await first_->server().join();
  for (const auto& thread : threads_) co_await thread->join();
  joined_.set();
}

Task<void> Crew::live() {
  co_await mode_->live(CancelToken(ending_));
  co_await joined_.wait();
  for (const auto& thread : threads_) co_await thread->end();
}

void Crew::end_modes() {
  ending_.request(CancelReason::shutdown);
  for (const auto& thread : threads_) thread->end_mode();
}

}  // namespace fwatchdog
