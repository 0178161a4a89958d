#include "service/processors.hpp"

#include <sched.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string_view>
#include <vector>

namespace fwatchdog {

namespace {

/// Empty where the file cannot be read.
std::string text_of(const std::string& path) {
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "re"), std::fclose);
  std::string text;
  char piece[4096];
  for (std::size_t count = 0; file && (count = std::fread(piece, 1, sizeof piece, file.get())) > 0;) text.append(piece, count);
  return text;
}

std::vector<std::string> split(std::string_view text, char separator) {
  std::vector<std::string> parts;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(separator), text.size());
    if (end > 0) parts.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return parts;
}

bool has(const std::vector<std::string>& words, std::string_view wanted) {
  return std::find(words.begin(), words.end(), wanted) != words.end();
}

/// Where the groups of one version are mounted (proc(5), mountinfo), and what of them is to be seen there.
struct Mount {
  bool version_2 = false;
  std::string visible;  // the group that is the mount's topmost folder
  std::string point;
};

std::vector<Mount> mounts(const std::string& root) {
  std::vector<Mount> found;
  for (const std::string& line : split(text_of(root + "/proc/self/mountinfo"), '\n')) {
    const std::vector<std::string> words = split(line, ' ');
    const auto dash = std::find(words.begin(), words.end(), "-");
    if (words.size() < 6 || words.end() - dash < 4) continue;
    const bool version_2 = dash[1] == "cgroup2";
    const bool version_1 = dash[1] == "cgroup" && has(split(dash[3], ','), "cpu");
    if (version_1 || version_2) found.push_back(Mount{version_2, words[3], words[4]});
  }
  return found;
}

/// The group of this process (cgroups(7), /proc/self/cgroup); empty where there is none of that version.
std::string own_group(const std::string& root, bool version_2) {
  for (const std::string& line : split(text_of(root + "/proc/self/cgroup"), '\n')) {
    const std::size_t first = line.find(':');
    const std::size_t second = line.find(':', first + 1);
    if (second == std::string::npos) continue;
    const std::string controllers = line.substr(first + 1, second - first - 1);
    if (version_2 ? controllers.empty() : has(split(controllers, ','), "cpu")) return line.substr(second + 1);
  }
  return {};
}

/// Nothing where the group has no limit.
std::optional<double> limit_in(const std::string& folder, bool version_2) {
  double quota = 0;
  double period = 0;
  if (version_2) {
    // `max 100000`, or two numbers
    if (std::sscanf(text_of(folder + "/cpu.max").c_str(), "%lf %lf", &quota, &period) != 2) return std::nullopt;
  } else {
    quota = std::strtod(text_of(folder + "/cpu.cfs_quota_us").c_str(), nullptr);  // -1: no limit
    period = std::strtod(text_of(folder + "/cpu.cfs_period_us").c_str(), nullptr);
  }
  if (quota <= 0 || period <= 0) return std::nullopt;
  return quota / period;
}

/// The folder of the group below the mount point, as far as it is visible there: in a container the mount may begin with it.
std::string folder_below(const Mount& mount, const std::string& group) {
  const std::string above = mount.visible == "/" ? "" : mount.visible;
  const bool inside = group.rfind(above, 0) == 0 && (group.size() == above.size() || group[above.size()] == '/');
  const std::string below = inside ? group.substr(above.size()) : "";
  return below == "/" || below.find("/..") != std::string::npos ? "" : below;
}

}  // namespace

std::optional<double> control_group_processors(const std::string& root) {
  std::optional<double> strictest;
  for (const Mount& mount : mounts(root)) {
    const std::string group = own_group(root, mount.version_2);
    if (group.empty()) continue;
    for (std::string below = folder_below(mount, group);; below.erase(below.rfind('/'))) {
      std::string folder = root;
      folder.append(mount.point).append(below);
      const std::optional<double> limit = limit_in(folder, mount.version_2);
      if (limit) strictest = std::min(limit.value(), strictest.value_or(limit.value()));
      if (below.empty()) break;
    }
  }
  return strictest;
}

std::size_t usable_processors() {
  // The mask of a machine with more processors than cpu_set_t has does not fit; such a machine has enough.
  cpu_set_t mask;
  CPU_ZERO(&mask);
  const int allowed = ::sched_getaffinity(0, sizeof mask, &mask) == 0 ? CPU_COUNT(&mask) : CPU_SETSIZE;
  if (allowed <= 1) return 1;
  const double limit = std::ceil(control_group_processors("").value_or(allowed));
  return static_cast<std::size_t>(std::clamp(limit, 1.0, static_cast<double>(allowed)));
}

}  // namespace fwatchdog
