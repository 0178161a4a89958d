/// ClientPool: the idle connections to one upstream, and new ones. Belongs to one loop.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <vector>

#include "async/connect.hpp"
#include "async/timer.hpp"
#include "http/client_connection.hpp"

namespace fwatchdog {

class ClientPool {
 public:
  /// How many idle connections are kept: more than there are calls in flight, whose answers come in bursts. What is closed after
  /// one is opened again for the next.
  static constexpr std::size_t kMaxIdle = 8192;
  /// And how long. Short, as in the Go program: an idle connection is one that a server with few threads, or with a limit on its
  /// connections, does not have for the calls that wait; and it is less than any server's own patience, so that ours end first.
  static constexpr std::chrono::milliseconds kMaxIdleTime{500};

  ClientPool(Loop& loop, Endpoint endpoint);
  ClientPool(const ClientPool&) = delete;
  ClientPool& operator=(const ClientPool&) = delete;
  ~ClientPool();

  /// What becomes of a request when its connection turns out to be closed.
  enum class OnClosed { repeated, lost };
  /// The idle connection that was used last, or null. For a request that would be `lost` it is one that is open this very moment,
  /// and has not been idle for so long that the upstream, by what it did in the last minute, may be about to close it.
  std::unique_ptr<ClientConnection> take_idle(OnClosed on_closed);
  /// A new connection. Errc::cancelled when `token` asks for an end.
  Task<Result<std::unique_ptr<ClientConnection>>> connect(CancelToken token);
  /// Keeps a new connection on which nothing was exchanged yet.
  void add(std::unique_ptr<ClientConnection> connection);
  /// Keeps a connection whose exchange is complete, if it can be used again.
  void give_back(std::unique_ptr<ClientConnection> connection);

  /// Ends the idle connections.
  void drop_idle();

  /// What was done with connections since the start. Written by this loop alone, read by any thread.
  struct Counts {
    std::atomic<std::uint64_t> opened{0};
    std::atomic<std::uint64_t> reused{0};
    std::atomic<std::uint64_t> repeated{0};  ///< requests that went out once more, on another connection
  };
  const Counts& counts() const { return counts_; }
  void note_repeated() { add_one(counts_.repeated); }

  /// A connection from take_idle() was closed while a request went out on it.
  void note_crossed() { note_patience(Nanoseconds::zero()); }

  const Endpoint& endpoint() const { return endpoint_; }
  std::size_t idle() const { return idle_.size(); }

 private:
  struct Idle {
    std::unique_ptr<ClientConnection> connection;
    std::chrono::steady_clock::time_point since;
  };
  void drop(ClientConnection& gone);
  void drop_old();
  bool trusts(const Idle& idle) const;
  void note_patience(Nanoseconds granted);

  /// Without the lock of the bus: nobody else writes.
  static void add_one(std::atomic<std::uint64_t>& count) {
    count.store(count.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
  }

  Loop& loop_;
  Endpoint endpoint_;
  Counts counts_;
  std::vector<SocketAddress> addresses_;  // of the last look-up that led to a connection
  BufferPool buffers_;
  std::vector<Idle> idle_;   // the one used last at the end
  Nanoseconds patience_{0};  // how long the upstream left an idle connection open, where that was shortest
  std::chrono::steady_clock::time_point patience_forgotten_at_{};
  Timer sweep_;
};

}  // namespace fwatchdog
