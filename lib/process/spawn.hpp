/// Starting a child process as vfork and exec do: a process group of its own, default signals, no descriptor but 0, 1 and 2.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <vector>

#include "async/fd.hpp"
#include "result.hpp"

namespace fwatchdog {

/// What a child, and whatever it starts, may not do. Each limit is soft and hard, so that nothing but a privilege raises it; 0 is
/// none.
struct ProcessLimits {
  bool no_new_privs = false;      ///< exec grants nothing: set-user-ID bits and capabilities of files do not count
  std::uint64_t memory = 0;       ///< bytes of address space (RLIMIT_AS)
  std::uint64_t cpu_seconds = 0;  ///< processor time (RLIMIT_CPU): then SIGXCPU, and SIGKILL a second later
  std::uint64_t descriptors = 0;  ///< RLIMIT_NOFILE
};

/// What to start. Everything is borrowed for the length of the call.
struct SpawnOptions {
  const char* program = nullptr;          ///< the file
  const char* const* argv = nullptr;      ///< ends with nullptr
  const char* const* envp = nullptr;      ///< ends with nullptr
  int in = -1;                            ///< becomes 0; all three must be 3 or above and close-on-exec
  int out = -1;                           ///< becomes 1
  int err = -1;                           ///< becomes 2; may be the same as `out`
  const ProcessLimits* limits = nullptr;  ///< null: the child has ours
  bool dies_with_us = false;              ///< is killed when the thread that starts it ends
  SpawnOptions() = default;
};

/// Whether a child could be given these limits: tried with one that ends at once. The error's text() is one line. For the start
/// of a program: there must be no reaper yet.
Result<void> try_limits(const ProcessLimits& limits);

/// The child's pid, which is its process group too. Its signals are at their default: those that were not when the first process
/// was started or prepare_descriptors_and_signals() was called, and those that this program handles itself. The error is what
/// exec said, `fork/exec /x: permission denied` as text(), or what limit could not be set.
Result<pid_t> spawn(const SpawnOptions& options);

/// One direction: read_end and write_end are blocking and close-on-exec.
struct Pipe {
  Fd read_end;
  Fd write_end;
  Pipe() = default;
};
Result<Pipe> open_pipe();

/// Makes reads and writes of `fd` return instead of waiting. `fd` must be a descriptor whose open file nobody else uses.
void set_nonblocking(int fd);

/// To be called once at the start of a program: descriptors 0 to 2 are open (on /dev/null where they were closed), all others
/// that were inherited are close-on-exec, a write to a closed pipe is an error instead of the end, and it is known which signals
/// a child must get back at their default.
void prepare_descriptors_and_signals();

}  // namespace fwatchdog
