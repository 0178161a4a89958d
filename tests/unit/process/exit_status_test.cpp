#include "process/exit_status.hpp"

#include <doctest/doctest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <string_view>

using namespace fwatchdog;

namespace {

/// The status that waitpid gives for a child that ends itself as `end` says.
template <class End>
int status_of(End end) {
  const pid_t pid = fork();
  if (pid == 0) {
    const rlimit no_core{};
    setrlimit(RLIMIT_CORE, &no_core);
    end();
    _exit(99);
  }
  REQUIRE(pid > 0);
  int status = 0;
  REQUIRE(waitpid(pid, &status, 0) == pid);
  return status;
}

}  // namespace

TEST_CASE("exits of real processes") {
  CHECK(exit_text(status_of([] { _exit(0); })) == "exit status 0");
  CHECK(exit_text(status_of([] { _exit(3); })) == "exit status 3");
  CHECK(exit_text(status_of([] { _exit(255); })) == "exit status 255");
  CHECK(exit_text(status_of([] { kill(getpid(), SIGKILL); })) == "signal: killed");
  CHECK(exit_text(status_of([] {
          signal(SIGTERM, SIG_DFL);
          kill(getpid(), SIGTERM);
        })) == "signal: terminated");
  CHECK(exit_text(status_of([] { kill(getpid(), 40); })) == "signal: signal 40");
}

TEST_CASE("a core file is told of") {
  CHECK(exit_text(SIGABRT) == "signal: aborted");
  CHECK(exit_text(SIGABRT | 0x80) == "signal: aborted (core dumped)");
}

TEST_CASE("processes that did not end") {
  CHECK(exit_text(SIGSTOP << 8 | 0x7f) == "stop signal: stopped (signal)");
  CHECK(exit_text(0xffff) == "continued");
}

TEST_CASE("signals have Go's names") {
  struct Row {
    int signal;
    std::string_view name;
  };
  const Row rows[] = {
      {SIGHUP, "hangup"},
      {SIGINT, "interrupt"},
      {SIGQUIT, "quit"},
      {SIGILL, "illegal instruction"},
      {SIGTRAP, "trace/breakpoint trap"},
      {SIGABRT, "aborted"},
      {SIGBUS, "bus error"},
      {SIGFPE, "floating point exception"},
      {SIGKILL, "killed"},
      {SIGUSR1, "user defined signal 1"},
      {SIGSEGV, "segmentation fault"},
      {SIGUSR2, "user defined signal 2"},
      {SIGPIPE, "broken pipe"},
      {SIGALRM, "alarm clock"},
      {SIGTERM, "terminated"},
      {SIGXCPU, "CPU time limit exceeded"},
      {SIGXFSZ, "file size limit exceeded"},
      {SIGSYS, "bad system call"},
      {64, "signal 64"},
  };
  for (const Row& row : rows) CHECK(signal_text(row.signal) == row.name);
}
