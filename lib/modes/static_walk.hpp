/// The way to a file below a folder, component by component: for kernels without openat2, and for absolute symlinks that lead
/// back inside.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "async/fd.hpp"
#include "result.hpp"

namespace fwatchdog {

/// Opens `name` below the folder `root` with the open(2) flags `flags`. Symlinks are followed as long as they stay inside; an
/// absolute one does when it begins with one of `root_paths`, the folder's own paths. Errc::system: EXDEV for a way outside,
/// ELOOP after 40 symlinks, else as open(2).
Result<Fd> walk_below(int root, std::span<const std::string> root_paths, std::string_view name, int flags);

}  // namespace fwatchdog
