#include "modes/static_cache.hpp"

#include <functional>

namespace fwatchdog {

namespace {

constexpr auto kLongestStay = std::chrono::seconds(1);

}  // namespace

std::size_t StaticCache::place_of(const std::string& name) const { return std::hash<std::string>{}(name) % entries_.size(); }

std::optional<StaticContent> StaticCache::find(StaticRoot& root, const std::string& name, Time now) const {
  const Entry& entry = entries_[place_of(name)];
  if (!entry.content || entry.name != name || now - entry.loaded > kLongestStay) return std::nullopt;
  // The very file that was found below the root: it does not matter which way leads to it now.
  const std::optional<FileFacts> facts = root.examine(name, now);
  if (!facts || *facts != entry.content->facts()) return std::nullopt;
  return entry.content->copy();
}

void StaticCache::keep(const std::string& name, const StaticContent& content, Time now) {
  const bool is_small = content.bytes() && content.size() <= kLargestFile && content.size() == content.facts().size;
  if (!is_small || content.varies() || !content.facts().shows_next_change()) return;
  Entry& entry = entries_[place_of(name)];
  entry.name = name;
  entry.content = content.copy();
  entry.loaded = now;
}

}  // namespace fwatchdog
