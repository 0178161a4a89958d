#include "process/exit_status.hpp"

#include <sys/wait.h>

#include <csignal>
#include <string_view>

namespace fwatchdog {

namespace {

struct SignalName {
  int signal;
  std::string_view name;
};

// By name and not by number, as numbers differ between processors.
constexpr SignalName kSignalNames[] = {
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
#ifdef SIGSTKFLT
    {SIGSTKFLT, "stack fault"},
#endif
    {SIGCHLD, "child exited"},
    {SIGCONT, "continued"},
    {SIGSTOP, "stopped (signal)"},
    {SIGTSTP, "stopped"},
    {SIGTTIN, "stopped (tty input)"},
    {SIGTTOU, "stopped (tty output)"},
    {SIGURG, "urgent I/O condition"},
    {SIGXCPU, "CPU time limit exceeded"},
    {SIGXFSZ, "file size limit exceeded"},
    {SIGVTALRM, "virtual timer expired"},
    {SIGPROF, "profiling timer expired"},
    {SIGWINCH, "window changed"},
    {SIGIO, "I/O possible"},
    {SIGPWR, "power failure"},
    {SIGSYS, "bad system call"},
};

}  // namespace

std::string signal_text(int signal) {
  for (const SignalName& known : kSignalNames) {
    if (known.signal == signal) return std::string(known.name);
  }
  return "signal " + std::to_string(signal);
}

std::string exit_text(int wait_status) {
  if (WIFEXITED(wait_status)) return "exit status " + std::to_string(WEXITSTATUS(wait_status));
  if (WIFSTOPPED(wait_status)) return "stop signal: " + signal_text(WSTOPSIG(wait_status));
  if (WIFCONTINUED(wait_status)) return "continued";
  std::string text = "signal: " + signal_text(WTERMSIG(wait_status));
  if (WCOREDUMP(wait_status)) text += " (core dumped)";
  return text;
}

}  // namespace fwatchdog
