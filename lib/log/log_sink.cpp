#include "log/log_sink.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <limits.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

namespace fwatchdog {

namespace {

// Once lines are dropped, so many bytes must be free before lines are taken again: one report for each gap, not one for each
// line.
constexpr std::size_t kResumeBelow = LogSink::kBound / 2;

// A terminal may say that it is writable when it has room for little more than this.
constexpr std::size_t kTerminalPiece = 128;

bool is_writable(int descriptor, int milliseconds) {
  pollfd entry{descriptor, POLLOUT, 0};
  // An error counts too: the write that follows names it.
  return poll(&entry, 1, milliseconds) > 0;
}

bool may_be_reopened(const struct stat& status) {
  if (S_ISFIFO(status.st_mode)) return true;
  // Opening the multiplexer would make a new terminal.
  return S_ISCHR(status.st_mode) && status.st_rdev != makedev(5, 2);
}

int reopen_without_blocking(int descriptor) {
  struct stat status {};
  if (fstat(descriptor, &status) != 0 || !may_be_reopened(status)) return -1;
  const std::string path = "/proc/self/fd/" + std::to_string(descriptor);
  return open(path.c_str(), O_WRONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
}

std::size_t count_lines(std::string_view lines) {
  const auto ends = static_cast<std::size_t>(std::count(lines.begin(), lines.end(), '\n'));
  return lines.empty() || lines.back() == '\n' ? ends : ends + 1;
}

}  // namespace

LogSink::Kind LogSink::kind_of(int descriptor) {
  struct stat status {};
  if (fstat(descriptor, &status) != 0) return Kind::closed;
  if (S_ISREG(status.st_mode)) return Kind::file;
  if (S_ISSOCK(status.st_mode)) return Kind::socket;
  return Kind::polled;
}

LogSink::LogSink(int descriptor, std::string name, LineFormat format)
    : descriptor_(descriptor), name_(std::move(name)), kind_(kind_of(descriptor)), format_(std::move(format)) {
  if (kind_ != Kind::polled) return;
  reopened_ = reopen_without_blocking(descriptor);
  if (reopened_ >= 0) kind_ = Kind::reopened;
}

LogSink::~LogSink() {
  if (reopened_ >= 0) close(reopened_);
}

// As write(2), with EAGAIN where it would wait.
long LogSink::write_once(std::string_view bytes) const {
  switch (kind_) {
    case Kind::file: return ::write(descriptor_, bytes.data(), bytes.size());
    case Kind::socket: return send(descriptor_, bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    case Kind::reopened: return ::write(reopened_, bytes.data(), bytes.size());
    case Kind::polled: {
      if (!is_writable(descriptor_, 0)) {
        errno = EAGAIN;
        return -1;
      }
      const std::size_t piece = isatty(descriptor_) == 1 ? kTerminalPiece : PIPE_BUF;
      return ::write(descriptor_, bytes.data(), std::min(bytes.size(), piece));
    }
    case Kind::closed: break;
  }
  errno = EBADF;
  return -1;
}

// Writes as much as the descriptor takes now and says how much that was. `failed` is set if it will not take the rest later
// either.
std::size_t LogSink::write_some(std::string_view bytes, bool& failed) const {
  std::size_t written = 0;
  while (written < bytes.size()) {
    const long n = write_once(bytes.substr(written));
    if (n > 0) {
      written += static_cast<std::size_t>(n);
    } else if (n == 0 || errno != EINTR) {
      failed = n < 0 && errno != EAGAIN && errno != EWOULDBLOCK;
      break;
    }
  }
  return written;
}

void LogSink::count_dropped(std::string_view lines, bool slow_reader) {
  const std::size_t count = count_lines(lines);
  dropped_.fetch_add(count, std::memory_order_relaxed);
  if (slow_reader) untold_ += count;
}

void LogSink::send_kept() {
  if (kept().empty()) return;
  bool failed = false;
  sent_ += write_some(kept(), failed);
  if (failed) {
    count_dropped(kept(), false);
    sent_ = kept_.size();
  }
  if (sent_ == kept_.size()) {
    kept_.clear();
    sent_ = 0;
  } else if (sent_ > kBound / 2) {
    kept_.erase(0, sent_);
    sent_ = 0;
  }
}

void LogSink::resume_after_drop() {
  if (!dropping_ || kept().size() > kResumeBelow) return;
  dropping_ = false;
  const auto count = std::exchange(untold_, 0);
  format_.append_message(kept_, Level::warning, fmt::format("dropped {} log lines: the reader of {} was too slow", count, name_));
  send_kept();
}

// Keeps the lines there is room for. `torn`: the first one is the rest of a line whose beginning is written, which has to be
// ended.
void LogSink::keep(std::string_view lines, bool torn) {
  if (torn) {
    const std::size_t end = std::min(lines.find('\n'), lines.size() - 1) + 1;
    kept_.append(lines, 0, std::min(end, kBound));
    if (end > kBound) kept_ += '\n';
    lines.remove_prefix(end);
  }
  std::size_t fitting = lines.size();
  const std::size_t room = kBound - std::min(kept().size(), kBound);
  if (fitting > room) {
    const std::size_t last_end = lines.substr(0, room).rfind('\n');
    fitting = last_end == std::string_view::npos ? 0 : last_end + 1;
  }
  kept_.append(lines, 0, fitting);
  lines.remove_prefix(fitting);
  if (lines.empty()) return;
  dropping_ = true;
  count_dropped(lines, true);
}

void LogSink::note_pending() { pending_.store(!kept().empty() || dropping_, std::memory_order_relaxed); }

void LogSink::write(std::string_view lines) {
  if (lines.empty()) return;
  const std::lock_guard lock(mutex_);
  take(lines);
  note_pending();
}

void LogSink::take(std::string_view lines) {
  send_kept();
  resume_after_drop();
  if (dropping_) {
    count_dropped(lines, true);
    return;
  }
  bool failed = false;
  const std::size_t written = kept().empty() ? write_some(lines, failed) : 0;
  const bool torn = written > 0 && lines[written - 1] != '\n';
  lines.remove_prefix(written);
  if (failed) {
    count_dropped(lines, false);
  } else if (!lines.empty()) {
    keep(lines, torn);
  }
}

void LogSink::flush() {
  const std::lock_guard lock(mutex_);
  send_kept();
  resume_after_drop();
  note_pending();
}

void LogSink::flush_before_exit(std::chrono::milliseconds bound) {
  using Clock = std::chrono::steady_clock;
  const auto deadline = Clock::now() + bound;
  for (flush(); pending(); flush()) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now()).count();
    if (left <= 0) return;
    is_writable(descriptor_in_use(), static_cast<int>(std::min<std::int64_t>(left, INT_MAX)));
  }
}

}  // namespace fwatchdog
