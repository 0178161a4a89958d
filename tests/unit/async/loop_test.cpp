#include "async/loop.hpp"

#include <doctest/doctest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "async/event.hpp"
#include "async/fd_watch.hpp"
#include "async/loop_fixture.hpp"
#include "async/scope.hpp"
#include "async/timer.hpp"

using namespace fwatchdog;
using namespace fwatchdog::testing;
using namespace std::chrono_literals;

namespace {

Task<void> throws(Loop& loop, bool later) {
  if (later) co_await next_turn(loop);
  throw std::runtime_error("out of main");
}

Task<void> nothing() { co_return; }

Task<void> posts_from_threads(Loop& loop) {
  constexpr int kEach = 1000;
  const auto here = std::this_thread::get_id();
  int wrong_thread = 0;
  std::vector<int> from_first;
  std::vector<int> from_second;
  Event over(loop);
  const auto poster = [&](std::vector<int>& into) {
    for (int number = 0; number < kEach; ++number) {
      loop.post([&, number] {
        into.push_back(number);
        if (std::this_thread::get_id() != here) ++wrong_thread;
        if (from_first.size() + from_second.size() == 2 * kEach) over.set();
      });
    }
  };
  std::thread first(poster, std::ref(from_first));
  std::thread second(poster, std::ref(from_second));
  co_await over.wait();
  first.join();
  second.join();
  CHECK(wrong_thread == 0);
  REQUIRE(from_first.size() == kEach);
  for (int number = 0; number < kEach; ++number) {
    if (from_first[static_cast<std::size_t>(number)] != number) CHECK(false);  // in the order of one poster
    if (from_second[static_cast<std::size_t>(number)] != number) CHECK(false);
  }
}

Task<void> post_is_never_inline(Loop& loop) {
  bool ran = false;
  loop.post([&] {
    ran = true;
    loop.post([&] { ran = false; });  // a post inside of posted work
  });
  CHECK_FALSE(ran);
  co_await next_turn(loop);
  CHECK_FALSE(ran);
}

Task<void> count_then_look(Loop& loop, FdWatch& watch, int& told, std::vector<int>& seen) {
  const Result<void> waited = co_await watch.readable();
  CHECK(waited.ok());
  ++told;
  co_await loop.events_told();
  seen.push_back(told);
}

Task<void> told_together(Loop& loop) {
  const Ends first_ends = pipe_ends();
  const Ends second_ends = pipe_ends();
  FdWatch first(loop, first_ends.ours.get());
  FdWatch second(loop, second_ends.ours.get());
  CHECK(::write(first_ends.theirs.get(), "x", 1) == 1);
  CHECK(::write(second_ends.theirs.get(), "x", 1) == 1);
  int told = 0;
  std::vector<int> seen;
  TaskScope scope(loop);
  scope.spawn(count_then_look(loop, first, told, seen));
  scope.spawn(count_then_look(loop, second, told, seen));
  co_await scope.join();
  CHECK(seen == std::vector<int>{2, 2});
}

Task<void> append(Event& event, std::string& order, char mark) {
  co_await event.wait();
  order += mark;
}

Task<void> ready_in_order(Loop& loop) {
  std::string order;
  Event first(loop);
  Event second(loop);
  Event third(loop);
  TaskScope scope(loop);
  scope.spawn(append(first, order, '1'));
  scope.spawn(append(second, order, '2'));
  scope.spawn(append(third, order, '3'));
  third.set();
  first.set();
  second.set();
  CHECK(order.empty());
  co_await scope.join();
  CHECK(order == "312");
}

Task<void> turn_end(Loop& loop, std::string& order) {
  order += 'a';
  co_await next_turn(loop);
  order += 'b';
}

Task<void> waits_for(Event& event) { co_await event.wait(); }

// Dies with a handle still open; the end of the process tells how.
int status_of_leaving_a_timer(bool running) {
  const pid_t pid = ::fork();
  REQUIRE(pid >= 0);
  if (pid == 0) {
    ::alarm(20);
    ::close(STDERR_FILENO);
    std::signal(SIGABRT, SIG_DFL);  // doctest's own handler is none of this process's business
    auto loop = std::make_unique<Loop>();
    auto* left = new Timer(*loop, [] {});
    if (running) left->start(1h);
    loop.reset();
    ::_exit(0);
  }
  int status = 0;
  REQUIRE(::waitpid(pid, &status, 0) == pid);
  return status;
}

}  // namespace

TEST_CASE("loop: runs more than once, and what main throws is thrown by run") {
  TestLoop test;
  test.run(nothing());
  CHECK_THROWS_WITH_AS(test.run(throws(test.loop, false)), "out of main", std::runtime_error);
  CHECK_THROWS_WITH_AS(test.run(throws(test.loop, true)), "out of main", std::runtime_error);
  test.run(nothing());
}

TEST_CASE("loop: post from other threads runs in order on the loop's thread") {
  TestLoop test;
  test.run(posts_from_threads(test.loop));
}

TEST_CASE("loop: posted work never runs inside of post") {
  TestLoop test;
  test.run(post_is_never_inline(test.loop));
}

TEST_CASE("loop: work that was posted and never ran is freed") {
  const auto kept = std::make_shared<int>(0);
  {
    TestLoop test;
    test.loop.post([kept] { ++*kept; });
  }
  CHECK(kept.use_count() == 1);
}

TEST_CASE("loop: coroutines go on in the order in which they became ready") {
  TestLoop test;
  test.run(ready_in_order(test.loop));
}

TEST_CASE("loop: hooks are called at the end of a turn, after everything that was ready") {
  TestLoop test;
  std::string order;
  test.loop.at_turn_end([&] { order += '1'; });
  test.loop.at_turn_end([&] { order += '2'; });
  test.run(turn_end(test.loop, order));
  CHECK(order.starts_with("a12"));
  CHECK(order.ends_with("b12"));
}

TEST_CASE("loop: what a hook makes ready goes on before the loop waits") {
  TestLoop test;
  Event event(test.loop);
  test.loop.at_turn_end([&] { event.set(); });
  // The bound of TestLoop would end this with an error: nothing else happens on this loop.
  const auto begin = std::chrono::steady_clock::now();
  test.run(waits_for(event));
  CHECK(std::chrono::steady_clock::now() - begin < kBound / 2);
}

TEST_CASE("loop: what happens together is known together at the end of the events") {
  TestLoop test;
  test.run(told_together(test.loop));
}

TEST_CASE("loop: a handle that is left open ends the program at once") {
  for (const bool running : {false, true}) {
    const int status = status_of_leaving_a_timer(running);
    REQUIRE(WIFSIGNALED(status));
    CHECK(WTERMSIG(status) == SIGABRT);
  }
}

namespace {

Task<void> end_in_a_timer(Loop& loop) {
  Event passed(loop);
  Timer timer(loop, [&passed] { passed.set(); });
  timer.start(std::chrono::milliseconds(1));
  std::this_thread::sleep_for(std::chrono::milliseconds(5));  // it is due before the loop waits for the first time
  co_await passed.wait();
}

}  // namespace

TEST_CASE("a main that ends in the callback of a timer ends the loop, though nothing else will happen") {
  Loop loop;
  loop.run(end_in_a_timer(loop));
}
