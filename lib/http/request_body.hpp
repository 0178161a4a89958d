/// RequestBody: the body of the request that a connection is at, pulled piece by piece and unwrapped from its framing.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string_view>

#include "async/buffer_pool.hpp"
#include "async/stream.hpp"
#include "http/chunked.hpp"
#include "http/message.hpp"

namespace fwatchdog {

class RequestBody final : public BodySource {
 public:
  RequestBody(Stream& stream, BufferPool& buffers) : stream_(stream), buffers_(buffers) {}

  struct Options {
    BodyFraming framing;
    std::uint64_t max_bytes = 0;  ///< 0: no limit
    bool expects_continue = false;
    Options() = default;
  };
  /// Begins the body of the next request. `first`: what was already read after the head; it is in `lease`, or must live until the
  /// body is done. `on_done` is called when the last byte of the body was taken off the connection.
  void start(const Options& options, std::string_view first, BufferPool::Lease lease, std::function<void()> on_done);

  /// Errc::invalid: malformed; end_of_stream: the caller ended too early; too_large; or what interrupt() was given. An error
  /// stays.
  Task<Result<std::string_view>> read() override;

  Task<PumpEnd> pump_to(Stream& pipe) override;

  void interrupt(Error why) override;
  void let_go() override;
  std::uint64_t taken() const override { return taken_; }
  bool has_piece() const override { return done_ || failure_ || (!expects_continue_ && !raw_.empty()); }
  bool has_rest() const override;
  std::span<const std::pair<std::string, std::string>> trailers() const override { return decoder_.trailers(); }

  bool done() const { return done_; }
  bool failed() const { return failure_.has_value(); }
  /// It is, or will be, larger than allowed: it is not read to its end.
  bool exceeds_limit() const { return options_.max_bytes != 0 && taken_ + remaining().value_or(0) > options_.max_bytes; }
  /// The caller waits for `100 Continue` and did not get it.
  bool continue_unsent() const { return expects_continue_; }
  /// Bytes known to be still to come, where the framing says so.
  std::optional<std::uint64_t> remaining() const;
  /// After the body is done: what was read beyond its end.
  std::string_view beyond() const { return raw_; }
  /// Frees the buffer; beyond() dies.
  void release();

 private:
  bool can_splice() const;
  Result<void> took(Result<std::size_t> got);
  Result<std::string_view> take();
  Result<std::string_view> take_chunked();
  Error fail(Error why);
  void finish();

  Stream& stream_;
  BufferPool& buffers_;
  Options options_;
  bool expects_continue_ = false;
  bool done_ = true;
  std::optional<Error> failure_;
  std::uint64_t left_ = 0;   // of a body with a length
  std::uint64_t taken_ = 0;  // of the body's bytes
  ChunkedDecoder decoder_;
  std::string_view raw_;  // read, not yet unwrapped
  BufferPool::Lease lease_;
  std::function<void()> on_done_;
};

/// What to tell the sender of a body that could not be read: 400, 408 or 413, and why.
int status_of_body_error(const Error& error);

}  // namespace fwatchdog
