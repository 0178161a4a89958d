#include "modes/function_process.hpp"

#include <doctest/doctest.h>

#include <csignal>
#include <string>

#include "async/combine.hpp"
#include "process/exit_status.hpp"
#include "support/sockets.hpp"
#include "support/turns.hpp"

using namespace fwatchdog;
using namespace fwatchdog::test;

namespace {

struct Ran {
  std::string started;  ///< empty, or why not
  std::string output, errors;
  std::string end;
  bool had_input = false;  ///< something of it was left to be written
  double seconds = 0;
};

struct Case {
  std::string fprocess;
  std::string input;
  bool input_is_whole = true;
  bool errors_with_output = false;
};

Task<void> collect(ProcessOutput* from, std::string& to) {
  if (from == nullptr) co_return;
  for (;;) {
    Result<std::string_view> piece = co_await from->read();
    if (!piece.ok() || piece->empty()) co_return;
    to += *piece;
  }
}
Task<void> feed(FunctionProcess& process) {
  Stream* input = process.input();
  if (input == nullptr) co_return;
  (void)co_await input->write(process.unwritten());  // a process that does not read is no error
  input->close();
}
Task<void> await_end(FunctionProcess& process, std::string& end) {
  const int status = co_await process.exit();
  end = exit_text(status);
}

Task<void> run_case(Loop& loop, const Case& given, Ran& ran) {
  ignore_broken_pipes();
  Environment environment;
  environment.set("PATH", "/usr/bin:/bin");
  Result<FunctionCommand> command = FunctionCommand::parse(given.fprocess, environment);
  CHECK(command.ok());
  if (!command.ok()) co_return;
  Reaper reaper(loop);
  FunctionProcess process(loop, reaper);
  const char* const envp[] = {"PATH=/usr/bin:/bin", nullptr};
  FunctionProcess::Options options;
  options.command = &*command;
  options.envp = envp;
  options.input = given.input;
  options.input_is_whole = given.input_is_whole;
  if (given.errors_with_output) options.error_output = FunctionProcess::ErrorOutput::with_output;
  const Stopwatch watch;
  const Result<void> started = process.start(options);
  if (!started.ok()) {
    ran.started = started.error().text();
    co_return;
  }
  ran.had_input = process.input() != nullptr;
  co_await when_all(loop, feed(process), collect(&process.output(), ran.output), collect(process.error_output(), ran.errors),
                    await_end(process, ran.end));
  ran.seconds = watch.seconds();
}

Ran run(const Case& given) {
  Loop loop;
  Ran ran;
  loop.run(run_case(loop, given, ran));
  return ran;
}
Ran run(std::string fprocess, std::string input = {}) {
  Case given;
  given.fprocess = std::move(fprocess);
  given.input = std::move(input);
  return run(given);
}

}  // namespace

TEST_CASE("a process gets its input and gives its output") {
  const Ran ran = run("cat", "hello");
  CHECK(ran.started.empty());
  CHECK(ran.output == "hello");
  CHECK(ran.errors.empty());
  CHECK(ran.end == "exit status 0");
  CHECK_FALSE(ran.had_input);  // it was in the pipe before there was anybody to wait for
  CHECK(run("cat").output.empty());
  CHECK(run("sh -c 'echo \"$PATH\"'").output == "/usr/bin:/bin\n");
}

TEST_CASE("an input that is larger than a pipe") {
  const std::string much(1'000'000, 'x');
  const Ran ran = run("cat", much);
  CHECK(ran.had_input);
  CHECK(ran.output == much);
  CHECK(ran.end == "exit status 0");
}

TEST_CASE("a process that does not read its input") {
  const std::string much(1'000'000, 'x');
  const Ran ran = run("sh -c 'echo out; exit 3'", much);
  CHECK(ran.output == "out\n");
  CHECK(ran.end == "exit status 3");
  CHECK(run("true", "small").end == "exit status 0");
}

TEST_CASE("standard error is apart, or with the output") {
  Case given;
  given.fprocess = "sh -c 'echo one; echo two >&2; echo three'";
  const Ran apart = run(given);
  CHECK(apart.output == "one\nthree\n");
  CHECK(apart.errors == "two\n");
  given.errors_with_output = true;
  CHECK(run(given).output == "one\ntwo\nthree\n");
}

TEST_CASE("how a process ended") {
  CHECK(run("false").end == "exit status 1");
  CHECK(run("sh -c 'kill -TERM $$'").end == "signal: terminated");
}

TEST_CASE("what cannot be started") {
  CHECK(run("no-such-program").started == "exec: \"no-such-program\": executable file not found in $PATH");
  CHECK(run("/no/such").started == "fork/exec /no/such: no such file or directory");
  CHECK(run("/etc/passwd").started == "fork/exec /etc/passwd: permission denied");
  const std::string much(1'000'000, 'x');
  CHECK(run("/no/such", much).started == "fork/exec /no/such: no such file or directory");
}

TEST_CASE("a stranger that keeps the pipes open delays nothing, and what was written before is not lost") {
  const Ran ran = run("sh -c 'sleep 30 & echo out; echo err >&2; exit 4'");
  CHECK(ran.output == "out\n");
  CHECK(ran.errors == "err\n");
  CHECK(ran.end == "exit status 4");
  CHECK(ran.seconds < 15);
}

namespace {

/// Reads nothing until the process has ended and been given up: all that the pipe held is there all the same.
Task<void> read_late(Loop& loop) {
  Environment environment;
  environment.set("PATH", "/usr/bin:/bin");
  Result<FunctionCommand> command =
      FunctionCommand::parse("sh -c 'sleep 30 & head -c 50000 /dev/zero; sleep 0.1; exit 0'", environment);
  Reaper reaper(loop);
  FunctionProcess process(loop, reaper);
  const char* const envp[] = {"PATH=/usr/bin:/bin", nullptr};
  FunctionProcess::Options options;
  options.command = &*command;
  options.envp = envp;
  options.input_is_whole = true;
  CHECK(process.start(options).ok());
  const int status = co_await process.exit();
  CHECK(status == 0);
  co_await pause(loop, std::chrono::milliseconds(200));
  std::string output;
  co_await collect(&process.output(), output);
  CHECK(output.size() == 50'000);
  process.kill();  // of the group, whose first process is gone: nothing happens
}

Task<void> kill_soon(Loop& loop, FunctionProcess& process) {
  co_await pause(loop, std::chrono::milliseconds(50));
  process.kill();
}

Task<void> kill_group(Loop& loop) {
  Environment environment;
  environment.set("PATH", "/usr/bin:/bin");
  Result<FunctionCommand> command = FunctionCommand::parse("sh -c 'sleep 30 | sleep 30'", environment);
  Reaper reaper(loop);
  FunctionProcess process(loop, reaper);
  const char* const envp[] = {"PATH=/usr/bin:/bin", nullptr};
  FunctionProcess::Options options;
  options.command = &*command;
  options.envp = envp;
  options.input_is_whole = true;
  CHECK(process.start(options).ok());
  std::string output, errors, end;
  const Stopwatch watch;
  co_await when_all(loop, kill_soon(loop, process), collect(&process.output(), output), collect(process.error_output(), errors),
                    await_end(process, end));
  CHECK(end == "signal: killed");
  CHECK(watch.seconds() < 15);
}

}  // namespace

TEST_CASE("output that is read after the end") {
  Loop loop;
  loop.run(read_late(loop));
}

TEST_CASE("kill() reaches the whole group") {
  Loop loop;
  loop.run(kill_group(loop));
}
