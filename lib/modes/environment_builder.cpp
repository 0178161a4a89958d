#include "modes/environment_builder.hpp"

namespace fwatchdog {

namespace {

/// Linux: MAX_ARG_STRLEN, 32 pages of 4 KiB, with the NUL. Larger pages only raise it.
constexpr std::size_t kMaxEntry = 32U * 4096U;

}  // namespace

void EnvironmentBuilder::add(std::string_view name, std::string_view value) {
  if (!names_.emplace(name).second) return;
  const std::size_t begin = text_.size();
  begins_.push_back(begin);
  text_.append(prefix_).append(name).append("=").append(value).push_back('\0');
  if (text_.size() - begin > kMaxEntry && too_large_.empty()) too_large_ = std::string(prefix_).append(name);
}

bool EnvironmentBuilder::has(std::string_view entry) const {
  const std::string_view name = entry.substr(0, entry.find('='));
  return name.starts_with(prefix_) && names_.count(std::string(name.substr(prefix_.size()))) != 0;
}

}  // namespace fwatchdog
