#include "process/spawn.hpp"

#include <fcntl.h>
#include <linux/close_range.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <string>

namespace fwatchdog {

namespace {

/// posix_spawnattr_t with its end.
class Attributes {
 public:
  Attributes() {
    posix_spawnattr_init(&value_);
    sigset_t all;
    // Not sigfillset: it leaves glibc's own two signals out, which the child then would ignore.
    std::memset(&all, 0xff, sizeof all);
    sigdelset(&all, SIGKILL);
    sigdelset(&all, SIGSTOP);
    posix_spawnattr_setsigdefault(&value_, &all);
    sigset_t none;
    sigemptyset(&none);
    posix_spawnattr_setsigmask(&value_, &none);
    posix_spawnattr_setpgroup(&value_, 0);
    posix_spawnattr_setflags(&value_, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK);
  }
  Attributes(const Attributes&) = delete;
  Attributes& operator=(const Attributes&) = delete;
  ~Attributes() { posix_spawnattr_destroy(&value_); }
  const posix_spawnattr_t* get() const { return &value_; }

 private:
  posix_spawnattr_t value_;
};

/// posix_spawn_file_actions_t with its end.
class FileActions {
 public:
  FileActions() { posix_spawn_file_actions_init(&value_); }
  FileActions(const FileActions&) = delete;
  FileActions& operator=(const FileActions&) = delete;
  ~FileActions() { posix_spawn_file_actions_destroy(&value_); }
  void move_to(int from, int to) { posix_spawn_file_actions_adddup2(&value_, from, to); }
  const posix_spawn_file_actions_t* get() const { return &value_; }

 private:
  posix_spawn_file_actions_t value_;
};

}  // namespace

Result<pid_t> spawn(const SpawnOptions& options) {
  static const Attributes attributes;
  FileActions actions;
  actions.move_to(options.in, STDIN_FILENO);
  actions.move_to(options.out, STDOUT_FILENO);
  actions.move_to(options.err, STDERR_FILENO);
  pid_t pid = -1;
  // POSIX wants the two lists without const for the sake of old C; posix_spawn does not write to them.
  const int err = ::posix_spawn(&pid, options.program, actions.get(), attributes.get(), const_cast<char* const*>(options.argv),
                                const_cast<char* const*>(options.envp));
  if (err != 0) return Error::system(err, std::string("fork/exec ") + options.program);
  return pid;
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
}

}  // namespace fwatchdog
