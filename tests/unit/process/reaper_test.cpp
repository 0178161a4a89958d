#include "process/reaper.hpp"

#include <doctest/doctest.h>
#include <sys/prctl.h>

#include <csignal>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "async/scope.hpp"
#include "process/process_fixture.hpp"

using namespace fwatchdog;
using namespace fwatchdog::testing;

namespace {

// The orphans of a child, which come to us as they come to process 1. 0, or the number of what failed.
Task<void> reaps_orphans(Loop& loop, int& failed) {
  Reaper reaper(loop);
  Child child(loop, reaper);
  // Two orphans: one that ends before its parent, one that ends when its stdin does, after it. (A shell's background process has
  // no stdin of the shell's unless it is told so.)
  Command command = Command::shell("exec 3<&0; (exit 0) & echo $!; sh -c 'read line' <&3 & echo $!");
  failed = 1;
  Result<Pipe> in = open_pipe();
  if (!in.ok()) co_return;
  SpawnOptions options = command.options();
  options.in = in->read_end.get();
  failed = 2;
  if (!child.start(options).ok()) co_return;
  in->read_end.reset();
  const Fd output = command.take_output();
  const pid_t first = std::stoi(line_of(output));
  const pid_t second = std::stoi(line_of(output));
  failed = 3;
  if (co_await child.exit() != 0) co_return;
  failed = 4;
  const auto first_gone = [&] { return !exists(first); };
  if (!co_await until(loop, first_gone)) co_return;
  failed = 5;
  if (!exists(second)) co_return;
  in->write_end.reset();
  failed = 6;
  const auto second_gone = [&] { return !exists(second); };
  if (!co_await until(loop, second_gone)) co_return;
  failed = 0;
}

int as_subreaper() {
  if (::prctl(PR_SET_CHILD_SUBREAPER, 1) != 0) return 50;
  int failed = 60;
  Loop loop;
  loop.run(reaps_orphans(loop, failed));
  return failed;
}

// A child that ended before there was a reaper, as process 1 may find one.
Task<void> reaps_older(Loop& loop) {
  const pid_t pid = ::fork();
  REQUIRE(pid >= 0);
  if (pid == 0) ::_exit(0);
  siginfo_t info{};
  REQUIRE(::waitid(P_PID, static_cast<id_t>(pid), &info, WEXITED | WNOWAIT) == 0);  // it has ended and is a zombie
  const Reaper reaper(loop);
  CHECK_FALSE(exists(pid));
  co_return;
}

/// A loop of its own in a thread of its own that starts children whose exits the reaper of another loop takes.
class OtherWorker {
 public:
  explicit OtherWorker(Reaper& reaper) : reaper_(reaper) {}

  void run_children(int count) {
    Loop loop;
    loop.run(children(loop, count));
  }
  /// The exit was taken, but the child dies before its loop could tell it.
  void drop_child_that_ended() {
    Loop loop;
    loop.run(dropped(loop));
  }

  int good = 0;

 private:
  Task<void> children(Loop& loop, int count) {
    for (int number = 0; number < count; ++number) {
      Command command = Command::shell("exit " + std::to_string(number));
      Child child(loop, reaper_);
      if (!child.start(command.options()).ok()) continue;
      const int status = co_await child.exit();
      if (WIFEXITED(status) && WEXITSTATUS(status) == number) ++good;
    }
  }

  Task<void> dropped(Loop& loop) {
    {
      Command command = Command::shell("exit 0");
      const auto child = std::make_unique<Child>(loop, reaper_);
      if (!child->start(command.options()).ok()) co_return;
      const pid_t pid = child->pid();
      const auto end = std::chrono::steady_clock::now() + kBound / 2;
      while (exists(pid) && std::chrono::steady_clock::now() < end) std::this_thread::yield();  // this loop stands still
      if (exists(pid)) co_return;
    }
    co_await next_turn(loop);
    good = 1;
  }

  Reaper& reaper_;
};

Task<void> for_another_loop(Loop& loop, bool drop, int& good) {
  Reaper reaper(loop);
  OtherWorker worker(reaper);
  Event over(loop);
  std::thread thread([&] {
    drop ? worker.drop_child_that_ended() : worker.run_children(20);
    loop.post([&] { over.set(); });
  });
  co_await over.wait();
  thread.join();
  good = worker.good;
}

}  // namespace

TEST_CASE("reaper: strangers are reaped, as process 1 must") { CHECK(in_fork(as_subreaper) == 0); }

TEST_CASE("reaper: who ended before there was a reaper is reaped") {
  TestLoop test;
  test.run(reaps_older(test.loop));
}

TEST_CASE("reaper: children of another loop are told on that loop") {
  TestLoop test;
  int good = 0;
  test.run(for_another_loop(test.loop, false, good));
  CHECK(good == 20);
}

TEST_CASE("reaper: a child of another loop may be dropped after its end") {
  TestLoop test;
  int good = 0;
  test.run(for_another_loop(test.loop, true, good));
  CHECK(good == 1);
}
