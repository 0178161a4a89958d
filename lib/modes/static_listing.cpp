#include "modes/static_listing.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <memory>
#include <string_view>

#include "modes/static_path.hpp"

namespace fwatchdog {

namespace {

struct CloseFolder {
  void operator()(DIR* folder) const noexcept { ::closedir(folder); }
};

bool is_folder(DIR* folder, const dirent& entry) {
  if (entry.d_type != DT_UNKNOWN) return entry.d_type == DT_DIR;
  struct stat facts {};
  return ::fstatat(::dirfd(folder), entry.d_name, &facts, AT_SYMLINK_NOFOLLOW) == 0 && S_ISDIR(facts.st_mode);
}

}  // namespace

Result<std::vector<FolderEntry>> read_folder(Fd folder) {
  const std::unique_ptr<DIR, CloseFolder> stream(::fdopendir(folder.get()));
  if (!stream) return Error::system(errno, "read folder");
  (void)folder.release();  // the stream has it
  std::vector<FolderEntry> entries;
  for (;;) {
    errno = 0;
    const dirent* entry = ::readdir(stream.get());
    if (entry == nullptr && errno != 0) return Error::system(errno, "read folder");
    if (entry == nullptr) break;
    const std::string_view name = entry->d_name;
    if (name == "." || name == "..") continue;
    entries.push_back(FolderEntry{std::string(name), is_folder(stream.get(), *entry)});
  }
  std::sort(entries.begin(), entries.end(), [](const FolderEntry& a, const FolderEntry& b) { return a.name < b.name; });
  return entries;
}

std::string listing_page(const std::vector<FolderEntry>& entries) {
  std::string page = "<!doctype html>\n<meta name=\"viewport\" content=\"width=device-width\">\n<pre>\n";
  for (const FolderEntry& entry : entries) {
    const std::string name = entry.is_folder ? entry.name + "/" : entry.name;
    page += "<a href=\"";
    append_html(page, relative_reference(name));
    page += "\">";
    append_html(page, name);
    page += "</a>\n";
  }
  page += "</pre>\n";
  return page;
}

}  // namespace fwatchdog
