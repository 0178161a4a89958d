#include "process/spawn.hpp"

#include <fcntl.h>
#include <linux/close_range.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <bitset>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <string>

/// clone(2), by a name that ThreadSanitizer does not replace with its own idea of a fork: that ends with its locks given back
/// and its signals let go twice, once by a child that has its memory to itself, as it believes, and once by us.
extern "C" int fwatchdog_bare_clone(int (*life)(void*), void* stack, int flags, void* argument, ...) __asm__("__clone");

namespace fwatchdog {

namespace {

// posix_spawn costs a call for each of the 64 signals, in the child and while the parent stands still, and some more for its
// stack. Here only those signals are reset that may be anything but default, on a stack that is kept. What the child calls are
// bare system calls: it shares our memory, and a C library, or a sanitizer's idea of one, must not learn of what it does.

constexpr std::size_t kStackSize = 32U * 1024U;
constexpr int kSignals = 64;           // the kernel's _NSIG
constexpr std::size_t kSignalSet = 8;  // bytes of its sigset_t

/// The stack of a child between its birth and exec: one for each thread that starts processes.
class ChildStack {
 public:
  ChildStack() : bottom_(::mmap(nullptr, kStackSize, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0)) {}
  ChildStack(const ChildStack&) = delete;
  ChildStack& operator=(const ChildStack&) = delete;
  ~ChildStack() {
    if (bottom_ != MAP_FAILED) ::munmap(bottom_, kStackSize);
  }
  /// Stacks grow down. Null where there was no memory.
  void* top() const { return bottom_ == MAP_FAILED ? nullptr : static_cast<char*>(bottom_) + kStackSize; }

 private:
  void* bottom_;
};

using Signals = std::bitset<kSignals + 1>;

/// The signals that a child would not have at their default.
Signals changed_signals() {
  Signals changed;
  // Those that this program comes to handle or ignore only later. (SIGCHLD is at its default: Reaper.)
  for (const int number : {SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGPIPE}) changed.set(static_cast<std::size_t>(number));
  for (std::size_t number = 1; number <= kSignals; ++number) {
    std::array<std::uint64_t, 4> now{};  // the kernel's struct sigaction, whose first word is the handler
    const long status = ::syscall(SYS_rt_sigaction, number, nullptr, now.data(), kSignalSet);
    if (status == 0 && now[0] != reinterpret_cast<std::uint64_t>(SIG_DFL)) changed.set(number);
  }
  return changed;
}

/// Asked for once, because it takes as long as everything else that is done for a child.
Signals& signals_to_reset() {
  static Signals signals = changed_signals();
  return signals;
}

/// What parent and child tell each other.
struct Birth {
  const SpawnOptions& options;
  const Signals& signals;
  int error = 0;
  const char* refused = nullptr;  // the limit that could not be set
  std::uint64_t refused_value = 0;
};

#define FWATCHDOG_IN_CHILD __attribute__((no_sanitize("address"), no_sanitize("thread")))

/// `grace`: by how much the hard limit may be above the soft one.
FWATCHDOG_IN_CHILD bool set_limit(Birth& birth, const char* name, int resource, std::uint64_t value, std::uint64_t grace) {
  if (value == 0) return true;
  struct {
    std::uint64_t soft, hard;
  } before{}, limit{value, value};  // the kernel's struct rlimit64
  if (grace != 0 && ::syscall(SYS_prlimit64, 0, resource, nullptr, &before) == 0 && before.hard > value) limit.hard += grace;
  if (::syscall(SYS_prlimit64, 0, resource, &limit, nullptr) == 0) return true;
  birth.refused = name;
  birth.refused_value = value;
  return false;
}

FWATCHDOG_IN_CHILD bool set_limits(Birth& birth) {
  if (birth.options.limits == nullptr) return true;
  const ProcessLimits& limits = *birth.options.limits;
  if (limits.no_new_privs && ::syscall(SYS_prctl, PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) {
    birth.refused = "no_new_privs";
    return false;
  }
  // A process that goes on after SIGXCPU gets SIGKILL.
  return set_limit(birth, "RLIMIT_AS", RLIMIT_AS, limits.memory, 0) &&
         set_limit(birth, "RLIMIT_CPU", RLIMIT_CPU, limits.cpu_seconds, 1) &&
         set_limit(birth, "RLIMIT_NOFILE", RLIMIT_NOFILE, limits.descriptors, 0);
}

/// The child, from its birth to exec; it may write to its stack and to Birth, and to nothing else.
FWATCHDOG_IN_CHILD int live(void* argument) {
  auto& birth = *static_cast<Birth*>(argument);
  const SpawnOptions& options = birth.options;
  static constexpr std::array<std::uint64_t, 4> kDefault{};
  static constexpr std::uint64_t kNone = 0;
  bool ok = ::syscall(SYS_setpgid, 0, 0) == 0;
  if (options.dies_with_us) ok = ok && ::syscall(SYS_prctl, PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) == 0;
  for (std::size_t number = 1; ok && number <= kSignals; ++number) {
    if (birth.signals.test(number)) ok = ::syscall(SYS_rt_sigaction, number, kDefault.data(), nullptr, kSignalSet) == 0;
  }
  ok = ok && ::syscall(SYS_dup3, options.in, STDIN_FILENO, 0) >= 0 && ::syscall(SYS_dup3, options.out, STDOUT_FILENO, 0) >= 0 &&
       ::syscall(SYS_dup3, options.err, STDERR_FILENO, 0) >= 0;
  // All signals were blocked by the parent: a handler of ours must not run here.
  ok = ok && set_limits(birth) && ::syscall(SYS_rt_sigprocmask, SIG_SETMASK, &kNone, nullptr, kSignalSet) == 0;
  if (ok) ::syscall(SYS_execve, options.program, options.argv, options.envp);
  birth.error = errno;
  ::syscall(SYS_exit_group, 127);
  return 127;
}

/// A child that sets its limits and ends.
FWATCHDOG_IN_CHILD int try_and_end(void* argument) {
  auto& birth = *static_cast<Birth*>(argument);
  if (!set_limits(birth)) birth.error = errno;
  ::syscall(SYS_exit_group, 0);
  return 0;
}

#undef FWATCHDOG_IN_CHILD

/// Runs `life` as a child until it has executed a program or ended; Birth::error says what went wrong. The child's pid, or -1.
pid_t give_birth(int (*life)(void*), Birth& birth) {
  thread_local const ChildStack stack;
  if (stack.top() == nullptr) {
    birth.error = ENOMEM;
    return -1;
  }
  constexpr std::uint64_t kAll = ~std::uint64_t{0};
  std::uint64_t before = 0;
  ::syscall(SYS_rt_sigprocmask, SIG_SETMASK, &kAll, &before, kSignalSet);
  // CLONE_VFORK: we stand still until the child has its own memory, so that it may use ours until then.
  const pid_t pid = ::fwatchdog_bare_clone(life, stack.top(), CLONE_VM | CLONE_VFORK | SIGCHLD, &birth);
  if (pid < 0) birth.error = errno;
  ::syscall(SYS_rt_sigprocmask, SIG_SETMASK, &before, nullptr, kSignalSet);
  return pid;
}

std::string refused_limit(const Birth& birth) {
  std::string text = std::string("set ") + birth.refused;
  if (birth.refused_value != 0) text += " to " + std::to_string(birth.refused_value);
  return text;
}

}  // namespace

Result<pid_t> spawn(const SpawnOptions& options) {
  Birth birth{options, signals_to_reset()};
  const pid_t pid = give_birth(live, birth);
  if (birth.error == 0) return pid;
  // It was never anybody's child; where the reaper of another thread came first, that is the end of it too.
  if (pid > 0) (void)::waitpid(pid, nullptr, 0);
  std::string attempt = std::string("fork/exec ") + options.program;
  if (birth.refused != nullptr) attempt += ": " + refused_limit(birth);
  return Error::system(birth.error, attempt);
}

Result<void> try_limits(const ProcessLimits& limits) {
  SpawnOptions options;
  options.limits = &limits;
  Birth birth{options, signals_to_reset()};
  const pid_t pid = give_birth(try_and_end, birth);
  if (pid > 0) (void)::waitpid(pid, nullptr, 0);
  if (birth.error == 0) return {};
  return Error::system(birth.error, birth.refused != nullptr ? refused_limit(birth) : "fork");
}

Result<Pipe> open_pipe() {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return Error::system(errno, "pipe");
  Pipe made;
  made.read_end = Fd(ends[0]);
  made.write_end = Fd(ends[1]);
  return made;
}

void set_nonblocking(int fd) {
  // F_GETFL would only tell what open_pipe() made: nothing but the access mode, which F_SETFL leaves alone.
  (void)::fcntl(fd, F_SETFL, O_NONBLOCK);
}

void prepare_descriptors_and_signals() {
  for (int fd = 0; fd <= STDERR_FILENO; ++fd) {
    if (::fcntl(fd, F_GETFD) >= 0) continue;
    // The lowest free number is `fd`, for all below it are open.
    if (::open("/dev/null", fd == STDIN_FILENO ? O_RDONLY : O_WRONLY) < 0) (void)::open("/", O_RDONLY | O_DIRECTORY);
  }
  if (::syscall(SYS_close_range, STDERR_FILENO + 1, ~0U, CLOSE_RANGE_CLOEXEC) != 0) {
    // Before Linux 5.11, or forbidden: one by one.
    const long limit = ::sysconf(_SC_OPEN_MAX);
    for (int fd = STDERR_FILENO + 1; fd < (limit > 0 && limit < 65536 ? limit : 65536); ++fd)
      (void)::fcntl(fd, F_SETFD, FD_CLOEXEC);
  }
  struct sigaction ignore {};
  ignore.sa_handler = SIG_IGN;
  (void)::sigaction(SIGPIPE, &ignore, nullptr);
  signals_to_reset() = changed_signals();
}

}  // namespace fwatchdog
