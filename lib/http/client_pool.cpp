#include "http/client_pool.hpp"

#include <algorithm>

namespace fwatchdog {

namespace {

constexpr std::size_t kBufferSize = 64 * 1024;
constexpr std::size_t kKeptBuffers = 8;

}  // namespace

ClientPool::ClientPool(Loop& loop, Endpoint endpoint)
    : loop_(loop), endpoint_(std::move(endpoint)), buffers_(kBufferSize, kKeptBuffers), sweep_(loop, [this] { drop_old(); }) {}

ClientPool::~ClientPool() {
  for (Idle& idle : idle_) idle.connection->unwatch_idle();
}

std::unique_ptr<ClientConnection> ClientPool::take_idle() {
  if (idle_.empty()) return nullptr;
  std::unique_ptr<ClientConnection> connection = std::move(idle_.back().connection);
  idle_.pop_back();
  connection->unwatch_idle();
  return connection;
}

Task<Result<std::unique_ptr<ClientConnection>>> ClientPool::connect(CancelToken token) {
  std::vector<SocketAddress> addresses = addresses_;
  if (addresses.empty()) {
    Result<std::vector<SocketAddress>> found = co_await resolve(loop_, endpoint_);
    if (!found.ok()) co_return found.error();
    addresses = std::move(*found);
  }
  Result<Fd> socket = co_await connect_to(loop_, addresses, endpoint_, token);
  if (!socket.ok()) {
    addresses_.clear();  // the name may mean another machine by now
    co_return socket.error();
  }
  addresses_ = std::move(addresses);
  co_return std::make_unique<ClientConnection>(loop_, std::move(*socket), buffers_);
}

void ClientPool::give_back(std::unique_ptr<ClientConnection> connection) {
  if (connection->reusable() && idle_.size() < kMaxIdle) add(std::move(connection));
}

void ClientPool::add(std::unique_ptr<ClientConnection> connection) {
  ClientConnection& kept = *connection;
  idle_.push_back(Idle{std::move(connection), std::chrono::steady_clock::now()});
  if (!sweep_.running()) sweep_.start(kMaxIdleTime);
  kept.watch_idle([this](ClientConnection& gone) { drop(gone); });
}

void ClientPool::drop(ClientConnection& gone) {
  const auto found = std::find_if(idle_.begin(), idle_.end(), [&](const Idle& idle) { return idle.connection.get() == &gone; });
  if (found != idle_.end()) idle_.erase(found);
}

void ClientPool::drop_old() {
  const auto limit = std::chrono::steady_clock::now() - kMaxIdleTime;
  const auto young = std::find_if(idle_.begin(), idle_.end(), [limit](const Idle& idle) { return idle.since > limit; });
  for (auto old = idle_.begin(); old != young; ++old) old->connection->unwatch_idle();
  idle_.erase(idle_.begin(), young);
  if (!idle_.empty()) sweep_.start(idle_.front().since - limit);
}

}  // namespace fwatchdog
