// The limit of every mode that forks: what the machine does when nothing but the process is in the way. Without HTTP, log, limits
// and cancelling, a loop starts a command, gives it its input, reads its output and waits for its end.
//   --mode spawn    many short ones, `parallel` of them at a time
//   --mode stream   one, through which many bytes go; with --hold 1 its output is kept until its end, as one must whose answer
//   depends on it
// Prints one JSON object.
#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstring>
#include <memory>
#include <vector>

#include "arguments.hpp"

extern char** environ;

namespace {

using fwatchdog::bench::Arguments;
using fwatchdog::bench::fail;
using Clock = std::chrono::steady_clock;

[[noreturn]] void fail_call(const char* what) { fail(std::string(what) + ": " + std::strerror(errno)); }

struct Pipe {
  int read_end;
  int write_end;
};

Pipe open_pipe() {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) fail_call("pipe");
  return Pipe{ends[0], ends[1]};
}

/// Starts `command`, whose file is named by a path, and closes the ends that are the child's.
pid_t start(char** command, int in, int out) {
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, in, STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&actions, out, STDOUT_FILENO);
  pid_t pid = -1;
  const int status = ::posix_spawn(&pid, command[0], &actions, nullptr, command, environ);
  posix_spawn_file_actions_destroy(&actions);
  if (status != 0) fail(std::string("spawn: ") + std::strerror(status));
  ::close(in);
  ::close(out);
  return pid;
}

void await_end(pid_t pid) {
  int status = 0;
  if (::waitpid(pid, &status, 0) != pid) fail_call("waitpid");
  if (status != 0) fail("the command failed");
}

double seconds_of(int who) {
  rusage used{};
  ::getrusage(who, &used);
  return static_cast<double>(used.ru_utime.tv_sec + used.ru_stime.tv_sec) +
         static_cast<double>(used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1e6;
}

void print(std::uint64_t count, std::uint64_t bytes, Clock::duration time) {
  const double seconds = std::chrono::duration<double>(time).count();
  std::printf(
      "{\"requests\": %llu, \"errors\": 0, \"seconds\": %.6f, \"rate\": %.2f, \"answer_bytes\": %llu, "
      "\"cpu_seconds\": %.4f, \"children_cpu_seconds\": %.4f}\n",
      static_cast<unsigned long long>(count), seconds, static_cast<double>(count) / seconds,
      static_cast<unsigned long long>(bytes), seconds_of(RUSAGE_SELF), seconds_of(RUSAGE_CHILDREN));
}

/// Short processes, as many at a time as there are slots. The output is as long as the input.
class SpawnLoop {
 public:
  SpawnLoop(char** command, std::size_t parallel, std::uint64_t count, const std::string& input)
      : command_(command), slots_(parallel), watched_(parallel, pollfd{-1, POLLIN, 0}), count_(count), input_(input) {}

  void run() {
    const Clock::time_point begun = Clock::now();
    for (std::size_t i = 0; i < slots_.size(); ++i) next(i);
    while (ended_ < count_) {
      if (::poll(watched_.data(), watched_.size(), -1) < 0 && errno != EINTR) fail_call("poll");
      for (std::size_t i = 0; i < slots_.size(); ++i) {
        if (watched_[i].revents != 0) take(i);
      }
    }
    print(ended_, bytes_, Clock::now() - begun);
  }

 private:
  struct Slot {
    pid_t pid = -1;
    std::size_t bytes = 0;
  };

  void next(std::size_t i) {
    watched_[i] = pollfd{-1, POLLIN, 0};
    if (started_ == count_) return;
    ++started_;
    const Pipe in = open_pipe();
    const Pipe out = open_pipe();
    if (::write(in.write_end, input_.data(), input_.size()) != static_cast<ssize_t>(input_.size())) fail_call("write");
    ::close(in.write_end);
    slots_[i] = Slot{start(command_, in.read_end, out.write_end), 0};
    watched_[i].fd = out.read_end;
  }

  void take(std::size_t i) {
    Slot& slot = slots_[i];
    if ((watched_[i].revents & POLLIN) != 0) {
      char buffer[4096];
      const ssize_t got = ::read(watched_[i].fd, buffer, sizeof buffer);
      if (got < 0) fail_call("read");
      slot.bytes += static_cast<std::size_t>(got);
      return;  // the end is told by the hang-up
    }
    ::close(watched_[i].fd);
    await_end(slot.pid);
    if (slot.bytes != input_.size()) fail("the output is not as long as the input");
    bytes_ += slot.bytes;
    ++ended_;
    next(i);
  }

  char** command_;
  std::vector<Slot> slots_;
  std::vector<pollfd> watched_;
  std::uint64_t count_;
  const std::string& input_;
  std::uint64_t started_ = 0;
  std::uint64_t ended_ = 0;
  std::uint64_t bytes_ = 0;
};

bool would_wait(ssize_t result) { return result < 0 && (errno == EAGAIN || errno == EINTR); }

void set_nonblocking(int fd) {
  if (::fcntl(fd, F_SETFL, O_NONBLOCK) != 0) fail_call("fcntl");
}

constexpr std::size_t kPiece = 128 * 1024;  // what cat reads at a time

/// `total` bytes into one process and out of it, both at the same time.
void stream(char** command, std::uint64_t total, bool hold) {
  const std::vector<char> input(kPiece, 'x');
  const Clock::time_point begun = Clock::now();
  const auto output = std::make_unique_for_overwrite<char[]>(hold ? total + kPiece : kPiece);
  Pipe in = open_pipe();
  const Pipe out = open_pipe();
  set_nonblocking(in.write_end);
  set_nonblocking(out.read_end);
  const pid_t pid = start(command, in.read_end, out.write_end);
  std::uint64_t written = 0;
  std::uint64_t read = 0;
  for (bool open = true; open;) {
    pollfd ends[2] = {{out.read_end, POLLIN, 0}, {in.write_end, POLLOUT, 0}};
    if (::poll(ends, in.write_end < 0 ? 1 : 2, -1) < 0 && errno != EINTR) fail_call("poll");
    if (ends[0].revents != 0) {
      const ssize_t got = ::read(out.read_end, output.get() + (hold ? read : 0), kPiece);
      if (got < 0 && !would_wait(got)) fail_call("read");
      if (got > 0) read += static_cast<std::uint64_t>(got);
      if (read > total) fail("the output is longer than the input");
      open = got != 0;
    }
    if (in.write_end >= 0 && ends[1].revents != 0) {
      const std::uint64_t left = total - written;
      const ssize_t put = ::write(in.write_end, input.data(), left < kPiece ? left : kPiece);
      if (put < 0 && !would_wait(put)) fail_call("write");
      if (put > 0) written += static_cast<std::uint64_t>(put);
      if (written == total) {
        ::close(in.write_end);
        in.write_end = -1;
      }
    }
  }
  ::close(out.read_end);
  await_end(pid);
  if (read != total) fail("the output is not as long as the input");
  print(1, read, Clock::now() - begun);
}

}  // namespace

int main(int argc, char** argv) {
  Arguments arguments(argc, argv);
  const std::string mode = arguments.text("mode", "spawn");
  const std::size_t parallel = arguments.number("parallel", 8);
  const std::uint64_t count = arguments.number("requests", 1);
  const std::uint64_t bytes = arguments.number("bytes", 5);
  const bool hold = arguments.number("hold", 0) != 0;
  arguments.end();
  if (arguments.command()[0] == nullptr) fail("usage: spawn_loop [--name value]... -- command");
  ::signal(SIGPIPE, SIG_IGN);
  if (mode == "stream") {
    stream(arguments.command(), bytes, hold);
    return 0;
  }
  if (bytes > 4096) fail("--mode spawn gives the whole input before the start: at most 4096 bytes");
  const std::string input(bytes, 'x');
  SpawnLoop(arguments.command(), parallel, count, input).run();
}
