#include "process/child.hpp"

#include <doctest/doctest.h>

#include <csignal>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "async/scope.hpp"
#include "process/process_fixture.hpp"

using namespace fwatchdog;
using namespace fwatchdog::testing;

namespace {

/// Runs for longer than any test waits, with a grandchild whose number is told.
constexpr const char* kWithGrandchild = "sleep 1000 & echo $!; wait";

Task<void> await_exit(Child& child, int& status) { status = co_await child.exit(); }

// The end of `output` comes when the last process that holds it is gone. Takes the stream, and what was written before.
Task<std::string> rest_of(Loop& loop, Fd output) {
  set_nonblocking(output.get());
  Stream stream(loop, std::move(output), true);
  StreamSource source(stream, 4096);
  std::string all;
  for (;;) {
    const Result<std::string_view> piece = co_await source.read();
    if (!piece.ok() || piece->empty()) co_return all;
    all += *piece;
  }
}

Task<void> exits(Loop& loop) {
  Reaper reaper(loop);
  Command command = Command::shell("exit 3");
  Child child(loop, reaper);
  CHECK(child.start(command.options()).ok());
  CHECK(child.pid() > 0);
  CHECK_FALSE(child.ended());
  const int status = co_await child.exit();
  CHECK(child.ended());
  CHECK(WIFEXITED(status));
  CHECK(WEXITSTATUS(status) == 3);
  const int again = co_await child.exit();  // the answer stays
  CHECK(again == status);
}

Task<void> cannot_start(Loop& loop) {
  Reaper reaper(loop);
  Command command({"/nonexistent/program"});
  Child child(loop, reaper);
  const Result<void> started = child.start(command.options());
  REQUIRE_FALSE(started.ok());
  CHECK(started.error().text() == "fork/exec /nonexistent/program: no such file or directory");
  CHECK(child.pid() == -1);
  child.kill();  // nobody is hit
  child.signal(SIGTERM);
  co_return;
}

Task<void> kills_group(Loop& loop) {
  Reaper reaper(loop);
  Command command = Command::shell(kWithGrandchild);
  Child child(loop, reaper);
  CHECK(child.start(command.options()).ok());
  Fd output = command.take_output();
  const pid_t grandchild = std::stoi(line_of(output));
  CHECK(::getpgid(grandchild) == child.pid());
  child.kill();
  child.kill();
  const int status = co_await child.exit();
  CHECK(WIFSIGNALED(status));
  CHECK(WTERMSIG(status) == SIGKILL);
  const std::string rest = co_await rest_of(loop, std::move(output));  // ends: the grandchild is gone too
  CHECK(rest.empty());
}

Task<void> other_signals(Loop& loop) {
  Reaper reaper(loop);
  Command command = Command::shell("sleep 1000 & trap 'exit 9' TERM; echo ready; wait; exit 8");
  Child child(loop, reaper);
  CHECK(child.start(command.options()).ok());
  const Fd output = command.take_output();
  CHECK(line_of(output) == "ready");
  child.signal(SIGTERM);
  const int status = co_await child.exit();
  CHECK(WIFEXITED(status));
  CHECK(WEXITSTATUS(status) == 9);
}

// A child that has ended is signalled no more, not even what is left of its group: its number may be another's by now.
Task<void> signal_after_exit(Loop& loop) {
  Reaper reaper(loop);
  Command command = Command::shell("sleep 1000 & echo $!");
  Child child(loop, reaper);
  CHECK(child.start(command.options()).ok());
  Fd output = command.take_output();
  const pid_t grandchild = std::stoi(line_of(output));
  const int status = co_await child.exit();
  CHECK(status == 0);
  child.kill();
  child.signal(SIGTERM);
  co_await next_turn(loop);
  CHECK(exists(grandchild));
  CHECK(::getpgid(grandchild) == child.pid());
  ::kill(grandchild, SIGKILL);
  (void)co_await rest_of(loop, std::move(output));
}

Task<void> destructor_kills(Loop& loop) {
  Reaper reaper(loop);
  Command command = Command::shell(kWithGrandchild);
  pid_t pid = -1;
  {
    Child child(loop, reaper);
    CHECK(child.start(command.options()).ok());
    pid = child.pid();
    CHECK(exists(pid));
  }
  (void)co_await rest_of(loop, command.take_output());  // the whole group is gone
  const auto reaped = [&] { return !exists(pid); };     // and leaves no zombie
  const bool gone = co_await until(loop, reaped);
  CHECK(gone);
}

Task<void> two_hundred(Loop& loop) {
  Reaper reaper(loop);
  constexpr int kCount = 200;
  std::vector<std::unique_ptr<Child>> children;
  std::vector<int> statuses(kCount, -1);
  TaskScope scope(loop);
  for (int number = 0; number < kCount; ++number) {
    Command command = Command::shell("exit " + std::to_string(number));
    auto child = std::make_unique<Child>(loop, reaper);
    const Result<void> started = child->start(command.options());
    if (!started.ok()) CHECK(started.error().text() == "");
    scope.spawn(await_exit(*child, statuses[static_cast<std::size_t>(number)]));
    children.push_back(std::move(child));
  }
  co_await scope.join();
  for (int number = 0; number < kCount; ++number) {
    const int status = statuses[static_cast<std::size_t>(number)];
    if (!WIFEXITED(status) || WEXITSTATUS(status) != number) CHECK(number == status);
  }
  CHECK(::waitpid(-1, nullptr, WNOHANG) == -1);
  CHECK(errno == ECHILD);
}

// All of them run at the same time and are killed at the same time.
Task<void> two_hundred_killed(Loop& loop) {
  Reaper reaper(loop);
  constexpr int kCount = 200;
  std::vector<std::unique_ptr<Child>> children;
  std::vector<int> statuses(kCount, -1);
  TaskScope scope(loop);
  Command command({"/bin/sleep", "1000"});
  for (int& status : statuses) {
    auto child = std::make_unique<Child>(loop, reaper);
    CHECK(child->start(command.options()).ok());
    scope.spawn(await_exit(*child, status));
    children.push_back(std::move(child));
  }
  co_await next_turn(loop);
  CHECK(scope.running() == kCount);
  for (const auto& child : children) child->kill();
  co_await scope.join();
  for (const int status : statuses) {
    if (!WIFSIGNALED(status) || WTERMSIG(status) != SIGKILL) CHECK(status == SIGKILL);
  }
}

}  // namespace

TEST_CASE("child: its end and its exit status") {
  TestLoop test;
  test.run(exits(test.loop));
}

TEST_CASE("child: one that cannot be started has no number and is never signalled") {
  TestLoop test;
  test.run(cannot_start(test.loop));
}

TEST_CASE("child: kill ends the whole group") {
  TestLoop test;
  test.run(kills_group(test.loop));
}

TEST_CASE("child: other signals reach the group") {
  TestLoop test;
  test.run(other_signals(test.loop));
}

TEST_CASE("child: a signal after its end does nothing") {
  TestLoop test;
  test.run(signal_after_exit(test.loop));
}

TEST_CASE("child: the destructor kills the group and leaves no zombie") {
  TestLoop test;
  test.run(destructor_kills(test.loop));
}

TEST_CASE("child: two hundred at once") {
  TestLoop test;
  test.run(two_hundred(test.loop));
  test.run(two_hundred_killed(test.loop));
}
