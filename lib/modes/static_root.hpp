/// StaticRoot: opens what lies below one folder, and never anything outside of it, whatever symlinks say.
#pragma once

#include <sys/types.h>

#include <array>
#include <chrono>
#include <optional>
#include <string>

#include "async/fd.hpp"
#include "modes/static_facts.hpp"
#include "result.hpp"

namespace fwatchdog {

/// An open file or folder, and what is known of it.
struct OpenedFile {
  Fd fd;
  FileFacts facts;

  OpenedFile() = default;
  /// Asks the file system anew.
  Result<void> examine();
};

/// The folder may be replaced while it is served, by a rename or where its own path has a symlink: the new one is looked for at
/// most a second after that, and whenever a name is missing.
class StaticRoot {
 public:
  /// How symlinks are kept inside: by the kernel (openat2 with RESOLVE_BENEATH, where it has it), or always by our own walk.
  enum class Method { kernel, walk };

  using Time = std::chrono::steady_clock::time_point;

  explicit StaticRoot(std::string path, Method method = Method::kernel);

  /// Opens `name`, relative and without `..` segments, for reading; symlinks on the way are followed as long as they stay below
  /// the root. A FIFO or a device does not block. Errc::system with ENOENT also for what leads outside, and for the folder itself
  /// when it is missing.
  Result<OpenedFile> open(const std::string& name, Time now = std::chrono::steady_clock::now());
  /// The same for a name whose absence is usual: a missing one does not make us look at the root.
  Result<OpenedFile> open_optional(const std::string& name);

  /// What `name` is now, by whatever way: to be compared with facts of a file that open() gave, never to be trusted. Nothing
  /// where it is missing.
  std::optional<FileFacts> examine(const std::string& name, Time now);

  /// Why nothing could be served from this folder now; empty when there is no reason.
  std::string why_not_servable() const;

 private:
  Result<OpenedFile> open_below(const std::string& name);
  bool refresh(Time now);

  std::string path_;
  Method method_;
  Fd root_;
  dev_t device_ = 0;
  ino_t inode_ = 0;
  std::array<std::string, 2> own_paths_;  // as given, and without symlinks
  Time refreshed_;
};

}  // namespace fwatchdog
