#include "middleware/concurrency_limit.hpp"

#include <doctest/doctest.h>

#include <string>
#include <thread>
#include <vector>

#include "async/combine.hpp"
#include "middleware/request_queue.hpp"
#include "support/recorded_call.hpp"
#include "support/turns.hpp"

using namespace fwatchdog;
using namespace fwatchdog::test;

TEST_CASE("slots") {
  InflightSlots slots(2);
  CHECK(slots.limit() == 2);
  CHECK_FALSE(slots.full());
  {
    const InflightSlots::Slot first(slots);
    CHECK(first.taken());
    CHECK_FALSE(slots.full());
    {
      const InflightSlots::Slot second(slots);
      CHECK(second.taken());
      CHECK(slots.full());
      const InflightSlots::Slot third(slots);
      CHECK_FALSE(third.taken());
    }
    CHECK_FALSE(slots.full());
    const InflightSlots::Slot again(slots);
    CHECK(again.taken());
  }
  CHECK_FALSE(slots.full());
}

TEST_CASE("a limit of zero is none") {
  InflightSlots slots(0);
  const InflightSlots::Slot first(slots);
  const InflightSlots::Slot second(slots);
  CHECK(first.taken());
  CHECK(second.taken());
  CHECK_FALSE(slots.full());
}

TEST_CASE("slots are shared by threads") {
  InflightSlots slots(3);
  std::atomic<int> holding{0}, most{0}, refused{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 20'000; ++i) {
        const InflightSlots::Slot slot(slots);
        if (!slot.taken()) {
          ++refused;
          continue;
        }
        const int now = ++holding;
        for (int seen = most.load(); now > seen && !most.compare_exchange_weak(seen, now);) {
        }
        --holding;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(most.load() <= 3);
  CHECK_FALSE(slots.full());
  std::vector<std::unique_ptr<InflightSlots::Slot>> all;
  for (int i = 0; i < 3; ++i) all.push_back(std::make_unique<InflightSlots::Slot>(slots));
  for (const auto& slot : all) CHECK(slot->taken());  // none was lost
}

namespace {

Task<void> above_the_limit(Loop& loop) {
  InflightSlots slots(1);
  Event gate(loop);
  GivenHandler next;
  next.gate = &gate;
  RequestQueue queue(slots, RequestQueue::Options());
  ConcurrencyLimit limit(loop, queue, next);
  GivenRequest first("GET"), second("GET"), third("GET");
  RecordedResponse of_first, of_second, of_third;
  TaskScope scope(loop);
  scope.spawn(limit.handle(first.request, of_first));
  CHECK(slots.full());
  co_await limit.handle(second.request, of_second);
  CHECK(of_second.text() ==
        "429 Content-Type: text/plain\nX-OpenFaaS-Internal: faas-middleware\nRetry-After: 1\n|"
        "Concurrent request limit exceeded. Max concurrent requests: 1\n");
  CHECK(next.calls == 1);
  gate.set();
  co_await scope.join();
  CHECK(of_first.text() == "200 |answer");
  CHECK_FALSE(slots.full());
  co_await limit.handle(third.request, of_third);
  CHECK(of_third.text() == "200 |answer");
}

}  // namespace

TEST_CASE("requests above the limit are refused, and the slot is free when its request has ended") {
  Loop loop;
  loop.run(above_the_limit(loop));
}

TEST_CASE("a slot is given back by a handler that does not answer") {
  InflightSlots slots(1);
  GivenHandler next;
  next.answers = false;
  RequestQueue queue(slots, RequestQueue::Options());
  Loop loop;
  ConcurrencyLimit limit(loop, queue, next);
  CHECK(answer_of(limit, "GET", "/") == "200 | [open]");
  CHECK_FALSE(slots.full());
}
