/// FileFacts: what the file system says of a file, and whether that is still the same file with the same content.
#pragma once

#include <sys/stat.h>

#include <chrono>
#include <cstdint>
#include <string>

#include "http/conditional.hpp"

namespace fwatchdog {

struct FileFacts {
  enum class Kind { regular, folder, other };

  Kind kind = Kind::other;
  std::uint64_t size = 0;
  std::chrono::sys_time<std::chrono::nanoseconds> modified;
  std::chrono::sys_time<std::chrono::nanoseconds> changed;  ///< content, name or permissions
  std::uint64_t device = 0;
  std::uint64_t inode = 0;

  FileFacts() = default;
  explicit FileFacts(const struct stat& stated);
  bool operator==(const FileFacts&) const = default;

  /// The value of Last-Modified; empty where the file system knows no time, that is, where it says that 1970 begins.
  std::string last_modified() const;
  /// The time alone.
  Validators validators() const;

  /// A later change is certain to show in `modified` or `changed`: file systems count time in steps, and a second change within
  /// the step of the first one does not show.
  bool shows_next_change() const;
};

}  // namespace fwatchdog
