#include "async/scope.hpp"

#include <doctest/doctest.h>

#include <memory>
#include <string>
#include <vector>

#include "async/combine.hpp"
#include "async/loop_fixture.hpp"

using namespace fwatchdog;
using namespace fwatchdog::testing;

namespace {

Task<void> note(std::string& order, char mark) {
  order += mark;
  co_return;
}

Task<void> wait_then_note(Event& event, std::string& order, char mark) {
  co_await event.wait();
  order += mark;
}

// Says when its frame, with its arguments, is gone.
struct Farewell {
  explicit Farewell(std::string& order_in) : order(&order_in) {}
  Farewell(Farewell&& other) noexcept : order(std::exchange(other.order, nullptr)) {}
  Farewell& operator=(Farewell&&) = delete;
  ~Farewell() {
    if (order != nullptr) *order += '.';
  }
  std::string* order;
};

Task<void> with_farewell(Event& event, Farewell farewell) {
  co_await event.wait();
  *farewell.order += 'f';
}

Task<void> scope_basics(Loop& loop) {
  std::string order;
  Event first(loop);
  Event second(loop);
  TaskScope scope(loop);
  co_await scope.join();  // of none

  scope.spawn(note(order, 'a'));
  CHECK(order == "a");  // runs at once
  CHECK(scope.running() == 0);
  co_await scope.join();  // of those that ended at once

  scope.spawn(wait_then_note(first, order, 'b'));
  scope.spawn(wait_then_note(second, order, 'c'));
  CHECK(scope.running() == 2);
  second.set();
  co_await next_turn(loop);
  CHECK(order == "ac");
  CHECK(scope.running() == 1);
  first.set();
  CHECK(order == "ac");  // never inside of the call
  co_await scope.join();
  CHECK(order == "acb");
  CHECK(scope.running() == 0);
}

Task<void> frames_are_gone_at_join(Loop& loop) {
  std::string order;
  Event event(loop);
  TaskScope scope(loop);
  scope.spawn(with_farewell(event, Farewell(order)));
  event.set();
  co_await scope.join();
  order += 'j';
  CHECK(order == "f.j");
}

Task<void> spawn_in_spawned(TaskScope& scope, Event& event, std::string& order, int depth) {
  co_await event.wait();
  order += static_cast<char>('0' + depth);
  if (depth > 0) scope.spawn(spawn_in_spawned(scope, event, order, depth - 1));
}

Task<void> join_sees_late_tasks(Loop& loop) {
  std::string order;
  Event event(loop);
  TaskScope scope(loop);
  scope.spawn(spawn_in_spawned(scope, event, order, 3));
  event.set();
  co_await scope.join();
  CHECK(order == "3210");
}

// Spawns when the scope's last task has ended, but its joiner has not gone on yet.
Task<void> spawn_after_last(TaskScope& scope, Event& before, Event& late, std::string& order) {
  co_await before.wait();
  order += 's';
  scope.spawn(wait_then_note(late, order, 'l'));
}

Task<void> set_later(Loop& loop, Event& event) {
  co_await next_turn(loop);
  event.set();
}

Task<void> join_waits_for_a_task_spawned_at_the_last_moment(Loop& loop) {
  std::string order;
  Event first(loop);
  Event second(loop);
  Event late(loop);
  TaskScope outer(loop);
  TaskScope scope(loop);
  scope.spawn(wait_then_note(first, order, 'a'));
  outer.spawn(spawn_after_last(scope, second, late, order));
  outer.spawn(set_later(loop, late));
  first.set();
  second.set();
  co_await scope.join();
  CHECK(order == "asl");
  co_await outer.join();
}

Task<void> add(Loop& loop, int& total, int value, int turns) {
  for (; turns > 0; --turns) co_await next_turn(loop);
  total += value;
}

Task<void> shared_locals(Loop& loop) {
  int total = 0;
  co_await when_all(loop, add(loop, total, 1, 0), add(loop, total, 10, 3), add(loop, total, 100, 1));
  CHECK(total == 111);
  co_await when_all(loop);  // of none
  co_await when_all(loop, add(loop, total, 1000, 0));
  CHECK(total == 1111);
}

Task<void> many_tasks(Loop& loop) {
  int total = 0;
  TaskScope scope(loop);
  for (int task = 0; task < 10'000; ++task) scope.spawn(add(loop, total, 1, task % 3));
  co_await scope.join();
  CHECK(total == 10'000);
}

Task<void> event_rules(Loop& loop) {
  std::string order;
  Event event(loop);
  CHECK_FALSE(event.happened());
  event.set();
  event.set();
  CHECK(event.happened());
  co_await event.wait();
  co_await event.wait();  // it has happened and stays so
  event.reset();
  CHECK_FALSE(event.happened());

  TaskScope scope(loop);
  scope.spawn(wait_then_note(event, order, 'a'));
  event.set();
  event.reset();  // whoever waited was told all the same
  co_await scope.join();
  CHECK(order == "a");
}

}  // namespace

TEST_CASE("scope: tasks start at once, join waits for all") {
  TestLoop test;
  test.run(scope_basics(test.loop));
}

TEST_CASE("scope: a task's frame is gone before the joiner goes on") {
  TestLoop test;
  test.run(frames_are_gone_at_join(test.loop));
}

TEST_CASE("scope: join waits for tasks that came while it waited") {
  TestLoop test;
  test.run(join_sees_late_tasks(test.loop));
  test.run(join_waits_for_a_task_spawned_at_the_last_moment(test.loop));
}

TEST_CASE("scope: ten thousand tasks at once") {
  TestLoop test;
  test.run(many_tasks(test.loop));
}

TEST_CASE("when_all: shares the caller's locals and waits for all") {
  TestLoop test;
  test.run(shared_locals(test.loop));
}

TEST_CASE("event: happens once, may be set again, may be reset") {
  TestLoop test;
  test.run(event_rules(test.loop));
}
