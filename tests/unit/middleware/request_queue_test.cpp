#include "middleware/request_queue.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "async/combine.hpp"
#include "support/recorded_call.hpp"
#include "support/turns.hpp"

using namespace fwatchdog;
using namespace fwatchdog::test;
using namespace std::chrono_literals;

namespace {

RequestQueue::Options waiting(std::uint64_t most, Nanoseconds timeout = Nanoseconds(0)) {
  RequestQueue::Options options;
  options.most = most;
  options.timeout = timeout;
  return options;
}

/// A handler whose calls end one by one, and which notes the order in which they began.
class Counter final : public Handler {
 public:
  explicit Counter(Loop& loop) : gate(loop) {}
  Event gate;
  std::string begun;
  Task<void> handle(Request& request, ResponseWriter& response) override {
    begun += request.raw_target;
    if (request.raw_target == "/0") co_await gate.wait();
    (void)co_await response.send(request.raw_target);
  }
};

/// A limit of one with a queue behind it, and calls that the test starts.
struct Scene {
  Scene(Loop& loop_in, const RequestQueue::Options& options)
      : loop(loop_in), slots(1), queue(slots, options), next(loop_in), limit(loop_in, queue, next), scope(loop_in) {}

  void call() {
    const std::string target = "/" + std::to_string(requests.size());
    requests.push_back(std::make_unique<GivenRequest>("GET", target));
    answers.push_back(std::make_unique<RecordedResponse>());
    scope.spawn(limit.handle(requests.back()->request, *answers.back()));
  }
  std::string answer(std::size_t number) const { return answers[number]->text(); }

  Loop& loop;
  InflightSlots slots;
  RequestQueue queue;
  Counter next;
  ConcurrencyLimit limit;
  std::vector<std::unique_ptr<GivenRequest>> requests;
  std::vector<std::unique_ptr<RecordedResponse>> answers;
  TaskScope scope;
};

const std::string kRefused =
    "429 Content-Type: text/plain\nX-OpenFaaS-Internal: faas-middleware\nRetry-After: 1\n|"
    "Concurrent request limit exceeded. Max concurrent requests: 1\n";

void play(const RequestQueue::Options& options, Task<void> (*test)(Scene&)) {
  Loop loop;
  Scene scene(loop, options);
  struct Run {
    static Task<void> all(Scene& scene, Task<void> (*test)(Scene&)) {
      co_await test(scene);
      scene.next.gate.set();
      co_await scene.scope.join();
    }
  };
  loop.run(Run::all(scene, test));
  CHECK(scene.queue.waiting() == 0);
  CHECK_FALSE(scene.slots.full());
}

Task<void> oldest_first(Scene& scene) {
  CHECK_FALSE(scene.queue.full());
  scene.call();
  CHECK_FALSE(scene.queue.full());
  for (int i = 0; i < 3; ++i) scene.call();
  CHECK(scene.queue.waiting() == 3);
  CHECK(scene.queue.full());
  CHECK(scene.next.begun == "/0");
  scene.call();  // one too many
  CHECK(scene.answer(4) == kRefused);
  scene.next.gate.set();
  co_await scene.scope.join();
  CHECK(scene.next.begun == "/0/1/2/3");
  for (std::size_t i = 0; i < 4; ++i) CHECK(scene.answer(i) == "200 |/" + std::to_string(i));
}

Task<void> no_overtaking(Scene& scene) {
  scene.call();
  scene.call();
  scene.next.gate.set();
  co_await next_turn(scene.loop);
  scene.call();  // whatever the state of the hand-over: the one that waited comes first
  co_await scene.scope.join();
  CHECK(scene.next.begun == "/0/1/2");
}

Task<void> timeout_passes(Scene& scene) {
  scene.call();
  scene.call();
  const std::function<bool()> answered = [&scene] { return scene.answers[1]->finished(); };
  const bool over = co_await until(scene.loop, answered);
  CHECK(over);
  CHECK(scene.answer(1) == kRefused);
  CHECK(scene.next.begun == "/0");
  CHECK(scene.queue.waiting() == 0);
}

Task<void> callers_leave(Scene& scene) {
  scene.call();
  for (int i = 0; i < 4; ++i) scene.call();
  scene.requests[1]->cancel.request(CancelReason::peer_gone);
  scene.requests[2]->cancel.request(CancelReason::time_limit);
  scene.requests[3]->cancel.request(CancelReason::shutdown);
  CHECK(scene.queue.waiting() == 1);
  scene.next.gate.set();
  co_await scene.scope.join();
  CHECK(scene.next.begun == "/0/4");
  CHECK(scene.answer(1) == "200 | [open]");
  CHECK(scene.answer(2) == kRefused);
  CHECK(scene.answer(3) == "200 | [open]");
  CHECK(scene.answer(4) == "200 |/4");
}

Task<void> leaves_at_its_turn(Scene& scene) {
  scene.call();
  scene.call();
  scene.call();
  scene.next.gate.set();
  while (scene.queue.waiting() == 2) co_await next_turn(scene.loop);
  scene.requests[1]->cancel.request(CancelReason::peer_gone);  // perhaps before it hears of its slot
  co_await scene.scope.join();
  CHECK(scene.answer(2) == "200 |/2");
}

Task<void> read_limit(Scene& scene) {
  scene.call();
  scene.call();
  CHECK(scene.requests[0]->connection.limit.empty());
  CHECK(scene.requests[1]->connection.limit == "paused ");
  scene.next.gate.set();
  co_await scene.scope.join();
  CHECK(scene.requests[1]->connection.limit == "paused resumed ");
  CHECK(scene.requests[1]->body.reads == 0);
}

}  // namespace

TEST_CASE("requests above the limit wait, and the oldest goes first") { play(waiting(3), oldest_first); }
TEST_CASE("a request that comes later does not overtake") { play(waiting(3), no_overtaking); }
TEST_CASE("queue_timeout passes") { play(waiting(3, 20ms), timeout_passes); }
TEST_CASE("a request whose caller left, or whose time is over, leaves the queue and is never begun") {
  play(waiting(9), callers_leave);
}
TEST_CASE("a caller that leaves in the moment of its turn costs no slot") { play(waiting(9), leaves_at_its_turn); }
TEST_CASE("the time in the queue is not the caller's") { play(waiting(1), read_limit); }

namespace {

/// Many short calls on one of several loops.
Task<void> many_calls(Loop& loop, RequestQueue& queue, std::atomic<int>& running, std::atomic<int>& most, int calls) {
  for (int i = 0; i < calls; ++i) {
    GivenRequest given("GET");
    RequestQueue::Place place(queue, loop);
    if (place.queued()) co_await place.wait(given.request);
    CHECK(place.admitted());
    const int now = ++running;
    for (int seen = most.load(); now > seen && !most.compare_exchange_weak(seen, now);) {
    }
    co_await next_turn(loop);
    --running;
  }
}

}  // namespace

TEST_CASE("loops of several threads share a queue") {
  InflightSlots slots(2);
  RequestQueue queue(slots, waiting(100));
  std::atomic<int> running{0}, most{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 3; ++t) {
    threads.emplace_back([&] {
      Loop loop;
      loop.run(when_all(loop, many_calls(loop, queue, running, most, 300), many_calls(loop, queue, running, most, 300),
                        many_calls(loop, queue, running, most, 300)));
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(most.load() == 2);
  CHECK(queue.waiting() == 0);
  CHECK_FALSE(slots.full());
}
