#include "service/lock_file.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <system_error>

#include "async/fd.hpp"

namespace fwatchdog {

Result<void> LockFile::create() {
  std::error_code failed;
  if (makes_folder_) std::filesystem::create_directories(std::filesystem::path(path_).parent_path(), failed);
  // Where that failed, so does opening the file, with the better text.
  const Fd file(::open(path_.c_str(), O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0660));
  if (!file) return Error::system(errno, "cannot write lock-file " + path_);
  created_ = true;
  return {};
}

void LockFile::remove() {
  if (!created_) return;
  created_ = false;
  ::unlink(path_.c_str());
}

bool LockFile::exists() const { return ::access(path_.c_str(), F_OK) == 0; }

}  // namespace fwatchdog
