#include "modes/held_body.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>

#include "modes/no_memory.hpp"

namespace fwatchdog {

namespace {

constexpr std::size_t kInMemory = 1U << 20U;

/// Not every file system can make a file without a name.
Fd open_unnamed(const std::string& folder) {
  Fd file(::open(folder.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600));
  if (file || (errno != EOPNOTSUPP && errno != EISDIR && errno != EINVAL)) return file;
  std::string path = folder + "/fwatchdog.XXXXXX";
  file = Fd(::mkostemp(path.data(), O_CLOEXEC));
  if (file) (void)::unlink(path.c_str());
  return file;
}

}  // namespace

Task<Result<void>> HeldBody::take_in(BodySource& body) {
  Result<bool> held = co_await hold_in_memory(body, bytes_, kInMemory);
  if (!held.ok()) {
    storing_failed_ = is_no_memory(held.error());
    co_return std::move(held.error());
  }
  size_ = bytes_.size();
  if (*held) co_return Result<void>();
  Result<void> stored = open_file();
  while (stored.ok()) {
    Result<std::string_view> piece = co_await body.read();
    if (!piece.ok()) co_return std::move(piece.error());
    if (piece->empty()) break;
    size_ += piece->size();
    stored = store(*piece);
  }
  if (stored.ok() && ::lseek(file_.get(), 0, SEEK_SET) != 0) co_return failed(errno, "read");
  co_return stored;
}

Result<void> HeldBody::open_file() {
  file_ = open_unnamed(folder_);
  if (!file_) return failed(errno, "make");
  Result<void> stored = store(bytes_);
  std::string().swap(bytes_);
  return stored;
}

Result<void> HeldBody::store(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(file_.get(), bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return failed(errno, "write");
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return {};
}

Error HeldBody::failed(int err, const char* what) {
  storing_failed_ = true;
  return Error::system(err, std::string("cannot hold the request's body: ") + what + " a file in " + folder_ + " (TMPDIR)");
}

}  // namespace fwatchdog
