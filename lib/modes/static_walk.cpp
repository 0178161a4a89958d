#include "modes/static_walk.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <cstddef>
#include <utility>
#include <vector>

namespace fwatchdog {

namespace {

constexpr int kMaxSymlinks = 40;  // as Linux

bool is_inside(std::string_view path, std::string_view folder) {
  if (folder.empty() || !path.starts_with(folder)) return false;
  return path.size() == folder.size() || path[folder.size()] == '/' || folder.back() == '/';
}

class Walk {
 public:
  Walk(int root, std::span<const std::string> root_paths, std::string_view name)
      : root_(root), root_paths_(root_paths), rest_(name) {}

  Result<Fd> open(int flags) {
    for (;;) {
      const std::string component = next_component();
      if (component.empty()) return open_here(".", flags);
      if (component == ".") continue;
      if (component == "..") {
        if (folders_.empty()) return Error::system(EXDEV);
        folders_.pop_back();
        continue;
      }
      Result<Fd> entry = open_here(component, O_PATH | O_NOFOLLOW);
      if (!entry.ok()) return entry;
      struct stat facts {};
      if (::fstat(entry->get(), &facts) != 0) return Error::system(errno);
      if (S_ISLNK(facts.st_mode)) {
        Result<void> followed = follow(entry->get());
        if (!followed.ok()) return followed.error();
      } else if (rest_.find_first_not_of('/') == std::string::npos && !S_ISDIR(facts.st_mode)) {
        return open_here(component, flags | O_NOFOLLOW);
      } else if (!S_ISDIR(facts.st_mode)) {
        return Error::system(ENOTDIR);
      } else {
        folders_.push_back(std::move(*entry));
      }
    }
  }

 private:
  /// Takes the next component off the rest of the way; empty at its end.
  std::string next_component() {
    rest_.erase(0, std::min(rest_.find_first_not_of('/'), rest_.size()));
    std::string component = rest_.substr(0, rest_.find('/'));
    rest_.erase(0, component.size());
    return component;
  }

  Result<Fd> open_here(const std::string& name, int flags) {
    Fd fd(::openat(folders_.empty() ? root_ : folders_.back().get(), name.c_str(), flags | O_CLOEXEC));
    if (!fd) return Error::system(errno);
    return fd;
  }

  /// Puts the text of the symlink before the rest of the way.
  Result<void> follow(int link) {
    if (++symlinks_ > kMaxSymlinks) return Error::system(ELOOP);
    std::array<char, PATH_MAX> buffer;
    const ssize_t length = ::readlinkat(link, "", buffer.data(), buffer.size());
    if (length < 0) return Error::system(errno);
    std::string_view text(buffer.data(), static_cast<std::size_t>(length));
    if (text.starts_with('/')) {
      const auto inside = [&](const std::string& path) { return is_inside(text, path); };
      const auto root_path = std::find_if(root_paths_.begin(), root_paths_.end(), inside);
      if (root_path == root_paths_.end()) return Error::system(EXDEV);
      text.remove_prefix(root_path->size());
      folders_.clear();
    }
    if (text.size() + rest_.size() >= PATH_MAX) return Error::system(ENAMETOOLONG);
    rest_.insert(0, "/").insert(0, text);
    return Result<void>();
  }

  int root_;
  std::span<const std::string> root_paths_;
  std::string rest_;
  std::vector<Fd> folders_;  // the way from the root to where we are
  int symlinks_ = 0;
};

}  // namespace

Result<Fd> walk_below(int root, std::span<const std::string> root_paths, std::string_view name, int flags) {
  return Walk(root, root_paths, name).open(flags);
}

}  // namespace fwatchdog
