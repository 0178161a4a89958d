#include "modes/static_facts.hpp"

#include <algorithm>

#include "http/date.hpp"

namespace fwatchdog {

namespace {

using Time = std::chrono::sys_time<std::chrono::nanoseconds>;

// The kernel's clock for files goes on every 10 ms at least.
constexpr auto kLongestStep = std::chrono::milliseconds(50);

Time time_of(const timespec& time) { return Time(std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec)); }

bool is_known(Time time) { return std::chrono::floor<std::chrono::seconds>(time).time_since_epoch().count() != 0; }

}  // namespace

FileFacts::FileFacts(const struct stat& stated)
    : kind(S_ISREG(stated.st_mode)   ? Kind::regular
           : S_ISDIR(stated.st_mode) ? Kind::folder
                                     : Kind::other),
      size(static_cast<std::uint64_t>(stated.st_size)),
      modified(time_of(stated.st_mtim)),
      changed(time_of(stated.st_ctim)),
      device(stated.st_dev),
      inode(stated.st_ino) {}

std::string FileFacts::last_modified() const {
  std::string text;
  if (!is_known(modified)) return text;
  text.resize(kHttpDateBytes);
  format_http_date(std::chrono::floor<std::chrono::seconds>(modified).time_since_epoch().count(), text.data());
  return text;
}

Validators FileFacts::validators() const {
  Validators validators;
  if (is_known(modified)) validators.modified = std::chrono::floor<std::chrono::seconds>(modified);
  return validators;
}

bool FileFacts::shows_next_change() const {
  return std::chrono::system_clock::now() - std::max(modified, changed) > kLongestStep;
}

}  // namespace fwatchdog
