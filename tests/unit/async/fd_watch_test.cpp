#include "async/fd_watch.hpp"

#include <doctest/doctest.h>

#include <cerrno>
#include <cstdio>
#include <memory>
#include <optional>
#include <vector>

#include "async/loop_fixture.hpp"
#include "async/scope.hpp"

using namespace fwatchdog;
using namespace fwatchdog::testing;

namespace {

using Answers = std::vector<Result<void>>;

Task<void> await_readable(FdWatch& watch, Answers& answers) { answers.push_back(co_await watch.readable()); }
Task<void> await_writable(FdWatch& watch, Answers& answers) { answers.push_back(co_await watch.writable()); }

/// Counts how often it was told, and does something then.
struct Counting final : FdWatch::Waiter {
  int told = 0;
  Result<void> last;
  std::function<void()> then = [] {};
  void ready(Result<void> how) override {
    ++told;
    last = std::move(how);
    then();
  }
};

bool is_cancelled(const Answers& answers) {
  return answers.size() == 1 && !answers[0].ok() && answers[0].error().code == Errc::cancelled;
}

Task<void> reader_and_writer(Loop& loop) {
  Ends ends = socket_ends();
  fill(ends.ours.get());
  FdWatch watch(loop, ends.ours.get());
  Answers reader;
  Answers writer;
  TaskScope scope(loop);
  scope.spawn(await_writable(watch, writer));
  scope.spawn(await_readable(watch, reader));
  co_await next_turn(loop);
  CHECK(reader.empty());
  CHECK(writer.empty());

  CHECK(::write(ends.theirs.get(), "x", 1) == 1);
  const auto reader_told = [&] { return reader.size() == 1; };
  const bool first = co_await until(loop, reader_told);
  CHECK(first);
  CHECK(writer.empty());

  drain(ends.theirs.get());
  co_await scope.join();
  CHECK(writer.size() == 1);
  CHECK(reader[0].ok());
  CHECK(writer[0].ok());
}

Task<void> cancel_wakes_all(Loop& loop) {
  Ends ends = socket_ends();
  fill(ends.ours.get());
  FdWatch watch(loop, ends.ours.get());
  Answers reader;
  Answers writer;
  Counting hangup;
  TaskScope scope(loop);
  scope.spawn(await_readable(watch, reader));
  scope.spawn(await_writable(watch, writer));
  watch.wait_hangup(hangup);
  co_await next_turn(loop);
  CHECK_FALSE(watch.cancelled());
  watch.cancel();
  watch.cancel();
  ends.ours.reset();  // the kernel has forgotten it
  CHECK(reader.empty());
  CHECK(watch.cancelled());
  co_await scope.join();
  CHECK(is_cancelled(reader));
  CHECK(is_cancelled(writer));
  CHECK(hangup.told == 1);
  CHECK(hangup.last.error().code == Errc::cancelled);

  const Result<void> later = co_await watch.readable();
  CHECK(later.error().code == Errc::cancelled);
  const Result<void> later_still = co_await watch.writable();
  CHECK(later_still.error().code == Errc::cancelled);
}

Task<void> interrupt_reader(Loop& loop) {
  Ends ends = socket_ends();
  fill(ends.ours.get());
  FdWatch watch(loop, ends.ours.get());
  watch.interrupt_reader(Error(Errc::timed_out));  // nobody reads: nothing happens

  Answers reader;
  Answers writer;
  TaskScope scope(loop);
  scope.spawn(await_readable(watch, reader));
  scope.spawn(await_writable(watch, writer));
  watch.interrupt_reader(Error(Errc::timed_out));
  watch.interrupt_reader(Error(Errc::too_large));
  co_await next_turn(loop);
  REQUIRE(reader.size() == 1);
  CHECK(reader[0].error().code == Errc::timed_out);
  CHECK(writer.empty());

  scope.spawn(await_readable(watch, reader));  // not sticky
  co_await next_turn(loop);
  CHECK(reader.size() == 1);
  CHECK(::write(ends.theirs.get(), "x", 1) == 1);
  drain(ends.theirs.get());
  co_await scope.join();
  CHECK(reader.size() == 2);
  CHECK(reader[1].ok());
  CHECK(writer[0].ok());
}

// The watch is still armed when nobody waits any more; what comes then disarms it.
Task<void> disarms_lazily(Loop& loop, const TurnCount& count) {
  Ends ends = socket_ends();
  FdWatch watch(loop, ends.ours.get());
  CHECK(::write(ends.theirs.get(), "x", 1) == 1);
  Result<void> how = co_await watch.readable();
  CHECK(how.ok());
  // The byte stays unread, and the other direction is ready all the time.
  int turns = co_await idle_turns(loop, count);
  CHECK(turns < kFewTurns);
  how = co_await watch.writable();
  CHECK(how.ok());
  turns = co_await idle_turns(loop, count);
  CHECK(turns < kFewTurns);

  how = co_await watch.readable();  // armed again
  CHECK(how.ok());

  ends.theirs.reset();  // hung up, and nobody waits
  turns = co_await idle_turns(loop, count);
  CHECK(turns < kFewTurns);
  how = co_await watch.readable();
  CHECK(how.ok());
}

// Who says that nothing is left is told of what comes after it; who says nothing is told of what was there already.
Task<void> told_after_drained(Loop& loop) {
  Ends ends = pipe_ends();
  FdWatch watch(loop, ends.ours.get());
  for (int round = 0; round < 3; ++round) {
    CHECK(::write(ends.theirs.get(), "x", 1) == 1);
    Result<void> how = co_await watch.readable();
    CHECK(how.ok());
    how = co_await watch.readable();  // still there
    CHECK(how.ok());
    CHECK(drain(ends.ours.get()) == 1);
    watch.drained();
    Answers later;
    TaskScope scope(loop);
    scope.spawn(await_readable(watch, later));
    co_await next_turn(loop);
    CHECK(later.empty());
    CHECK(::write(ends.theirs.get(), "y", 1) == 1);
    co_await scope.join();
    CHECK(later.size() == 1);
    CHECK(drain(ends.ours.get()) == 1);
    watch.drained();
  }
  CHECK_FALSE(watch.never_dry());
  ends.theirs.reset();
  const Result<void> how = co_await watch.readable();
  CHECK(how.ok());
  CHECK(watch.never_dry());
}

// A reader that waits must not keep a writer's readiness alive, and the other way round.
Task<void> disarms_one_side(Loop& loop, const TurnCount& count) {
  Ends ends = socket_ends();
  FdWatch watch(loop, ends.ours.get());
  Answers reader;
  TaskScope scope(loop);
  scope.spawn(await_readable(watch, reader));
  const Result<void> writable = co_await watch.writable();
  CHECK(writable.ok());
  const int turns = co_await idle_turns(loop, count);
  CHECK(turns < kFewTurns);
  CHECK(reader.empty());
  CHECK(::write(ends.theirs.get(), "x", 1) == 1);
  co_await scope.join();
  CHECK(reader[0].ok());
}

Task<void> hangup_told_once(Loop& loop, const TurnCount& count, bool whole, bool unread) {
  Ends ends = tcp_ends();
  FdWatch watch(loop, ends.ours.get());
  Counting waiter;
  watch.wait_hangup(waiter);
  if (unread) CHECK(::write(ends.theirs.get(), "unread", 6) == 6);
  co_await next_turn(loop);
  CHECK(waiter.told == 0);

  if (whole) {
    ends.theirs.reset();
  } else {
    CHECK(::shutdown(ends.theirs.get(), SHUT_WR) == 0);
  }
  const auto told = [&] { return waiter.told > 0; };
  const bool seen = co_await until(loop, told);
  CHECK(seen);
  CHECK(waiter.last.ok());
  const int turns = co_await idle_turns(loop, count);
  CHECK(turns < kFewTurns);
  CHECK(waiter.told == 1);

  // Who reads is told all the same.
  const Result<void> how = co_await watch.readable();
  CHECK(how.ok());
  CHECK(drain(ends.ours.get()) == (unread ? 6 : 0));
}

// A reset while somebody waits for the hang-up only.
Task<void> hangup_by_reset(Loop& loop, const TurnCount& count) {
  Ends ends = tcp_ends();
  FdWatch watch(loop, ends.ours.get());
  Counting waiter;
  watch.wait_hangup(waiter);
  const linger now{1, 0};
  CHECK(::setsockopt(ends.theirs.get(), SOL_SOCKET, SO_LINGER, &now, sizeof now) == 0);
  ends.theirs.reset();
  const auto told = [&] { return waiter.told > 0; };
  const bool seen = co_await until(loop, told);
  CHECK(seen);
  const int turns = co_await idle_turns(loop, count);
  CHECK(turns < kFewTurns);
  CHECK(waiter.told == 1);
}

// The end to write to of a pipe that nobody reads any more is in an error state.
Task<void> broken_pipe(Loop& loop, const TurnCount& count) {
  Ends ends = pipe_ends();
  fill(ends.theirs.get());
  FdWatch watch(loop, ends.theirs.get());
  Answers writer;
  TaskScope scope(loop);
  scope.spawn(await_writable(watch, writer));
  co_await next_turn(loop);
  CHECK(writer.empty());
  ends.ours.reset();
  co_await scope.join();
  CHECK(writer[0].ok());
  CHECK(::write(ends.theirs.get(), "x", 1) == -1);
  CHECK(errno == EPIPE);
  const int turns = co_await idle_turns(loop, count);
  CHECK(turns < kFewTurns);
  const Result<void> again = co_await watch.writable();
  CHECK(again.ok());
}

Task<void> stop_waiting(Loop& loop) {
  Ends ends = socket_ends();
  FdWatch watch(loop, ends.ours.get());
  Counting reader;
  Counting hangup;
  watch.wait_readable(reader);
  watch.wait_hangup(hangup);
  watch.stop_waiting(reader);
  watch.stop_waiting(hangup);
  watch.stop_waiting(hangup);
  ends.theirs.reset();
  co_await next_turn(loop);
  watch.cancel();
  CHECK(reader.told == 0);
  CHECK(hangup.told == 0);
}

// Two descriptors are ready in the same turn; whoever is told first destroys the other's watch and closes its descriptor.
Task<void> destroyed_with_event_pending(Loop& loop) {
  Ends first_ends = socket_ends();
  Ends second_ends = socket_ends();
  auto first = std::make_unique<FdWatch>(loop, first_ends.ours.get());
  auto second = std::make_unique<FdWatch>(loop, second_ends.ours.get());
  Counting first_waiter;
  Counting second_waiter;
  first_waiter.then = [&] {
    if (!second) return;
    second->stop_waiting(second_waiter);
    second.reset();
    second_ends.ours.reset();
  };
  second_waiter.then = [&] {
    if (!first) return;
    first->stop_waiting(first_waiter);
    first.reset();
    first_ends.ours.reset();
  };
  first->wait_readable(first_waiter);
  second->wait_readable(second_waiter);
  CHECK(::write(first_ends.theirs.get(), "x", 1) == 1);
  CHECK(::write(second_ends.theirs.get(), "x", 1) == 1);
  co_await next_turn(loop);
  CHECK(first_waiter.told + second_waiter.told == 1);
}

// As a connection's last act: the watch goes while its own waiter is told.
Task<void> destroyed_in_own_callback(Loop& loop) {
  Ends ends = socket_ends();
  std::optional<FdWatch> watch;
  watch.emplace(loop, ends.ours.get());
  Counting waiter;
  waiter.then = [&] { watch.reset(); };
  watch->wait_hangup(waiter);
  ends.theirs.reset();
  co_await next_turn(loop);
  CHECK(waiter.told == 1);
  CHECK_FALSE(watch.has_value());
}

// The kernel gives the number of a closed descriptor to the next one.
Task<void> same_number_again(Loop& loop) {
  for (int round = 0; round < 100; ++round) {
    Ends ends = pipe_ends();
    FdWatch watch(loop, ends.ours.get());
    CHECK(::write(ends.theirs.get(), "x", 1) == 1);
    const Result<void> how = co_await watch.readable();
    if (!how.ok()) CHECK(how.error().text() == "");
  }
}

Task<void> regular_file(Loop& loop) {
  std::FILE* file = std::tmpfile();
  REQUIRE(file != nullptr);
  {
    FdWatch watch(loop, ::fileno(file));
    const Result<void> how = co_await watch.readable();
    CHECK(how.error().sys == EPERM);
    CHECK(how.error().text() == "watch descriptor: operation not permitted");
  }
  std::fclose(file);
}

}  // namespace

TEST_CASE("fd watch: a reader and a writer at once") {
  TestLoop test;
  test.run(reader_and_writer(test.loop));
}

TEST_CASE("fd watch: cancel wakes everybody, now and later") {
  TestLoop test;
  test.run(cancel_wakes_all(test.loop));
}

TEST_CASE("fd watch: interrupt_reader ends one wait of the reader") {
  TestLoop test;
  test.run(interrupt_reader(test.loop));
}

TEST_CASE("fd watch: what is there is told until somebody says that it is over") {
  TestLoop test;
  test.run(told_after_drained(test.loop));
}

TEST_CASE("fd watch: what nobody waits for does not make the loop spin") {
  TestLoop test;
  const TurnCount count(test.loop);
  test.run(disarms_lazily(test.loop, count));
  test.run(disarms_one_side(test.loop, count));
  test.run(broken_pipe(test.loop, count));
}

TEST_CASE("fd watch: a hang-up is told once and needs no reading") {
  TestLoop test;
  const TurnCount count(test.loop);
  for (const bool whole : {false, true}) {
    for (const bool unread : {false, true}) test.run(hangup_told_once(test.loop, count, whole, unread));
  }
  test.run(hangup_by_reset(test.loop, count));
}

TEST_CASE("fd watch: who has left is not told") {
  TestLoop test;
  test.run(stop_waiting(test.loop));
}

TEST_CASE("fd watch: may be destroyed while an event is pending or told") {
  TestLoop test;
  test.run(destroyed_with_event_pending(test.loop));
  test.run(destroyed_in_own_callback(test.loop));
  test.run(same_number_again(test.loop));
}

TEST_CASE("fd watch: a descriptor that cannot be watched is an error of the wait") {
  TestLoop test;
  test.run(regular_file(test.loop));
}
