/// Which file a program's name means, by the rules of Go's os/exec, whose error texts are part of the contract.
#pragma once

#include <mutex>
#include <string>
#include <string_view>

#include "result.hpp"

namespace fwatchdog {

/// `name` itself where it has a slash; else the first executable file of that name in the folders of `path` (the variable PATH).
/// The error's text() is `exec: "nope": executable file not found in $PATH`.
Result<std::string> find_program(std::string_view name, std::string_view path);

/// As find_program(), and tells at once what starting it would: `fork/exec /x: permission denied`. For the check at start.
Result<std::string> check_program(std::string_view name, std::string_view path);

/// find_program() for one name, asked for again and again, from any thread. What was found in PATH is remembered as a shell does
/// it: it is the answer until starting it fails, whatever appears in folders before it.
class ProgramFinder {
 public:
  ProgramFinder(std::string_view name, std::string_view path) : name_(name), path_(path) {}
  ProgramFinder(const ProgramFinder&) = delete;
  ProgramFinder& operator=(const ProgramFinder&) = delete;

  Result<std::string> find();
  /// The same when what find() returned could not be started: looks again.
  Result<std::string> find_again();
  /// As check_program(); remembers nothing.
  Result<std::string> check() const { return check_program(name_, path_); }

 private:
  Result<std::string> look();

  const std::string name_;
  const std::string path_;
  std::mutex mutex_;
  std::string found_;
};

}  // namespace fwatchdog
