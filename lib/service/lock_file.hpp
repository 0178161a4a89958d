/// LockFile: the file that says that the watchdog accepts requests (CONTRACT: lock file).
#pragma once

#include <string>

#include "result.hpp"

namespace fwatchdog {

class LockFile {
 public:
  /// `makes_folder`: create() makes the file's folder where it is missing.
  explicit LockFile(std::string path, bool makes_folder = false) : path_(std::move(path)), makes_folder_(makes_folder) {}
  LockFile(const LockFile&) = delete;
  LockFile& operator=(const LockFile&) = delete;
  /// Removes what create() made.
  ~LockFile() { remove(); }

  /// Makes the file, empty, mode 0660 less the umask.
  Result<void> create();
  void remove();
  /// Asked anew each time: an operator may take the file away, or bring it back.
  bool exists() const;
  const std::string& path() const { return path_; }

 private:
  std::string path_;
  bool makes_folder_;
  bool created_ = false;
};

}  // namespace fwatchdog
