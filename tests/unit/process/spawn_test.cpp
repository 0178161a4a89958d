#include "process/spawn.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <algorithm>
#include <csignal>
#include <sstream>
#include <string>
#include <vector>

#include "process/process_fixture.hpp"

using namespace fwatchdog;
using namespace fwatchdog::testing;

namespace {

std::string output_of(Command command) {
  const Result<pid_t> pid = spawn(command.options());
  REQUIRE(pid.ok());
  std::string text = text_of(command.take_output());
  CHECK(wait_for(*pid) == 0);
  return text;
}

std::string error_of(const std::vector<std::string>& words) {
  const Command command(words);
  const Result<pid_t> pid = spawn(command.options());
  REQUIRE_FALSE(pid.ok());
  CHECK(pid.error().code == Errc::system);
  CHECK(::waitpid(-1, nullptr, WNOHANG) == -1);  // nothing is left of the attempt
  CHECK(errno == ECHILD);
  return pid.error().text();
}

std::string field(const std::string& status, const std::string& name) {
  std::istringstream lines(status);
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with(name + ":\t")) return line.substr(name.size() + 2);
  }
  return "(none)";
}

/// A line of /proc/<pid>/limits without its name, its fields one blank apart: `1024 4096 files`.
std::string limit_of(const std::string& limits, const std::string& name) {
  const std::size_t at = limits.find(name);
  REQUIRE(at != std::string::npos);
  std::istringstream line(limits.substr(at + name.size()));
  std::string soft;
  std::string hard;
  std::string unit;
  line >> soft >> hard >> unit;
  return soft + " " + hard + " " + unit;
}

/// Ignores and blocks every signal that can be, as long as it lives.
class Deaf {
 public:
  Deaf() {
    for (int number = 1; number < NSIG; ++number) {
      struct sigaction before {};
      if (::sigaction(number, nullptr, &before) != 0 || number == SIGCHLD) continue;
      struct sigaction ignore {};
      ignore.sa_handler = SIG_IGN;
      if (::sigaction(number, &ignore, nullptr) == 0) before_.emplace_back(number, before);
    }
    sigset_t all;
    sigfillset(&all);
    REQUIRE(pthread_sigmask(SIG_SETMASK, &all, &mask_) == 0);
  }
  Deaf(const Deaf&) = delete;
  Deaf& operator=(const Deaf&) = delete;
  ~Deaf() {
    for (const auto& [number, action] : before_) (void)::sigaction(number, &action, nullptr);
    (void)pthread_sigmask(SIG_SETMASK, &mask_, nullptr);
  }
  std::size_t ignored() const { return before_.size(); }

 private:
  std::vector<std::pair<int, struct sigaction>> before_;
  sigset_t mask_;
};

}  // namespace

TEST_CASE("spawn: arguments, environment, output and exit status") {
  CHECK(output_of(Command({"/bin/sh", "-c", "echo \"$0 $1\"; echo err >&2", "zero", "with space"})) == "zero with space\nerr\n");
  CHECK(output_of(Command({"/usr/bin/env"})) == "PATH=/usr/bin:/bin\n");

  Command command = Command::shell("exit 7");
  const Result<pid_t> pid = spawn(command.options());
  REQUIRE(pid.ok());
  const int status = wait_for(*pid);
  CHECK(WIFEXITED(status));
  CHECK(WEXITSTATUS(status) == 7);
}

TEST_CASE("spawn: stdout and stderr may be two descriptors, stdin is what was given") {
  Command command = Command::shell("read word; echo out $word; echo err >&2");
  Result<Pipe> in = open_pipe();
  Result<Pipe> err = open_pipe();
  REQUIRE(in.ok());
  REQUIRE(err.ok());
  SpawnOptions options = command.options();
  options.in = in->read_end.get();
  options.err = err->write_end.get();
  const Result<pid_t> pid = spawn(options);
  REQUIRE(pid.ok());
  err->write_end.reset();
  in->read_end.reset();
  CHECK(::write(in->write_end.get(), "hello\n", 6) == 6);
  in->write_end.reset();
  CHECK(text_of(command.take_output()) == "out hello\n");
  CHECK(text_of(err->read_end) == "err\n");
  CHECK(wait_for(*pid) == 0);
}

TEST_CASE("spawn: a process group of its own") {
  Command command = Command::shell("echo $$; read line");  // waits; its stdin is ours
  Result<Pipe> in = open_pipe();
  REQUIRE(in.ok());
  SpawnOptions options = command.options();
  options.in = in->read_end.get();
  const Result<pid_t> pid = spawn(options);
  REQUIRE(pid.ok());
  CHECK(::getpgid(*pid) == *pid);
  CHECK(::getpgid(*pid) != ::getpgrp());
  CHECK(line_of(command.take_output()) == std::to_string(*pid));
  in->write_end.reset();
  (void)wait_for(*pid);
}

TEST_CASE("spawn: default signals and an empty mask, whatever the parent ignores and blocks") {
  std::string status;
  {
    const Deaf deaf;
    CHECK(deaf.ignored() > 20);
    prepare_descriptors_and_signals();  // as a program that was started with these signals ignored
    status = output_of(Command({"/bin/cat", "/proc/self/status"}));
  }
  CHECK(field(status, "SigIgn") == "0000000000000000");
  CHECK(field(status, "SigBlk") == "0000000000000000");
  CHECK(field(status, "SigCgt") == "0000000000000000");
}

TEST_CASE("spawn: descriptors 0, 1 and 2, and no other") {
  prepare_descriptors_and_signals();  // who started the tests may have left some open
  const Fd extra(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  const Fd high(::fcntl(extra.get(), F_DUPFD_CLOEXEC, 100));
  REQUIRE(high);
  // 3 is the folder that ls itself reads.
  CHECK(output_of(Command({"/bin/ls", "-1", "/proc/self/fd"})) == "0\n1\n2\n3\n");
}

TEST_CASE("spawn: what cannot be started is told in the contract's words") {
  const TemporaryFolder folder;
  const std::string plain = folder.file("plain", "echo\n", 0644);
  const std::string no_program = folder.file("no-program", "neither a script nor a binary\n", 0755);
  const std::string no_interpreter = folder.file("no-interpreter", "#!/nonexistent/interpreter\n", 0755);
  CHECK(error_of({"/nonexistent/program"}) == "fork/exec /nonexistent/program: no such file or directory");
  CHECK(error_of({plain + "/below"}) == "fork/exec " + plain + "/below: not a directory");
  CHECK(error_of({plain}) == "fork/exec " + plain + ": permission denied");
  CHECK(error_of({folder.path()}) == "fork/exec " + folder.path() + ": permission denied");
  CHECK(error_of({no_program}) == "fork/exec " + no_program + ": exec format error");
  CHECK(error_of({no_interpreter}) == "fork/exec " + no_interpreter + ": no such file or directory");
  CHECK(error_of({"/bin/true", std::string(200 * 1024, 'x')}) == "fork/exec /bin/true: argument list too long");
}

TEST_CASE("spawn: limits are the child's alone") {
  ProcessLimits limits;
  limits.no_new_privs = true;
  limits.memory = 512U << 20U;
  limits.cpu_seconds = 7;
  limits.descriptors = 9;
  CHECK(try_limits(limits).ok());
  Command command({"/bin/cat", "/proc/self/status", "/proc/self/limits"});
  SpawnOptions options = command.options();
  options.limits = &limits;
  const Result<pid_t> pid = spawn(options);
  REQUIRE(pid.ok());
  const std::string status = text_of(command.take_output());
  CHECK(wait_for(*pid) == 0);
  CHECK(field(status, "NoNewPrivs") == "1");
  CHECK(limit_of(status, "Max address space") == "536870912 536870912 bytes");
  CHECK(limit_of(status, "Max cpu time") == "7 8 seconds");
  CHECK(limit_of(status, "Max open files") == "9 9 files");

  const std::string ours = output_of(Command({"/bin/cat", "/proc/self/status", "/proc/self/limits"}));
  CHECK(field(ours, "NoNewPrivs") == "0");
  CHECK(limit_of(ours, "Max address space") == "unlimited unlimited bytes");
  CHECK(limit_of(ours, "Max cpu time") == "unlimited unlimited seconds");
}

TEST_CASE("spawn: a limit that cannot be set is told, and nothing is left of the attempt") {
  ProcessLimits limits;
  limits.descriptors = std::uint64_t{1} << 40U;  // above what any process may have
  const std::string reason = "set RLIMIT_NOFILE to 1099511627776: operation not permitted";
  const Result<void> tried = try_limits(limits);
  REQUIRE_FALSE(tried.ok());
  CHECK(tried.error().text() == reason);
  const Command command({"/bin/true"});
  SpawnOptions options = command.options();
  options.limits = &limits;
  const Result<pid_t> pid = spawn(options);
  REQUIRE_FALSE(pid.ok());
  CHECK(pid.error().text() == "fork/exec /bin/true: " + reason);
  CHECK(::waitpid(-1, nullptr, WNOHANG) == -1);
  CHECK(errno == ECHILD);
}

TEST_CASE("open_pipe: blocking and close-on-exec; set_nonblocking changes one end") {
  Result<Pipe> pipe = open_pipe();
  REQUIRE(pipe.ok());
  for (const Fd* end : {&pipe->read_end, &pipe->write_end}) {
    CHECK((::fcntl(end->get(), F_GETFD) & FD_CLOEXEC) != 0);
    CHECK((::fcntl(end->get(), F_GETFL) & O_NONBLOCK) == 0);
  }
  set_nonblocking(pipe->read_end.get());
  CHECK((::fcntl(pipe->read_end.get(), F_GETFL) & (O_NONBLOCK | O_ACCMODE)) == (O_NONBLOCK | O_RDONLY));
  CHECK((::fcntl(pipe->write_end.get(), F_GETFL) & O_NONBLOCK) == 0);
}

namespace {

bool is_null_device(int fd) {
  struct stat status {};
  return ::fstat(fd, &status) == 0 && S_ISCHR(status.st_mode) && status.st_rdev == makedev(1, 3);
}

// In a fork: closes those of 0 to 2 that are in `closed`, prepares, and looks. 0, or the number of the check that failed.
int prepared_with_closed(int closed) {
  std::signal(SIGPIPE, SIG_DFL);
  const int inherited = ::fcntl(STDIN_FILENO, F_DUPFD, 50);
  if (inherited < 50) return 1;
  for (int fd = 0; fd <= 2; ++fd) {
    if ((closed >> fd & 1) != 0) ::close(fd);
  }
  prepare_descriptors_and_signals();
  for (int fd = 0; fd <= 2; ++fd) {
    const int flags = ::fcntl(fd, F_GETFD);
    if (flags < 0) return 2;
    if ((flags & FD_CLOEXEC) != 0) return 3;
    if ((closed >> fd & 1) == 0) continue;
    if (!is_null_device(fd)) return 4;
    if ((::fcntl(fd, F_GETFL) & O_ACCMODE) != (fd == 0 ? O_RDONLY : O_WRONLY)) return 5;
  }
  if ((::fcntl(inherited, F_GETFD) & FD_CLOEXEC) == 0) return 6;
  struct sigaction pipe {};
  if (::sigaction(SIGPIPE, nullptr, &pipe) != 0 || pipe.sa_handler != SIG_IGN) return 7;
  int ends[2];
  if (::pipe(ends) != 0 || ends[0] <= 2 || ::close(ends[0]) != 0) return 8;
  if (::write(ends[1], "x", 1) != -1 || errno != EPIPE) return 9;
  return 0;
}

}  // namespace

TEST_CASE("prepare_descriptors_and_signals: 0 to 2 are open, the others stay ours, SIGPIPE is ignored") {
  for (int closed = 0; closed < 8; ++closed) {
    CAPTURE(closed);
    CHECK(in_fork([&] { return prepared_with_closed(closed); }) == 0);
  }
}
