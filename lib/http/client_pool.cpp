#include "http/client_pool.hpp"

#include <algorithm>

namespace fwatchdog {

namespace {

using std::chrono::steady_clock;

constexpr std::size_t kKeptBuffers = 8;
/// An upstream that closes idle connections early is remembered for so long.
constexpr auto kPatienceMemory = std::chrono::seconds(60);
constexpr auto kNoPatience = std::chrono::milliseconds(10);

}  // namespace

ClientPool::ClientPool(Loop& loop, Endpoint endpoint)
    : loop_(loop), endpoint_(std::move(endpoint)), buffers_(kReadSize, kKeptBuffers), sweep_(loop, [this] { drop_old(); }) {}

ClientPool::~ClientPool() { drop_idle(); }

void ClientPool::drop_idle() {
  for (Idle& idle : idle_) idle.connection->unwatch_idle();
  idle_.clear();
}

std::unique_ptr<ClientConnection> ClientPool::take_idle(OnClosed on_closed) {
  while (!idle_.empty()) {
    Idle& last = idle_.back();
    if (on_closed == OnClosed::lost && !trusts(last)) return nullptr;
    std::unique_ptr<ClientConnection> connection = std::move(last.connection);
    const auto since = last.since;
    idle_.pop_back();
    connection->unwatch_idle();
    if (on_closed == OnClosed::repeated || connection->alive_now()) {
      add_one(counts_.reused);
      return connection;
    }
    note_patience(steady_clock::now() - since);
  }
  return nullptr;
}

bool ClientPool::trusts(const Idle& idle) const {
  const auto now = steady_clock::now();
  if (now >= patience_forgotten_at_) return true;
  // Half of what the upstream was seen to grant, as its clock for the connection began before ours; what is closed at once is
  // never safe.
  return patience_ > kNoPatience && now - idle.since < patience_ / 2;
}

void ClientPool::note_patience(Nanoseconds granted) {
  const auto now = steady_clock::now();
  if (now < patience_forgotten_at_ && granted > patience_) return;
  patience_ = granted;
  patience_forgotten_at_ = now + kPatienceMemory;
}

Task<Result<std::unique_ptr<ClientConnection>>> ClientPool::connect(CancelToken token) {
  std::vector<SocketAddress> addresses = addresses_;
  if (addresses.empty()) {
    Result<std::vector<SocketAddress>> found = co_await resolve(loop_, endpoint_, token);
    if (!found.ok()) co_return found.error();
    addresses = std::move(*found);
  }
  Result<Fd> socket = co_await connect_to(loop_, addresses, endpoint_, token);
  if (!socket.ok()) {
    addresses_.clear();  // the name may mean another machine by now
    co_return socket.error();
  }
  addresses_ = std::move(addresses);
  add_one(counts_.opened);
  co_return std::make_unique<ClientConnection>(loop_, std::move(*socket), buffers_);
}

void ClientPool::give_back(std::unique_ptr<ClientConnection> connection) {
  if (connection->reusable() && idle_.size() < kMaxIdle) add(std::move(connection));
}

void ClientPool::add(std::unique_ptr<ClientConnection> connection) {
  ClientConnection& kept = *connection;
  idle_.push_back(Idle{std::move(connection), steady_clock::now()});
  if (!sweep_.running()) sweep_.start(kMaxIdleTime);
  kept.watch_idle([this](ClientConnection& gone) { drop(gone); });
}

void ClientPool::drop(ClientConnection& gone) {
  const auto found = std::find_if(idle_.begin(), idle_.end(), [&](const Idle& idle) { return idle.connection.get() == &gone; });
  if (found == idle_.end()) return;
  note_patience(steady_clock::now() - found->since);
  idle_.erase(found);
}

void ClientPool::drop_old() {
  const auto limit = steady_clock::now() - kMaxIdleTime;
  const auto young = std::find_if(idle_.begin(), idle_.end(), [limit](const Idle& idle) { return idle.since > limit; });
  for (auto old = idle_.begin(); old != young; ++old) old->connection->unwatch_idle();
  idle_.erase(idle_.begin(), young);
  if (!idle_.empty()) sweep_.start(idle_.front().since - limit);
}

}  // namespace fwatchdog
