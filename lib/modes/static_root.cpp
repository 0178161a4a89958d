#include "modes/static_root.hpp"

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <memory>

#include "modes/static_walk.hpp"

namespace fwatchdog {

namespace {

constexpr auto kRefreshInterval = std::chrono::seconds(1);
// Without O_NONBLOCK a FIFO waits for somebody who writes to it.
constexpr int kReadFlags = O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;
// A rename elsewhere on the way makes the kernel unsure about `..`, and it asks us to try again.
constexpr int kTries = 4;

int open_beneath(int root, const char* name, int flags) {
  open_how how{};
  how.flags = static_cast<std::uint64_t>(flags);
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS;
  for (int tries = 1;; ++tries) {
    const auto fd = static_cast<int>(::syscall(SYS_openat2, root, name, &how, sizeof how));
    if (fd >= 0 || (errno != EINTR && (errno != EAGAIN || tries == kTries))) return fd;
  }
}

/// Old kernels do not know openat2, and old container sandboxes forbid what they do not know.
bool kernel_keeps_inside() {
  const Fd fd(open_beneath(AT_FDCWD, ".", O_PATH | O_CLOEXEC));
  return fd || (errno != ENOSYS && errno != EPERM);
}

std::string real_path_of(const std::string& path) {
  const std::unique_ptr<char, void (*)(void*)> real(::realpath(path.c_str(), nullptr), std::free);
  return real ? std::string(real.get()) : path;
}

bool is_missing(const Error& error) { return error.sys == ENOENT; }

}  // namespace

Result<void> OpenedFile::examine() {
  struct stat stated {};
  if (::fstat(fd.get(), &stated) != 0) return Error::system(errno);
  facts = FileFacts(stated);
  return Result<void>();
}

StaticRoot::StaticRoot(std::string path, Method method)
    : path_(std::move(path)), method_(method == Method::kernel && kernel_keeps_inside() ? Method::kernel : Method::walk) {
  refresh(std::chrono::steady_clock::now());
}

/// Looks which folder the path names now. True when it is another one than before.
bool StaticRoot::refresh(Time now) {
  refreshed_ = now;
  struct stat facts {};
  if (::stat(path_.c_str(), &facts) != 0) {
    const bool was_there = static_cast<bool>(root_);
    root_.reset();
    return was_there;
  }
  if (root_ && facts.st_dev == device_ && facts.st_ino == inode_) return false;
  root_ = Fd(::open(path_.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  device_ = facts.st_dev;
  inode_ = facts.st_ino;
  own_paths_ = {path_, real_path_of(path_)};
  return true;
}

std::string StaticRoot::why_not_servable() const {
  const Fd fd(::open(path_.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  return fd ? std::string() : Error::system(errno, "open " + path_).text();
}

Result<OpenedFile> StaticRoot::open(const std::string& name, Time now) {
  if (now - refreshed_ >= kRefreshInterval) refresh(now);
  Result<OpenedFile> opened = open_below(name);
  if (opened.ok() || !is_missing(opened.error()) || !refresh(now)) return opened;
  return open_below(name);
}

std::optional<FileFacts> StaticRoot::examine(const std::string& name, Time now) {
  if (now - refreshed_ >= kRefreshInterval) refresh(now);
  struct stat stated {};
  if (!root_ || ::fstatat(root_.get(), name.c_str(), &stated, 0) != 0) return std::nullopt;
  return FileFacts(stated);
}

Result<OpenedFile> StaticRoot::open_optional(const std::string& name) { return open_below(name); }

Result<OpenedFile> StaticRoot::open_below(const std::string& name) {
  if (!root_) return Error::system(ENOENT);
  OpenedFile file;
  int failure = EXDEV;
  if (method_ == Method::kernel) {
    file.fd = Fd(open_beneath(root_.get(), name.c_str(), kReadFlags));
    failure = errno;
  }
  // To the kernel every absolute symlink leads outside; those that lead back inside have always been followed.
  if (!file.fd && failure == EXDEV) {
    Result<Fd> walked = walk_below(root_.get(), own_paths_, name, kReadFlags);
    if (walked.ok()) {
      file.fd = std::move(*walked);
    } else {
      failure = walked.error().sys;
    }
  }
  if (!file.fd) {
    // Nothing can have such a name or be read from such a thing: as good as missing. ENXIO is what a socket says.
    const bool is_no_file = failure == EXDEV || failure == ENOTDIR || failure == ELOOP || failure == ENAMETOOLONG ||
                            failure == ENXIO || failure == ENODEV;
    return Error::system(is_no_file ? ENOENT : failure);
  }
  if (Result<void> known = file.examine(); !known.ok()) return known.error();
  return file;
}

}  // namespace fwatchdog
