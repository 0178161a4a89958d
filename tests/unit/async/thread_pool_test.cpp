#include "async/thread_pool.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <future>
#include <string>

#include "async/combine.hpp"
#include "loop_fixture.hpp"

using namespace fwatchdog;
using fwatchdog::testing::TestLoop;

namespace {

/// Something that threads wait for.
struct Gate {
  std::promise<void> promise;
  std::shared_future<void> opened{promise.get_future()};
  std::atomic<int> waiting{0};

  void pass() {
    ++waiting;
    opened.wait();
  }
};

Task<void> run_one(Loop& loop, ThreadPool& pool, const std::function<void()>& work, CancelSource& cancel, std::string& told) {
  const bool ran = co_await pool.run(loop, work, CancelToken(cancel));
  told += ran ? "ran " : "withdrawn ";
}

Task<void> open_when(Loop& loop, Gate& gate, int waiting) {
  CancelSource never;
  while (gate.waiting < waiting) co_await sleep_for(loop, std::chrono::milliseconds(1), CancelToken(never));
  gate.promise.set_value();
}

}  // namespace

TEST_CASE("a thread pool runs work elsewhere, and tells of its end here") {
  TestLoop test;
  ThreadPool pool(1);
  const std::thread::id here = std::this_thread::get_id();
  std::thread::id there;
  const std::function<void()> work = [&there] { there = std::this_thread::get_id(); };
  CancelSource cancel;
  std::string told;
  test.run(run_one(test.loop, pool, work, cancel, told));
  CHECK(told == "ran ");
  CHECK(there != here);
  CHECK(there != std::thread::id());
}

TEST_CASE("a thread pool runs as many at once as it may have threads") {
  TestLoop test;
  ThreadPool pool(3);
  Gate gate;
  const std::function<void()> work = [&gate] { gate.pass(); };
  CancelSource cancel;
  std::string told;
  Loop& loop = test.loop;
  // The fourth waits for a thread.
  test.run(when_all(loop, run_one(loop, pool, work, cancel, told), run_one(loop, pool, work, cancel, told),
                    run_one(loop, pool, work, cancel, told), run_one(loop, pool, work, cancel, told), open_when(loop, gate, 3)));
  CHECK(told == "ran ran ran ran ");
  CHECK(gate.waiting == 4);
}

namespace {

Task<void> cancel_both(Loop& loop, Gate& gate, CancelSource& cancel, std::string& told) {
  CancelSource never;
  while (gate.waiting < 1) co_await sleep_for(loop, std::chrono::milliseconds(1), CancelToken(never));
  cancel.request(CancelReason::time_limit);
  co_await sleep_for(loop, std::chrono::milliseconds(5), CancelToken(never));
  told += "opened ";
  gate.promise.set_value();
}

}  // namespace

TEST_CASE("a thread pool waits for what has begun, and drops what has not") {
  TestLoop test;
  ThreadPool pool(1);
  Gate gate;
  const std::function<void()> work = [&gate] { gate.pass(); };
  CancelSource cancel;
  std::string told;
  Loop& loop = test.loop;
  test.run(when_all(loop, run_one(loop, pool, work, cancel, told), run_one(loop, pool, work, cancel, told),
                    cancel_both(loop, gate, cancel, told)));
  CHECK(told == "withdrawn opened ran ");
  CHECK(gate.waiting == 1);
  told.clear();
  test.run(run_one(loop, pool, work, cancel, told));
  CHECK(told == "withdrawn ");
}

TEST_CASE("a thread pool ends with threads that wait for work, and without any") {
  const ThreadPool none(0);
  TestLoop test;
  ThreadPool pool(2);
  const std::function<void()> work = [] {};
  CancelSource cancel;
  std::string told;
  for (int i = 0; i < 200; ++i) test.run(run_one(test.loop, pool, work, cancel, told));
  CHECK(told.size() == 200 * 4);
}
