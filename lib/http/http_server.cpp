#include "http/http_server.hpp"

#include <algorithm>

#include "async/spare_memory.hpp"
#include "http/server_connection.hpp"

namespace fwatchdog {

namespace {

constexpr std::size_t kKeptBuffers = 8;
/// So many connections at once are a burst. It is over when only a few are left, or this part of them.
constexpr std::uint64_t kBurst = 256;
constexpr std::uint64_t kFew = 16;
constexpr std::uint64_t kBurstRest = 64;
/// In which these few end too, as a rule.
constexpr auto kBurstEnd = std::chrono::seconds(1);

}  // namespace

HttpServer::HttpServer(Loop& loop, Handler& handler, const ServerLimits& limits, LimitReport report)
    : loop_(loop),
      handler_(handler),
      limits_(limits),
      report_(std::move(report)),
      scope_(loop),
      buffers_(kReadSize, kKeptBuffers),
      burst_end_(loop, give_back_spare_memory) {}

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
  note_end(open_.fetch_sub(1, std::memory_order_relaxed) - 1);
}

void HttpServer::note_end(std::uint64_t left) {
  most_ = std::max(most_, left + 1);
  if (most_ < kBurst || left > std::max(kFew, most_ / kBurstRest)) return;
  most_ = left;
  burst_end_.start(kBurstEnd);
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
