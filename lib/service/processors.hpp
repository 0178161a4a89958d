/// How many processors this program may use: what the number of workers follows where nobody sets it.
#pragma once

#include <cstddef>
#include <optional>
#include <string>

namespace fwatchdog {

/// By the affinity mask, and by the limits of the control groups, of which a part of a processor counts as one. At least 1.
std::size_t usable_processors();

/// The strictest limit of the control groups that this process is in, in processors: cpu.max of version 2, cpu.cfs_quota_us of
/// version 1, of each group up to the topmost one that is visible here. Nothing where there is none. `root` stands before the
/// paths /proc/self/... and those that are found there.
std::optional<double> control_group_processors(const std::string& root);

}  // namespace fwatchdog
