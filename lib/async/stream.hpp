/// Stream: one end of a connection or a pipe. Source and Sink: the two shapes that sockets, pipes, files and memory share.
#pragma once

#include <sys/uio.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>

#include "async/buffer_pool.hpp"
#include "async/fd.hpp"
#include "async/fd_watch.hpp"
#include "async/task.hpp"
#include "result.hpp"

namespace fwatchdog {

/// Bytes that are pulled.
class Source {
 public:
  virtual ~Source() = default;
  /// The next piece; empty at the end. The view dies at the next read. A source that nobody awaits does not read.
  virtual Task<Result<std::string_view>> read() = 0;
};

/// How bytes were moved from a source to a sink. At most one of the two errors is set; none when the source came to its end, or
/// all was moved that was asked for.
struct PumpEnd {
  std::uint64_t moved = 0;  ///< bytes that the sink took
  std::optional<Error> source_error;
  std::optional<Error> sink_error;
  bool whole() const { return !source_error && !sink_error; }
};

/// Where bytes go.
class Sink {
 public:
  virtual ~Sink() = default;
  /// Returns when all was taken: the await is the back-pressure. `bytes` must live until then.
  virtual Task<Result<void>> write(std::string_view bytes) = 0;
};

/// A socket or pipe of our own. One reader and one writer at a time. Errors are Errc::system, or Errc::cancelled after close().
class Stream final : public Sink {
 public:
  /// A descriptor that is known to be a socket has system calls of its own, which cost less than those for any descriptor.
  enum class Kind { any, socket };

  /// `fd` must be non-blocking. `read_first`: the first read tries at once instead of waiting for readiness.
  Stream(Loop& loop, Fd fd, bool read_first = false, Kind kind = Kind::any)
      : fd_(std::move(fd)), watch_(loop, fd_.get()), may_have_more_(read_first), kind_(kind) {}
  ~Stream() override { close(); }

  class LeasedRead;
  class Writing;

  /// Waits for at least one byte. 0 at the end of the stream.
  Task<Result<std::size_t>> read(std::span<char> into);
  /// The same into a buffer of `buffers`, which `lease` holds then. What `lease` held before is given up: nothing is held while
  /// there is nothing to read. Both must live until the await has ended. `Result<std::size_t>`
  LeasedRead read(BufferPool& buffers, BufferPool::Lease& lease);
  /// Reads what is there now: 0 at the end, Errc::system with EAGAIN where nothing is there.
  Result<std::size_t> try_read(std::span<char> into);

  Task<Result<void>> write(std::string_view bytes) override;
  /// Writes all pieces, in one system call where the other side takes them at once. The pieces are changed. `Result<void>`
  Writing write(std::span<iovec> pieces);
  /// Sends `length` bytes of the file `fd` from `offset`; Errc::end_of_stream when the file is shorter by now.
  Task<Result<void>> send_file(int file, std::uint64_t offset, std::uint64_t length);

  /// Moves bytes to another stream inside the kernel (splice(2)); one of the two must be a pipe. Waits for the first ones, and
  /// takes what is there then, at most `most`. None at the end of this stream. Errc::unsupported as the source's error, before
  /// anything was moved, where the system cannot do it.
  Task<PumpEnd> splice_to(Stream& to, std::uint64_t most);
  /// A pipe holds more from now on, up to 1 MiB as the system and the number of other such pipes allow: for many bytes fewer
  /// turns are needed.
  void widen_pipe();

  /// No more will be written. Sockets only.
  void shutdown_write();
  /// Ends both directions at once and wakes who waits with Errc::cancelled. Safe to call again.
  void close();
  /// Close with a reset, so that the other side cannot take what it got for the whole.
  void reset();
  /// The next read is tried at once.
  bool may_have_more() const { return may_have_more_; }
  bool closed() const { return !fd_; }

  /// Bytes written since the beginning.
  std::uint64_t written() const { return written_; }

  FdWatch& watch() { return watch_; }
  int fd() const { return fd_.get(); }

 private:
  /// Waits until a read has something to say.
  Task<Result<void>> wait_readable();
  void note_drained();
  ssize_t read_once(std::span<char> into);
  ssize_t write_once(std::span<const iovec> pieces);
  /// True when all is written, or `result` is an error; false where it has to wait.
  bool write_now(std::span<iovec>& pieces, Result<void>& result);

  Fd fd_;
  FdWatch watch_;
  bool may_have_more_;
  const Kind kind_;
  bool widest_ = false;
  std::uint64_t written_ = 0;
};

/// What awaits a read into a leased buffer. It is no coroutine: waiting costs no memory.
class Stream::LeasedRead final : private FdWatch::Waiter {
 public:
  LeasedRead(Stream& stream, BufferPool& buffers, BufferPool::Lease& lease) : stream_(stream), buffers_(buffers), lease_(lease) {}
  LeasedRead(const LeasedRead&) = delete;
  LeasedRead& operator=(const LeasedRead&) = delete;

  bool await_ready();
  void await_suspend(std::coroutine_handle<> waiter);
  Result<std::size_t> await_resume() { return std::move(result_); }

 private:
  void ready(Result<void> how) override;
  bool read_now();

  Stream& stream_;
  BufferPool& buffers_;
  BufferPool::Lease& lease_;
  std::coroutine_handle<> waiter_;
  Result<std::size_t> result_{std::size_t{0}};
};

/// What awaits a write. No coroutine either.
class Stream::Writing final : private FdWatch::Waiter, private Loop::Write {
 public:
  Writing(Stream& stream, std::span<iovec> pieces) : stream_(stream), pieces_(pieces) {}
  Writing(const Writing&) = delete;
  Writing& operator=(const Writing&) = delete;

  bool await_ready() const { return false; }
  void await_suspend(std::coroutine_handle<> waiter);
  Result<void> await_resume() { return std::move(result_); }

 private:
  void ready(Result<void> how) override;
  void write() override;

  Stream& stream_;
  std::span<iovec> pieces_;
  std::coroutine_handle<> waiter_;
  Result<void> result_;
};

inline Stream::LeasedRead Stream::read(BufferPool& buffers, BufferPool::Lease& lease) {
  return LeasedRead(*this, buffers, lease);
}
inline Stream::Writing Stream::write(std::span<iovec> pieces) { return Writing(*this, pieces); }

/// A stream as a Source, with a buffer of its own.
class StreamSource final : public Source {
 public:
  StreamSource(Stream& stream, std::size_t buffer_size) : stream_(stream), size_(buffer_size) {}
  Task<Result<std::string_view>> read() override;

 private:
  Stream& stream_;
  std::size_t size_;
  std::unique_ptr<char[]> buffer_;
};

/// Text in memory as a Source: one piece, then the end.
class TextSource final : public Source {
 public:
  explicit TextSource(std::string_view text) : text_(text) {}
  Task<Result<std::string_view>> read() override;

 private:
  std::string_view text_;
};

}  // namespace fwatchdog
