/// ThreadPool: work that blocks, away from the loops, and the wait for its end.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

#include "async/cancel.hpp"
#include "async/loop.hpp"

namespace fwatchdog {

/// Threads are started as they are needed and kept. Loops share a pool; it must outlive all work given to it.
class ThreadPool {
 public:
  /// `limit` threads at most, and one at least.
  explicit ThreadPool(std::size_t limit) : limit_(limit > 0 ? limit : 1) {}
  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;
  /// Waits for the end of the threads. There is no work left.
  ~ThreadPool();

  /// Runs `work`, which must not throw, on a thread, once one is free, and waits for its end on `loop`. What has begun is waited
  /// for whatever happens, for a thread cannot be cancelled; what has not begun when an end is asked for through `token` never
  /// runs. True when it ran. Throws std::system_error where the system gives not even one thread.
  Task<bool> run(Loop& loop, const std::function<void()>& work, CancelToken token);

 private:
  struct Job;

  void enqueue(Job& job);
  bool withdraw(const Job& job);
  void start_thread();
  void serve();

  const std::size_t limit_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Job*> waiting_;
  std::vector<std::thread> threads_;
  std::size_t idle_ = 0;  // threads that wait for work
  bool ending_ = false;
};

}  // namespace fwatchdog
