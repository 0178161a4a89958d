#include "modes/warm_processes.hpp"

#include <doctest/doctest.h>
#include <unistd.h>

#include <csignal>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "async/combine.hpp"
#include "modes/function_process.hpp"
#include "process/exit_status.hpp"
#include "support/recorded_log.hpp"
#include "support/sockets.hpp"
#include "support/turns.hpp"

using namespace fwatchdog;
using namespace fwatchdog::test;
using namespace std::chrono_literals;

namespace {

const char* const kEnvironment[] = {"PATH=/usr/bin:/bin", nullptr};

FunctionCommand command_of(const std::string& fprocess) {
  Environment environment;
  environment.set("PATH", "/usr/bin:/bin");
  Result<FunctionCommand> command = FunctionCommand::parse(fprocess, environment);
  REQUIRE(command.ok());
  return std::move(*command);
}

/// A stock of processes, and calls that use it.
class Stock {
 public:
  Stock(Loop& loop_in, const std::string& fprocess, const WarmProcesses::Options& options)
      : loop(loop_in),
        command(command_of(fprocess)),
        reaper(loop_in),
        warm(loop_in, reaper, log.logger, command, kEnvironment, counts, options) {
    ignore_broken_pipes();
  }

  /// What a call on `on` gets for `input`.
  Task<std::string> call(Loop& on, std::string input) {
    FunctionProcess process(on, reaper);
    FunctionProcess::Options options;
    options.command = &command;
    options.envp = kEnvironment;
    options.input = input;
    options.input_is_whole = true;
    options.warm = &warm;
    const Result<void> started = process.start(options);
    if (!started.ok()) co_return started.error().text();
    std::string output;
    for (;;) {
      Result<std::string_view> piece = co_await process.output().read();
      if (!piece.ok() || piece->empty()) break;
      output += *piece;
    }
    const int status = co_await process.exit();
    co_return output + exit_text(status);
  }
  Task<bool> filled(std::uint64_t count) {
    const std::function<bool()> full = [this, count] { return warm.waiting() == count; };
    co_return co_await until(loop, full);
  }

  Loop& loop;
  RecordedLog log;
  FunctionCommand command;
  Reaper reaper;
  ProcessCounts counts;
  WarmProcesses warm;
  CancelSource stop;
};

using Scene = Task<void> (*)(Stock& stock);

Task<void> then_stop(Stock& stock, Scene scene) {
  co_await scene(stock);
  stock.stop.request(CancelReason::shutdown);
}

void play(const std::string& fprocess, const WarmProcesses::Options& options, Scene scene) {
  Loop loop;
  Stock stock(loop, fprocess, options);
  loop.run(when_all(loop, stock.warm.live(CancelToken(stock.stop)), then_stop(stock, scene)));
  CHECK(stock.warm.waiting() == 0);
}

WarmProcesses::Options stock_of(std::size_t count) {
  WarmProcesses::Options options;
  options.count = count;
  return options;
}

Task<void> four_calls(Stock& stock) {
  const bool filled = co_await stock.filled(2);
  CHECK(filled);
  for (int i = 0; i < 4; ++i) {
    const bool again = co_await stock.filled(2);
    CHECK(again);
    const std::string answer = co_await stock.call(stock.loop, "in" + std::to_string(i));
    CHECK(answer == "in" + std::to_string(i) + "exit status 0");
  }
  CHECK(stock.warm.hits() == 4);
  CHECK(stock.warm.misses() == 0);
  CHECK(stock.warm.replacements() == 0);
  CHECK(stock.log.lines().empty());
}

Task<void> more_than_wait(Stock& stock) {
  const bool filled = co_await stock.filled(1);
  CHECK(filled);
  std::vector<std::unique_ptr<FunctionProcess>> held;
  for (int i = 0; i < 3; ++i) {
    held.push_back(std::make_unique<FunctionProcess>(stock.loop, stock.reaper));
    FunctionProcess::Options options;
    options.command = &stock.command;
    options.envp = kEnvironment;
    options.warm = &stock.warm;
    CHECK(held.back()->start(options).ok());
  }
  CHECK(stock.warm.hits() == 1);
  CHECK(stock.warm.misses() == 2);
  for (const auto& process : held) {
    process->input()->close();
    const int status = co_await process->exit();
    CHECK(status == 0);
  }
}

Task<void> much_input(Stock& stock) {
  const bool filled = co_await stock.filled(1);
  CHECK(filled);
  FunctionProcess process(stock.loop, stock.reaper);
  const std::string much(300'000, 'x');
  FunctionProcess::Options options;
  options.command = &stock.command;
  options.envp = kEnvironment;
  options.input = much;
  options.input_is_whole = true;
  options.warm = &stock.warm;
  CHECK(process.start(options).ok());
  REQUIRE(process.input() != nullptr);
  (void)co_await process.input()->write(process.unwritten());
  process.input()->close();
  std::string output;
  for (;;) {
    Result<std::string_view> piece = co_await process.output().read();
    if (!piece.ok() || piece->empty()) break;
    output += *piece;
  }
  CHECK(output == "300000\n");
  const int status = co_await process.exit();
  CHECK(status == 0);
}

Task<void> ended_unasked(Stock& stock) {
  const std::function<bool()> thrice = [&] { return stock.warm.replacements() >= 3; };
  const bool replaced = co_await until(stock.loop, thrice);
  CHECK(replaced);
  const std::string lines = stock.log.lines();
  CHECK(lines.find("stderr: no such module\n") == 0);
  CHECK(lines.find("A warm process ended before it was given a call: exit status 7; the next one is started in 20ms\n") !=
        std::string::npos);
  CHECK(lines.find("started in 40ms\n") != std::string::npos);
  CHECK(lines.find("started in 80ms\n") != std::string::npos);
}

Task<void> cannot_start(Stock& stock) {
  const std::function<bool()> told = [&] { return stock.log.lines().find("started in 40ms\n") != std::string::npos; };
  const bool tried_twice = co_await until(stock.loop, told);
  CHECK(tried_twice);
  CHECK(
      stock.log.lines().rfind("A warm process cannot be started: exec: \"no-such-program\": executable file not found in $PATH; "
                              "the next one is started in 20ms\n",
                              0) == 0);
  CHECK(stock.warm.replacements() == 0);
}

Task<void> grown_old(Stock& stock) {
  const bool filled = co_await stock.filled(1);
  CHECK(filled);
  const std::function<bool()> replaced = [&] { return stock.warm.replacements() >= 2; };
  const bool renewed = co_await until(stock.loop, replaced);
  CHECK(renewed);
  CHECK(stock.log.lines().empty());  // that is no failure
  const bool full = co_await stock.filled(1);
  CHECK(full);
  const std::string answer = co_await stock.call(stock.loop, "still");
  CHECK(answer == "stillexit status 0");
}

/// Calls of another worker, on its own loop.
Task<void> calls_elsewhere(Stock& stock, Loop& other, std::string& answers) {
  for (int i = 0; i < 10; ++i) answers += co_await stock.call(other, std::to_string(i));
}

Task<void> for_another_loop(Stock& stock) {
  const bool filled = co_await stock.filled(3);
  CHECK(filled);
  std::string answers;
  Event over(stock.loop);
  std::thread thread([&] {
    Loop other;
    other.run(calls_elsewhere(stock, other, answers));
    stock.loop.post([&over] { over.set(); });
  });
  std::string ours;
  co_await calls_elsewhere(stock, stock.loop, ours);
  co_await over.wait();
  thread.join();
  std::string expected;
  for (int i = 0; i < 10; ++i) expected += std::to_string(i) + "exit status 0";
  CHECK(answers == expected);
  CHECK(ours == expected);
  CHECK(stock.warm.hits() + stock.warm.misses() == 20);
  CHECK(stock.warm.hits() >= 3);
}

}  // namespace

TEST_CASE("warm processes: each serves one call, and another one takes its place") { play("cat", stock_of(2), four_calls); }

TEST_CASE("warm processes: a call that finds none has its own started") { play("cat", stock_of(1), more_than_wait); }

TEST_CASE("warm processes: an input that is larger than a pipe") { play("wc -c", stock_of(1), much_input); }

TEST_CASE("warm processes: those that end unasked are replaced, later each time, and what they said is logged") {
  WarmProcesses::Options options = stock_of(1);
  options.first_pause = 20ms;
  play("sh -c 'echo no such module >&2; exit 7'", options, ended_unasked);
}

TEST_CASE("warm processes: a program that is not there is tried again, later each time") {
  WarmProcesses::Options options = stock_of(2);
  options.first_pause = 20ms;
  play("no-such-program", options, cannot_start);
}

TEST_CASE("warm processes: one that has waited too long is replaced") {
  WarmProcesses::Options options = stock_of(1);
  options.max_age = 20ms;
  options.warm_up = 5ms;
  play("cat", options, grown_old);
}

TEST_CASE("warm processes: one stock for all loops") { play("cat", stock_of(3), for_another_loop); }

TEST_CASE("warm processes: those that wait at the end are killed, whole groups of them") {
  play("sh -c 'sleep 300 & read -r line; wait'", stock_of(2), [](Stock& stock) -> Task<void> {
    const bool filled = co_await stock.filled(2);
    CHECK(filled);
  });
}
