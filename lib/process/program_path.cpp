#include "process/program_path.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

namespace fwatchdog {

namespace {

/// An errno: why `file` cannot be executed; 0 where it can.
int why_not_executable(const std::string& file) {
  struct stat status {};
  if (::stat(file.c_str(), &status) != 0) return errno;
  if (S_ISDIR(status.st_mode)) return EACCES;
  return ::access(file.c_str(), X_OK) == 0 ? 0 : errno;
}

}  // namespace

Result<std::string> find_program(std::string_view name, std::string_view path) {
  if (name.find('/') != std::string_view::npos) return std::string(name);
  if (name.empty()) return Error(Errc::invalid, "exec: no command");
  std::string file;
  while (!path.empty()) {
    const std::size_t colon = path.find(':');
    const std::string_view folder = path.substr(0, colon);
    path.remove_prefix(colon == std::string_view::npos ? path.size() : colon + 1);
    if (folder.empty()) continue;  // would mean the working directory, from which nothing is run by its name alone
    file.assign(folder).append("/").append(name);
    if (why_not_executable(file) == 0) return file;
  }
  return Error(Errc::invalid, "exec: \"" + std::string(name) + "\": executable file not found in $PATH");
}

Result<std::string> check_program(std::string_view name, std::string_view path) {
  Result<std::string> found = find_program(name, path);
  if (!found.ok()) return found;
  if (const int err = why_not_executable(*found); err != 0) return Error::system(err, "fork/exec " + *found);
  return found;
}

Result<std::string> ProgramFinder::find() {
  const std::lock_guard lock(mutex_);
  if (!found_.empty()) return found_;
  return look();
}

Result<std::string> ProgramFinder::find_again() {
  const std::lock_guard lock(mutex_);
  return look();
}

Result<std::string> ProgramFinder::look() {
  Result<std::string> found = find_program(name_, path_);
  found_ = found.ok() ? *found : std::string();
  return found;
}

}  // namespace fwatchdog
