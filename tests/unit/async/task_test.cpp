#include "async/task.hpp"

#include <doctest/doctest.h>
#include <pthread.h>

#include <memory>
#include <stdexcept>
#include <string>
#include <utility>

#include "async/loop_fixture.hpp"

using namespace fwatchdog;
using namespace fwatchdog::testing;

namespace {

struct Alive {
  int& count;
  explicit Alive(int& count_in) : count(count_in) { ++count; }
  Alive(Alive&& other) noexcept : count(other.count) { ++count; }
  Alive& operator=(Alive&&) = delete;
  ~Alive() { --count; }
};

Task<int> note_and_give(int& runs, int value) {
  ++runs;
  co_return value;
}

Task<void> holds(Alive alive, int& runs) {
  ++runs;
  CHECK(alive.count > 0);
  co_return;
}

Task<std::unique_ptr<std::string>> give_owned(std::string text) { co_return std::make_unique<std::string>(std::move(text)); }

Task<int> throws_at_once() {
  throw std::runtime_error("at once");
  co_return 0;
}

Task<void> throws_later(Loop& loop) {
  co_await next_turn(loop);
  throw std::runtime_error("later");
}

Task<int> passes_on(Loop& loop, bool later) {
  if (later) co_await throws_later(loop);
  co_return co_await throws_at_once();
}

Task<std::string> message_of(Loop& loop, bool later) {
  std::string message;
  try {
    (void)co_await passes_on(loop, later);
  } catch (const std::runtime_error& error) {
    message = error.what();
  }
  co_return message;
}

Task<int> later(Loop& loop, int value) {
  co_await next_turn(loop);
  co_return value;
}

Task<int> at_once(int value) { co_return value; }
Task<void> at_once_and_nothing() { co_return; }
Task<int> nested(int value) {
  co_await at_once_and_nothing();
  co_return co_await at_once(value);
}

constexpr int kMany = 2'000'000;

Task<void> many_awaits(long long& sum) {
  for (int round = 0; round < kMany / 4; ++round) {
    co_await at_once_and_nothing();
    sum += co_await nested(1);  // three awaits
  }
}

// What a small thread made of the awaits.
struct OnSmallStack {
  long long sum = 0;
  static void* run(void* self) {
    Loop loop;
    loop.run(many_awaits(static_cast<OnSmallStack*>(self)->sum));
    return nullptr;
  }
};

}  // namespace

TEST_CASE("task: lazy, and gone with its arguments when nobody awaits it") {
  int runs = 0;
  int alive = 0;
  {
    Task<int> task = note_and_give(runs, 1);
    Task<void> with_argument = holds(Alive(alive), runs);
    CHECK(runs == 0);
    CHECK(alive == 1);
  }
  CHECK(runs == 0);
  CHECK(alive == 0);
}

namespace {

Task<void> value_and_move(Loop& loop) {
  int runs = 0;
  const int given = co_await note_and_give(runs, 7);
  CHECK(given == 7);
  CHECK(runs == 1);

  Task<int> first = note_and_give(runs, 8);
  Task<int> second = std::move(first);
  Task<int> third = std::move(second);
  CHECK(runs == 1);
  const int moved = co_await std::move(third);
  CHECK(moved == 8);
  CHECK(runs == 2);

  const std::unique_ptr<std::string> owned = co_await give_owned(std::string(1000, 'x'));
  CHECK(owned->size() == 1000);

  const int waited = co_await later(loop, 9);
  CHECK(waited == 9);

  int alive = 0;
  co_await holds(Alive(alive), runs);
  CHECK(runs == 3);
  CHECK(alive == 0);
}

Task<void> exceptions(Loop& loop) {
  const std::string at_once_text = co_await message_of(loop, false);
  CHECK(at_once_text == "at once");
  const std::string later_text = co_await message_of(loop, true);
  CHECK(later_text == "later");
}

}  // namespace

TEST_CASE("task: value, move and arguments") {
  TestLoop test;
  test.run(value_and_move(test.loop));
}

TEST_CASE("task: an exception reaches whoever awaits, at once and later") {
  TestLoop test;
  test.run(exceptions(test.loop));
}

TEST_CASE("task: two million awaits that end at once take no stack") {
  OnSmallStack work;
  pthread_attr_t small;
  REQUIRE(pthread_attr_init(&small) == 0);
  REQUIRE(pthread_attr_setstacksize(&small, 256 * 1024) == 0);
  pthread_t thread{};
  REQUIRE(pthread_create(&thread, &small, OnSmallStack::run, &work) == 0);
  REQUIRE(pthread_join(thread, nullptr) == 0);
  pthread_attr_destroy(&small);
  CHECK(work.sum == kMany / 4);
}
