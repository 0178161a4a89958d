#include "modes/held_body.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>

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
  for (;;) {
    Result<std::string_view> piece = co_await body.read();
    if (!piece.ok()) co_return piece.error();
    if (piece->empty()) break;
    Result<void> added = add(*piece);
    if (!added.ok()) co_return added;
  }
  if (file_ && ::lseek(file_.get(), 0, SEEK_SET) != 0) co_return failed(errno, "read");
  co_return Result<void>();
}

Result<void> HeldBody::add(std::string_view piece) {
  size_ += piece.size();
  if (!file_ && size_ <= kInMemory) {
    bytes_.append(piece);
    return {};
  }
  if (!file_) {
    if (Result<void> opened = open_file(); !opened.ok()) return opened;
  }
  return store(piece);
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
