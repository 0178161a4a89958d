#include "async/stream.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <utility>

namespace fwatchdog {

namespace {

/// Takes `written` bytes off the front of the pieces.
std::span<iovec> drop_front(std::span<iovec> pieces, std::size_t written) {
  while (!pieces.empty() && written >= pieces.front().iov_len) {
    written -= pieces.front().iov_len;
    pieces = pieces.subspan(1);
  }
  if (!pieces.empty()) {
    pieces.front().iov_base = static_cast<char*>(pieces.front().iov_base) + written;
    pieces.front().iov_len -= written;
  }
  return pieces;
}

bool must_wait(int err) { return err == EAGAIN || err == EWOULDBLOCK; }

/// What one system call moves at the most: the other connections have their turn too.
constexpr std::uint64_t kMostAtOnce = 1U << 20U;

/// EAGAIN of splice does not say which of the two sides has to be waited for.
struct Readiness {
  bool source;
  bool sink;
};

Readiness readiness(int source, int sink) {
  std::array<pollfd, 2> states{pollfd{source, POLLIN, 0}, pollfd{sink, POLLOUT, 0}};
  (void)::poll(states.data(), states.size(), 0);
  return {states[0].revents != 0, states[1].revents != 0};
}

ssize_t splice_once(int from, int to, std::uint64_t most) {
  const auto size = static_cast<std::size_t>(std::min(most, kMostAtOnce));
  ssize_t moved = 0;
  do {
    moved = ::splice(from, nullptr, to, nullptr, size, SPLICE_F_MOVE | SPLICE_F_NONBLOCK);
  } while (moved < 0 && errno == EINTR);
  return moved;
}

/// 64 KiB is what a pipe holds otherwise. A user's pipes have a common bound (pipe(7): pipe-user-pages-soft, 64 MiB), beyond
/// which every further pipe is tiny: the widest ones of a loop take a sixteenth of it at the most, and another wide one a 256th.
constexpr int kWidePipe = 256 * 1024;
constexpr int kWidestPipe = 1024 * 1024;
constexpr int kMostWidest = 4;

}  // namespace

ssize_t Stream::read_once(std::span<char> into) {
  if (kind_ == Kind::socket) return ::recv(fd_.get(), into.data(), into.size(), 0);
  return ::read(fd_.get(), into.data(), into.size());
}

ssize_t Stream::write_once(std::span<const iovec> pieces) {
  if (kind_ == Kind::socket && pieces.size() == 1) return ::send(fd_.get(), pieces[0].iov_base, pieces[0].iov_len, MSG_NOSIGNAL);
  return ::writev(fd_.get(), pieces.data(), static_cast<int>(std::min<std::size_t>(pieces.size(), IOV_MAX)));
}

Result<std::size_t> Stream::try_read(std::span<char> into) {
  if (closed()) return Error(Errc::cancelled);
  for (;;) {
    const ssize_t count = read_once(into);
    if (count >= 0) {
      // A read that filled its buffer probably left something; after any other the next one would find nothing.
      may_have_more_ = static_cast<std::size_t>(count) == into.size() || watch_.never_dry();
      if (!may_have_more_) watch_.drained();
      return static_cast<std::size_t>(count);
    }
    if (errno == EINTR) continue;
    const int err = errno;
    if (must_wait(err)) note_drained();
    return Error::system(err, "read");
  }
}

void Stream::note_drained() {
  may_have_more_ = false;
  watch_.drained();
}

Task<Result<void>> Stream::wait_readable() {
  if (closed()) co_return Error(Errc::cancelled);
  if (may_have_more_) co_return Result<void>();
  Result<void> waited = co_await watch_.readable();
  if (waited.ok()) may_have_more_ = true;
  co_return waited;
}

Task<Result<std::size_t>> Stream::read(std::span<char> into) {
  for (;;) {
    Result<void> waited = co_await wait_readable();
    if (!waited.ok()) co_return waited.error();
    if (closed()) co_return Error(Errc::cancelled);
    Result<std::size_t> got = try_read(into);
    if (got.ok() || !must_wait(got.error().sys)) co_return got;
  }
}

bool Stream::LeasedRead::await_ready() {
  if (!stream_.closed()) return stream_.may_have_more_ && read_now();
  result_ = Error(Errc::cancelled);
  return true;
}

void Stream::LeasedRead::await_suspend(std::coroutine_handle<> waiter) {
  lease_.give_back();
  waiter_ = waiter;
  stream_.watch_.wait_readable(*this);
}

void Stream::LeasedRead::ready(Result<void> how) {
  if (!how.ok()) {
    result_ = std::move(how.error());
  } else if (!read_now()) {  // somebody was mistaken: nothing is there
    stream_.watch_.wait_readable(*this);
    return;
  }
  stream_.watch_.loop().make_ready(waiter_);
}

bool Stream::LeasedRead::read_now() {
  if (!lease_) lease_ = buffers_.lend();
  result_ = stream_.try_read(lease_.span());
  if (result_.ok() || !must_wait(result_.error().sys)) return true;
  lease_.give_back();
  return false;
}

void Stream::Writing::await_suspend(std::coroutine_handle<> waiter) {
  waiter_ = waiter;
  stream_.watch_.loop().write_soon(*this);
}

void Stream::Writing::write() {
  if (stream_.write_now(pieces_, result_)) {
    stream_.watch_.loop().make_ready(waiter_);
  } else {
    stream_.watch_.wait_writable(*this);
  }
}

void Stream::Writing::ready(Result<void> how) {
  if (how.ok()) {
    write();
    return;
  }
  result_ = std::move(how);
  stream_.watch_.loop().make_ready(waiter_);
}

Task<Result<void>> Stream::write(std::string_view bytes) {
  iovec piece{const_cast<char*>(bytes.data()), bytes.size()};
  co_return co_await write(std::span<iovec>(&piece, 1));
}

bool Stream::write_now(std::span<iovec>& pieces, Result<void>& result) {
  pieces = drop_front(pieces, 0);
  while (!pieces.empty()) {
    if (closed()) {
      result = Error(Errc::cancelled);
      return true;
    }
    const ssize_t written = write_once(pieces);
    if (written >= 0) {
      written_ += static_cast<std::uint64_t>(written);
      pieces = drop_front(pieces, static_cast<std::size_t>(written));
    } else if (must_wait(errno)) {
      watch_.full();
      return false;
    } else if (errno != EINTR) {
      result = Error::system(errno, "write");
      return true;
    }
  }
  return true;
}

Task<Result<void>> Stream::send_file(int file, std::uint64_t offset, std::uint64_t length) {
  auto at = static_cast<off_t>(offset);
  while (length > 0) {
    if (closed()) co_return Error(Errc::cancelled);
    const ssize_t sent = ::sendfile(fd_.get(), file, &at, static_cast<std::size_t>(std::min(length, kMostAtOnce)));
    if (sent > 0) {
      length -= static_cast<std::uint64_t>(sent);
      written_ += static_cast<std::uint64_t>(sent);
      continue;
    }
    if (sent == 0) co_return Error(Errc::end_of_stream, "the file became shorter");
    if (errno == EINTR) continue;
    if (!must_wait(errno)) co_return Error::system(errno, "sendfile");
    watch_.full();
    if (Result<void> waited = co_await watch_.writable(); !waited.ok()) co_return waited.error();
  }
  co_return Result<void>();
}

Task<PumpEnd> Stream::splice_to(Stream& to, std::uint64_t most) {
  PumpEnd end;
  for (;;) {
    if (Result<void> waited = co_await wait_readable(); !waited.ok()) {
      end.source_error = std::move(waited.error());
      co_return end;
    }
    if (closed()) {
      end.source_error = Error(Errc::cancelled);
    } else if (to.closed()) {
      end.sink_error = Error(Errc::cancelled);
    }
    if (!end.whole()) co_return end;
    const ssize_t moved = splice_once(fd_.get(), to.fd_.get(), most);
    const int err = errno;
    if (moved >= 0) {
      end.moved = static_cast<std::uint64_t>(moved);
      to.written_ += end.moved;
      co_return end;
    }
    if (!must_wait(err)) {
      if (err == EPIPE) {
        end.sink_error = Error::system(err, "splice");
      } else {
        const bool unsupported = err == EINVAL || err == ENOSYS || err == EPERM;
        end.source_error = Error(unsupported ? Errc::unsupported : Errc::system, err, "splice");
      }
      co_return end;
    }
    const Readiness now = readiness(fd_.get(), to.fd_.get());
    if (!now.source) note_drained();
    if (now.sink) continue;
    to.watch_.full();
    if (Result<void> waited = co_await to.watch_.writable(); !waited.ok()) {
      end.sink_error = std::move(waited.error());
      co_return end;
    }
  }
}

void Stream::widen_pipe() {
  if (closed() || widest_) return;
  int& others = watch_.loop().widest_pipes();
  widest_ = others < kMostWidest && ::fcntl(fd_.get(), F_SETPIPE_SZ, kWidestPipe) >= 0;
  if (widest_) {
    ++others;
  } else {
    (void)::fcntl(fd_.get(), F_SETPIPE_SZ, kWidePipe);
  }
}

void Stream::shutdown_write() {
  if (!closed()) ::shutdown(fd_.get(), SHUT_WR);
}

void Stream::close() {
  if (closed()) return;
  watch_.cancel();
  fd_.reset();
  if (std::exchange(widest_, false)) --watch_.loop().widest_pipes();
}

void Stream::reset() {
  if (closed()) return;
  const linger now{1, 0};
  ::setsockopt(fd_.get(), SOL_SOCKET, SO_LINGER, &now, sizeof now);
  close();
}

Task<Result<std::string_view>> StreamSource::read() {
  if (!buffer_) buffer_ = std::make_unique_for_overwrite<char[]>(size_);
  const std::span<char> room(buffer_.get(), size_);
  Result<std::size_t> got = co_await stream_.read(room);
  if (!got.ok()) co_return got.error();
  co_return std::string_view(buffer_.get(), *got);
}

Task<Result<std::string_view>> TextSource::read() { co_return std::exchange(text_, {}); }

}  // namespace fwatchdog
