#include "http/http_server.hpp"

#include "http/server_connection.hpp"

namespace fwatchdog {

namespace {

constexpr std::size_t kKeptBuffers = 8;

}  // namespace

HttpServer::HttpServer(Loop& loop, Handler& handler, const ServerLimits& limits, LimitReport report)
    : loop_(loop),
      handler_(handler),
      limits_(limits),
      report_(std::move(report)),
      scope_(loop),
      buffers_(kReadSize, kKeptBuffers) {}

HttpServer::~HttpServer() = default;

Task<void> HttpServer::accept_from(Listener& listener) {
  for (;;) {
    Result<Fd> socket = co_await listener.accept();
    if (!socket.ok()) co_return;
    expect_one();
    take(std::move(*socket));
  }
}

void HttpServer::take(Fd socket) { scope_.spawn(serve(std::move(socket))); }

Task<void> HttpServer::serve(Fd socket) {
  {
    ServerConnection connection(*this, std::move(socket));
    co_await connection.serve();
  }
  open_.fetch_sub(1, std::memory_order_relaxed);
}

void HttpServer::drain() {
  draining_ = true;
  for (ServerConnection* connection = first_; connection != nullptr; connection = connection->next_) connection->drain();
}

void HttpServer::abort() {
  draining_ = true;
  for (ServerConnection* connection = first_; connection != nullptr; connection = connection->next_) connection->abort();
}

Task<void> HttpServer::join() { co_await scope_.join(); }

}  // namespace fwatchdog
