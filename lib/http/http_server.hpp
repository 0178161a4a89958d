/// HttpServer: all connections of one listener, and what they share.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <string_view>

#include "async/buffer_pool.hpp"
#include "async/cache_line.hpp"
#include "async/listener.hpp"
#include "async/scope.hpp"
#include "async/timer.hpp"
#include "http/date_cache.hpp"
#include "http/handler.hpp"

namespace fwatchdog {

class ServerConnection;

struct ServerLimits {
  /// From the first byte of a request to the end of its body; also how long an idle connection is kept. Zero: no limit.
  Nanoseconds read_timeout{0};
  /// From the end of a request's head to the end of its answer. Zero: no limit.
  Nanoseconds write_timeout{0};
  /// Larger bodies are refused with 413. Zero: no limit.
  std::uint64_t max_body_bytes = 0;
};

class HttpServer {
 public:
  /// Told when a limit of the server ends a request, or its caller goes away: `limit` is the variable's name, or `client gone`.
  using LimitReport = std::function<void(std::string_view limit, const Request& request, Nanoseconds passed)>;

  HttpServer(Loop& loop, Handler& handler, const ServerLimits& limits, LimitReport report);
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;
  ~HttpServer();

  /// Takes connections until the listener is closed; returns at once then, while connections may still be served.
  Task<void> accept_from(Listener& listener);
  /// Serves one connection that somebody else has accepted, and announced by expect_one().
  void take(Fd socket);
  /// One more will be taken soon. From any thread.
  void expect_one() { open_.fetch_add(1, std::memory_order_relaxed); }

  /// No connection is kept alive from now on: idle ones end at once, busy ones after their answer.
  void drain();
  /// Ends every request and every connection at once.
  void abort();
  /// Waits until no connection is left. After drain() or abort().
  Task<void> join();

  /// Connections that are open or expected. From any thread.
  std::uint64_t connections() const { return open_.load(std::memory_order_relaxed); }

 private:
  friend class ServerConnection;

  Task<void> serve(Fd socket);
  /// A connection has ended. After a burst of them the system has its memory back.
  void note_end(std::uint64_t left);

  Loop& loop_;
  Handler& handler_;
  ServerLimits limits_;
  LimitReport report_;
  TaskScope scope_;
  DateCache date_;
  bool draining_ = false;
  alignas(kCacheLine) std::atomic<std::uint64_t> open_{0};
  std::uint64_t most_ = 0;             // connections at once, since the last burst
  ServerConnection* first_ = nullptr;  // all connections
  BufferPool buffers_;                 // waiting connections hold none
  Timer burst_end_;
};

}  // namespace fwatchdog
