/// Caller: the other side of a connection, as bytes.
#pragma once

#include <doctest/doctest.h>
#include <sys/socket.h>

#include <cerrno>
#include <string>
#include <string_view>

#include "async/stream.hpp"
#include "support/turns.hpp"

namespace fwatchdog::test {

/// Fails its test and closes where an await takes longer than kBound, so that no test waits for ever.
class Caller {
 public:
  Caller(Loop& loop, Fd socket)
      : loop_(loop), stream_(loop, std::move(socket), true), guard_(loop, [this] {
          FAIL_CHECK("a caller waited in vain");
          stream_.close();
        }) {
    guard_.start(kBound);
  }

  enum class End { open, ended, reset };
  End end() const { return end_; }
  /// What was received so far and not yet given out.
  const std::string& received() const { return received_; }
  int fd() const { return stream_.fd(); }

  /// False when the other side is gone.
  Task<bool> send(std::string_view bytes) {
    Result<void> written = co_await stream_.write(bytes);
    co_return written.ok();
  }
  /// Each byte by itself, with a turn of the loop in which the other side can read it.
  Task<bool> send_bytewise(std::string_view bytes) {
    for (std::size_t i = 0; i < bytes.size(); ++i) {
      const bool sent = co_await send(bytes.substr(i, 1));
      if (!sent) co_return false;
      co_await next_turn(loop_);
    }
    co_return true;
  }
  void end_sending() { stream_.shutdown_write(); }
  void close() { stream_.close(); }
  void reset() { stream_.reset(); }

  /// Waits for one more piece. False at the end.
  Task<bool> receive_more() {
    char room[16 * 1024];
    const std::span<char> into(room);
    Result<std::size_t> got = co_await stream_.read(into);
    if (got.ok() && *got > 0) {
      received_.append(room, *got);
      co_return true;
    }
    end_ = !got.ok() && got.error().sys == ECONNRESET ? End::reset : End::ended;
    co_return false;
  }
  /// All up to the end of the connection.
  Task<std::string> rest() {
    for (;;) {
      const bool more = co_await receive_more();
      if (!more) co_return std::exchange(received_, {});
    }
  }
  /// Up to `mark` and with it, or less at the end of the connection.
  Task<std::string> receive_to(std::string_view mark) {
    for (;;) {
      const std::size_t at = received_.find(mark);
      if (at != std::string::npos) {
        std::string text = received_.substr(0, at + mark.size());
        received_.erase(0, text.size());
        co_return text;
      }
      const bool more = co_await receive_more();
      if (!more) co_return std::exchange(received_, {});
    }
  }

 private:
  Loop& loop_;
  Stream stream_;
  Timer guard_;
  std::string received_;
  End end_ = End::open;
};

}  // namespace fwatchdog::test
