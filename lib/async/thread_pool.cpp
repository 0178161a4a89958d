#include "async/thread_pool.hpp"

#include <algorithm>
#include <system_error>

#include "async/event.hpp"
#include "async/thread.hpp"

namespace fwatchdog {

/// Lives in the frame of run(). A thread that has posted the end must not touch it any more.
struct ThreadPool::Job {
  Job(Loop& loop_in, const std::function<void()>& work_in) : loop(loop_in), work(work_in), ended(loop_in) {}

  Loop& loop;
  const std::function<void()>& work;
  Event ended;
};

ThreadPool::~ThreadPool() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
  }
  changed_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

Task<bool> ThreadPool::run(Loop& loop, const std::function<void()>& work, CancelToken token) {
  if (token.requested()) co_return false;
  Job job(loop, work);
  bool withdrawn = false;
  enqueue(job);
  CancelHook hook(token, [&] {
    withdrawn = withdraw(job);
    if (withdrawn) job.ended.set();
  });
  co_await job.ended.wait();
  co_return !withdrawn;
}

void ThreadPool::enqueue(Job& job) {
  {
    const std::lock_guard lock(mutex_);
    if (idle_ <= waiting_.size() && threads_.size() < limit_) start_thread();
    waiting_.push_back(&job);
  }
  changed_.notify_one();
}

bool ThreadPool::withdraw(const Job& job) {
  const std::lock_guard lock(mutex_);
  return std::erase(waiting_, &job) > 0;
}

void ThreadPool::start_thread() {
  try {
    threads_.push_back(fwatchdog::start_thread([this] { serve(); }));
  } catch (const std::system_error&) {
    // The others will come to it.
    if (threads_.empty()) throw;
  }
}

void ThreadPool::serve() {
  std::unique_lock lock(mutex_);
  for (;;) {
    ++idle_;
    changed_.wait(lock, [this] { return ending_ || !waiting_.empty(); });
    --idle_;
    if (waiting_.empty()) return;
    Job* job = waiting_.front();
    waiting_.pop_front();
    lock.unlock();
    job->work();
    job->loop.post([job] { job->ended.set(); });
    lock.lock();
  }
}

}  // namespace fwatchdog
