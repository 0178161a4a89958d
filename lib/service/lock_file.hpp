/// LockFile: the file that says that the watchdog accepts requests (CONTRACT: lock file).
#pragma once

#include <string>

#include "result.hpp"

namespace fwatchdog {

class LockFile {
 public:
  explicit LockFile(std::string path) : path_(std::move(path)) {}
  LockFile(const LockFile&) = delete;
  LockFile& operator=(const LockFile&) = delete;
  /// Removes what create() made.
  ~LockFile() { remove(); }

  /// Makes the file, empty, mode 0660 less the umask, and its folder where that is missing.
  Result<void> create();
  void remove();
  /// Asked anew each time: an operator may take the file away, or bring it back.
  bool exists() const;
  const std::string& path() const { return path_; }

 private:
  std::string path_;
  bool created_ = false;
};

}  // namespace fwatchdog
