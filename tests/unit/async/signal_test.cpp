#include "async/signal.hpp"

#include <doctest/doctest.h>

#include <csignal>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>

#include "async/loop_fixture.hpp"

using namespace fwatchdog;
using namespace fwatchdog::testing;

namespace {

Task<void> each_watch_is_told(Loop& loop) {
  int first = 0;
  int second = 0;
  int other = 0;
  SignalWatch one(loop, SIGUSR1, [&] { ++first; });
  SignalWatch two(loop, SIGUSR1, [&] { ++second; });
  SignalWatch unlike(loop, SIGUSR2, [&] { ++other; });
  for (int round = 1; round <= 3; ++round) {
    ::raise(SIGUSR1);
    const auto both = [&] { return first == round && second == round; };
    const bool told = co_await until(loop, both);
    CHECK(told);
  }
  CHECK(other == 0);
}

// The waiting task goes on in the same turn.
Task<void> wakes_a_task(Loop& loop) {
  Event told(loop);
  SignalWatch watch(loop, SIGUSR1, [&] { told.set(); });
  ::raise(SIGUSR1);
  co_await told.wait();
}

Task<void> destroyed_in_callback(Loop& loop) {
  Event told(loop);
  const auto kept = std::make_shared<int>(0);
  std::optional<SignalWatch> watch;
  SignalWatch keeps_the_signal(loop, SIGUSR1, [] {});
  watch.emplace(loop, SIGUSR1, [&watch, &told, kept] {
    watch.reset();
    ++*kept;
    told.set();
  });
  ::raise(SIGUSR1);
  co_await told.wait();
  ::raise(SIGUSR1);
  co_await next_turn(loop);
  CHECK(*kept == 1);
  CHECK(kept.use_count() == 1);
}

// The signal came, but nobody was told yet.
Task<void> destroyed_with_signal_pending(Loop& loop) {
  int told = 0;
  SignalWatch keeps_the_signal(loop, SIGUSR1, [] {});
  {
    SignalWatch watch(loop, SIGUSR1, [&] { ++told; });
    ::raise(SIGUSR1);
  }
  co_await next_turn(loop);
  CHECK(told == 0);
}

}  // namespace

TEST_CASE("signal watch: each watch is told of each arrival") {
  TestLoop test;
  test.run(each_watch_is_told(test.loop));
  test.run(wakes_a_task(test.loop));
}

TEST_CASE("signal watch: may be destroyed in its callback and while a signal is pending") {
  TestLoop test;
  test.run(destroyed_in_callback(test.loop));
  test.run(destroyed_with_signal_pending(test.loop));
}

TEST_CASE("signal watch: gives the signal back") {
  {
    TestLoop test;
    SignalWatch watch(test.loop, SIGUSR1, [] {});
  }
  struct sigaction action {};
  REQUIRE(::sigaction(SIGUSR1, nullptr, &action) == 0);
  const bool given_back = action.sa_handler == SIG_DFL;
  CHECK(given_back);
}

TEST_CASE("signal watch: a signal that cannot be caught is an exception") {
  TestLoop test;
  std::string message;
  try {
    SignalWatch watch(test.loop, SIGKILL, [] {});
  } catch (const std::runtime_error& error) {
    message = error.what();
  }
  CHECK(message == "watch signal 9: invalid argument");
}
