/// The page that lists a folder.
#pragma once

#include <string>
#include <vector>

#include "async/fd.hpp"
#include "result.hpp"

namespace fwatchdog {

struct FolderEntry {
  std::string name;
  bool is_folder = false;
};

/// What is in the open folder, `.` and `..` apart, in the order of the names' bytes.
Result<std::vector<FolderEntry>> read_folder(Fd folder);

/// The HTML page for these entries, in Go's spelling: a link for each, folders with a slash.
std::string listing_page(const std::vector<FolderEntry>& entries);

}  // namespace fwatchdog
