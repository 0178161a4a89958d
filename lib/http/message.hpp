/// What is known of a request once its head is complete.
#pragma once

#include <chrono>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "async/cancel.hpp"
#include "async/end_address.hpp"
#include "async/stream.hpp"
#include "http/headers.hpp"
#include "http/target.hpp"

namespace fwatchdog {

/// How the end of a message's body is found (RFC 9112 6.3).
struct BodyFraming {
  enum class Kind { none, length, chunked, until_close };
  Kind kind = Kind::none;
  std::uint64_t length = 0;  ///< bytes, for Kind::length
};

/// The body of a request.
class BodySource : public Source {
 public:
  /// Ends a read that waits, and all later ones, with `why`: nobody wants the rest. Does nothing to a body that was read to its
  /// end.
  virtual void interrupt(Error why) = 0;
  /// Gives the whole body to a pipe, by the kernel alone where that is possible.
  virtual Task<PumpEnd> pump_to(Stream& pipe) = 0;
  /// True when read() would not have to wait.
  virtual bool has_piece() const = 0;
  /// True when all that is left can be read without waiting.
  virtual bool has_rest() const = 0;
  /// Bytes of it that were read so far.
  virtual std::uint64_t taken() const = 0;
  /// The last piece is not looked at any more: what holds it is free for others before the next read.
  virtual void let_go() = 0;
  /// Name and value of each trailer field, once the body was read.
  virtual std::span<const std::pair<std::string, std::string>> trailers() const = 0;
};

/// The connection that a request came on, as far as it concerns handlers.
class RequestConnection {
 public:
  virtual EndAddress remote() const = 0;
  virtual EndAddress local() const = 0;
  /// It is our doing that the body is not read: until resume_read_limit() that does not count as the caller's time.
  virtual void pause_read_limit() = 0;
  virtual void resume_read_limit() = 0;

 protected:
  ~RequestConnection() = default;
};

/// The head of a request, as views into the connection's buffer: they die when the handler has returned.
struct Request {
  std::string_view method;
  std::string_view raw_target;  ///< as it came
  Target target;                ///< its parts, not decoded
  std::string_view host;        ///< of the target in absolute form, else of the field Host
  int minor_version = 1;        ///< of HTTP/1.x: 0 or 1
  const Headers* headers = nullptr;
  BodyFraming framing;
  BodySource* body = nullptr;  ///< pulled; errors: Errc::invalid (malformed), end_of_stream, timed_out, too_large, cancelled
  CancelSource* cancel = nullptr;
  RequestConnection* connection = nullptr;
  std::chrono::steady_clock::time_point begun;  ///< when the head was complete

  CancelToken token() const { return CancelToken(*cancel); }
};

}  // namespace fwatchdog
