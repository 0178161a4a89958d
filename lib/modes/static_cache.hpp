/// StaticCache: the contents of small files that were asked for before. A file is looked at again, without opening it, each time
/// that it is taken from here; only a precompressed file that appears next to it may go unseen for a second.
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "modes/static_content.hpp"
#include "modes/static_root.hpp"

namespace fwatchdog {

class StaticCache {
 public:
  using Time = std::chrono::steady_clock::time_point;

  /// Larger ones gain nothing.
  static constexpr std::size_t kLargestFile = 8U << 10U;

  StaticCache() : entries_(kEntries) {}

  /// A copy of the content that the file `name` below `root` has now, where it is known.
  std::optional<StaticContent> find(StaticRoot& root, const std::string& name, Time now) const;
  /// Remembers a content that was just loaded, if it is of a kind that find() can vouch for. It may displace another one.
  void keep(const std::string& name, const StaticContent& content, Time now);

 private:
  // With the above it bounds the memory to a MiB.
  static constexpr std::size_t kEntries = 128;

  struct Entry {
    std::string name;
    std::optional<StaticContent> content;
    Time loaded;
  };

  std::size_t place_of(const std::string& name) const;

  std::vector<Entry> entries_;
};

}  // namespace fwatchdog
