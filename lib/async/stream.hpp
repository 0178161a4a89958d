/// Stream: one end of a connection or a pipe. Source and Sink: the two shapes that sockets, pipes, files and memory share.
#pragma once

#include <sys/uio.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>

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
  /// `fd` must be non-blocking. `read_first`: the first read tries at once instead of waiting for readiness.
  Stream(Loop& loop, Fd fd, bool read_first = false) : fd_(std::move(fd)), watch_(loop, fd_.get()), may_have_more_(read_first) {}
  ~Stream() override { close(); }

  /// Waits for at least one byte. 0 at the end of the stream.
  Task<Result<std::size_t>> read(std::span<char> into);
  /// Waits until a read has something to say, without a buffer to hold.
  Task<Result<void>> wait_readable();
  /// Reads what is there now: 0 at the end, Errc::system with EAGAIN where nothing is there.
  Result<std::size_t> try_read(std::span<char> into);

  Task<Result<void>> write(std::string_view bytes) override;
  /// Writes all pieces, in one system call where the other side takes them at once.
  Task<Result<void>> write(std::span<iovec> pieces);
  /// Sends `length` bytes of the file `fd` from `offset`; Errc::end_of_stream when the file is shorter by now.
  Task<Result<void>> send_file(int file, std::uint64_t offset, std::uint64_t length);

  /// Moves bytes to another stream inside the kernel (splice(2)); one of the two must be a pipe. Waits for the first ones, and
  /// takes what is there then, at most `most`. None at the end of this stream. Errc::unsupported as the source's error, before
  /// anything was moved, where the system cannot do it.
  Task<PumpEnd> splice_to(Stream& to, std::uint64_t most);
  /// A pipe holds more from now on, where the system allows it: for many bytes fewer turns are needed.
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
  Fd fd_;
  FdWatch watch_;
  bool may_have_more_;
  std::uint64_t written_ = 0;
};

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
