/// UpstreamSignal: what the workers tell each other of the function's server: that it listens, how often it has failed, and when
/// it may be busy with connections that nobody uses.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <mutex>
#include <vector>

#include "async/cache_line.hpp"
#include "http/client_pool.hpp"

namespace fwatchdog {

/// For all threads.
class alignas(kCacheLine) UpstreamSignal {
 public:
  void failed() { failures_.fetch_add(1, std::memory_order_relaxed); }
  void succeeded() {
    // Nearly always it is 0, and a write would take the line from the other workers.
    if (failures_in_a_row() != 0) failures_.store(0, std::memory_order_relaxed);
  }
  std::uint64_t failures_in_a_row() const { return failures_.load(std::memory_order_relaxed); }

  /// The server has accepted a connection. Everybody is told, once, on this thread.
  void set_listening();
  /// `told` is called once the server listens, by whoever has found out; at once where that is known. It lives as long as this
  /// object.
  void when_listening(std::function<void()> told);

  /// The connections of one worker, until leave().
  void add(Loop& loop, ClientPool& pool);
  void leave(const ClientPool& pool);
  bool has_others();

  /// Of all workers together.
  struct Counts {
    std::uint64_t opened = 0;
    std::uint64_t reused = 0;
    std::uint64_t repeated = 0;
  };
  Counts counts();
  /// The other workers end their idle connections soon: a server with one thread that serves one of them until it ends would not
  /// come to a new one.
  void end_idle_of_others(const ClientPool& own);

 private:
  struct Member {
    Loop* loop;
    ClientPool* pool;
  };

  std::atomic<std::uint64_t> failures_{0};
  std::mutex mutex_;
  bool listening_ = false;
  std::vector<std::function<void()>> waiting_;
  std::vector<Member> members_;
};

}  // namespace fwatchdog
