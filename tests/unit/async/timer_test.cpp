#include "async/timer.hpp"

#include <doctest/doctest.h>

#include <chrono>
#include <memory>
#include <optional>
#include <string>

#include "async/loop_fixture.hpp"
#include "async/scope.hpp"

using namespace fwatchdog;
using namespace fwatchdog::testing;
using namespace std::chrono_literals;

namespace {

using Clock = std::chrono::steady_clock;

Task<void> fires_once_for_each_start(Loop& loop) {
  int fired = 0;
  Event told(loop);
  Timer timer(loop, [&] {
    ++fired;
    told.set();
  });
  CHECK_FALSE(timer.running());
  for (int round = 1; round <= 3; ++round) {
    const auto begin = Clock::now();
    timer.start(3ms);
    CHECK(timer.running());
    co_await told.wait();
    told.reset();
    CHECK(Clock::now() - begin >= 3ms);
    CHECK_FALSE(timer.running());
    CHECK(fired == round);
  }
  timer.start(0ns);
  co_await told.wait();
  CHECK(fired == 4);
}

Task<void> restart_and_stop(Loop& loop) {
  std::string order;
  Event over(loop);
  Timer moved(loop, [&] {
    order += 'm';
    over.set();
  });
  Timer stopped(loop, [&] { order += 's'; });
  Timer between(loop, [&] { order += 'b'; });
  moved.start(1ms);
  stopped.start(1ms);
  between.start(5ms);
  moved.start(10ms);  // only the second start counts
  stopped.stop();
  stopped.stop();
  CHECK_FALSE(stopped.running());
  co_await over.wait();
  CHECK(order == "bm");
}

Task<void> not_early_in_a_long_turn(Loop& loop) {
  co_await next_turn(loop);
  const auto busy = Clock::now() + 40ms;
  while (Clock::now() < busy) continue;
  Event over(loop);
  Timer timer(loop, [&] { over.set(); });
  Timer never(loop, [] { CHECK(false); });
  never.start(Nanoseconds::max());
  const auto begin = Clock::now();
  timer.start(30ms);
  co_await over.wait();
  CHECK(Clock::now() - begin >= 30ms);
  CHECK(never.running());
}

Task<void> stop_and_restart_in_callback(Loop& loop) {
  int fired = 0;
  Event over(loop);
  std::optional<Timer> timer;
  timer.emplace(loop, [&] {
    if (++fired < 5) {
      timer->start(1ms);
    } else {
      timer->start(1ms);
      timer->stop();
      over.set();
    }
  });
  timer->start(1ms);
  co_await over.wait();
  CHECK_FALSE(timer->running());
  CHECK(fired == 5);
}

Task<void> destroy_in_callback(Loop& loop) {
  Event over(loop);
  const auto kept = std::make_shared<int>(0);
  std::optional<Timer> timer;
  timer.emplace(loop, [&timer, &over, kept] {
    timer.reset();
    ++*kept;  // what it captured lives as long as it runs
    over.set();
  });
  timer->start(1ms);
  co_await over.wait();
  CHECK_FALSE(timer.has_value());
  CHECK(*kept == 1);
  CHECK(kept.use_count() == 1);
}

// Both are due in the same turn; the first to be called destroys the other.
Task<void> destroy_other_that_is_due(Loop& loop) {
  int fired = 0;
  Event over(loop);
  std::unique_ptr<Timer> first;
  std::unique_ptr<Timer> second;
  first = std::make_unique<Timer>(loop, [&] {
    ++fired;
    second.reset();
    over.set();
  });
  second = std::make_unique<Timer>(loop, [&] {
    ++fired;
    first.reset();
    over.set();
  });
  first->start(1ms);
  second->start(1ms);
  const auto due = Clock::now() + 5ms;
  while (Clock::now() < due) continue;
  co_await over.wait();
  co_await next_turn(loop);
  CHECK(fired == 1);
}

Task<void> deadline_passes(Loop& loop) {
  CancelSource source;
  Event asked(loop);
  CancelHook hook(CancelToken(source), [&] { asked.set(); });
  Deadline deadline(loop, 2ms, source);
  CHECK_FALSE(deadline.passed());
  co_await asked.wait();
  CHECK(deadline.passed());
  CHECK(source.reason() == CancelReason::time_limit);
}

Task<void> only_the_first_cause(Loop& loop) {
  CancelSource source;
  Event asked(loop);
  CancelHook hook(CancelToken(source), [&] { asked.set(); });
  Deadline later(loop, 8ms, source);
  Deadline sooner(loop, 2ms, source);
  co_await asked.wait();
  CHECK(sooner.passed());
  CancelSource never;
  co_await sleep_for(loop, 15ms, CancelToken(never));
  CHECK_FALSE(later.passed());

  CancelSource by_peer;
  Deadline limit(loop, 2ms, by_peer);
  by_peer.request(CancelReason::peer_gone);
  co_await sleep_for(loop, 10ms, CancelToken(never));
  CHECK_FALSE(limit.passed());
  CHECK(by_peer.reason() == CancelReason::peer_gone);
}

Task<void> no_limit_and_stopped(Loop& loop) {
  CancelSource source;
  Deadline none(loop, 0ns, source);
  Deadline negative(loop, -5s, source);
  Deadline stopped(loop, 1ms, source);
  stopped.stop();
  CancelSource never;
  co_await sleep_for(loop, 10ms, CancelToken(never));
  CHECK_FALSE(source.requested());
  CHECK_FALSE(none.passed());
  CHECK_FALSE(negative.passed());
  CHECK_FALSE(stopped.passed());
}

// The request destroys the deadline that made it.
Task<void> deadline_gone_in_its_own_request(Loop& loop) {
  CancelSource source;
  Event asked(loop);
  std::optional<Deadline> deadline;
  CancelHook hook(CancelToken(source), [&] {
    deadline.reset();
    asked.set();
  });
  deadline.emplace(loop, 1ms, source);
  co_await asked.wait();
  CHECK(source.reason() == CancelReason::time_limit);
}

Task<void> sleep_then_mark(Loop& loop, Nanoseconds time, CancelToken token, bool& over) {
  co_await sleep_for(loop, time, token);
  over = true;
}

Task<void> sleeping(Loop& loop) {
  CancelSource source;
  const auto begin = Clock::now();
  co_await sleep_for(loop, 5ms, CancelToken(source));
  CHECK(Clock::now() - begin >= 5ms);

  bool over = false;
  TaskScope scope(loop);
  scope.spawn(sleep_then_mark(loop, 1h, CancelToken(source), over));
  co_await next_turn(loop);
  CHECK_FALSE(over);
  source.request(CancelReason::shutdown);
  CHECK_FALSE(over);  // never inside of the request
  co_await scope.join();
  CHECK(over);

  co_await sleep_for(loop, 1h, CancelToken(source));  // asked before: ends at once
}

Task<void> very_long(Loop& loop) {
  CancelSource source;
  Deadline centuries(loop, Nanoseconds::max(), source);
  co_await next_turn(loop);
  CHECK_FALSE(source.requested());
}

}  // namespace

TEST_CASE("timer: once for each start, never early") {
  TestLoop test;
  test.run(fires_once_for_each_start(test.loop));
  test.run(not_early_in_a_long_turn(test.loop));
}

TEST_CASE("timer: restart and stop") {
  TestLoop test;
  test.run(restart_and_stop(test.loop));
  test.run(stop_and_restart_in_callback(test.loop));
}

TEST_CASE("timer: may be destroyed in a callback, its own and another's") {
  TestLoop test;
  test.run(destroy_in_callback(test.loop));
  test.run(destroy_other_that_is_due(test.loop));
}

TEST_CASE("deadline: asks for the end when it passes") {
  TestLoop test;
  test.run(deadline_passes(test.loop));
  test.run(deadline_gone_in_its_own_request(test.loop));
}

TEST_CASE("deadline: has passed only where it was the first cause") {
  TestLoop test;
  test.run(only_the_first_cause(test.loop));
}

TEST_CASE("deadline: zero is no limit, a stopped one never passes") {
  TestLoop test;
  test.run(no_limit_and_stopped(test.loop));
  test.run(very_long(test.loop));
}

TEST_CASE("sleep_for: ends after its time, or when an end is asked for") {
  TestLoop test;
  test.run(sleeping(test.loop));
}
