#include "config/environment.hpp"

#include <algorithm>
#include <cassert>
#include <unordered_set>

namespace fwatchdog {

namespace {

bool has_name(std::string_view entry, std::string_view name) {
  return entry.size() > name.size() && entry[name.size()] == '=' && entry.substr(0, name.size()) == name;
}

}  // namespace

Environment::Environment(const char* const* envp) {
  std::unordered_set<std::string_view> seen;
  for (; envp != nullptr && *envp != nullptr; ++envp) {
    const std::string_view entry = *envp;
    const auto equals = entry.find('=');
    if (equals == std::string_view::npos || seen.insert(entry.substr(0, equals)).second) entries_.emplace_back(entry);
  }
}

std::vector<std::string>::const_iterator Environment::find(std::string_view name) const {
  return std::find_if(entries_.begin(), entries_.end(), [name](const std::string& entry) { return has_name(entry, name); });
}

std::optional<std::string_view> Environment::get(std::string_view name) const {
  const auto entry = find(name);
  if (entry == entries_.end()) return std::nullopt;
  return std::string_view(*entry).substr(name.size() + 1);
}

void Environment::set(std::string_view name, std::string_view value) {
  assert(!name.empty() && name.find('=') == std::string_view::npos);
  std::string entry(name);
  entry.append("=").append(value);
  const auto old = find(name);
  if (old == entries_.end()) {
    entries_.push_back(std::move(entry));
  } else {
    entries_[static_cast<std::size_t>(old - entries_.begin())] = std::move(entry);
  }
}

void Environment::unset(std::string_view name) {
  if (const auto entry = find(name); entry != entries_.end()) entries_.erase(entry);
}

}  // namespace fwatchdog
