/// What the tests of processes share: starting a program with its output in a pipe, and running a piece of a test in a fork.
#pragma once

#include <doctest/doctest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <initializer_list>
#include <string>
#include <vector>

#include "async/fd.hpp"
#include "async/loop_fixture.hpp"
#include "async/stream.hpp"
#include "process/child.hpp"
#include "process/spawn.hpp"

namespace fwatchdog::testing {

/// A program with its arguments and PATH as its whole environment; its stdin is /dev/null, its stdout and stderr are one pipe.
class Command {
 public:
  explicit Command(std::vector<std::string> words) : words_(std::move(words)) {
    for (const std::string& word : words_) argv_.push_back(word.c_str());
    argv_.push_back(nullptr);
    Result<Pipe> made = open_pipe();
    REQUIRE(made.ok());
    output_ = std::move(*made);
    in_ = Fd(::open("/dev/null", O_RDONLY | O_CLOEXEC));
    REQUIRE(in_);
  }
  static Command shell(const std::string& script) { return Command({"/bin/sh", "-c", script}); }

  SpawnOptions options() const {
    SpawnOptions options;
    options.program = words_[0].c_str();
    options.argv = argv_.data();
    options.envp = kEnvironment.data();
    options.in = in_.get();
    options.out = output_.write_end.get();
    options.err = output_.write_end.get();
    return options;
  }

  /// To be called once it was started: the end to read its output from; the child alone holds the other one.
  Fd take_output() {
    output_.write_end.reset();
    return std::move(output_.read_end);
  }

 private:
  static constexpr std::array<const char*, 2> kEnvironment{"PATH=/usr/bin:/bin", nullptr};
  std::vector<std::string> words_;
  std::vector<const char*> argv_;
  Pipe output_;
  Fd in_;
};

/// Everything up to the end of `output`, blocking.
inline std::string text_of(const Fd& output) {
  std::string all;
  std::array<char, 4096> room{};
  for (;;) {
    const ssize_t count = ::read(output.get(), room.data(), room.size());
    if (count > 0) all.append(room.data(), static_cast<std::size_t>(count));
    if (count == 0 || (count < 0 && errno != EINTR)) return all;
  }
}

/// One line of `output`, blocking.
inline std::string line_of(const Fd& output) {
  std::string line;
  for (char letter = 0; ::read(output.get(), &letter, 1) == 1 && letter != '\n';) line += letter;
  return line;
}

inline int wait_for(pid_t pid) {
  int status = 0;
  while (::waitpid(pid, &status, 0) < 0) REQUIRE(errno == EINTR);
  return status;
}

/// True where the process of that number is there, be it as a zombie.
inline bool exists(pid_t pid) { return ::kill(pid, 0) == 0 || errno != ESRCH; }

/// The exit status of `body` in a fork of its own, in which doctest must not be used. 100 and more: it was ended by a signal.
template <class Body>
int in_fork(const Body& body) {
  const pid_t pid = ::fork();
  REQUIRE(pid >= 0);
  if (pid == 0) {
    ::alarm(60);
    ::_exit(body());
  }
  const int status = wait_for(pid);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 100 + WTERMSIG(status);
}

/// A folder of its own for one test.
class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "fwatchdog-test-XXXXXX").string();
    REQUIRE(::mkdtemp(name.data()) != nullptr);
    path_ = name;
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  ~TemporaryFolder() { std::filesystem::remove_all(path_); }

  const std::string& path() const { return path_; }
  /// The path of a new file.
  std::string file(const std::string& name, const std::string& text, unsigned mode) const {
    std::string file = path_ + "/" + name;
    std::filesystem::create_directories(std::filesystem::path(file).parent_path());
    std::ofstream(file) << text;
    std::filesystem::permissions(file, static_cast<std::filesystem::perms>(mode));
    return file;
  }

 private:
  std::string path_;
};

}  // namespace fwatchdog::testing
