/// ClientConnection: one connection to an upstream server, on which one exchange runs at a time.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "async/buffer_pool.hpp"
#include "async/stream.hpp"
#include "http/chunked.hpp"
#include "http/head_parser.hpp"
#include "http/message.hpp"

namespace fwatchdog {

/// The head of a response, as views into the connection's buffer: they die with the next read.
struct ResponseHead {
  int status = 0;
  int minor_version = 1;
  std::string_view reason;
  const Headers* headers = nullptr;
  BodyFraming framing;
};

class ClientConnection final : private FdWatch::Waiter {
 public:
  ClientConnection(Loop& loop, Fd socket, BufferPool& buffers);

  /// Before each exchange: `method` decides whether its answer has a body.
  void begin(std::string_view method);

  /// Writes all pieces. An error leaves the connection usable for reading: the peer may have answered early.
  Stream::Writing write(std::span<iovec> pieces) { return stream_.write(pieces); }
  Task<Result<void>> write(std::string_view bytes) { return stream_.write(bytes); }

  /// The next head, an interim one (1xx) too. Errc::end_of_stream where the peer closed before its first byte or in the middle,
  /// Errc::invalid where it breaks a rule; the views of the last head die.
  Task<Result<ResponseHead>> read_head();

  /// The next piece of the body, empty at its end; dies with the next read. Errc::end_of_stream where it is cut off.
  Task<Result<std::string_view>> read_body();
  /// What of the body came already, without waiting; empty where that is nothing. Dies as read_body()'s piece.
  Result<std::string_view> buffered_body();
  bool body_done() const { return body_done_; }
  /// Once the body is read: the trailer fields.
  const ChunkedDecoder::Trailers& trailers() const { return decoder_.trailers(); }  // none but after a chunked body

  /// What was read beyond the last head or body: after `101 Switching Protocols` it belongs to the new protocol.
  std::string_view unread() const { return bytes_; }
  Stream& stream() { return stream_; }

  /// True when any byte of the answer came.
  bool answered() const { return answered_; }
  /// The exchange is complete and the peer allows another one.
  bool reusable() const;
  /// Asks the system whether the peer has closed meanwhile: for requests that cannot be repeated.
  bool alive_now() const;
  /// After `failure` of an exchange: the peer's system answered with a reset, which it does where bytes were sent that nobody
  /// has read; a peer that had read them all and then closed would have ended the stream without one.
  bool was_reset(const Error& failure) const;

  /// While idle: `on_gone` is told when the peer closes, or sends what nobody asked for.
  void watch_idle(std::function<void(ClientConnection&)> on_gone);
  void unwatch_idle();

  void close() { stream_.close(); }

  /// Bytes written since the connection began.
  std::uint64_t written() const { return stream_.written(); }
  /// Memory for the head of a request, kept from one exchange to the next.
  std::string& head_buffer() { return head_buffer_; }

 private:
  void ready(Result<void> how) override;
  Result<std::string_view> take();
  Result<std::string_view> take_chunked();
  ResponseHead head_of(std::string_view bytes);

  Stream stream_;
  BufferPool& buffers_;
  BufferPool::Lease lease_;
  std::string_view bytes_;  // read and not yet used; in the lease, or in large_head_
  std::string large_head_;  // a head that did not come in one piece
  HeadParser parser_;
  Headers headers_;
  ChunkedDecoder decoder_;
  bool is_head_ = false;  // the method
  BodyFraming framing_;
  std::uint64_t left_ = 0;  // of a body with a length
  bool answered_ = false;
  bool body_done_ = true;
  bool keep_alive_ = false;
  std::string head_buffer_;
  std::function<void(ClientConnection&)> on_gone_;
};

}  // namespace fwatchdog
